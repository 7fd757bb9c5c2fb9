#include "generated_record.h"

#include <gtest/gtest.h>

#include <vector>

namespace wombat::cli {
namespace {

TEST(GeneratedRecord, AShuffleMeetsEveryPositionOnce) {
  for (const uint64_t count : {1, 2, 3, 4, 5, 16, 17, 1000, 4096, 5000}) {
    for (const uint64_t seed : {0, 1, 77}) {
      std::vector<bool> met(count);
      for (uint64_t i = 0; i < count; ++i) {
        const uint64_t position = shuffled(i, count, seed);
        ASSERT_LT(position, count);
        EXPECT_FALSE(met[position]) << "count " << count << ", seed " << seed << ", index " << i;
        met[position] = true;
      }
    }
  }
}

TEST(GeneratedRecord, AShuffleIsNotTheIdentityAndDependsOnTheSeed) {
  constexpr uint64_t kCount = 1000;
  size_t fixed_points = 0;
  size_t same_with_other_seed = 0;
  for (uint64_t i = 0; i < kCount; ++i) {
    fixed_points += shuffled(i, kCount, 0) == i ? 1 : 0;
    same_with_other_seed += shuffled(i, kCount, 0) == shuffled(i, kCount, 1) ? 1 : 0;
  }
  EXPECT_LT(fixed_points, 20u);
  EXPECT_LT(same_with_other_seed, 20u);
}

TEST(GeneratedRecord, KeysAreSixteenDigitsThatSortAsTheirNumbers) {
  std::string key, next;
  make_key("p-", 42, &key);
  make_key("p-", 100, &next);
  EXPECT_EQ(key, "p-0000000000000042");
  EXPECT_LT(key, next);
}

TEST(GeneratedRecord, ValuesDependOnNumberAndSeedAlone) {
  std::string a, b;
  make_value(1, 7, 33, &a);
  make_value(1, 7, 33, &b);
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.size(), 33u);
  make_value(1, 8, 33, &b);
  EXPECT_NE(a, b);
  make_value(2, 7, 33, &b);
  EXPECT_NE(a, b);
  make_value(1, 7, 0, &b);
  EXPECT_TRUE(b.empty());
}

}  // namespace
}  // namespace wombat::cli
