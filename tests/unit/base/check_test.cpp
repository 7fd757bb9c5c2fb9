#include "base/check.h"

#include <gtest/gtest.h>

namespace wombat {
namespace {

TEST(CheckDeathTest, FailureNamesTheExpressionAndThePlaceAndAborts) {
  EXPECT_DEATH(WOMBAT_CHECK(1 + 1 == 3), "internal check failed: 1 \\+ 1 == 3 \\(.*check_test.cpp:[0-9]+\\)");
}

TEST(Check, TrueConditionIsEvaluatedOnceAndGoesOn) {
  int evaluations = 0;
  WOMBAT_CHECK(++evaluations == 1);
  EXPECT_EQ(evaluations, 1);
}

TEST(CheckDeathTest, AssertionsAreOnInBuildsThatAskForThem) {
  int evaluations = 0;
#ifdef WOMBAT_DEBUG_ASSERTIONS
  EXPECT_DEATH(WOMBAT_ASSERT(evaluations == 1), "internal check failed");
#else
  WOMBAT_ASSERT(++evaluations == 1);
  EXPECT_EQ(evaluations, 0);
#endif
}

}  // namespace
}  // namespace wombat
