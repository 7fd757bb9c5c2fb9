#include "table/fence_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

size_t expected_find(const std::vector<int64_t>& words, int64_t word) {
  const auto above = std::upper_bound(words.begin() + 1, words.end(), word);
  return static_cast<size_t>(above - words.begin()) - 1;
}

void expect_all_agree(const std::vector<int64_t>& words, const std::vector<int64_t>& wanted) {
  const FenceIndex fences(words);
  ASSERT_EQ(fences.size(), words.size());
  for (const int64_t word : wanted) {
    const size_t expected = expected_find(words, word);
    ASSERT_EQ(fences.find(word), expected) << words.size() << " words, " << word;
    ASSERT_EQ(fences.find_binary(word), expected) << words.size() << " words, " << word;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
      ASSERT_EQ(fences.find_tree_avx2(word), expected) << words.size() << " words, " << word;
    }
#endif
  }
}

TEST(FenceIndex, BothSearchesAgreeWithTheStandardLibrary) {
  SeedScope seed(21);
  Random random(seed.seed());
  for (const size_t size : {1, 2, 15, 16, 17, 31, 255, 256, 257, 1000, 4096, 4097, 70000}) {
    for (const uint64_t span : {uint64_t{3}, uint64_t{1000}, ~uint64_t{0}}) {
      std::vector<int64_t> words(size);
      for (int64_t& word : words) word = static_cast<int64_t>(random.below(span) - span / 2);
      std::sort(words.begin(), words.end());
      std::vector<int64_t> wanted = {kMin, kMin + 1, -1, 0, 1, kMax - 1, kMax};
      for (int i = 0; i < 500; ++i) {
        const int64_t word = words[random.below(size)];
        wanted.insert(wanted.end(), {word, word == kMin ? kMin : word - 1, word == kMax ? kMax : word + 1,
                                     static_cast<int64_t>(random.next())});
      }
      expect_all_agree(words, wanted);
    }
  }
}

TEST(FenceIndex, ExtremeWordsAreFound) {
  for (const size_t size : {1, 16, 17, 300}) {
    expect_all_agree(std::vector<int64_t>(size, kMax), {kMin, 0, kMax - 1, kMax});
    expect_all_agree(std::vector<int64_t>(size, kMin), {kMin, 0, kMax});
    expect_all_agree(std::vector<int64_t>(size, 5), {kMin, 4, 5, 6, kMax});
  }
}

TEST(FenceIndex, WordsOrderAsTheBytesDo) {
  SeedScope seed(22);
  Random random(seed.seed());
  for (int i = 0; i < 20000; ++i) {
    std::string a(random.below(20), '\0'), b(random.below(20), '\0');
    for (char& byte : a) byte = static_cast<char>(random.one_in(2) ? random.next() : random.below(2) * 255);
    b = random.one_in(2) ? a.substr(0, random.below(a.size() + 1)) + b : b;
    const size_t position = random.below(10);
    const std::string cut_a = a.size() < position ? "" : a.substr(position, 8);
    const std::string cut_b = b.size() < position ? "" : b.substr(position, 8);
    const std::string padded_a = cut_a + std::string(8 - cut_a.size(), '\0');
    const std::string padded_b = cut_b + std::string(8 - cut_b.size(), '\0');
    ASSERT_EQ(fence_word(a, position) < fence_word(b, position), padded_a < padded_b);
    ASSERT_EQ(fence_word(a, position) == fence_word(b, position), padded_a == padded_b);
  }
}

}  // namespace
}  // namespace wombat
