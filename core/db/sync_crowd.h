/// How many writers the next sync is worth waiting for, and for how long: a pure rule, kept by whoever leads.
///
/// Writers who want syncs come in crowds: those whom one sync released are back a moment later. A sync that begins
/// without them serves a part of them, the next the others, and each waits for two. So the leader waits for as many as
/// took part lately, for less than a sync takes. Whoever pauses between writes does not come; after a wait in vain
/// less is expected at once, and the next groups do not wait at all.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace wombat {

class SyncCrowd {
 public:
  /// As many writers should be there before the next sync begins; 0: it begins at once. To be called once a group.
  size_t take_wanted() noexcept {
    if (expected_count_ <= 1 || sync_us_ == 0) return 0;
    if (groups_to_pass_ == 0) return expected_count_;
    --groups_to_pass_;
    return 0;
  }
  /// For so long.
  uint64_t patience_us() const noexcept { return std::min(3 * sync_us_ / 4 + 1, kPatienceMicrosMax); }

  void note_sync(uint64_t took_us) noexcept {
    sync_us_ = sync_us_ == 0 ? took_us : (7 * sync_us_ + took_us) / 8;
  }
  /// A wait for take_wanted() is over: `before` writers were there when it began, `after` when it ended.
  void note_wait(size_t before, size_t after) noexcept {
    if (after >= expected_count_) {
      pass_count_ = 0;
      return;
    }
    const size_t missed = expected_count_ - after;
    expected_count_ = std::max(after, size_t{1});
    if (missed <= after - before) return;  // one of the crowd was late
    pass_count_ = std::clamp(2 * pass_count_, uint32_t{1}, kPassCountMax);
    groups_to_pass_ = pass_count_;
  }
  /// A sync has served as many, while others queued up.
  void note_group(size_t served, size_t queued) noexcept {
    expected_count_ = std::max(expected_count_, served + queued);
  }

  static constexpr uint32_t kPassCountMax = 64;
  static constexpr uint64_t kPatienceMicrosMax = 5000;

 private:
  uint64_t sync_us_ = 0;         // what a sync takes, on average
  size_t expected_count_ = 1;    // writers that want syncs
  uint32_t groups_to_pass_ = 0;  // not waited for
  uint32_t pass_count_ = 0;
};

}  // namespace wombat
