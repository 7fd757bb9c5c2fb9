/// Who writes when: one writer leads, the others queue up, and the leader may take those behind it into its group.
/// A writer that finds nobody leading pays one compare-and-swap to lead and one to stop.
/// Who leads to a sync waits until the crowd of writers that want syncs is there (db/sync_crowd.h); the last of them to
/// come leads in its place, since that one is awake. A group is woken with one system call.
#pragma once

#include <array>
#include <atomic>
#include <mutex>

#include "db/sync_crowd.h"
#include "db/write_request.h"
#include "env/clock.h"
#include "env/wait_row.h"

namespace wombat {

class WriteQueue {
 public:
  explicit WriteQueue(Clock& clock) : clock_(clock) {}
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

  /// Returns when the writer leads (true) or has an outcome in its status (false): another one's work covered it,
  /// its deadline passed while it was not in a group, or it may not wait and the leader has to.
  bool enter(Writer& writer) {
    uint32_t idle = kIdle;
    return state_.compare_exchange_strong(idle, kLed, std::memory_order_acquire) || enter_slow(writer);
  }

  // For the leader.

  /// Waits for those who are likely to want the same sync, not beyond the leader's deadline. Returns as enter() does:
  /// when another one leads in its place, that one's outcome is in the status.
  bool gather(Writer& leader);
  /// The leader and those behind it that want the same kind of commit and `may_join`, up to a size, linked by `next`.
  /// Takes no memory. Returns how many.
  using MayJoin = bool (*)(const Writer& leader, const Writer& follower);
  size_t collect(Writer& leader, MayJoin may_join = nullptr);
  /// The leader's work takes long from here on: others had better sleep.
  void expect_delay() noexcept { is_slow_.store(true, std::memory_order_relaxed); }
  /// The leader waits for background work: who may not wait is turned away until it is done.
  void turn_away_hasty();
  void note_sync(uint64_t took_us) noexcept { crowd_.note_sync(took_us); }
  /// Ends the group of the leader (itself alone when it has not collected). Its first `served` writers have the
  /// outcome `status`; the others queue again. Then the next writer leads.
  void finish(Writer& leader, size_t collected, size_t served, const Status& status) {
    uint32_t led = kLed;
    if (collected == 1 && !is_slow_.load(std::memory_order_relaxed) &&
        state_.compare_exchange_strong(led, kIdle, std::memory_order_release)) {
      return;
    }
    finish_slow(leader, served, status);
  }

  // For any thread.

  size_t queued_count() const;
  /// The leader waits in the queue for others.
  bool is_gathering() const;

  static constexpr size_t kGroupCountMax = 256;

 private:
  enum State : uint32_t { kIdle, kLed, kLedWithQueue };

  static constexpr uint32_t kRowCount = 8;  // more than one, so that those who sleep are found among few

  bool enter_slow(Writer& writer);
  bool joins_gatherer(Writer& writer);
  bool wait_for_turn(Writer& writer);
  uint32_t sleep_until(Writer& writer, uint64_t end_us);
  bool give_up(Writer& writer);
  void tell(Writer& writer, uint32_t turn) noexcept;
  void tell_group(Writer* writer, const Status& status);
  void finish_slow(Writer& leader, size_t served, const Status& status);
  void put_back_behind(Writer& leader, size_t served);
  void give_place(Writer& writer);
  void push_back(Writer& writer);
  void push_front(Writer& writer);
  void take_out(Writer& writer);

  Clock& clock_;
  std::atomic<uint32_t> state_{kIdle};
  std::atomic<bool> is_slow_{false};  // stored by the leader
  mutable std::mutex mutex_;
  Writer* first_ = nullptr;     // guarded by mutex_
  Writer* last_ = nullptr;      // guarded by mutex_
  size_t count_ = 0;            // guarded by mutex_
  bool is_held_up_ = false;     // guarded by mutex_; the leader waits for background work
  uint32_t place_count_ = 0;    // guarded by mutex_; places given
  Writer* gatherer_ = nullptr;  // guarded by mutex_; the leader, when it waits in the queue for others
  size_t wanted_count_ = 0;     // guarded by mutex_; as many, the gatherer included

  SyncCrowd crowd_;  // of the leader
  std::array<WaitRow, kRowCount> rows_;
};

}  // namespace wombat
