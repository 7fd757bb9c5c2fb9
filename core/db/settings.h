/// The options of an open database that may change while it runs, as plain numbers that any thread reads
/// without a lock.
#pragma once

#include <atomic>
#include <cstdint>

#include "compaction/compaction_plan.h"
#include "db/options.h"

namespace wombat {

enum class SyncPolicy : int { kAlways = 0, kInterval = 1, kOs = 2 };

class Settings {
 public:
  explicit Settings(const Options& options) { load(options); }
  void load(const Options& options);

  int64_t get(OptionId id) const { return values_[static_cast<size_t>(id)].load(std::memory_order_relaxed); }
  SyncPolicy sync_policy() const { return static_cast<SyncPolicy>(get(OptionId::kWalSync)); }
  CompactionOptions compaction() const;

 private:
  std::atomic<int64_t> values_[kOptionCount];
};

}  // namespace wombat
