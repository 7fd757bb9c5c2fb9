/// Who writes when: one writer leads, the others queue up, and the leader may take those behind it into its group.
/// A writer that finds nobody leading pays one compare-and-swap to lead and one to stop.
///
/// Writers that want a sync come in crowds: those who were released by one sync are back a moment later, when the
/// next has begun without them, and each sync would serve half of them. So who leads to a sync waits until as many
/// are there as were lately, but only for a part of the time that a sync takes.
#pragma once

#include <atomic>
#include <mutex>

#include "db/write_request.h"
#include "env/clock.h"

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

  /// Waits for those who are likely to want the same sync.
  void gather(Writer& leader);
  /// The leader and those behind it that want the same kind of commit and `may_join`, up to a size, linked by `next`.
  /// Takes no memory. Returns how many.
  using MayJoin = bool (*)(const Writer& leader, const Writer& follower);
  size_t collect(Writer& leader, MayJoin may_join = nullptr);
  /// The leader's work takes long from here on: others had better sleep.
  void expect_delay() noexcept { is_slow_.store(true, std::memory_order_relaxed); }
  /// The leader waits for background work: who may not wait is turned away until it is done.
  void turn_away_hasty();
  void note_sync(uint64_t took_us) noexcept {
    sync_us_ = sync_us_ == 0 ? took_us : (7 * sync_us_ + took_us) / 8;
  }
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

  static constexpr size_t kGroupCountMax = 256;

 private:
  enum State : uint32_t { kIdle, kLed, kLedWithQueue };

  bool enter_slow(Writer& writer);
  bool wait_for_turn(Writer& writer);
  bool give_up(Writer& writer);
  void finish_slow(Writer& leader, size_t served, const Status& status);
  void put_back_behind(Writer& leader, size_t served);
  void push_back(Writer& writer);
  void push_front(Writer& writer);
  void take_out(Writer& writer);

  Clock& clock_;
  std::atomic<uint32_t> state_{kIdle};
  std::atomic<bool> is_slow_{false};  // stored by the leader
  std::mutex mutex_;
  Writer* first_ = nullptr;     // guarded by mutex_
  Writer* last_ = nullptr;      // guarded by mutex_
  size_t count_ = 0;            // guarded by mutex_
  bool is_held_up_ = false;     // guarded by mutex_; the leader waits for background work
  Writer* gatherer_ = nullptr;  // guarded by mutex_; the leader, when it waits for gather_count_ in the queue
  size_t gather_count_ = 0;     // guarded by mutex_

  // Of the leader.
  uint64_t sync_us_ = 0;         // what a sync takes, on average
  size_t expected_count_ = 1;    // writers that want syncs
  uint32_t groups_to_pass_ = 0;  // not gathered: who was expected did not come
  uint32_t pass_count_ = 0;
};

}  // namespace wombat
