#include "base/random.h"

#include <gtest/gtest.h>

#include <vector>

namespace wombat {
namespace {

TEST(Random, SameSeedGivesTheSameNumbers) {
  Random a(5), b(5), c(6);
  int differences = 0;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t number = a.next();
    EXPECT_EQ(number, b.next());
    differences += number != c.next();
  }
  EXPECT_GT(differences, 990);
}

TEST(Random, BelowStaysBelowAndIsUniform) {
  Random random(1);
  EXPECT_EQ(random.below(0), 0u);
  EXPECT_EQ(random.below(1), 0u);
  std::vector<int> hits(10);
  for (int i = 0; i < 100000; ++i) {
    const uint64_t number = random.below(10);
    ASSERT_LT(number, 10u);
    ++hits[number];
  }
  for (const int count : hits) EXPECT_NEAR(count, 10000, 500);
}

TEST(Random, OneInNComesUpThatOften) {
  Random random(2);
  int hits = 0;
  for (int i = 0; i < 64000; ++i) hits += random.one_in(64);
  EXPECT_NEAR(hits, 1000, 150);
  EXPECT_TRUE(random.one_in(1));
}

TEST(Random, UnitLiesBetweenZeroAndOne) {
  Random random(3);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double number = random.unit();
    ASSERT_GE(number, 0.0);
    ASSERT_LT(number, 1.0);
    sum += number;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.02);
}

}  // namespace
}  // namespace wombat
