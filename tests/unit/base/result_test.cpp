#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace wombat {
namespace {

TEST(Result, HoldsAValue) {
  Result<std::string> result(std::string("value"));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "value");
  EXPECT_EQ(result->size(), 5u);
  EXPECT_TRUE(result.status().is_ok());
  EXPECT_EQ(std::move(result).value(), "value");
}

TEST(Result, HoldsTheReasonWhenThereIsNoValue) {
  const Result<int> result(Status(Code::kMissingFile, "gone"));
  EXPECT_FALSE(result.is_ok());
  EXPECT_EQ(result.status().code(), Code::kMissingFile);
}

TEST(Result, WithoutValueAndReasonIsABugOfOurs) {
  const Result<int> result((Status()));
  EXPECT_FALSE(result);
  EXPECT_EQ(result.status().code(), Code::kInternal);
}

Result<std::unique_ptr<int>> make_number(int number) {
  if (number < 0) return Status::invalid_argument("negative");
  return std::make_unique<int>(number);
}

Result<int> sum(int a, int b) {
  WOMBAT_ASSIGN(const std::unique_ptr<int> first, make_number(a));
  WOMBAT_ASSIGN(const std::unique_ptr<int> second, make_number(b));
  return *first + *second;
}

TEST(Result, AssignTakesTheValueOrHandsOnTheReason) {
  EXPECT_EQ(sum(2, 3).value(), 5);
  EXPECT_EQ(sum(2, -3).status().message(), "negative");
  EXPECT_EQ(sum(-2, 3).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace wombat
