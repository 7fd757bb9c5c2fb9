#include "db/space_ceiling.h"

#include <algorithm>

namespace wombat {

uint64_t SpaceCeiling::slack() const {
  const double amplification = static_cast<double>(amplification_.load(std::memory_order_relaxed)) / 1000.0;
  const double above = std::max(amplification - 1, 0.0) * static_cast<double>(live_bytes());
  return static_cast<uint64_t>(std::min(above, 1e18)) + allowance_;
}

uint64_t SpaceCeiling::kept_for_merges() const {
  const uint64_t all = slack();
  if (!merges_whole_runs_.load(std::memory_order_relaxed)) return all / 4;
  // A merge of what is there, x bytes, writes as much and a 16th (space_needed()): x + x * 17 / 16 is the ceiling.
  const uint64_t kept = ceiling() / 33 * 17;
  return std::min(kept, all / 16 * 15);
}

uint64_t SpaceCeiling::fitting(uint64_t wanted, uint64_t share) const {
  return std::min(wanted, slack() / share);
}

uint64_t SpaceCeiling::reserved() const {
  std::lock_guard lock(mutex_);
  return reserved_ + credit_.load(std::memory_order_relaxed);
}

bool SpaceCeiling::reserve(uint64_t taken, uint64_t bytes, uint64_t kept) {
  const uint64_t limit = ceiling();
  std::lock_guard lock(mutex_);
  const uint64_t spoken_for = std::max(reserved_, kept) + credit_.load(std::memory_order_relaxed);
  if (taken > limit || spoken_for > limit - taken || bytes > limit - taken - spoken_for) return false;
  reserved_ += bytes;
  return true;
}

void SpaceCeiling::reserve_anyway(uint64_t bytes) {
  std::lock_guard lock(mutex_);
  reserved_ += bytes;
}

void SpaceCeiling::release(uint64_t bytes) noexcept {
  std::lock_guard lock(mutex_);
  reserved_ -= std::min(reserved_, bytes);
}

bool SpaceCeiling::take_credit(uint64_t bytes) noexcept {
  const uint64_t credit = credit_.load(std::memory_order_relaxed);
  if (credit < bytes) return false;
  credit_.store(credit - bytes, std::memory_order_relaxed);
  return true;
}

void SpaceCeiling::give_credit(uint64_t bytes) noexcept {
  std::lock_guard lock(mutex_);
  reserved_ -= std::min(reserved_, bytes);
  credit_.store(bytes, std::memory_order_relaxed);
}

}  // namespace wombat
