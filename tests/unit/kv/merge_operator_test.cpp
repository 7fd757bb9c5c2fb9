#include "kv/merge_operator.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/coding.h"
#include "base/random.h"
#include "kv/entry.h"
#include "kv/merge_fold.h"
#include "support/seed.h"

namespace wombat {
namespace {

std::string number(int64_t value) {
  std::string bytes;
  append_le<uint64_t>(&bytes, static_cast<uint64_t>(value));
  return bytes;
}
std::string real(double value) {
  std::string bytes;
  append_le<uint64_t>(&bytes, std::bit_cast<uint64_t>(value));
  return bytes;
}

/// The operands, oldest first, on a base.
std::string folded(const std::string& name, std::optional<std::string> base,
                   std::vector<std::string> operands) {
  MergeFold fold;
  for (size_t i = operands.size(); i-- > 0;)
    fold.add(make_tag(i + 1, Kind::kMerge), encode_merge(name, operands[i]));
  std::string value;
  const Bytes bytes = base ? Bytes(*base) : Bytes();
  const Status status = fold.finish(builtin_merge_operators(), "key", base ? &bytes : nullptr, &value);
  return status ? value : std::string(code_name(status.code()));
}

TEST(MergeOperator, NumbersAreAddedAndCompared) {
  EXPECT_EQ(folded("int64_add", number(5), {number(-7), number(1)}), number(-1));
  EXPECT_EQ(folded("int64_add", {}, {number(3)}), number(3));
  EXPECT_EQ(folded("int64_add", number(INT64_MAX), {number(1)}), number(INT64_MIN));
  EXPECT_EQ(folded("int64_min", number(5), {number(-7), number(9)}), number(-7));
  EXPECT_EQ(folded("int64_max", number(-5), {number(-7), number(-6)}), number(-5));
  EXPECT_EQ(folded("double_add", real(0.5), {real(0.25)}), real(0.75));
  EXPECT_EQ(folded("double_min", real(0.5), {real(-2)}), real(-2));
  EXPECT_EQ(folded("double_max", real(std::nan("")), {real(-2)}), real(-2));
  EXPECT_EQ(folded("double_max", real(-2), {real(std::nan(""))}), real(-2));
}

TEST(MergeOperator, BytesAreJoinedAndCompared) {
  EXPECT_EQ(folded("append", "a", {"b", "", "c"}), "abc");
  EXPECT_EQ(folded("append:, ", "a", {"b", ""}), "a, b, ");
  EXPECT_EQ(folded("append:, ", {}, {"b", "c"}), "b, c");
  EXPECT_EQ(folded("append:", "a", {"b"}), "ab");
  EXPECT_EQ(folded("bytes_min", "b", {"ba", "\xFF", "a"}), "a");
  EXPECT_EQ(folded("bytes_max", "b", {"ba", "\xFF", "a"}), "\xFF");
  EXPECT_EQ(folded("bit_or", "\x01\x02", {"\x10"}), "\x11\x02");
  EXPECT_EQ(folded("bit_or", "\x01", {"\x10\x20"}), "\x11\x20");
  EXPECT_EQ(folded("set_if_absent", "here", {"x"}), "here");
  EXPECT_EQ(folded("set_if_absent", {}, {"x", "y"}), "x");
}

TEST(MergeOperator, WhatDoesNotFitIsAFailure) {
  EXPECT_EQ(folded("int64_add", "short", {number(1)}), "MERGE_FAILED");
  EXPECT_EQ(folded("int64_add", {}, {"short"}), "MERGE_FAILED");
  EXPECT_EQ(folded("no_such", {}, {"x"}), "UNSUPPORTED");
  EXPECT_EQ(folded("appendix", {}, {"x"}), "UNSUPPORTED");
  EXPECT_FALSE(builtin_merge_operators().find("int64_add")->check_operand("1234567"));
  EXPECT_TRUE(builtin_merge_operators().find("append:x")->check_operand(""));
  MergeFold fold;
  fold.add(make_tag(1, Kind::kMerge), "");
  std::string value;
  EXPECT_EQ(fold.finish(builtin_merge_operators(), "k", nullptr, &value).code(), Code::kCorruption);
}

TEST(MergeOperator, AnEntryNamesItsOperator) {
  Bytes name;
  Bytes operand;
  const std::string encoded = encode_merge("append", "xyz");
  ASSERT_TRUE(decode_merge(encoded, &name, &operand));
  EXPECT_EQ(name, "append");
  EXPECT_EQ(operand, "xyz");
  EXPECT_FALSE(decode_merge("", &name, &operand));
  EXPECT_FALSE(decode_merge(std::string("\0x", 2), &name, &operand));
  EXPECT_FALSE(decode_merge("\5abc", &name, &operand));
}

/// Joined or not, on any base, the outcome is the same.
TEST(MergeFold, JoiningOperandsChangesNothing) {
  static const char* const kNames[] = {"int64_add",  "int64_min",  "int64_max", "double_add",
                                       "double_min", "double_max", "bytes_min", "bytes_max",
                                       "append",     "append:--",  "bit_or",    "set_if_absent"};
  Random random(test_seed(22));
  for (int round = 0; round < 500; ++round) {
    const size_t kind = random.below(3);  // all of numbers, of reals, of bytes, or of both kinds
    const auto random_name = [&] {
      return std::string(kNames[kind == 0   ? random.below(3)
                                : kind == 1 ? 3 + random.below(3)
                                            : 6 + random.below(6)]);
    };
    const auto random_operand = [&] {
      if (kind == 0) return number(static_cast<int64_t>(random.next()));
      if (kind == 1) return real(static_cast<double>(random.below(1000)) / 7);
      return std::string(random.below(4), static_cast<char>('a' + random.below(4)));
    };
    MergeFold fold;
    const size_t count = 1 + random.below(6);
    for (size_t i = count; i > 0; --i)
      fold.add(make_tag(i, Kind::kMerge), encode_merge(random_name(), random_operand()));
    MergeFold joined = fold;
    joined.combine(builtin_merge_operators());
    ASSERT_LE(joined.count(), fold.count());
    ASSERT_EQ(joined.tag(0), fold.tag(0));
    for (const bool has_base : {false, true}) {
      const std::string base = random_operand();
      const Bytes bytes(base);
      std::string a;
      std::string b;
      ASSERT_TRUE(fold.finish(builtin_merge_operators(), "k", has_base ? &bytes : nullptr, &a));
      ASSERT_TRUE(joined.finish(builtin_merge_operators(), "k", has_base ? &bytes : nullptr, &b));
      ASSERT_EQ(a, b);
    }
  }
}

}  // namespace
}  // namespace wombat
