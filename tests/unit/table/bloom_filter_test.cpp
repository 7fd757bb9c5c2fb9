#include "table/bloom_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

std::vector<uint64_t> random_hashes(uint64_t seed, size_t count) {
  Random random(seed);
  std::vector<uint64_t> hashes(count);
  for (uint64_t& hash : hashes) hash = random.next();
  return hashes;
}

std::string make_filter(const std::vector<uint64_t>& hashes, uint64_t blocks) {
  std::string filter(blocks * kBloomBlockSize, '\0');
  bloom_add(hashes.data(), hashes.size(), filter.data(), blocks);
  return filter;
}

TEST(BloomFilter, NeverDeniesAKeyThatWasAdded) {
  SeedScope seed(11);
  for (const size_t count : {size_t{0}, size_t{1}, size_t{7}, size_t{1000}, size_t{50000}}) {
    const auto hashes = random_hashes(seed.seed() + count, count);
    const uint64_t blocks = bloom_block_count(count, 10);
    const std::string filter = make_filter(hashes, blocks);
    for (const uint64_t hash : hashes) ASSERT_TRUE(bloom_test(filter.data(), blocks, hash));
  }
}

TEST(BloomFilter, TenBitsGiveFewFalsePositives) {
  SeedScope seed(12);
  constexpr size_t kCount = 100000;
  const uint64_t blocks = bloom_block_count(kCount, 10);
  EXPECT_EQ(blocks, (kCount * 10 + 255) / 256);
  const std::string filter = make_filter(random_hashes(seed.seed(), kCount), blocks);
  size_t positives = 0;
  for (const uint64_t hash : random_hashes(seed.seed() + 1, 200000))
    positives += bloom_test(filter.data(), blocks, hash);
  EXPECT_LT(positives, 200000 * 0.016);
  EXPECT_GT(positives, 200000 * 0.005);
}

TEST(BloomFilter, BlockCountIsBounded) {
  EXPECT_EQ(bloom_block_count(0, 10), 1u);
  EXPECT_EQ(bloom_block_count(1, 1), 1u);
  EXPECT_EQ(bloom_block_count(uint64_t{1} << 40, 10), kBloomBlockCountMax);
}

TEST(BloomFilter, BytesAreThoseOfTheFormat) {
  // Hash 0x80000000'00000001: block 1 of 2, and in each lane the bit of the factor's five top bits.
  std::string filter(2 * kBloomBlockSize, '\0');
  const uint64_t hash = 0x8000000000000001;
  bloom_add(&hash, 1, filter.data(), 2);
  std::string expected(2 * kBloomBlockSize, '\0');
  for (size_t lane = 0; lane < 8; ++lane) {
    const uint32_t bit = kBloomFactors[lane] >> 27;
    expected[32 + 4 * lane + bit / 8] = static_cast<char>(1 << (bit % 8));
  }
  EXPECT_EQ(filter, expected);
}

#if defined(__x86_64__)
TEST(BloomFilter, VectorAndScalarCodeAgree) {
  if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "no AVX2";
  SeedScope seed(13);
  for (const size_t count : {size_t{1}, size_t{15}, size_t{16}, size_t{17}, size_t{3000}}) {
    const auto hashes = random_hashes(seed.seed() + count, count);
    const uint64_t blocks = bloom_block_count(count, 10);
    std::string scalar(blocks * kBloomBlockSize, '\0');
    std::string vector = scalar;
    bloom_add_scalar(hashes.data(), count, scalar.data(), blocks);
    bloom_add_avx2(hashes.data(), count, vector.data(), blocks);
    ASSERT_EQ(scalar, vector);
    for (const uint64_t hash : random_hashes(seed.seed() + 99, 20000)) {
      ASSERT_EQ(bloom_test_scalar(scalar.data(), blocks, hash), bloom_test_avx2(scalar.data(), blocks, hash));
    }
  }
}
#endif

}  // namespace
}  // namespace wombat
