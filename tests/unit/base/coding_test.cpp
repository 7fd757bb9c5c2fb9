#include "base/coding.h"

#include <gtest/gtest.h>

#include <limits>

namespace wombat {
namespace {

TEST(Coding, IntegersAreLittleEndian) {
  std::string bytes;
  append_le<uint8_t>(&bytes, 0x01);
  append_le<uint16_t>(&bytes, 0x0203);
  append_le<uint32_t>(&bytes, 0x04050607);
  append_le<uint64_t>(&bytes, 0x08090A0B0C0D0E0Full);
  EXPECT_EQ(bytes, std::string("\x01\x03\x02\x07\x06\x05\x04\x0F\x0E\x0D\x0C\x0B\x0A\x09\x08"));
}

TEST(Coding, LoadsWhatWasStoredAtAnyAlignment) {
  char buffer[16];
  for (size_t shift = 0; shift < 8; ++shift) {
    store_le<uint64_t>(buffer + shift, 0x0123456789ABCDEFull);
    EXPECT_EQ(load_le<uint64_t>(buffer + shift), 0x0123456789ABCDEFull);
    EXPECT_EQ(load_le<uint16_t>(buffer + shift), 0xCDEF);
  }
}

TEST(Cursor, ReadsFieldsInTurnAndKnowsItsPlace) {
  std::string bytes;
  append_le<uint16_t>(&bytes, 515);
  append_sized(&bytes, "key");
  append_sized(&bytes, "");
  append_le<uint64_t>(&bytes, std::numeric_limits<uint64_t>::max());
  Cursor cursor(bytes);
  EXPECT_EQ(cursor.fixed<uint16_t>(), 515);
  EXPECT_EQ(cursor.position(), 2u);
  EXPECT_EQ(cursor.sized(), "key");
  EXPECT_EQ(cursor.sized(), "");
  EXPECT_FALSE(cursor.at_end());
  EXPECT_EQ(cursor.remaining(), 8u);
  EXPECT_EQ(cursor.fixed<uint64_t>(), std::numeric_limits<uint64_t>::max());
  EXPECT_TRUE(cursor.at_end());
  EXPECT_TRUE(cursor.ok());
}

TEST(Cursor, IntegerBeyondTheEndFailsAndReadsZero) {
  Cursor cursor("abc");
  EXPECT_EQ(cursor.fixed<uint32_t>(), 0u);
  EXPECT_FALSE(cursor.ok());
  EXPECT_FALSE(cursor.at_end());
}

TEST(Cursor, EverythingFailsAfterTheFirstFailure) {
  Cursor cursor("abcdef");
  EXPECT_EQ(cursor.bytes(7), "");
  EXPECT_FALSE(cursor.ok());
  EXPECT_EQ(cursor.fixed<uint8_t>(), 0);
  EXPECT_FALSE(cursor.ok());
}

TEST(Cursor, BytesAfterAFailureAreEmptyToo) {
  Cursor cursor("abcdef");
  EXPECT_EQ(cursor.bytes(7), "");
  EXPECT_EQ(cursor.bytes(2), "");
  EXPECT_EQ(cursor.sized(), "");
}

TEST(Cursor, SizeBeyondTheEndFails) {
  std::string bytes;
  append_le<uint32_t>(&bytes, 4);
  bytes.append("abc");
  Cursor cursor(bytes);
  EXPECT_EQ(cursor.sized(), "");
  EXPECT_FALSE(cursor.ok());
}

TEST(Cursor, LargestSizeDoesNotOverflow) {
  Cursor cursor("\xFF\xFF\xFF\xFF rest");
  EXPECT_EQ(cursor.sized(), "");
  EXPECT_FALSE(cursor.ok());
  Cursor other("abc");
  EXPECT_EQ(other.bytes(std::numeric_limits<size_t>::max()), "");
  EXPECT_FALSE(other.ok());
}

TEST(Cursor, EmptyInputIsAtItsEnd) {
  Cursor cursor("");
  EXPECT_TRUE(cursor.at_end());
  EXPECT_EQ(cursor.bytes(0), "");
  EXPECT_TRUE(cursor.ok());
}

}  // namespace
}  // namespace wombat
