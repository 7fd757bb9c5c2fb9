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

Status busy() {
  return Status(Code::kBusy, "the write would have had to wait behind one that waits for background work");
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
    if (gatherer_ != nullptr && joins_gatherer(writer)) return true;
    if (!writer.is_queued) push_back(writer);
  }
  return wait_for_turn(writer);
}

/// One more has come while the leader gathers. The last to come leads at once, when it can lead to that sync: to wake
/// the gatherer would take longer. Returns whether it does.
bool WriteQueue::joins_gatherer(Writer& writer) {
  if (count_ + 1 < wanted_count_) return false;
  Writer& gatherer = *std::exchange(gatherer_, nullptr);
  crowd_.note_wait(1, count_ + 1);
  if (writer.work == Writer::Work::kCommit && writer.wants_sync) return true;
  take_out(gatherer);
  push_back(writer);
  tell(gatherer, kLeads);
  return false;
}

bool WriteQueue::wait_for_turn(Writer& writer) {
  for (int i = 0; i < kSpinCount && !is_slow_.load(std::memory_order_relaxed); ++i) {
    if (writer.turn.load(std::memory_order_acquire) != kWaiting) break;
    spin_pause();
  }
  uint32_t turn = sleep_until(writer, writer.request->deadline.at_us);
  if (turn == kSleeping) {
    if (give_up(writer)) return false;
    turn = sleep_until(writer, 0);  // it is in a group, or about to lead
  }
  return turn == kLeads;
}

/// Returns what the writer's turn says; kSleeping when it says nothing and the time has come (0: never).
uint32_t WriteQueue::sleep_until(Writer& writer, uint64_t end_us) {
  WaitRow& row = rows_[writer.place / WaitRow::kSeatCount];
  for (;;) {
    const uint32_t ring_count = row.ring_count();
    uint32_t turn = kWaiting;
    if (!writer.turn.compare_exchange_strong(turn, kSleeping, std::memory_order_acquire) && turn != kSleeping)
      return turn;
    uint64_t timeout_us = 0;
    if (end_us != 0) {
      const uint64_t now = clock_.now_us();
      if (now >= end_us) return kSleeping;
      timeout_us = std::min(end_us - now, kWaitStepMicros);
    }
    row.sleep(ring_count, writer.place % WaitRow::kSeatCount, timeout_us);
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

bool WriteQueue::gather(Writer& leader) {
  const size_t wanted = crowd_.take_wanted();
  if (wanted == 0) return true;
  size_t before = 0;
  uint64_t end_us = 0;
  {
    std::lock_guard lock(mutex_);
    before = count_ + 1;
    if (before >= wanted) {
      crowd_.note_wait(before, before);
      return true;
    }
    // What is the leader's may be another one's once the lock is given back.
    end_us = clock_.now_us() + crowd_.patience_us();
    if (leader.request->deadline.at_us != 0) end_us = std::min(end_us, leader.request->deadline.at_us);
    expect_delay();
    wanted_count_ = wanted;
    gatherer_ = &leader;
    leader.turn.store(kWaiting, std::memory_order_relaxed);
    give_place(leader);
    push_front(leader);
  }
  const uint32_t turn = sleep_until(leader, end_us);
  if (turn != kSleeping) return turn == kLeads;
  {
    std::lock_guard lock(mutex_);
    if (gatherer_ == &leader) {
      gatherer_ = nullptr;
      take_out(leader);
      crowd_.note_wait(before, count_ + 1);
      return true;
    }
  }
  return wait_for_turn(leader);  // another one leads
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

size_t WriteQueue::queued_count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

bool WriteQueue::is_gathering() const {
  std::lock_guard lock(mutex_);
  return gatherer_ != nullptr;
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
    if (leader.wants_sync) crowd_.note_group(served, count_);
    next_leader = first_;
    if (next_leader != nullptr) {
      take_out(*next_leader);
    } else {
      state_.store(kIdle, std::memory_order_release);
    }
  }
  if (next_leader != nullptr) tell(*next_leader, kLeads);
  if (leader.next != nullptr) tell_group(leader.next, status);
}

/// The writer may be gone as soon as its turn has come.
void WriteQueue::tell(Writer& writer, uint32_t turn) noexcept {
  const uint32_t place = writer.place;
  if (writer.turn.exchange(turn, std::memory_order_acq_rel) == kSleeping)
    rows_[place / WaitRow::kSeatCount].wake(uint32_t{1} << place % WaitRow::kSeatCount);
}

void WriteQueue::tell_group(Writer* writer, const Status& status) {
  std::array<uint32_t, kRowCount> sleepers{};
  while (writer != nullptr) {
    Writer* const next = writer->next;
    const uint32_t place = writer->place;
    writer->status = status;
    if (writer->turn.exchange(kHasOutcome, std::memory_order_acq_rel) == kSleeping)
      sleepers[place / WaitRow::kSeatCount] |= uint32_t{1} << place % WaitRow::kSeatCount;
    writer = next;
  }
  for (size_t i = 0; i < kRowCount; ++i) {
    if (sleepers[i] != 0) rows_[i].wake(sleepers[i]);
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

/// Those who come while others wait sit in one row, as far as it reaches.
void WriteQueue::give_place(Writer& writer) {
  constexpr uint32_t kSeats = WaitRow::kSeatCount;
  if (count_ == 0) place_count_ = (place_count_ + kSeats - 1) / kSeats * kSeats;
  writer.place = place_count_++ % (kSeats * kRowCount);
}

void WriteQueue::push_back(Writer& writer) {
  give_place(writer);
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
