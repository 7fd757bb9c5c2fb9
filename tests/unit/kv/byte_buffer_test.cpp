#include "kv/byte_buffer.h"

#include <gtest/gtest.h>

#include <vector>

#include "kv/key_prefix.h"
#include "support/seed.h"
#include "unit/kv/entry_list.h"

namespace wombat {
namespace {

TEST(ByteBuffer, HoldsEverySize) {
  ByteBuffer buffer;
  EXPECT_EQ(buffer.view(), "");
  for (size_t size = 0; size < 300; ++size) {
    const auto exact = std::make_unique<char[]>(size);
    for (size_t i = 0; i < size; ++i) exact[i] = static_cast<char>(i * 7 + size);
    buffer.assign(Bytes(exact.get(), size));
    EXPECT_EQ(buffer.view(), Bytes(exact.get(), size));
  }
  buffer.assign("short");
  EXPECT_EQ(buffer.view(), "short");
}

TEST(ByteBuffer, MayBeAssignedAPartOfItself) {
  const std::string whole = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (size_t from = 0; from <= whole.size(); ++from) {
    for (size_t size = 0; size <= whole.size() - from; ++size) {
      ByteBuffer buffer;
      buffer.assign(whole);
      buffer.assign(buffer.view().substr(from, size));
      ASSERT_EQ(buffer.view(), Bytes(whole).substr(from, size));
    }
  }
}

TEST(ByteBuffer, MovesShortAndLongBytes) {
  for (const size_t from_size : {size_t{0}, size_t{3}, size_t{48}, size_t{49}, size_t{300}}) {
    for (const size_t to_size : {size_t{0}, size_t{48}, size_t{300}}) {
      const std::string bytes(from_size, 'x');
      ByteBuffer from;
      from.assign(bytes);
      ByteBuffer to;
      to.assign(std::string(to_size, 'y'));
      to = std::move(from);
      EXPECT_EQ(to.view(), bytes);
      from.assign("again");
      EXPECT_EQ(from.view(), "again");
      EXPECT_EQ(to.view(), bytes);
      const ByteBuffer made(std::move(to));
      EXPECT_EQ(made.view(), bytes);
    }
  }
}

TEST(KeyPrefix, NeverContradictsTheOrderOfKeys) {
  const SeedScope scope(0xB0FF);
  Random random(scope.seed());
  std::vector<std::string> keys = {"", std::string(1, '\0'), std::string(8, '\xFF'), std::string(9, '\xFF')};
  for (int i = 0; i < 300; ++i) keys.push_back(test::random_key(random));
  for (const std::string& a : keys) {
    for (const std::string& b : keys) {
      if (key_prefix(a) < key_prefix(b)) {
        EXPECT_LT(compare_bytes(a, b), 0);
      }
      EXPECT_EQ(keys_equal(a, b), a == b);
    }
  }
  EXPECT_EQ(key_prefix("a"), uint64_t{'a'} << 56);
  EXPECT_EQ(key_prefix("abcdefghi"), 0x6162636465666768u);
}

}  // namespace
}  // namespace wombat
