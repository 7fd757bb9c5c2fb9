#include "version/version.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wombat {
namespace {

std::string table_text(const TableHandle& table) {
  return "table " + std::to_string(table.info.number) + " [\"" + escape_bytes(table.info.smallest_key) +
         "\", \"" + escape_bytes(table.info.largest_key) + "\"]";
}

std::string run_text(size_t level, const Run& run) {
  return "level " + std::to_string(level) + " run " + std::to_string(run.id);
}

Status check_run(size_t level, const Run& run) {
  if (run.tables.empty()) return Status::corruption(run_text(level, run) + " has no tables");
  const TableHandle* previous = nullptr;
  for (const TablePtr& table : run.tables) {
    WOMBAT_CHECK(table != nullptr);
    if (compare_bytes(table->info.smallest_key, table->info.largest_key) > 0) {
      return Status::corruption(run_text(level, run) + ": the smallest key of " + table_text(*table) +
                                " is greater than its largest");
    }
    if (previous != nullptr && compare_bytes(previous->info.largest_key, table->info.smallest_key) >= 0) {
      return Status::corruption(run_text(level, run) + ": " + table_text(*previous) + " is not before " +
                                table_text(*table));
    }
    previous = table.get();
  }
  return Status::ok();
}

}  // namespace

uint64_t TableInfo::pointed_bytes() const {
  uint64_t sum = 0;
  for (const ValueUse& use : values) sum += use.bytes;
  return sum;
}

uint64_t Level::pointed_bytes() const {
  uint64_t sum = 0;
  for (const Run& run : runs)
    for (const TablePtr& table : run.tables) sum += table->info.pointed_bytes();
  return sum;
}

uint64_t Run::bytes() const {
  uint64_t sum = 0;
  for (const TablePtr& table : tables) sum += table->info.file_size;
  return sum;
}

size_t Run::find(Bytes key) const {
  const auto found = std::partition_point(tables.begin(), tables.end(), [key](const TablePtr& table) {
    return compare_bytes(table->info.largest_key, key) < 0;
  });
  return static_cast<size_t>(found - tables.begin());
}

uint64_t Level::bytes() const {
  uint64_t sum = 0;
  for (const Run& run : runs) sum += run.bytes();
  return sum;
}

size_t Level::table_count() const {
  size_t sum = 0;
  for (const Run& run : runs) sum += run.tables.size();
  return sum;
}

Status Version::check() const {
  std::vector<uint64_t> numbers;
  numbers.reserve(table_count());
  for (size_t level = 0; level < levels.size(); ++level) {
    const std::vector<Run>& runs = levels[level].runs;
    for (size_t i = 0; i < runs.size(); ++i) {
      if (i > 0 && runs[i - 1].id <= runs[i].id) {
        return Status::corruption(run_text(level, runs[i - 1]) + " stands before run " +
                                  std::to_string(runs[i].id) + " but is not newer");
      }
      WOMBAT_TRY(check_run(level, runs[i]));
      for (const TablePtr& table : runs[i].tables) numbers.push_back(table->info.number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  const auto twice = std::adjacent_find(numbers.begin(), numbers.end());
  if (twice != numbers.end()) {
    return Status::corruption("table " + std::to_string(*twice) + " stands in two places of the tree");
  }
  return Status::ok();
}

std::vector<TablePtr> Version::overlapping(const Run& run, const Bytes* lower, const Bytes* upper) {
  const auto first = run.tables.begin() + static_cast<ptrdiff_t>(lower == nullptr ? 0 : run.find(*lower));
  const auto last = upper == nullptr
                        ? run.tables.end()
                        : std::partition_point(first, run.tables.end(), [upper](const TablePtr& table) {
                            return compare_bytes(table->info.smallest_key, *upper) <= 0;
                          });
  return std::vector<TablePtr>(first, last);
}

bool Version::key_may_exist_below(uint32_t level, Bytes key) const {
  return key_may_exist_from(level + 1, key);
}

bool Version::key_may_exist_from(uint32_t level, Bytes key) const {
  for (size_t deeper = level; deeper < levels.size(); ++deeper) {
    for (const Run& run : levels[deeper].runs) {
      const size_t i = run.find(key);
      if (i < run.tables.size() && compare_bytes(run.tables[i]->info.smallest_key, key) <= 0) return true;
    }
  }
  return false;
}

bool Version::range_may_exist_from(uint32_t level, Bytes lower, const Bytes* upper) const {
  for (size_t deeper = level; deeper < levels.size(); ++deeper)
    for (const Run& run : levels[deeper].runs)
      if (!overlapping(run, &lower, upper).empty()) return true;
  return false;
}

uint64_t Version::pointed_bytes() const {
  uint64_t sum = 0;
  for (const Level& level : levels) sum += level.pointed_bytes();
  return sum;
}

uint64_t Version::bytes() const {
  uint64_t sum = 0;
  for (const Level& level : levels) sum += level.bytes();
  return sum;
}

size_t Version::table_count() const {
  size_t sum = 0;
  for (const Level& level : levels) sum += level.table_count();
  return sum;
}

}  // namespace wombat
