#include "db/read_state.h"

#include <algorithm>

#include "base/thread_hint.h"

namespace wombat {

namespace {

std::vector<RunIndex> index_runs(const Version& version) {
  std::vector<RunIndex> runs;
  for (const Level& level : version.levels)
    for (const Run& run : level.runs) runs.emplace_back(run);
  return runs;
}

std::vector<OpenTable*> tables_of(const Run& run) {
  std::vector<OpenTable*> tables;
  tables.reserve(run.tables.size());
  for (const TablePtr& table : run.tables) tables.push_back(&as_open(table));
  return tables;
}

}  // namespace

RunIndex::RunIndex(const Run& run) : RunIndex(tables_of(run)) {}

RunIndex::RunIndex(std::vector<OpenTable*> tables_in) : tables(std::move(tables_in)) {
  ranges.reserve(tables.size());
  for (const OpenTable* table : tables)
    ranges.push_back({key_prefix(table->info.smallest_key), key_prefix(table->info.largest_key)});
  has_ranges = std::any_of(tables.begin(), tables.end(),
                           [](const OpenTable* table) { return table->info.range_count != 0; });
}

size_t RunIndex::find_at_or_behind(Bytes key, uint64_t prefix) const {
  size_t i = 0;  // the first table whose largest prefix is not below `prefix`
  for (size_t count = ranges.size(); count > 0;) {
    const size_t half = (count + 1) / 2;
    size_t is_below = ranges[i + half - 1].largest < prefix ? ~size_t{0} : 0;
    asm("" : "+r"(is_below));  // or the compiler makes a branch of it, mispredicted half the time
    i += half & is_below;
    count -= half;
  }
  if (i == ranges.size() || ranges[i].largest != prefix) [[likely]]
    return i;
  const auto found = std::partition_point(
      tables.begin() + static_cast<ptrdiff_t>(i), tables.end(),
      [key](const OpenTable* table) { return compare_bytes(table->info.largest_key, key) < 0; });
  return static_cast<size_t>(found - tables.begin());
}

OpenTable* RunIndex::find(Bytes key, uint64_t prefix) const {
  const size_t i = find_at_or_behind(key, prefix);
  if (i == tables.size()) return nullptr;
  if (ranges[i].smallest < prefix) return tables[i];
  if (ranges[i].smallest > prefix || Bytes(tables[i]->info.smallest_key) > key) return nullptr;
  return tables[i];
}

ReadState::ReadState(std::vector<MemtablePtr> memtables_in, VersionPtr version_in)
    : memtables(std::move(memtables_in)),
      version(std::move(version_in)),
      runs(index_runs(*version)),
      tables_have_ranges(
          std::any_of(runs.begin(), runs.end(), [](const RunIndex& run) { return run.has_ranges; })) {
  reclaim = [](Retirable* self) { static_cast<ReadState*>(self)->release(); };
}

Result<RangeSetPtr> ReadState::ranges_of(const RunIndex& run) {
  const auto index = static_cast<size_t>(&run - runs.data());
  std::lock_guard lock(ranges_mutex_);
  run_ranges_.resize(runs.size());
  RangeSetPtr& known = run_ranges_[index];
  if (known != nullptr) return known;
  RangeSet all;  // tables of a run ascend, and their range deletes do not leave them
  for (OpenTable* const table : run.tables) {
    if (table->info.range_count == 0) continue;
    WOMBAT_ASSIGN(const TableReaderRef reader, table->hold());
    if (reader->ranges() == nullptr) continue;
    for (const RangeSet::Fragment& fragment : reader->ranges()->fragments()) all.append(fragment);
  }
  known = std::make_shared<const RangeSet>(std::move(all));
  return known;
}

ReadState::~ReadState() {
  for (Kept& kept : kept_) delete kept.sources.load(std::memory_order_acquire);
}

std::unique_ptr<Iterator> ReadState::take_sources() noexcept {
  static_assert(kKeptCount == 4, "thread_hint(2)");
  const size_t hint = thread_hint(2);
  for (size_t i = 0; i < kKeptCount; ++i) {
    std::atomic<Iterator*>& slot = kept_[(hint + i) % kKeptCount].sources;
    if (slot.load(std::memory_order_relaxed) == nullptr) continue;
    if (Iterator* const sources = slot.exchange(nullptr, std::memory_order_acquire))
      return std::unique_ptr<Iterator>(sources);
  }
  return nullptr;
}

void ReadState::give_back(std::unique_ptr<Iterator> sources) noexcept {
  sources->rest();
  const size_t hint = thread_hint(2);
  for (size_t i = 0; i < kKeptCount; ++i) {
    std::atomic<Iterator*>& slot = kept_[(hint + i) % kKeptCount].sources;
    Iterator* expected = nullptr;
    if (slot.load(std::memory_order_relaxed) == nullptr &&
        slot.compare_exchange_strong(expected, sources.get(), std::memory_order_release)) {
      static_cast<void>(sources.release());
      return;
    }
  }
}

}  // namespace wombat
