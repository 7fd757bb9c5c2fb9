#include "db/settings.h"

namespace wombat {

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
  options.delete_ratio = static_cast<double>(get(OptionId::kCompactionDeleteRatio)) / 1000.0;
  return options;
}

}  // namespace wombat
