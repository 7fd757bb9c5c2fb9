#include "codec/codec.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "codec/randomness.h"
#include "support/seed.h"

namespace wombat {
namespace {

constexpr int kLevelDefault = -1;

/// Compressible to about a quarter.
std::string sample_text(Random& random, size_t size) {
  std::string text;
  while (text.size() < size) text += "field" + std::to_string(random.below(100)) + "=value;";
  text.resize(size);
  return text;
}

std::string noise(Random& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

/// Bytes of several kinds: text, runs, few letters, noise, noise that comes again.
std::string any_bytes(Random& random, size_t size) {
  switch (random.below(5)) {
    case 0:
      return sample_text(random, size);
    case 1:
      return std::string(size, static_cast<char>(random.next()));
    case 2: {
      std::string letters(size, '\0');
      for (char& letter : letters) letter = static_cast<char>('a' + random.below(4));
      return letters;
    }
    case 3:
      return noise(random, size);
    default: {
      std::string bytes = noise(random, size / 2);
      bytes += bytes;
      bytes.resize(size);
      return bytes;
    }
  }
}

TEST(Codec, NoneNeedsNoCode) {
  const auto none = codec_by_id(0);
  ASSERT_TRUE(none);
  EXPECT_EQ(none.value(), nullptr);
  EXPECT_STREQ(codec_name(CodecId::kNone), "none");
  EXPECT_EQ(codec_id_by_name("none").value(), CodecId::kNone);
}

TEST(Codec, ThoseThatAreMissingAreNamedInTheRefusal) {
  for (const CodecId id : kAllCodecs) {
    if (id == CodecId::kNone) continue;
    const auto found = codec_by_id(static_cast<uint8_t>(id));
    if (codec_if_built(id) != nullptr) {
      ASSERT_TRUE(found);
      EXPECT_EQ(found.value(), codec_if_built(id));
      EXPECT_EQ(found.value()->id(), id);
      EXPECT_EQ(codec_id_by_name(codec_name(id)).value(), id);
      continue;
    }
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

class EveryCodec : public ::testing::TestWithParam<CodecId> {
 protected:
  void SetUp() override {
    codec_ = codec_if_built(GetParam());
    if (codec_ == nullptr) GTEST_SKIP() << "built without " << codec_name(GetParam());
    decompressor_ = codec_->new_decompressor();
  }

  std::string packed(const std::string& raw, int level = kLevelDefault) {
    std::string out;
    EXPECT_TRUE(codec_->new_compressor(level, Bytes())->compress(raw, 2 * raw.size() + 100, &out));
    return out;
  }
  bool unpack(Bytes packed, char* out, size_t raw_size, const Dictionary* dictionary = nullptr) {
    return decompressor_->decompress(packed, dictionary, out, raw_size);
  }

  SeedScope seed_{1};
  Random random_{seed_.seed()};
  const Codec* codec_ = nullptr;
  std::unique_ptr<Decompressor> decompressor_;
};

TEST_P(EveryCodec, WhatWasCompressedComesBackAtEveryLevel) {
  for (int level = -1; level <= codec_->level_max() + 1; ++level) {
    const auto compressor = codec_->new_compressor(level, Bytes());
    for (const size_t size : {0, 1, 2, 3, 13, 100, 255, 256, 4096, 8192, 65536}) {
      const std::string raw = any_bytes(random_, size);
      std::string out = "before";
      ASSERT_TRUE(compressor->compress(raw, raw.size() * 2 + 100, &out)) << level << " " << size;
      ASSERT_EQ(out.substr(0, 6), "before");
      std::string back(raw.size(), '?');
      ASSERT_TRUE(unpack(Bytes(out).substr(6), back.data(), back.size())) << level << " " << size;
      ASSERT_TRUE(back == raw) << level << " " << size;
    }
  }
}

TEST_P(EveryCodec, WhatWasCompressedComesBackAtEverySizeUpToOneMiB) {
  const auto compressor = codec_->new_compressor(1, Bytes());
  for (size_t size = 0; size <= size_t{1} << 20; size = size + 1 + size / 3 + random_.below(3)) {
    const std::string raw = any_bytes(random_, size);
    std::string out;
    ASSERT_TRUE(compressor->compress(raw, raw.size() * 2 + 100, &out)) << size;
    std::string back(raw.size(), '?');
    ASSERT_TRUE(unpack(out, back.data(), back.size())) << size;
    ASSERT_TRUE(back == raw) << size;
  }
}

TEST_P(EveryCodec, CompressKeepsBelowTheBound) {
  const std::string raw = sample_text(random_, 4000);
  const auto compressor = codec_->new_compressor(kLevelDefault, Bytes());
  const size_t needed = packed(raw).size();
  EXPECT_LT(needed, raw.size() / 2);
  const size_t elbow_room = 32;
  for (const size_t bound : {size_t{0}, size_t{1}, size_t{2}, needed / 2, needed - 1, needed}) {
    std::string out;
    EXPECT_FALSE(compressor->compress(raw, bound, &out)) << bound;
  }
  for (const size_t bound : {needed + elbow_room, raw.size()}) {
    std::string out;
    EXPECT_TRUE(compressor->compress(raw, bound, &out)) << bound;
    EXPECT_EQ(out.size(), needed);
  }
  std::string out;
  EXPECT_FALSE(compressor->compress(noise(random_, 4000), 3500, &out));
  out.clear();
  EXPECT_TRUE(compressor->compress(raw, raw.size(), &out)) << "what has failed before is forgotten";
  EXPECT_EQ(out, packed(raw));
}

TEST_P(EveryCodec, OtherSizesAreRefusedWithoutWritingBeyond) {
  const std::string raw = sample_text(random_, 500);
  const std::string whole = packed(raw);
  std::string out(raw.size() + 1, '?');
  EXPECT_FALSE(unpack(whole, out.data(), raw.size() + 1));
  for (const size_t size : {size_t{0}, size_t{1}, raw.size() / 2, raw.size() - 1}) {
    out.assign(raw.size() + 1, '?');
    EXPECT_FALSE(unpack(whole, out.data(), size)) << size;
    EXPECT_EQ(out.substr(size), std::string(out.size() - size, '?'));
  }
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(unpack(Bytes(whole).substr(0, size), out.data(), raw.size())) << size;
  EXPECT_FALSE(unpack(whole + "x", out.data(), raw.size()));
  ASSERT_TRUE(unpack(whole, out.data(), raw.size()));
  EXPECT_EQ(out.substr(0, raw.size()), raw);
}

/// The codecs see nothing of the block's checksum: they may unpack damaged bytes to other ones, but never write beyond.
TEST_P(EveryCodec, DamagedAndForgedBytesNeverWriteBeyond) {
  for (int attempt = 0; attempt < 3000; ++attempt) {
    const std::string raw = any_bytes(random_, random_.below(2000));
    std::string bytes = random_.one_in(4) ? noise(random_, random_.below(300)) : packed(raw);
    for (uint64_t n = random_.below(5); n > 0 && !bytes.empty(); --n)
      bytes[random_.below(bytes.size())] = static_cast<char>(random_.next());
    if (random_.one_in(8)) bytes.resize(random_.below(bytes.size() + 1));
    // Exactly as much memory as it may use, so that the address sanitizer sees a byte beyond.
    const size_t size = random_.one_in(3) ? random_.below(3000) : raw.size();
    const std::unique_ptr<char[]> out(new char[size]);
    static_cast<void>(unpack(bytes, out.get(), size));
  }
  const std::string raw = sample_text(random_, 5000);
  std::string back(raw.size(), '?');
  ASSERT_TRUE(unpack(packed(raw), back.data(), back.size())) << "damage before leaves nothing behind";
  EXPECT_EQ(back, raw);
}

INSTANTIATE_TEST_SUITE_P(All, EveryCodec,
                         ::testing::Values(CodecId::kZlib, CodecId::kLz4, CodecId::kZstd, CodecId::kSnappy),
                         [](const auto& codec) { return std::string(codec_name(codec.param)); });

class Dictionaries : public ::testing::Test {
 protected:
  void SetUp() override {
    codec_ = codec_if_built(CodecId::kZstd);
    if (codec_ == nullptr) GTEST_SKIP() << "built without zstd";
    for (int i = 0; i < 200; ++i) texts_.push_back(sample_text(random_, 400));
  }
  std::string train(size_t size_max) {
    return codec_->train_dictionary(std::vector<Bytes>(texts_.begin(), texts_.end()), size_max);
  }

  SeedScope seed_{2};
  Random random_{seed_.seed()};
  const Codec* codec_ = nullptr;
  std::vector<std::string> texts_;
};

TEST_F(Dictionaries, MakeSmallBlocksSmaller) {
  const std::string bytes = train(2000);
  ASSERT_FALSE(bytes.empty());
  EXPECT_LE(bytes.size(), 2000u);
  EXPECT_EQ(bytes, train(2000)) << "the same samples make the same dictionary";
  const auto dictionary = codec_->load_dictionary(bytes);
  ASSERT_NE(dictionary, nullptr);
  EXPECT_GT(dictionary->memory_usage(), bytes.size());
  const auto decompressor = codec_->new_decompressor();
  for (const int level : {1, 3, 19}) {
    const auto plain = codec_->new_compressor(level, Bytes());
    const auto informed = codec_->new_compressor(level, bytes);
    const std::string raw = sample_text(random_, 400);
    std::string without;
    std::string with;
    ASSERT_TRUE(plain->compress(raw, 500, &without));
    ASSERT_TRUE(informed->compress(raw, 500, &with));
    EXPECT_LT(with.size(), without.size());
    std::string back(raw.size(), '?');
    ASSERT_TRUE(decompressor->decompress(with, dictionary.get(), back.data(), back.size()));
    EXPECT_EQ(back, raw);
    ASSERT_TRUE(decompressor->decompress(without, nullptr, back.data(), back.size()));
    EXPECT_EQ(back, raw);
    if (decompressor->decompress(with, nullptr, back.data(), back.size())) {
      EXPECT_NE(back, raw);
    }
  }
}

TEST_F(Dictionaries, ComeToNothingWithoutSamplesOrRoom) {
  EXPECT_EQ(train(10), "");
  texts_.resize(3);
  EXPECT_EQ(train(2000), "");
  texts_.clear();
  EXPECT_EQ(train(2000), "");
  EXPECT_EQ(codec_->load_dictionary(Bytes()), nullptr);
  for (const CodecId other : {CodecId::kZlib, CodecId::kLz4, CodecId::kSnappy}) {
    const Codec* const codec = codec_if_built(other);
    if (codec == nullptr) continue;
    EXPECT_EQ(codec->train_dictionary({"some", "bytes"}, 1000), "");
    EXPECT_EQ(codec->load_dictionary("bytes"), nullptr);
  }
}

TEST_F(Dictionaries, DamagedOnesAreRefusedOrHarmless) {
  const std::string bytes = train(1000);
  const auto informed = codec_->new_compressor(3, bytes);
  const auto decompressor = codec_->new_decompressor();
  std::string packed;
  ASSERT_TRUE(informed->compress(texts_[0], 500, &packed));
  std::string back(texts_[0].size(), '?');
  for (int attempt = 0; attempt < 500; ++attempt) {
    std::string damaged = bytes;
    damaged[random_.below(std::min<size_t>(damaged.size(), attempt % 2 == 0 ? 200 : damaged.size()))] ^= 1;
    if (random_.one_in(5)) damaged.resize(random_.below(damaged.size()));
    const auto dictionary = codec_->load_dictionary(damaged);
    if (dictionary == nullptr) continue;
    static_cast<void>(decompressor->decompress(packed, dictionary.get(), back.data(), back.size()));
  }
}

TEST(Randomness, IsSeenInNoiseOnly) {
  SeedScope seed(3);
  Random random(seed.seed());
  EXPECT_FALSE(looks_random(""));
  EXPECT_FALSE(looks_random(noise(random, 100))) << "too little to tell";
  for (const size_t size : {1000, 8192, 100000}) {
    EXPECT_TRUE(looks_random(noise(random, size)));
    EXPECT_FALSE(looks_random(sample_text(random, size)));
    std::string digits(size, '\0');
    for (char& digit : digits) digit = "0123456789abcdef"[random.below(16)];
    EXPECT_FALSE(looks_random(digits)) << "zstd makes half of these";
  }
}

}  // namespace
}  // namespace wombat
