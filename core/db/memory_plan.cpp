#include "db/memory_plan.h"

#include <algorithm>

namespace wombat {

namespace {

constexpr uint64_t kMiBytes = uint64_t{1} << 20;
constexpr uint64_t kLimitMin = 16 * kMiBytes;
/// The automatic limit is this part of the memory there is, more when the sizes need it, but at most half.
constexpr uint64_t kAutomaticPart = 8;
/// What jobs, open tables, logs and transactions of an ordinary load have beside memtables and cache.
constexpr uint64_t kBesideBytes = 64 * kMiBytes;
/// Parts of the limit.
constexpr uint64_t kMemtablePart = 4;
constexpr uint64_t kMergePart = 8;
constexpr uint64_t kTransactionPart = 4;
constexpr uint64_t kIteratorPart = 16;
constexpr uint64_t kBatchPart = 8;
constexpr uint64_t kKeptPart = 16;
constexpr uint64_t kAheadPart = 32;
constexpr uint64_t kMemtableSizeMin = 64 * 1024;
constexpr size_t kBuilderBytesMin = 1 << 20;
constexpr size_t kReadaheadMin = 16 * 1024;

uint64_t size_of(const Options& options, OptionId id) { return static_cast<uint64_t>(options.integer(id)); }

/// Of the memtables and the one that is kept for the next.
uint64_t memtables_of(const Options& options) {
  return size_of(options, OptionId::kMemtableSize) * size_of(options, OptionId::kNumMemtables);
}

/// A limit under which the sizes are no trouble.
uint64_t limit_for(const Options& options) {
  const uint64_t sizes = size_of(options, OptionId::kCacheSize) + memtables_of(options) +
                         size_of(options, OptionId::kMemtableSize) + kBesideBytes;
  return sizes + sizes / 11;  // a twelfth of the limit is set aside, see MemoryBudget::usable()
}

bool gives_sizes(const Options& options) {
  return options.is_set(OptionId::kCacheSize) || options.is_set(OptionId::kMemtableSize) ||
         options.is_set(OptionId::kNumMemtables);
}

uint64_t automatic_limit(const Options& options, uint64_t usable_memory) {
  const uint64_t needed = limit_for(options);
  if (needed <= usable_memory / 2 || usable_memory == 0 || gives_sizes(options))
    return std::max(needed, usable_memory / kAutomaticPart);
  return std::max(usable_memory / 2, kLimitMin);
}

std::string in_mebibytes(uint64_t bytes) {
  return std::to_string((bytes + kMiBytes - 1) / kMiBytes) + " MiB";
}

/// `sizes`: those of `options`, and what was derived from them.
Status check_fit(const Options& options, const Options& sizes, uint64_t limit) {
  const bool has_cache = options.is_set(OptionId::kCacheSize);
  const bool has_memtables =
      options.is_set(OptionId::kMemtableSize) || options.is_set(OptionId::kNumMemtables);
  const uint64_t cache = has_cache ? size_of(sizes, OptionId::kCacheSize) : 0;
  const uint64_t memtables = has_memtables ? memtables_of(sizes) : 0;
  const uint64_t room = limit - limit / 12 - limit / kMergePart;
  if (cache <= room && memtables <= room - cache) return Status::ok();
  std::string text = "memory.limit of " + in_mebibytes(limit) + " leaves " + in_mebibytes(room) +
                     " for blocks and memtables, which does not hold";
  if (has_cache) text += " cache.size of " + in_mebibytes(cache);
  if (has_cache && has_memtables) text += " and";
  if (has_memtables) text += " num_memtables times memtable.size, " + in_mebibytes(memtables);
  return Status::invalid_argument(text +
                                  ": raise the limit, or leave these sizes out, so that they follow from it");
}

/// Those that were not given.
Status derive_sizes(uint64_t limit, Options* options) {
  const uint64_t memtables = limit / kMemtablePart;
  uint64_t count = size_of(*options, OptionId::kNumMemtables);
  uint64_t size = size_of(*options, OptionId::kMemtableSize);
  if (!options->is_set(OptionId::kMemtableSize)) {
    size = std::clamp(memtables / count / kMemtableSizeMin * kMemtableSizeMin, kMemtableSizeMin, size);
    WOMBAT_TRY(options->set_integer(OptionId::kMemtableSize, static_cast<int64_t>(size)));
  } else if (!options->is_set(OptionId::kNumMemtables)) {
    count = std::clamp<uint64_t>(memtables / size, 2, count);
    WOMBAT_TRY(options->set_integer(OptionId::kNumMemtables, static_cast<int64_t>(count)));
  }
  // One commit is in memory three times: as a batch, in the buffer of the log, in the memtable.
  const uint64_t batch = std::min(size_of(*options, OptionId::kLimitsBatchSize), limit / kBatchPart);
  WOMBAT_TRY(options->set_integer(OptionId::kLimitsBatchSize, static_cast<int64_t>(batch)));
  const uint64_t transaction = std::min(size_of(*options, OptionId::kTxnMaxSize), limit / kBatchPart);
  WOMBAT_TRY(options->set_integer(OptionId::kTxnMaxSize, static_cast<int64_t>(transaction)));
  if (options->is_set(OptionId::kCacheSize)) return Status::ok();
  return options->set_integer(OptionId::kCacheSize, static_cast<int64_t>(limit / 2));
}

}  // namespace

size_t MemoryShares::builder_bytes_max(size_t job_count) const {
  if (!derives_sizes) return ~size_t{0};
  return std::max<size_t>(merge_bytes_max / std::max<size_t>(job_count, 1) / 4 * 3, kBuilderBytesMin);
}

size_t MemoryShares::readahead_bytes(size_t job_count, size_t source_count, size_t wanted) const {
  if (!derives_sizes) return wanted;
  const size_t jobs = std::max<size_t>(job_count, 1);
  const size_t buffers = 2 * std::max<size_t>(source_count, 1);  // the one before is kept
  return std::min(wanted, std::max<size_t>(merge_bytes_max / jobs / 4 / buffers, kReadaheadMin));
}

Result<MemoryPlan> plan_memory(const Options& options, uint64_t usable_memory) {
  MemoryPlan plan;
  MemoryShares& shares = plan.shares;
  plan.options = options;
  shares.limit_bytes = size_of(options, OptionId::kMemoryLimit);
  shares.is_automatic = shares.limit_bytes == 0;
  if (shares.is_automatic) {
    shares.limit_bytes = automatic_limit(options, usable_memory);
  } else if (shares.limit_bytes < kLimitMin) {
    return Status::invalid_argument("memory.limit: expected 0 or at least " + in_mebibytes(kLimitMin) +
                                    ", found " + std::to_string(shares.limit_bytes) + " bytes");
  }
  shares.derives_sizes = !shares.is_automatic || shares.limit_bytes < limit_for(options);
  if (shares.derives_sizes) {
    WOMBAT_TRY(derive_sizes(shares.limit_bytes, &plan.options));
    WOMBAT_TRY(check_fit(options, plan.options, shares.limit_bytes));
  }
  const uint64_t memtable_size = size_of(plan.options, OptionId::kMemtableSize);
  const uint64_t limit = shares.limit_bytes;
  shares.memtable_bytes_max = std::max(memtables_of(plan.options) + memtable_size, limit / kMemtablePart);
  shares.transaction_bytes_max = limit / kTransactionPart;
  shares.iterator_bytes_max = limit / kIteratorPart;
  shares.kept_bytes_max = shares.derives_sizes ? std::min(memtable_size, limit / kKeptPart) : memtable_size;
  shares.ahead_bytes_max = shares.derives_sizes ? limit / kAheadPart : UINT64_MAX;
  shares.merge_bytes_max = limit / kMergePart;
  return plan;
}

}  // namespace wombat
