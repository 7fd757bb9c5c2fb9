#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

TEST(Bytes, CompareAsUnsignedBytes) {
  EXPECT_LT(compare_bytes("a", "b"), 0);
  EXPECT_GT(compare_bytes("\xFF", "a"), 0);
  EXPECT_LT(compare_bytes("", Bytes("\0", 1)), 0);
  EXPECT_LT(compare_bytes("ab", "abc"), 0);
  EXPECT_EQ(compare_bytes(Bytes("a\0b", 3), Bytes("a\0b", 3)), 0);
}

TEST(Bytes, CommonPrefixEndsAtTheFirstDifferenceOrTheShorterEnd) {
  EXPECT_EQ(common_prefix_size("", "abc"), 0u);
  EXPECT_EQ(common_prefix_size("abc", "abd"), 2u);
  EXPECT_EQ(common_prefix_size("abc", "abcdef"), 3u);
  EXPECT_EQ(common_prefix_size("xbc", "abc"), 0u);
}

TEST(Bytes, PrefixSuccessorOfPlainPrefixesRaisesTheLastByte) {
  EXPECT_EQ(prefix_successor("abc"), "abd");
  EXPECT_EQ(prefix_successor(Bytes("\0", 1)), "\x01");
  EXPECT_EQ(prefix_successor("a\x7F"), "a\x80");
}

TEST(Bytes, PrefixSuccessorCarriesOverHighestBytes) {
  EXPECT_EQ(prefix_successor("ab\xFF\xFF"), "ac");
  EXPECT_EQ(prefix_successor("a\xFE"), "a\xFF");
}

TEST(Bytes, PrefixSuccessorIsEmptyWhenThereIsNone) {
  EXPECT_EQ(prefix_successor(""), "");
  EXPECT_EQ(prefix_successor("\xFF\xFF"), "");
}

TEST(Bytes, PrefixSuccessorIsTheSmallestBeyondThePrefix) {
  const SeedScope seed(11);
  Random random(seed.seed());
  const char alphabet[] = {'\0', 'a', '\xFE', '\xFF'};
  for (int round = 0; round < 20000; ++round) {
    std::string prefix, other;
    for (uint64_t i = random.below(4); i > 0; --i) prefix.push_back(alphabet[random.below(4)]);
    for (uint64_t i = random.below(5); i > 0; --i) other.push_back(alphabet[random.below(4)]);
    const std::string successor = prefix_successor(prefix);
    const bool is_beyond = other > prefix && !other.starts_with(prefix);
    EXPECT_EQ(is_beyond, !successor.empty() && other >= successor)
        << escape_bytes(prefix) << " / " << escape_bytes(other) << " / " << escape_bytes(successor);
  }
}

TEST(Bytes, EscapeKeepsPrintableBytesAndShowsTheRestInHex) {
  EXPECT_EQ(escape_bytes("key 1~"), "key 1~");
  EXPECT_EQ(escape_bytes(Bytes("\0\n\x7F\xAB", 4)), "\\x00\\x0A\\x7F\\xAB");
  EXPECT_EQ(escape_bytes("a\\b"), "a\\x5Cb");
}

TEST(Bytes, EscapeCutsLongInput) {
  EXPECT_EQ(escape_bytes("abcdef", 6), "abcdef");
  EXPECT_EQ(escape_bytes("abcdefg", 6), "abcdef...");
  EXPECT_EQ(escape_bytes(std::string(65, 'x')), std::string(64, 'x') + "...");
}

}  // namespace
}  // namespace wombat
