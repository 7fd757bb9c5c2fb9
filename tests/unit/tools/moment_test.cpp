#include "moment.h"

#include <gtest/gtest.h>

#include "failure.h"

namespace wombat::cli {
namespace {

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kNow = uint64_t{1'800'000'000} * kSecond;  // 2027-01-15T08:00:00Z

uint64_t time_of(const std::string& text) { return parse_moment(text, kNow).time_us; }

TEST(Moment, DigitsAreACommit) {
  EXPECT_EQ(parse_moment("17", kNow).timestamp, 17u);
  EXPECT_EQ(parse_moment("17", kNow).time_us, 0u);
  EXPECT_EQ(parse_moment("1", kNow).timestamp, 1u);
}

TEST(Moment, TimesAreThoseOfRfc3339) {
  EXPECT_EQ(time_of("2027-01-15T08:00:00Z"), kNow);
  EXPECT_EQ(time_of("2027-01-15t08:00:00z"), kNow);
  EXPECT_EQ(time_of("2027-01-15 08:00Z"), kNow);
  EXPECT_EQ(time_of("2027-01-15T09:30:00+01:30"), kNow);
  EXPECT_EQ(time_of("2027-01-15T00:00:00-0800"), kNow);
  EXPECT_EQ(time_of("2027-01-15T08:00:00.5Z"), kNow + kSecond / 2);
  EXPECT_EQ(time_of("2027-01-15T08:00:00.0000019Z"), kNow + 1);
  EXPECT_EQ(time_of("1970-01-01T00:00:00.000001Z"), 1u);
  EXPECT_EQ(time_of("2000-02-29T00:00:00Z"), uint64_t{951'782'400} * kSecond);
}

TEST(Moment, AgoIsBeforeNow) {
  EXPECT_EQ(time_of("-90s"), kNow - 90 * kSecond);
  EXPECT_EQ(time_of("-10m"), kNow - 600 * kSecond);
  EXPECT_EQ(time_of("-1h30m"), kNow - 5400 * kSecond);
  EXPECT_EQ(time_of("-2d"), kNow - 172'800 * kSecond);
  EXPECT_EQ(time_of("-250ms"), kNow - kSecond / 4);
}

TEST(Moment, WhatIsNeitherIsRefused) {
  for (const char* text : {"",
                           "0",
                           "-",
                           "-10",
                           "-m",
                           "-1h30",
                           "-99999999999d",
                           "-99999999999999999999s",
                           "10m",
                           "yesterday",
                           "99999999999999999999",
                           "2027-01-15",
                           "2027-01-15T08:00:00",
                           "2027-13-15T08:00:00Z",
                           "2027-02-29T08:00:00Z",
                           "2027-01-15T24:00:00Z",
                           "2027-01-15T08:60:00Z",
                           "2027-01-15T08:00:00.Z",
                           "2027-01-15T08:00:00Zx",
                           "2027-01-15T08:00:00+25:00",
                           "1969-12-31T23:59:59Z",
                           "2027-1-15T08:00:00Z"}) {
    try {
      parse_moment(text, kNow);
      ADD_FAILURE() << "'" << text << "' was taken";
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), ExitCode::kUsage);
    }
  }
}

TEST(Moment, TimesAreShownAsTheyAreRead) {
  EXPECT_EQ(time_text(kNow), "2027-01-15T08:00:00Z");
  EXPECT_EQ(time_text(kNow + 1), "2027-01-15T08:00:00.000001Z");
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(time_of(time_text(kNow + 123'456)), kNow + 123'456);
}

}  // namespace
}  // namespace wombat::cli
