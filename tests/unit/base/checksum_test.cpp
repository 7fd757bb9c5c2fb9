#include "base/checksum.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

std::string counting_bytes(size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

// Made with the shared library libxxhash 0.8.1. Files depend on these numbers for ever.
TEST(Checksum, IsXxh3WithItsSeedForEverySizeClass) {
  struct Example {
    size_t size;
    uint64_t seed_0, seed_42;
  };
  constexpr Example kExamples[] = {
      {0, 0x2D06800538D394C2ull, 0xB029411FF43D84D2ull},
      {1, 0xC44BDFF4074EECDBull, 0x5CF10F10BF2DD245ull},
      {8, 0x3A1C2D7C85AF88F8ull, 0x533B2C25FA397F0Bull},
      {16, 0x8355E3A6F61770DBull, 0x74891A34D3FFF0A9ull},
      {17, 0x9EF341A99DE37328ull, 0x2668E3977D451C23ull},
      {64, 0x6187EB9089B0ED55ull, 0x19611AC4647C1DFDull},
      {128, 0x85C6174C7FF4C46Bull, 0xA7F863935F4A4028ull},
      {129, 0xEC7642B431BA3E5Aull, 0x82B80BDD4AC29DB5ull},
      {240, 0x375A384D957FE865ull, 0x4C023D24E6A84D31ull},
      {241, 0x02E8CD95421C6D02ull, 0x26E3D358D4E0A1D6ull},
      {300, 0xD44052F5A3485425ull, 0x1562ADAEE96CF4D1ull},
  };
  for (const Example& example : kExamples) {
    const std::string bytes = counting_bytes(example.size);
    EXPECT_EQ(checksum64(bytes, 0), example.seed_0) << example.size;
    EXPECT_EQ(checksum64(bytes, 42), example.seed_42) << example.size;
  }
}

TEST(Checksum, TwoPartsAreChainedBySeed) {
  const std::string head = counting_bytes(16), body = counting_bytes(300);
  EXPECT_EQ(checksum64(head, body, 5), checksum64(body, checksum64(head, 5)));
}

TEST(Checksum, EveryBitOfBothPartsCounts) {
  const SeedScope seed(12);
  Random random(seed.seed());
  std::string head = counting_bytes(16), body = counting_bytes(200);
  const uint64_t right = checksum64(head, body, 7);
  for (std::string* part : {&head, &body}) {
    for (size_t bit = 0; bit < part->size() * 8; ++bit) {
      (*part)[bit / 8] ^= static_cast<char>(1 << bit % 8);
      EXPECT_NE(checksum64(head, body, 7), right) << bit;
      (*part)[bit / 8] ^= static_cast<char>(1 << bit % 8);
    }
  }
  EXPECT_NE(checksum64(head, body, random.next() | 8), right);
  EXPECT_EQ(checksum64(head, body, 7), right);
}

TEST(Checksum, MovingAByteBetweenThePartsCounts) {
  EXPECT_NE(checksum64("ab", "cd", 0), checksum64("abc", "d", 0));
  EXPECT_NE(checksum64("", "abcd", 0), checksum64("abcd", "", 0));
}

TEST(ChecksumContext, SeedDependsOnDatabaseFileAndOffset) {
  DatabaseId id{};
  for (uint8_t i = 0; i < id.size(); ++i) id[i] = i;
  const ChecksumContext context(id, 7);
  EXPECT_EQ(context.seed_at(0), 0xD2B02127CA803114ull);  // XXH3-64 of the id and the number, a format fact
  EXPECT_EQ(context.seed_at(3), 0xD2B02127CA803114ull ^ (3 * 0x9E3779B97F4A7C15ull));
  EXPECT_NE(context.seed_at(1), context.seed_at(2));
  EXPECT_NE(context.seed_at(0), ChecksumContext(id, 8).seed_at(0));
  id[15] ^= 1;
  EXPECT_NE(context.seed_at(0), ChecksumContext(id, 7).seed_at(0));
}

}  // namespace
}  // namespace wombat
