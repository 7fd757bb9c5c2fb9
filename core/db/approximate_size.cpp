#include "db/approximate_size.h"

#include "db/open_table.h"

namespace wombat {

namespace {

uint64_t size_within(OpenTable& table, const Bytes* lower, const Bytes* upper) {
  const bool is_inside = (lower == nullptr || Bytes(table.info.smallest_key) >= *lower) &&
                         (upper == nullptr || Bytes(table.info.largest_key) < *upper);
  const TableReaderRef reader = table.hold_if_open();
  if (is_inside || reader.get() == nullptr) return table.info.file_size;
  const uint64_t from = lower == nullptr ? 0 : reader->approximate_offset(*lower);
  const uint64_t to = upper == nullptr ? table.info.file_size : reader->approximate_offset(*upper);
  return to > from ? to - from : 0;
}

}  // namespace

uint64_t approximate_size(const Version& version, uint32_t first_level, const Bytes* lower,
                          const Bytes* upper) {
  uint64_t size = 0;
  for (size_t level = first_level; level < version.levels.size(); ++level)
    for (const Run& run : version.levels[level].runs)
      for (const TablePtr& table : Version::overlapping(run, lower, upper))
        size += size_within(as_open(table), lower, upper);
  return size;
}

}  // namespace wombat
