// Every object of the layer stays as the headers promise when memory runs out, whichever allocation fails.
#include <gtest/gtest.h>

#include <memory>

#include "kv/merging_iterator.h"
#include "kv/visible_iterator.h"
#include "kv/write_batch.h"
#include "unit/kv/entry_list.h"
#include "unit/kv/failing_new.h"

namespace wombat {
namespace {

using test::runs_with_failing_allocation;

TEST(KvAllocation, ABatchIsAsBeforeAfterEveryFailure) {
  const std::string key(100, 'k');
  WriteBatch other;
  ASSERT_TRUE(other.put("other", std::string(5000, 'o')));
  WriteBatch batch;
  int failures = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string before(batch.record());
    const auto step = [&] {
      if (i % 7 == 0)
        batch.set_savepoint();
      else if (i % 20 == 19)
        EXPECT_TRUE(batch.append(other));
      else
        EXPECT_TRUE(batch.put(key, Bytes(key).substr(i % 100)));
    };
    if (!runs_with_failing_allocation(0, step)) {
      ++failures;
      ASSERT_EQ(batch.record(), before);
      step();
    }
  }
  EXPECT_GT(failures, 5);
  for (int i = 0; i < 29; ++i) EXPECT_TRUE(batch.release_savepoint()) << "a failed set_savepoint leaves none";
  EXPECT_EQ(batch.release_savepoint().code(), Code::kNotFound);
}

// Sources allocate on every move here; the iterators above them take memory for long keys and values.
TEST(KvAllocation, IteratorsWorkAgainAfterEveryFailure) {
  const std::string base(200, 'k');
  test::EntryList lists[2];
  for (uint64_t i = 0; i < 12; ++i) {
    lists[i % 2].push_back(
        {base + static_cast<char>('a' + i), make_tag(i, Kind::kPut), std::string(100 * i, 'v')});
  }
  std::vector<std::unique_ptr<Iterator>> sources;
  for (const test::EntryList& list : lists)
    sources.push_back(std::make_unique<test::EntryListIterator>(list));
  VisibleIterator iterator(make_merging_iterator(std::move(sources)), kTimestampMax, {});
  const std::string key_c = base + "c";
  const std::string key_d = base + "d";
  const auto pass = [&] {
    size_t rows = 0;
    for (iterator.seek_first(); iterator.valid(); iterator.next()) ++rows;
    for (iterator.seek_last(); iterator.valid(); iterator.prev()) ++rows;
    iterator.seek(key_c);
    iterator.prev();
    iterator.next();
    iterator.seek_for_prev(key_c);
    iterator.next();
    EXPECT_EQ(iterator.key(), key_d);
    EXPECT_EQ(rows, 24u);
  };
  long n = 0;
  for (; !runs_with_failing_allocation(n, pass); ++n) EXPECT_FALSE(iterator.valid()) << "allocation " << n;
  EXPECT_GT(n, 50);
}

}  // namespace
}  // namespace wombat
