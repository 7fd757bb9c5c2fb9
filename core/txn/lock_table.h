/// Exclusive locks on keys for pessimistic transactions. Waiters are served in the order in which they came. A wait
/// that would close a circle of waiting transactions is found when it begins: the youngest of the circle gives up.
///
/// One mutex guards it all: a lock is taken for a read or a write that costs more, and the writers behind it commit
/// one after another anyway.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/cancellation.h"
#include "base/status.h"
#include "env/clock.h"

namespace wombat {

class LockTable;

/// Somebody who holds locks. Must have released them, by LockTable::release_all, before it goes.
class LockOwner {
 public:
  /// `id` names it in messages: the later it began, the greater. Its locks may be taken from it once `deadline` has
  /// passed.
  LockOwner(uint64_t id, Deadline deadline) : id_(id), deadline_(deadline) {}
  LockOwner(const LockOwner&) = delete;
  LockOwner& operator=(const LockOwner&) = delete;
  uint64_t id() const { return id_; }

 private:
  friend class LockTable;
  struct Wait;
  const uint64_t id_;
  const Deadline deadline_;
  // Guarded by the table's mutex.
  std::vector<const std::string*> held_;  // keys of the table's map
  Wait* wait_ = nullptr;                  // when it waits
  bool is_committing_ = false;
  bool is_expired_ = false;
};

/// Any thread.
class LockTable {
 public:
  explicit LockTable(Clock& clock) : clock_(clock) {}
  LockTable(const LockTable&) = delete;
  LockTable& operator=(const LockTable&) = delete;

  /// For a lock that is not waited for.
  static constexpr Deadline kAtOnce{1};
  /// Locks (keyspace, key) for `owner`; at once when it holds it already. Otherwise waits until `deadline`: kTimedOut
  /// then, naming the holder, and kBusy when that is kAtOnce; kDeadlock, naming the circle,
  /// when this owner was chosen to give up (its locks are still held); kTimedOut when its own locks were taken from
  /// it; kClosed after close().
  Status lock(LockOwner& owner, uint32_t keyspace, Bytes key, Deadline deadline);
  bool holds(const LockOwner& owner, uint32_t keyspace, Bytes key) const;
  /// From here on the locks stay until they are released. kTimedOut when they were taken away before.
  Status begin_commit(LockOwner& owner);
  /// Gives the locks taken since `count` of them were held to whoever waits.
  void release_since(LockOwner& owner, size_t count) noexcept;
  void release_all(LockOwner& owner) noexcept { release_since(owner, 0); }
  size_t held_count(const LockOwner& owner) const;
  /// Owners that wait for a lock.
  size_t waiting_count() const;
  /// Somebody holds a lock.
  bool is_in_use() const { return held_count_.load(std::memory_order_acquire) != 0; }
  /// Ends all waits, and those to come, with kClosed.
  void close();

 private:
  struct Lock {
    LockOwner* holder = nullptr;
    std::deque<LockOwner::Wait*> waits;
  };
  using Locks = std::map<std::string, Lock, std::less<>>;

  Status wait(std::unique_lock<std::mutex>& guard, LockOwner& owner, Locks::iterator at, Deadline deadline);
  LockOwner* victim_of_circle(LockOwner& owner, std::string* circle) const;  // needs mutex_
  bool expire_holder(Locks::iterator at) noexcept;                           // needs mutex_
  void release_one(Locks::iterator at) noexcept;                             // needs mutex_
  void release_locked(LockOwner& owner, size_t count) noexcept;              // needs mutex_
  void leave_queue(Locks::iterator at, LockOwner::Wait* wait) noexcept;      // needs mutex_

  Clock& clock_;
  mutable std::mutex mutex_;
  Locks locks_;             // guarded by mutex_
  bool is_closed_ = false;  // guarded by mutex_
  std::atomic<size_t> held_count_{0};
};

}  // namespace wombat
