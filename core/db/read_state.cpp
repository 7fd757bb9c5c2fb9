#include "db/read_state.h"

#include <algorithm>

namespace wombat {

namespace {

std::vector<RunIndex> index_runs(const Version& version) {
  std::vector<RunIndex> runs;
  for (const Level& level : version.levels)
    for (const Run& run : level.runs) runs.emplace_back(run);
  return runs;
}

}  // namespace

RunIndex::RunIndex(const Run& run) {
  largest_prefixes.reserve(run.tables.size());
  tables.reserve(run.tables.size());
  for (const TablePtr& table : run.tables) {
    largest_prefixes.push_back(key_prefix(table->info.largest_key));
    tables.push_back(&as_open(table));
  }
}

OpenTable* RunIndex::find(Bytes key, uint64_t prefix) const {
  size_t i = static_cast<size_t>(std::lower_bound(largest_prefixes.begin(), largest_prefixes.end(), prefix) -
                                 largest_prefixes.begin());
  while (i < tables.size() && largest_prefixes[i] == prefix && Bytes(tables[i]->info.largest_key) < key) ++i;
  if (i == tables.size() || Bytes(tables[i]->info.smallest_key) > key) return nullptr;
  return tables[i];
}

ReadState::ReadState(std::vector<MemtablePtr> memtables_in, VersionPtr version_in)
    : memtables(std::move(memtables_in)), version(std::move(version_in)), runs(index_runs(*version)) {
  reclaim = [](Retirable* self) { static_cast<ReadState*>(self)->release(); };
}

}  // namespace wombat
