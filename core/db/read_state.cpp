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
  largest_prefixes.reserve(tables.size());
  for (const OpenTable* table : tables) largest_prefixes.push_back(key_prefix(table->info.largest_key));
}

size_t RunIndex::find_at_or_behind(Bytes key, uint64_t prefix) const {
  size_t i = static_cast<size_t>(std::lower_bound(largest_prefixes.begin(), largest_prefixes.end(), prefix) -
                                 largest_prefixes.begin());
  while (i < tables.size() && largest_prefixes[i] == prefix && Bytes(tables[i]->info.largest_key) < key) ++i;
  return i;
}

OpenTable* RunIndex::find(Bytes key, uint64_t prefix) const {
  const size_t i = find_at_or_behind(key, prefix);
  if (i == tables.size() || Bytes(tables[i]->info.smallest_key) > key) return nullptr;
  return tables[i];
}

ReadState::ReadState(std::vector<MemtablePtr> memtables_in, VersionPtr version_in)
    : memtables(std::move(memtables_in)), version(std::move(version_in)), runs(index_runs(*version)) {
  reclaim = [](Retirable* self) { static_cast<ReadState*>(self)->release(); };
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
