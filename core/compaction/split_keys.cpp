#include "compaction/split_keys.h"

#include <algorithm>

#include "kv/range_set.h"

namespace wombat {

std::vector<std::string> split_keys(const CompactionPlan& plan, size_t part_count, uint64_t part_bytes_min) {
  std::vector<const TableInfo*> infos;
  for (const CompactionPlan::Input& input : plan.inputs)
    for (const TablePtr& table : input.tables) infos.push_back(&table->info);
  const uint64_t total = plan.input_bytes();
  part_count = std::min<uint64_t>(part_count, total / std::max<uint64_t>(part_bytes_min, 1));
  std::vector<std::string> cuts;
  if (part_count < 2) return cuts;
  // By the end of each table: then the bytes in front of a cut are about those of the tables that end there.
  std::sort(infos.begin(), infos.end(),
            [](const TableInfo* a, const TableInfo* b) { return a->largest_key < b->largest_key; });
  uint64_t bytes = 0;
  for (size_t i = 0; i + 1 < infos.size() && cuts.size() + 1 < part_count; ++i) {
    bytes += infos[i]->file_size;
    if (bytes < total / part_count * (cuts.size() + 1)) continue;
    if (infos[i]->largest_key == infos[i + 1]->largest_key) continue;
    // Behind the longest keys there is no key whose end says what came in front of it: a table that ends with a range
    // delete would seem to reach into the next one.
    if (infos[i]->largest_key.size() >= kKeySizeMax) continue;
    std::optional<std::string> cut = key_after(infos[i]->largest_key);
    if (cut && infos[i]->largest_key < infos.back()->largest_key) cuts.push_back(std::move(*cut));
  }
  return cuts;
}

}  // namespace wombat
