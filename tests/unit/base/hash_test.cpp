#include "base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace wombat {
namespace {

// Filters in files depend on these numbers for ever.
TEST(HashKey, IsXxh3WithSeedZero) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes.push_back(static_cast<char>(i));
  EXPECT_EQ(hash_key(""), 0x2D06800538D394C2ull);
  EXPECT_EQ(hash_key(Bytes(bytes).substr(0, 8)), 0x3A1C2D7C85AF88F8ull);
  EXPECT_EQ(hash_key(Bytes(bytes).substr(0, 16)), 0x8355E3A6F61770DBull);
  EXPECT_EQ(hash_key(Bytes(bytes).substr(0, 129)), 0xEC7642B431BA3E5Aull);
  EXPECT_EQ(hash_key(bytes), 0xD44052F5A3485425ull);
}

TEST(HashKey, DoesNotDependOnAlignment) {
  const std::string key = "user:0000000042/name";
  for (size_t shift = 0; shift < 16; ++shift) {
    const std::string moved = std::string(shift, 'x') + key;
    EXPECT_EQ(hash_key(Bytes(moved).substr(shift)), hash_key(key));
  }
}

}  // namespace
}  // namespace wombat
