#include "db/write_queue.h"

#include <algorithm>
#include <utility>

namespace wombat {

namespace {

/// What Writer::turn says.
enum Turn : uint32_t { kWaiting, kSleeping, kLeads, kHasOutcome };

constexpr size_t kGroupBytesMax = 1 << 20;
/// A small commit is not made to wait for the logging of a large group.
constexpr size_t kSmallGroupBytesMax = 128 << 10;
constexpr size_t kSmallCommitBytes = 16 << 10;
/// About as long as an unsynced commit of some size takes: shorter than going to sleep and being woken.
constexpr int kSpinCount = 100;
constexpr uint64_t kWaitStepMicros = 100'000;
constexpr uint32_t kPassCountMax = 64;
constexpr uint64_t kGatherMicrosMax = 5000;

Status busy() {
  return Status(Code::kBusy, "the write would have had to wait behind one that waits for background work");
}

/// The writer may be gone as soon as its turn has come.
void tell(Writer& writer, Turn turn) {
  WaitWord* const word = &writer.turn;
  if (word->value().exchange(turn, std::memory_order_acq_rel) == kSleeping) WaitWord::wake(word);
}

}  // namespace

bool WriteQueue::enter_slow(Writer& writer) {
  {
    std::lock_guard lock(mutex_);
    if (state_.exchange(kLedWithQueue, std::memory_order_acq_rel) == kIdle) {
      state_.store(kLed, std::memory_order_relaxed);
      return true;
    }
    if (is_held_up_ && writer.request->no_wait) {
      writer.status = busy();
      return false;
    }
    push_back(writer);
    if (gatherer_ != nullptr && count_ >= gather_count_) tell(*std::exchange(gatherer_, nullptr), kLeads);
  }
  return wait_for_turn(writer);
}

bool WriteQueue::wait_for_turn(Writer& writer) {
  std::atomic<uint32_t>& turn = writer.turn.value();
  const Deadline deadline = writer.request->deadline;
  for (int i = 0; i < kSpinCount && !is_slow_.load(std::memory_order_relaxed); ++i) {
    if (turn.load(std::memory_order_acquire) != kWaiting) break;
    spin_pause();
  }
  for (;;) {
    uint32_t seen = kWaiting;
    if (!turn.compare_exchange_strong(seen, kSleeping, std::memory_order_acquire) && seen != kSleeping)
      return seen == kLeads;
    if (deadline.at_us == 0) {
      writer.turn.sleep_while(kSleeping, 0);
      continue;
    }
    const uint64_t now = clock_.now_us();
    if (!deadline.has_passed(now)) {
      writer.turn.sleep_while(kSleeping, std::min(deadline.at_us - now, kWaitStepMicros));
    } else if (give_up(writer)) {
      return false;
    } else {
      writer.turn.sleep_while(kSleeping, 0);  // it is in a group, or about to lead
    }
  }
}

/// Takes a writer whose deadline has passed out of the queue; false when it is not there any more.
bool WriteQueue::give_up(Writer& writer) {
  std::lock_guard lock(mutex_);
  if (!writer.is_queued) return false;
  take_out(writer);
  writer.status = Status(Code::kTimedOut, "the write waited for other writers until its time limit");
  return true;
}

void WriteQueue::gather(Writer& leader) {
  if (expected_count_ <= 1 || sync_us_ == 0) return;
  if (groups_to_pass_ > 0) {
    --groups_to_pass_;
    return;
  }
  leader.turn.value().store(kSleeping, std::memory_order_relaxed);
  {
    std::lock_guard lock(mutex_);
    if (count_ + 1 >= expected_count_) return;
    gather_count_ = expected_count_ - 1;
    gatherer_ = &leader;
  }
  expect_delay();
  leader.turn.sleep_while(kSleeping, std::min(sync_us_ / 2 + 1, kGatherMicrosMax));
  std::lock_guard lock(mutex_);
  gatherer_ = nullptr;
  if (count_ + 1 >= expected_count_) {
    pass_count_ = 0;
    return;
  }
  // Some have gone to do other things: the next groups do not wait for them.
  expected_count_ = count_ + 1;
  pass_count_ = std::clamp(2 * pass_count_, uint32_t{1}, kPassCountMax);
  groups_to_pass_ = pass_count_;
}

size_t WriteQueue::collect(Writer& leader, MayJoin may_join) {
  size_t collected = 1;
  if (state_.load(std::memory_order_acquire) != kLedWithQueue || leader.work != Writer::Work::kCommit)
    return 1;
  size_t bytes = leader.request->record.size();
  const size_t bytes_max = bytes <= kSmallCommitBytes ? kSmallGroupBytesMax : kGroupBytesMax;
  Writer* last = &leader;
  std::lock_guard lock(mutex_);
  while (first_ != nullptr && collected < kGroupCountMax) {
    Writer& writer = *first_;
    if (writer.work != Writer::Work::kCommit) break;
    if (writer.wants_sync && !leader.wants_sync) break;
    if (may_join != nullptr && !may_join(leader, writer)) break;
    bytes += writer.request->record.size();
    if (bytes > bytes_max) break;
    take_out(writer);
    last->next = &writer;
    last = &writer;
    ++collected;
  }
  return collected;
}

void WriteQueue::turn_away_hasty() {
  expect_delay();
  std::lock_guard lock(mutex_);
  is_held_up_ = true;
  for (Writer* writer = first_; writer != nullptr;) {
    Writer* const next = writer->next;
    if (writer->request->no_wait) {
      take_out(*writer);
      writer->status = busy();
      tell(*writer, kHasOutcome);
    }
    writer = next;
  }
}

void WriteQueue::finish_slow(Writer& leader, size_t served, const Status& status) {
  Writer* next_leader = nullptr;
  {
    std::lock_guard lock(mutex_);
    is_slow_.store(false, std::memory_order_relaxed);
    is_held_up_ = false;
    put_back_behind(leader, served);
    if (leader.wants_sync) expected_count_ = std::max(expected_count_, served + count_);
    next_leader = first_;
    if (next_leader != nullptr) {
      take_out(*next_leader);
    } else {
      state_.store(kIdle, std::memory_order_release);
    }
  }
  if (next_leader != nullptr) tell(*next_leader, kLeads);
  for (Writer* writer = leader.next; writer != nullptr;) {
    Writer* const next = writer->next;
    writer->status = status;
    tell(*writer, kHasOutcome);
    writer = next;
  }
}

/// Cuts the group of the leader off behind its first `served` writers; the others are the first in the queue again.
void WriteQueue::put_back_behind(Writer& leader, size_t served) {
  Writer* last = &leader;
  for (size_t i = 1; i < served; ++i) last = last->next;
  Writer* rest = std::exchange(last->next, nullptr);
  Writer* reversed = nullptr;
  while (rest != nullptr) {
    Writer* const next = std::exchange(rest->next, reversed);
    reversed = rest;
    rest = next;
  }
  while (reversed != nullptr) {
    Writer* const next = reversed->next;
    push_front(*reversed);
    reversed = next;
  }
}

void WriteQueue::push_back(Writer& writer) {
  writer.is_queued = true;
  writer.next = nullptr;
  writer.previous = last_;
  (last_ == nullptr ? first_ : last_->next) = &writer;
  last_ = &writer;
  ++count_;
}

void WriteQueue::push_front(Writer& writer) {
  writer.is_queued = true;
  writer.previous = nullptr;
  writer.next = first_;
  (first_ == nullptr ? last_ : first_->previous) = &writer;
  first_ = &writer;
  ++count_;
}

void WriteQueue::take_out(Writer& writer) {
  writer.is_queued = false;
  (writer.previous == nullptr ? first_ : writer.previous->next) = writer.next;
  (writer.next == nullptr ? last_ : writer.next->previous) = writer.previous;
  writer.next = writer.previous = nullptr;
  --count_;
}

}  // namespace wombat
