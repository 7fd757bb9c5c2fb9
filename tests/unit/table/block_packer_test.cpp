#include "table/block_packer.h"

#include "support/seed.h"
#include "table/codec_choice.h"
#include "table_maker.h"

namespace wombat {
namespace {

constexpr size_t kFrameSize = 4000;

class BlockPackerTest : public ::testing::Test {
 public:
  std::string text() {
    std::string bytes;
    while (bytes.size() < kFrameSize)
      bytes += "name=" + std::to_string(random_.below(1000)) + ";city=" + std::to_string(random_.below(30));
    return bytes;
  }
  std::string noise() {
    std::string bytes(kFrameSize, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_.next());
    return bytes;
  }
  /// Nothing comes again, but 16 values are all there is: only what counts bytes shrinks it.
  std::string digits() {
    std::string bytes(kFrameSize, '\0');
    for (char& byte : bytes) byte = "0123456789abcdef"[random_.below(16)];
    return bytes;
  }
  template <typename Make>
  std::vector<std::string> frames(size_t count, Make one) {
    std::vector<std::string> made;
    for (size_t i = 0; i < count; ++i) made.push_back((this->*one)());
    return made;
  }
  static std::vector<Bytes> views(const std::vector<std::string>& frames) {
    return {frames.begin(), frames.end()};
  }
  static std::unique_ptr<BlockPacker> make(const TableOptions& options) {
    return std::move(BlockPacker::make(options)).value();
  }

