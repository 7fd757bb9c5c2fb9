#include "compaction/size_tiered_policy.h"

#include <algorithm>

#include "compaction/sorted_runs.h"

namespace wombat {

namespace {

/// Runs above so many times `min_compaction_files` are merged even when no two are alike.
constexpr size_t kRunsFactor = 8;
/// Where a backlog is looked for.
constexpr size_t kFrontCount = 4;

/// Neighbours that are merged together.
struct Bucket {
  size_t first = 0;
  size_t count = 0;
  size_t similar_count = 0;
  uint64_t bytes = 0;
};

size_t count_min(const CompactionOptions& options) {
  return std::max<size_t>(options.min_compaction_files, 2);
}

/// The longest row of runs from `first` on that are like its greatest: of the greatest's size down to low / high of it,
/// as they are when both lie within the bounds around their mean. Smaller ones between them come along: they cost little,
/// and would else keep their neighbours apart for ever.
Bucket bucket_at(const std::vector<SortedRun>& runs, size_t first, size_t width_max,
                 const CompactionOptions& options) {
  const double share = std::min(options.bucket_low / std::max(options.bucket_high, 1.0), 1.0);
  Bucket best;
  Bucket bucket{first, 0, 0, 0};
  uint64_t greatest = 0;
  for (size_t i = first; i < runs.size() && i - first < width_max; ++i) {
    bucket.bytes += runs[i].bytes;
    ++bucket.count;
    greatest = std::max(greatest, runs[i].bytes);
    bucket.similar_count = 0;
    for (size_t j = first; j <= i; ++j)
      if (static_cast<double>(runs[j].bytes) >= share * static_cast<double>(greatest)) ++bucket.similar_count;
    const bool ends_similar = static_cast<double>(runs[i].bytes) >= share * static_cast<double>(greatest);
    const uint64_t small_bytes = bucket.bytes - greatest;
    // Many small ones are as good as a few similar ones.
    const bool adds_up = bucket.count >= count_min(options) &&
                         small_bytes >= static_cast<uint64_t>(count_min(options) - 1) * greatest;
    if (adds_up || (ends_similar && bucket.similar_count >= std::max<size_t>(best.similar_count, 2)))
      best = bucket;
    if (adds_up) best.similar_count = std::max(best.similar_count, count_min(options));
  }
  return best;
}

/// The smallest bucket of `free` runs that is due.
std::optional<Bucket> smallest_due(const std::vector<SortedRun>& runs, const CompactionOptions& options) {
  std::optional<Bucket> smallest;
  const size_t width_max = std::max<size_t>(options.max_merge_width, count_min(options));
  for (size_t first = 0; first < runs.size(); ++first) {
    const Bucket bucket = bucket_at(runs, first, std::min(width_max, free_count(runs, first)), options);
    if (bucket.similar_count < count_min(options)) continue;
    if (!smallest || bucket.bytes < smallest->bytes) smallest = bucket;
  }
  return smallest;
}

/// The cheapest neighbours, however different.
std::optional<Bucket> cheapest(const std::vector<SortedRun>& runs, const CompactionOptions& options) {
  std::optional<Bucket> best;
  const size_t count = count_min(options);
  for (size_t first = 0; first + count <= runs.size(); ++first) {
    if (free_count(runs, first) < count) continue;
    const uint64_t bytes = bytes_of(runs, first, count);
    if (!best || bytes < best->bytes) best = Bucket{first, count, count, bytes};
  }
  return best;
}

std::optional<Bucket> due_bucket(const std::vector<SortedRun>& runs, const CompactionOptions& options) {
  if (runs.size() < count_min(options)) return std::nullopt;
  std::optional<Bucket> bucket = smallest_due(runs, options);
  if (!bucket && runs.size() >= kRunsFactor * count_min(options)) bucket = cheapest(runs, options);
  return bucket;
}

}  // namespace

std::optional<CompactionPlan> pick_size_tiered_compaction(const Version& version,
                                                          const CompactionOptions& options,
                                                          const BusyTables& busy) {
  const std::vector<SortedRun> runs = sorted_runs(version, busy);
  if (const std::optional<Bucket> bucket = due_bucket(runs, options)) {
    CompactionPlan plan = plan_runs(runs, bucket->first, bucket->count);
    plan.score = static_cast<double>(bucket->similar_count) / static_cast<double>(count_min(options));
    return plan;
  }
  std::optional<CompactionPlan> plan = plan_run_deletes(version, runs, options, busy);
  if (plan) plan->score = 1;
  return plan;
}

size_t size_tiered_backlog(const Version& version, const CompactionOptions& options) {
  const std::vector<SortedRun> runs = sorted_runs(version, {});
  size_t most = 0;
  // New runs pile up at the front, behind one or the other that is not like them.
  for (size_t first = 0; first < std::min<size_t>(runs.size(), kFrontCount); ++first) {
    const Bucket bucket = bucket_at(runs, first, runs.size() - first, options);
    if (bucket.similar_count >= count_min(options)) most = std::max(most, bucket.count);
  }
  return most;
}

uint64_t size_tiered_debt(const Version& version, const CompactionOptions& options) {
  const std::optional<Bucket> bucket = due_bucket(sorted_runs(version, {}), options);
  return bucket ? bucket->bytes : 0;
}

}  // namespace wombat
