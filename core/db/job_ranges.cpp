#include "db/job_ranges.h"

#include "db/approximate_size.h"
#include "db/open_table.h"

namespace wombat {

namespace {

/// The greatest key that there is; nothing when there is none.
std::optional<std::string> last_key(const Memtable& memtable, const Version& version) {
  std::optional<std::string> last;
  const std::unique_ptr<Iterator> entries = memtable.new_iterator();
  entries->seek_last();
  if (entries->valid()) last = entries->key();
  for (const Level& level : version.levels) {
    for (const Run& run : level.runs) {
      const std::string& largest = run.tables.back()->info.largest_key;
      if (!last || largest > *last) last = largest;
    }
  }
  return last;
}

}  // namespace

RangeSet ranges_of(const Memtable& memtable, const Version& version) {
  if (memtable.ranges().empty()) return {};
  std::vector<RangeSet> sets;
  for (const RangeSetPtr& set : memtable.ranges().sets()) sets.push_back(*set);
  RangeSet all = RangeSet::join(std::move(sets));
  if (all.empty() || all.fragments().back().has_upper) return all;
  const std::optional<std::string> last = last_key(memtable, version);
  if (!last) return {};
  const std::optional<std::string> end = key_after(*last);
  if (!end) return all;
  const Bytes upper(*end);
  return all.cut(nullptr, &upper);
}

Result<RangeSet> ranges_of(const CompactionPlan& plan) {
  std::vector<RangeSet> sets;
  for (const CompactionPlan::Input& input : plan.inputs) {
    for (const TablePtr& table : input.tables) {
      if (table->info.range_count == 0) continue;
      WOMBAT_ASSIGN(const TableReaderRef reader, as_open(table).hold());
      if (reader->ranges() != nullptr) sets.push_back(*reader->ranges());
    }
  }
  return RangeSet::join(std::move(sets));
}

void look_below(VersionPtr version, uint32_t first_level, MergeJob* job) {
  job->range_may_exist_below = [version, first_level](Bytes lower, const Bytes* upper) {
    return version->range_may_exist_from(first_level, lower, upper);
  };
  job->range_bytes_below = [version, first_level](Bytes lower, const Bytes* upper) {
    return approximate_size(*version, first_level, &lower, upper);
  };
}

}  // namespace wombat
