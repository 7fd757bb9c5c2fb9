#include <gtest/gtest.h>

#include "memtable/memtable.h"
#include "unit/kv/entry_list.h"
#include "unit/kv/failing_new.h"

namespace wombat {
namespace {

using test::runs_with_failing_allocation;

uint64_t rows_of(const Memtable& memtable) {
  const auto iterator = memtable.new_iterator();
  uint64_t rows = 0;
  for (iterator->seek_first(); iterator->valid(); iterator->next()) ++rows;
  uint64_t backward = 0;
  for (iterator->seek_last(); iterator->valid(); iterator->prev()) ++backward;
  EXPECT_EQ(rows, backward);
  return rows;
}

class MemtableAllocation : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Kinds, MemtableAllocation, testing::Values("blocked", "skiplist"));

TEST_P(MemtableAllocation, AFailedInsertLeavesItAsBefore) {
  const auto memtable = make_memtable(GetParam()).value();
  Random random(5);
  int failures = 0;
  for (uint64_t i = 0; i < 6000; ++i) {
    const uint64_t word = i % 3 == 0 ? random.next() : i;
    const std::string value(i % 500 == 0 ? 300000 : 100, 'v');
    const auto step = [&] { memtable->insert(as_bytes(&word, sizeof word), make_tag(i, Kind::kPut), value); };
    for (long n = 0;; ++n) {
      const size_t usage = memtable->memory_usage();
      if (runs_with_failing_allocation(n, step)) break;
      ++failures;
      ASSERT_EQ(memtable->entry_count(), i);
      ASSERT_EQ(memtable->memory_usage(), usage);
      ASSERT_EQ(rows_of(*memtable), i);
    }
  }
  EXPECT_GT(failures, 10);
  EXPECT_EQ(rows_of(*memtable), 6000u);
}

TEST_P(MemtableAllocation, AFailedCreationLeaksNothing) {
  long n = 0;
  for (; !runs_with_failing_allocation(n, [] { EXPECT_TRUE(make_memtable(GetParam()).is_ok()); }); ++n) {
  }
  EXPECT_GT(n, 1);
}

}  // namespace
}  // namespace wombat
