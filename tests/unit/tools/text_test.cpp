#include "text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "failure.h"

namespace wombat::cli {
namespace {

uint64_t test_seed() {
  const char* text = std::getenv("WOMBAT_TEST_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 20240614;
}

std::string random_bytes(std::mt19937_64& random) {
  std::string bytes(random() % 40, '\0');
  const char some[] = "\t\n\r\\\0x7f\xc3\xa4\xed\xa0\x80\xf0\x9f\xa6\xa1";
  for (char& byte : bytes)
    byte = random() % 2 == 0 ? some[random() % (sizeof some - 1)] : static_cast<char>(random());
  return bytes;
}

TEST(Text, EveryCodingBringsRandomBytesBack) {
  const uint64_t seed = test_seed();
  SCOPED_TRACE("WOMBAT_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5000; ++round) {
    const std::string bytes = random_bytes(random);
    std::string problem, plain;
    append_escaped(bytes, false, &plain);
    EXPECT_EQ(unescape(plain, &problem), bytes) << problem;
    const std::string printable = escaped(bytes);
    EXPECT_EQ(unescape(printable, &problem), bytes) << problem;
    EXPECT_TRUE(is_plain_text(printable));
    EXPECT_EQ(printable.find_first_of("\t\n\r"), std::string::npos);
    EXPECT_EQ(from_hex(to_hex(bytes), &problem), bytes) << problem;
    EXPECT_EQ(from_base64(to_base64(bytes), &problem), bytes) << problem;
  }
}

TEST(Text, Base64IsTheOneOfTheStandard) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  std::string problem;
  for (const char* malformed : {"Zg=", "Zg", "=", "====", "Zm=v", "Zm9!", "Zg==Zg=="}) {
    EXPECT_EQ(from_base64(malformed, &problem), std::nullopt) << malformed;
  }
}

TEST(Text, MalformedEscapesAreRefusedAndNamed) {
  for (const char* malformed : {"\\", "a\\", "\\q", "\\x", "\\x1", "\\xg1", "\\x1g"}) {
    std::string problem;
    EXPECT_EQ(unescape(malformed, &problem), std::nullopt) << malformed;
    EXPECT_NE(problem.find("expected"), std::string::npos) << malformed;
  }
}

TEST(Text, Utf8IsCheckedStrictly) {
  for (const char* valid : {"", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                            "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(valid)) << escaped(valid);
  }
  for (const char* invalid :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\xa6", "\xc3("}) {
    EXPECT_FALSE(is_utf8(invalid)) << to_hex(invalid);
  }
}

TEST(Text, WhatCouldDisturbATerminalIsNoPlainText) {
  EXPECT_TRUE(is_plain_text("tab\tand line\n"));
  EXPECT_FALSE(is_plain_text("\x1b[31m"));
  EXPECT_FALSE(
      is_plain_text("\xc2\x9b"
                    "31m"));
  EXPECT_FALSE(is_plain_text("\x7f"));
  EXPECT_FALSE(is_plain_text("\r"));
}

TEST(Text, JsonMembersHoldAnyBytes) {
  std::string out;
  append_json_bytes("key", "a\"\\\n\x01", &out);
  EXPECT_EQ(out, "\"key\":\"a\\\"\\\\\\n\\u0001\"");
  out.clear();
  append_json_bytes("key", "\xff", &out);
  EXPECT_EQ(out, "\"key_base64\":\"/w==\"");
}

TEST(Text, NumbersForPeople) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.0 kB");
  EXPECT_EQ(human_bytes(123456789), "123 MB");
  EXPECT_EQ(human_seconds(2.34), "2.3 s");
  EXPECT_EQ(human_seconds(59), "59 s");
  EXPECT_EQ(human_seconds(125), "2:05");
  EXPECT_EQ(human_seconds(3723), "1:02:03");
}

TEST(Text, SizesWithUnits) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("10k"), 10000u);
  EXPECT_EQ(parse_size("2MiB"), 2u << 20);
  EXPECT_EQ(parse_size("18446744073709551615"), UINT64_MAX);
  for (const char* malformed :
       {"", "k", "-1", "1x", "1.5", " 1", "18446744073709551616", "18446744073709551615k"}) {
    EXPECT_EQ(parse_size(malformed), std::nullopt) << malformed;
  }
}

TEST(Text, ArgumentsAreDecodedAsTheEncodingSays) {
  EXPECT_EQ(decode_argument("\\x41", Encoding::kPlain, "key"), "\\x41");
  EXPECT_EQ(decode_argument("\\x41", Encoding::kEscaped, "key"), "A");
  EXPECT_EQ(decode_argument("41", Encoding::kHex, "key"), "A");
  EXPECT_THROW(decode_argument("4", Encoding::kHex, "key"), Failure);
}

}  // namespace
}  // namespace wombat::cli
