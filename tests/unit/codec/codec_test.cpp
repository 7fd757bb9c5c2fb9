#include "codec/codec.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

const Codec* zlib() {
  const auto found = codec_by_id(static_cast<uint8_t>(CodecId::kZlib));
  return found ? found.value() : nullptr;
}

/// Compressible to about a quarter.
std::string sample_text(Random& random, size_t size) {
  std::string text;
  while (text.size() < size) text += "field" + std::to_string(random.below(100)) + "=value;";
  text.resize(size);
  return text;
}

TEST(Codec, NoneNeedsNoCode) {
  const auto none = codec_by_id(0);
  ASSERT_TRUE(none);
  EXPECT_EQ(none.value(), nullptr);
  EXPECT_STREQ(codec_name(CodecId::kNone), "none");
  EXPECT_EQ(codec_id_by_name("none").value(), CodecId::kNone);
}

TEST(Codec, ReservedCodecsAreNamedInTheRefusal) {
  for (const CodecId id : {CodecId::kLz4, CodecId::kZstd, CodecId::kSnappy}) {
    const auto found = codec_by_id(static_cast<uint8_t>(id));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.status().code(), Code::kUnsupported);
    EXPECT_NE(found.status().message().find(codec_name(id)), std::string::npos);
    EXPECT_EQ(codec_id_by_name(codec_name(id)).status().code(), Code::kUnsupported);
  }
}

TEST(Codec, UnknownNumbersAreCorruptionAndUnknownNamesInvalid) {
  EXPECT_EQ(codec_by_id(5).status().code(), Code::kCorruption);
  EXPECT_EQ(codec_by_id(255).status().code(), Code::kCorruption);
  EXPECT_EQ(codec_id_by_name("gzip").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(codec_id_by_name("").status().code(), Code::kInvalidArgument);
}

class ZlibCodecTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (zlib() == nullptr) GTEST_SKIP() << "built without zlib";
  }
};

TEST_F(ZlibCodecTest, WhatWasCompressedComesBack) {
  SeedScope seed(1);
  Random random(seed.seed());
  EXPECT_EQ(codec_id_by_name("zlib").value(), CodecId::kZlib);
  EXPECT_EQ(zlib()->id(), CodecId::kZlib);
  for (const int level : {-1, 0, 1, 6, 9, 100}) {
    for (const size_t size : {size_t{0}, size_t{1}, size_t{100}, size_t{8192}, size_t{300000}}) {
      const std::string raw = sample_text(random, size);
      std::string packed = "before";
      ASSERT_TRUE(zlib()->compress(raw, level, raw.size() + 100, &packed));
      ASSERT_EQ(packed.substr(0, 6), "before");
      std::string back(raw.size(), '?');
      ASSERT_TRUE(zlib()->decompress(Bytes(packed).substr(6), back.data(), back.size()));
      EXPECT_EQ(back, raw);
    }
  }
}

TEST_F(ZlibCodecTest, CompressKeepsBelowTheBound) {
  SeedScope seed(2);
  Random random(seed.seed());
  const std::string raw = sample_text(random, 4000);
  std::string packed;
  ASSERT_TRUE(zlib()->compress(raw, -1, raw.size(), &packed));
  const size_t needed = packed.size();
  packed.clear();
  EXPECT_FALSE(zlib()->compress(raw, -1, needed, &packed));
  packed.clear();
  EXPECT_TRUE(zlib()->compress(raw, -1, needed + 1, &packed));
  packed.clear();
  EXPECT_FALSE(zlib()->compress(raw, -1, 0, &packed));
  std::string noise(4000, '\0');
  for (char& byte : noise) byte = static_cast<char>(random.next());
  packed.clear();
  EXPECT_FALSE(zlib()->compress(noise, -1, noise.size(), &packed));
}

TEST_F(ZlibCodecTest, WrongSizesAndDamageAreRefusedWithoutWritingBeyond) {
  SeedScope seed(3);
  Random random(seed.seed());
  const std::string raw = sample_text(random, 500);
  std::string packed;
  ASSERT_TRUE(zlib()->compress(raw, -1, 1000, &packed));
  std::string out(raw.size() + 1, '?');
  EXPECT_FALSE(zlib()->decompress(packed, out.data(), raw.size() + 1));
  for (const size_t size : {size_t{0}, size_t{1}, raw.size() - 1}) {
    out.assign(raw.size() + 1, '?');
    EXPECT_FALSE(zlib()->decompress(packed, out.data(), size));
    EXPECT_EQ(out.substr(size), std::string(out.size() - size, '?'));
  }
  for (size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(zlib()->decompress(Bytes(packed).substr(0, size), out.data(), raw.size()));
  }
  EXPECT_FALSE(zlib()->decompress(packed + "x", out.data(), raw.size()));
  for (size_t i = 0; i < packed.size(); ++i) {
    std::string damaged = packed;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << random.below(8)));
    const bool accepted = zlib()->decompress(damaged, out.data(), raw.size());
    if (accepted) {
      EXPECT_EQ(out.substr(0, raw.size()), raw) << "byte " << i;
    }
  }
}

}  // namespace
}  // namespace wombat
