#include "txn/prepared_record.h"

#include <gtest/gtest.h>

namespace wombat {

namespace {

PreparedRecord example() {
  PreparedRecord prepared;
  prepared.claims.add_key(0, "", 7);
  prepared.claims.add_key(3, std::string("a\0b", 3), 7);
  prepared.claims.add_range({0, "c", "d"});
  prepared.claims.add_range({2, "", std::nullopt});
  prepared.batch = "bytes of a batch";
  return prepared;
}

TEST(PreparedRecord, ComesBackAsItWas) {
  std::string bytes;
  example().encode(&bytes);
  Result<PreparedRecord> decoded = PreparedRecord::decode(bytes);
  ASSERT_TRUE(decoded) << decoded.status().to_string();
  EXPECT_EQ(decoded->batch, "bytes of a batch");
  EXPECT_EQ(decoded->claims.key_count(), 2u);
  EXPECT_TRUE(decoded->claims.contains(3, std::string("a\0b", 3)));
  EXPECT_TRUE(decoded->claims.contains(0, "c5"));
  EXPECT_FALSE(decoded->claims.contains(0, "d"));
  EXPECT_TRUE(decoded->claims.contains(2, "anything"));
  std::string again;
  decoded->encode(&again);
  EXPECT_EQ(again, bytes);
}

TEST(PreparedRecord, CutShortAnywhereItIsDamage) {
  std::string bytes;
  example().encode(&bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(PreparedRecord::decode(Bytes(bytes).substr(0, size)).status().code(), Code::kCorruption)
        << size;
  }
  EXPECT_EQ(PreparedRecord::decode(bytes + "x").status().code(), Code::kCorruption);
}

TEST(PreparedRecord, AnyFlippedByteIsReadOrRefusedButNeverMore) {
  std::string bytes;
  example().encode(&bytes);
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      const Code code = PreparedRecord::decode(damaged).status().code();
      EXPECT_TRUE(code == Code::kOk || code == Code::kCorruption || code == Code::kUnsupported) << i;
    }
  }
}

TEST(PreparedRecord, ALaterVersionIsRefused) {
  std::string bytes;
  example().encode(&bytes);
  bytes[0] = 2;
  EXPECT_EQ(PreparedRecord::decode(bytes).status().code(), Code::kUnsupported);
}

}  // namespace

}  // namespace wombat
