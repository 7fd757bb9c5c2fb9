#include "memtable/memtable_filter.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"
#include "memtable/memtable.h"

namespace wombat {
namespace {

std::string key_of(int number) { return "key" + std::to_string(number); }

TEST(MemtableFilter, FindsEveryKeyThatWasAdded) {
  for (const size_t size : {size_t{8}, size_t{100}, size_t{64 << 10}}) {
    MemtableFilter filter(size);
    for (int i = 0; i < 3000; ++i) {
      filter.add(hash_key(key_of(i)));
      ASSERT_TRUE(filter.may_contain(hash_key(key_of(i)))) << size;
    }
    for (int i = 0; i < 3000; ++i) ASSERT_TRUE(filter.may_contain(hash_key(key_of(i)))) << size;
  }
}

TEST(MemtableFilter, RefusesMostOthers) {
  constexpr int kCount = 40'000;
  MemtableFilter filter(kCount * 13 / 8);
  for (int i = 0; i < kCount; ++i) filter.add(hash_key(key_of(i)));
  int wrong_count = 0;
  for (int i = kCount; i < 2 * kCount; ++i) wrong_count += filter.may_contain(hash_key(key_of(i)));
  EXPECT_LT(wrong_count, kCount / 20);
}

TEST(MemtableFilter, WithoutMemoryItSaysYes) {
  MemtableFilter filter;
  filter.add(7);
  EXPECT_TRUE(filter.may_contain(8));
  EXPECT_EQ(filter.memory_usage(), 0u);
}

TEST(MemtableFilter, AMemtableAsksItForItsKinds) {
  for (const char* kind : {"blocked", "skiplist"}) {
    const auto memtable = make_memtable(kind, nullptr, 4096).value();
    EXPECT_FALSE(memtable->may_contain(hash_key("a")));
    memtable->insert("a", make_tag(1, Kind::kPut), "");
    memtable->insert("b", make_tag(2, Kind::kDelete), "");
    EXPECT_TRUE(memtable->may_contain(hash_key("a")));
    EXPECT_TRUE(memtable->may_contain(hash_key("b")));
    EXPECT_FALSE(memtable->may_contain(hash_key("c")));
    const auto without = make_memtable(kind).value();
    EXPECT_FALSE(without->may_contain(hash_key("c")));
    without->insert("a", make_tag(1, Kind::kPut), "");
    EXPECT_TRUE(without->may_contain(hash_key("c")));
  }
}

}  // namespace
}  // namespace wombat
