#include "txn/lock_table.h"

#include <algorithm>
#include <chrono>

#include "base/coding.h"

namespace wombat {

namespace {

constexpr uint64_t kWaitStepMicros = 10'000;

/// The keyspace, then the key: keys of one keyspace cannot be taken for those of another.
std::string lock_name(uint32_t keyspace, Bytes key) {
  std::string name(sizeof keyspace, '\0');
  store_le<uint32_t>(name.data(), keyspace);
  name.append(key);
  return name;
}

std::string shown(const std::string& name) {
  return '"' + escape_bytes(Bytes(name).substr(sizeof(uint32_t))) + '"';
}

Status taken_away() {
  return Status(Code::kTimedOut,
                "the transaction has passed its time limit, and its locks were given to another");
}

}  // namespace

/// A place in the queue of a lock. Lives on the stack of the thread that waits.
struct LockOwner::Wait {
  LockOwner* owner = nullptr;
  const std::string* name = nullptr;
  LockOwner* holder = nullptr;  // who holds what it waits for; guarded by the table's mutex
  bool is_granted = false;
  std::string circle;  // not empty: gives up, and why
  std::condition_variable changed;
};

Status LockTable::lock(LockOwner& owner, uint32_t keyspace, Bytes key, Deadline deadline) {
  std::string name = lock_name(keyspace, key);
  std::unique_lock guard(mutex_);
  if (is_closed_) return Status(Code::kClosed, "the database is closed");
  if (owner.is_expired_) return taken_away();
  if (owner.held_.size() == owner.held_.capacity())
    owner.held_.reserve(2 * owner.held_.size() + 4);  // so that a grant cannot fail
  const auto at = locks_.try_emplace(std::move(name)).first;
  if (at->second.holder == &owner) return Status::ok();
  if (at->second.holder == nullptr) {
    at->second.holder = &owner;
    owner.held_.push_back(&at->first);
    held_count_.fetch_add(1);
    return Status::ok();
  }
  return wait(guard, owner, at, deadline);
}

Status LockTable::wait(std::unique_lock<std::mutex>& guard, LockOwner& owner, Locks::iterator at,
                       Deadline deadline) {
  const auto held_by = [&] {
    return "key " + shown(at->first) + " is locked by transaction " + std::to_string(at->second.holder->id_);
  };
  const bool may_wait = deadline.at_us != kAtOnce.at_us;
  LockOwner::Wait wait;
  wait.owner = &owner;
  wait.name = &at->first;
  wait.holder = at->second.holder;
  at->second.waits.push_back(&wait);
  owner.wait_ = &wait;
  Status status;
  try {
    std::string circle;
    if (LockOwner* const victim = may_wait ? victim_of_circle(owner, &circle) : nullptr) {
      victim->wait_->circle = std::move(circle);
      victim->wait_->changed.notify_one();
    }
    while (!wait.is_granted) {
      const uint64_t now = clock_.now_us();
      if (at->second.holder->deadline_.has_passed(now) && expire_holder(at)) continue;
      if (is_closed_) status = Status(Code::kClosed, "the database is closed");
      if (!wait.circle.empty()) status = Status(Code::kDeadlock, wait.circle);
      if (owner.is_expired_) status = taken_away();
      if (status && !may_wait) status = Status(Code::kBusy, held_by());
      // Also when it had passed before the first look: others in front of this lock took all the time.
      if (status && deadline.has_passed(now))
        status = Status(Code::kTimedOut, "waited in vain: " + held_by());
      if (!status) break;
      wait.changed.wait_for(guard, std::chrono::microseconds(kWaitStepMicros));
    }
  } catch (const std::bad_alloc&) {
    status = Status::no_memory();
  }
  owner.wait_ = nullptr;
  if (!wait.is_granted) leave_queue(at, &wait);
  return wait.is_granted ? Status::ok() : status;
}

/// Follows who waits for whom from `owner` on. When that leads back to it, the youngest of the circle.
LockOwner* LockTable::victim_of_circle(LockOwner& owner, std::string* circle) const {
  LockOwner* victim = &owner;
  for (LockOwner* at = &owner; at->wait_ != nullptr && at->wait_->circle.empty();) {
    LockOwner* const next = at->wait_->holder;
    *circle += "transaction " + std::to_string(at->id_) + " waits for key " + shown(*at->wait_->name) +
               " of transaction " + std::to_string(next->id_);
    if (next == &owner) {
      *circle = "a circle of transactions wait for one another, and " + std::to_string(victim->id_) +
                ", the youngest, gives up: " + *circle;
      return victim;
    }
    *circle += "; ";
    at = next;
    if (at->id_ > victim->id_) victim = at;
  }
  return nullptr;
}

void LockTable::leave_queue(Locks::iterator at, LockOwner::Wait* wait) noexcept {
  std::erase(at->second.waits, wait);
  if (at->second.holder == nullptr && at->second.waits.empty()) locks_.erase(at);
}

void LockTable::release_one(Locks::iterator at) noexcept {
  Lock& lock = at->second;
  lock.holder = nullptr;
  held_count_.fetch_sub(1);
  if (lock.waits.empty()) {
    locks_.erase(at);
    return;
  }
  LockOwner::Wait* const next = lock.waits.front();
  lock.waits.pop_front();
  lock.holder = next->owner;
  next->owner->held_.push_back(&at->first);  // reserved
  held_count_.fetch_add(1);
  next->is_granted = true;
  next->owner->wait_ = nullptr;  // it waits for nobody, though its thread may not know yet
  next->changed.notify_one();
  for (LockOwner::Wait* const other : lock.waits) other->holder = lock.holder;
}

void LockTable::release_locked(LockOwner& owner, size_t count) noexcept {
  while (owner.held_.size() > count) {
    const std::string* const name = owner.held_.back();
    owner.held_.pop_back();
    release_one(locks_.find(*name));
  }
}

void LockTable::release_since(LockOwner& owner, size_t count) noexcept {
  std::lock_guard guard(mutex_);
  release_locked(owner, count);
}

/// The holder has had its time: all it holds goes to those who wait. False: it is committing.
bool LockTable::expire_holder(Locks::iterator at) noexcept {
  LockOwner& holder = *at->second.holder;
  if (holder.is_committing_) return false;
  holder.is_expired_ = true;
  if (holder.wait_ != nullptr) holder.wait_->changed.notify_one();
  release_locked(holder, 0);
  return true;
}

Status LockTable::begin_commit(LockOwner& owner) {
  std::lock_guard guard(mutex_);
  if (owner.is_expired_) return taken_away();
  owner.is_committing_ = true;
  return Status::ok();
}

bool LockTable::holds(const LockOwner& owner, uint32_t keyspace, Bytes key) const {
  const std::string name = lock_name(keyspace, key);
  std::lock_guard guard(mutex_);
  const auto at = locks_.find(name);
  return at != locks_.end() && at->second.holder == &owner;
}

size_t LockTable::held_count(const LockOwner& owner) const {
  std::lock_guard guard(mutex_);
  return owner.held_.size();
}

size_t LockTable::waiting_count() const {
  std::lock_guard guard(mutex_);
  size_t count = 0;
  for (const auto& [name, lock] : locks_) count += lock.waits.size();
  return count;
}

void LockTable::close() {
  std::lock_guard guard(mutex_);
  is_closed_ = true;
  for (auto& [name, lock] : locks_)
    for (LockOwner::Wait* const wait : lock.waits) wait->changed.notify_one();
}

}  // namespace wombat