  SeedScope seed_{3};
  Random random_{seed_.seed()};
};

TEST_F(BlockPackerTest, NoneStoresFramesAsTheyAre) {
  const auto packer = make({});
  std::string packed;
  EXPECT_EQ(packer->sample_size(), 0u);
  EXPECT_FALSE(packer->has_codec());
  EXPECT_FALSE(packer->pack(text(), &packed));
  EXPECT_EQ(packer->codec(), CodecId::kNone);
}

TEST_F(BlockPackerTest, CodecsThatAreMissingAreNamed) {
  for (const CodecId id : kAllCodecs) {
    if (id == CodecId::kNone) continue;
    const auto packer = BlockPacker::make({.codec = id});
    ASSERT_EQ(packer.is_ok(), codec_if_built(id) != nullptr);
    if (packer) continue;
    EXPECT_EQ(packer.status().code(), Code::kUnsupported);
    EXPECT_NE(packer.status().message().find(codec_name(id)), std::string::npos);
  }
}

TEST_F(BlockPackerTest, BlocksShrinkByAnEighthOrStayPlain) {
  for (const CodecId id : kAllCodecs) {
    if (codec_if_built(id) == nullptr) continue;
    const auto packer = make({.codec = id});
    std::string packed;
    EXPECT_EQ(packer->sample_size(), 0u);
    ASSERT_TRUE(packer->pack(text(), &packed)) << codec_name(id);
    EXPECT_LT(packed.size(), kFrameSize * 7 / 8);
    EXPECT_FALSE(packer->pack(noise(), &packed)) << codec_name(id);
    EXPECT_FALSE(packer->pack("short", &packed)) << codec_name(id);
    // A tenth less is not enough.
    EXPECT_FALSE(packer->pack(noise() + std::string(kFrameSize / 9, 'x'), &packed)) << codec_name(id);
  }
}

TEST_F(BlockPackerTest, AutoTakesTheCheapCodecAboveAndTheStrongOneBelow) {
  if (codec_if_built(CodecId::kZstd) == nullptr || codec_if_built(CodecId::kLz4) == nullptr)
    GTEST_SKIP() << "built without zstd or lz4";
  const auto texts = frames(40, &BlockPackerTest::text);
  EXPECT_NE(choose_codec(views(texts), false).codec, CodecId::kZstd);
  EXPECT_EQ(choose_codec(views(texts), true).codec, CodecId::kZstd);
  const auto hex = frames(40, &BlockPackerTest::digits);
  EXPECT_EQ(choose_codec(views(hex), false).codec, CodecId::kZstd) << "half the size is worth it anywhere";
  const auto random = frames(40, &BlockPackerTest::noise);
  EXPECT_EQ(choose_codec(views(random), true).codec, CodecId::kLz4)
      << "what does not shrink, the cheap one may try";
  EXPECT_NE(choose_codec({}, true).codec, CodecId::kNone);
}

TEST_F(BlockPackerTest, AutoLooksAtBlocksOneByOne) {
  const auto packer = make({.picks_codec = true, .is_bottom = true});
  ASSERT_GT(packer->sample_size(), 0u);
  const auto sample = frames(20, &BlockPackerTest::text);
  packer->learn(views(sample));
  EXPECT_EQ(packer->sample_size(), 0u);
  if (!packer->has_codec()) GTEST_SKIP() << "built without codecs";
  std::string packed;
  EXPECT_TRUE(packer->pack(text(), &packed));
  EXPECT_FALSE(packer->pack(noise(), &packed));
  const std::string half = noise();
  EXPECT_TRUE(packer->pack(half + half, &packed)) << "it looks random, but comes twice";
  EXPECT_TRUE(packer->pack(text(), &packed));
}

TEST_F(BlockPackerTest, DictionariesAreKeptOnlyWhereTheyPay) {
  if (codec_if_built(CodecId::kZstd) == nullptr) GTEST_SKIP() << "built without zstd";
  const TableOptions options{.codec = CodecId::kZstd, .dictionary_size_max = 4096};
  const auto with_texts = make(options);
  EXPECT_GE(with_texts->sample_size(), 4096u);
  auto texts = frames(600, &BlockPackerTest::text);
  for (std::string& frame : texts) frame.resize(400);
  with_texts->learn(views(texts));
  EXPECT_FALSE(with_texts->dictionary().empty());
  EXPECT_LE(with_texts->dictionary().size(), 4096u);

  const auto with_noise = make(options);
  with_noise->learn(views(frames(60, &BlockPackerTest::noise)));
  EXPECT_TRUE(with_noise->dictionary().empty());

  const auto with_few = make(options);
  with_few->learn(views(frames(3, &BlockPackerTest::text)));
  EXPECT_TRUE(with_few->dictionary().empty());
  std::string packed;
  EXPECT_TRUE(with_few->pack(text(), &packed));

  EXPECT_EQ(make({.codec = CodecId::kNone, .dictionary_size_max = 4096})->sample_size(), 0u);
}

/// Blocks wait until the builder has learnt; the table is as good as any other.
TEST_F(BlockPackerTest, TablesWithDictionariesAreReadBack) {
  if (codec_if_built(CodecId::kZstd) == nullptr) GTEST_SKIP() << "built without zstd";
  std::vector<TestEntry> entries;
  for (int i = 0; i < 30000; ++i)
    entries.push_back({"key" + std::to_string(100000 + i), make_tag(0, Kind::kPut), text().substr(0, 120)});
  const TableOptions plain{.block_size_bytes = 1000, .codec = CodecId::kZstd};
  TableOptions informed = plain;
  informed.dictionary_size_max = 4096;
  const TableImage without = make_table(entries, plain);
  const TableImage with = make_table(entries, informed);
  EXPECT_EQ(without.properties.compression.dictionary_bytes, 0u);
  EXPECT_GT(with.properties.compression.dictionary_bytes, 0u);
  EXPECT_LT(with.content.size(), without.content.size());
  EXPECT_TRUE(make_table(entries, informed).content == with.content) << "the same entries, the same bytes";

  TableWorld world;
  const auto table = world.open(with);
  ASSERT_TRUE(table) << table.status().to_string();
  const Status verified = table.value()->verify({});
  EXPECT_TRUE(verified) << verified.to_string();
  const TableCompression& found = table.value()->properties().compression;
  EXPECT_EQ(found.dictionary_bytes, with.properties.compression.dictionary_bytes);
  EXPECT_EQ(found.frame_bytes, with.properties.compression.frame_bytes);
  EXPECT_EQ(found.stored_bytes, with.properties.compression.stored_bytes);
  EXPECT_EQ(found.compressed_count, with.properties.compression.compressed_count);
  const auto plain_table = world.open(without);
  EXPECT_GT(table.value()->memory_usage(), plain_table.value()->memory_usage() + found.dictionary_bytes)
      << "the dictionary counts";
  for (size_t i = 0; i < entries.size(); i += 97) {
    const GetAnswer answer = get_from(world, *table.value(), entries[i].key, kTimestampMax);
    ASSERT_TRUE(answer.found) << entries[i].key;
    EXPECT_EQ(answer.value, entries[i].value);
  }
}

}  // namespace
}  // namespace wombat
