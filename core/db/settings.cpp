#include "db/settings.h"

#include <algorithm>

namespace wombat {

namespace {
constexpr uint64_t kFifoAgeMax = UINT64_MAX / 1'000'000;  // seconds that can be told in microseconds
}

void Settings::load(const Options& options) {
  for (size_t i = 0; i < kOptionCount; ++i) {
    values_[i].store(options.integer(static_cast<OptionId>(i)), std::memory_order_relaxed);
  }
}

CompactionOptions Settings::compaction() const {
  CompactionOptions options;
  options.min_compaction_files = static_cast<uint32_t>(get(OptionId::kCompactionMinFiles));
  options.level0_count_max = static_cast<uint32_t>(get(OptionId::kCompactionMaxSstables));
  options.base_size_bytes = static_cast<uint64_t>(get(OptionId::kLevelsBaseSize));
  options.size_multiplier = static_cast<uint64_t>(get(OptionId::kLevelsMultiplier));
  options.table_size_bytes = static_cast<uint64_t>(get(OptionId::kTableSize));
  const auto number = [&](OptionId id) { return static_cast<uint64_t>(get(id)); };
  options.style = static_cast<CompactionStyle>(get(OptionId::kCompactionStyle));
  options.bucket_low = static_cast<double>(get(OptionId::kCompactionBucketLow)) / 1000.0;
  options.bucket_high = static_cast<double>(get(OptionId::kCompactionBucketHigh)) / 1000.0;
  options.max_merge_width = static_cast<uint32_t>(get(OptionId::kCompactionMaxMergeWidth));
  options.size_ratio_percent = number(OptionId::kCompactionSizeRatio);
  options.max_size_amplification_percent = number(OptionId::kCompactionMaxSizeAmplification);
  options.fifo_max_size = number(OptionId::kCompactionFifoMaxSize);
  options.fifo_max_age_us = std::min(number(OptionId::kCompactionFifoMaxAge), kFifoAgeMax) * 1'000'000;
  options.delete_ratio = static_cast<double>(get(OptionId::kCompactionDeleteRatio)) / 1000.0;
  return options;
}

}  // namespace wombat
