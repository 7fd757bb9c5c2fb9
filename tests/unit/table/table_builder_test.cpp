#include "table/table_builder.h"

#include "support/seed.h"
#include "table/table_format.h"
#include "table_maker.h"

namespace wombat {
namespace {

const Tag kSettled = make_tag(0, Kind::kPut);

/// Fails from the n-th call of append, sync or close on.
class FailingWriter final : public WritableFile {
 public:
  explicit FailingWriter(int calls) : calls_(calls) {}
  Status append(Bytes bytes) override {
    size_ += bytes.size();
    return step();
  }
  Status write_at(uint64_t, Bytes) override { return step(); }
  Status sync() override { return step(); }
  Status close() override { return step(); }
  uint64_t size() const override { return size_; }

 private:
  Status step() { return calls_-- > 0 ? Status::ok() : Status(Code::kNoSpace, "full"); }
  int calls_;
  uint64_t size_ = 0;
};

class TableBuilderTest : public ::testing::Test {
 protected:
  TableBuilder make(const TableOptions& options = {}) {
    return TableBuilder(std::make_unique<StringWriter>(&content_), "t", table_header(), options);
  }
  std::string content_;
};

TEST_F(TableBuilderTest, EntriesOutOfOrderAreRefusedAndNotWritten) {
  TableBuilder builder = make();
  ASSERT_TRUE(builder.add("b", make_tag(5, Kind::kPut), "1"));
  EXPECT_EQ(builder.add("a", make_tag(9, Kind::kPut), "2").code(), Code::kInternal);
  EXPECT_EQ(builder.add("b", make_tag(5, Kind::kPut), "3").code(), Code::kInternal);
  EXPECT_EQ(builder.add("b", make_tag(6, Kind::kPut), "4").code(), Code::kInternal);
  ASSERT_TRUE(builder.add("b", make_tag(4, Kind::kDelete), ""));
  ASSERT_TRUE(builder.add("c", kSettled, "5"));
  ASSERT_TRUE(builder.finish());
  EXPECT_EQ(builder.entry_count(), 3u);
  EXPECT_EQ(builder.properties().entry_count, 3u);
  EXPECT_EQ(builder.properties().delete_count, 1u);
  EXPECT_EQ(builder.properties().timestamp_max, 5u);
  EXPECT_EQ(builder.properties().timestamp_min, 0u);
  EXPECT_EQ(builder.properties().file_size, content_.size());
}

TEST_F(TableBuilderTest, TooLargeEntriesAreRefused) {
  TableBuilder builder = make();
  EXPECT_EQ(builder.add(std::string(kKeySizeMax + 1, 'k'), kSettled, "").code(), Code::kTooLarge);
  EXPECT_TRUE(builder.add(std::string(kKeySizeMax, 'k'), kSettled, ""));
}

TEST_F(TableBuilderTest, EmptyTableCannotBeFinished) {
  TableBuilder builder = make();
  EXPECT_EQ(builder.finish().code(), Code::kInternal);
}

TEST_F(TableBuilderTest, NothingIsAcceptedAfterFinish) {
  TableBuilder builder = make();
  ASSERT_TRUE(builder.add("k", kSettled, "v"));
  ASSERT_TRUE(builder.finish());
  EXPECT_EQ(builder.add("l", kSettled, "v").code(), Code::kInternal);
  EXPECT_EQ(builder.finish().code(), Code::kInternal);
}

TEST_F(TableBuilderTest, FailureOfTheFileIsReportedAndFinal) {
  for (int calls = 0; calls < 8; ++calls) {
    TableBuilder builder(std::make_unique<FailingWriter>(calls), "t", table_header(), {});
    Status status;
    for (int i = 0; i < 10 && status; ++i)
      status = builder.add(std::to_string(i), kSettled, std::string(200000, 'v'));
    if (status) status = builder.finish();
    ASSERT_EQ(status.code(), Code::kNoSpace) << calls;
    EXPECT_EQ(builder.add("z", kSettled, "").code(), Code::kInternal);
    EXPECT_EQ(builder.finish().code(), Code::kInternal);
  }
}

TEST_F(TableBuilderTest, UnsupportedCodecIsNamed) {
  for (const CodecId id : kAllCodecs) {
    TableBuilder builder = make({.codec = id});
    ASSERT_TRUE(builder.add("k", kSettled, "v"));
    const Status status = builder.finish();
    if (id == CodecId::kNone || codec_if_built(id) != nullptr) {
      EXPECT_TRUE(status);
      continue;
    }
    EXPECT_EQ(status.code(), Code::kUnsupported);
    EXPECT_NE(status.message().find(codec_name(id)), std::string::npos);
  }
}

TEST_F(TableBuilderTest, EstimateIsNearTheSizeOfTheFile) {
  SeedScope seed(61);
  Random random(seed.seed());
  TableBuilder builder = make();
  for (int i = 0; i < 20000; ++i) {
    ASSERT_TRUE(builder.add(std::to_string(1000000 + i), kSettled, std::string(random.below(100), 'v')));
  }
  const uint64_t estimate = builder.estimated_size();
  ASSERT_TRUE(builder.finish());
  EXPECT_GT(estimate, content_.size() * 9 / 10);
  EXPECT_LT(estimate, content_.size() * 11 / 10);
}

TEST_F(TableBuilderTest, SettledEntriesTakeNoRoomForTags) {
  const auto size_with = [](Tag tag) {
    std::vector<TestEntry> entries;
    for (int i = 0; i < 1000; ++i) entries.push_back({std::to_string(10000 + i), tag, "0123456789"});
    return make_table(entries, {.block_size_bytes = 1 << 20}).content.size();
  };
  const size_t settled = size_with(kSettled);
  const size_t tagged = size_with(make_tag(77, Kind::kPut));
  EXPECT_GE(tagged, settled + 4 * 1000 - 64);
  EXPECT_LE(tagged, settled + 4 * 1000 + 128);
}

#ifdef WOMBAT_HAVE_ZLIB
TEST_F(TableBuilderTest, BlocksThatDoNotShrinkStayPlain) {
  SeedScope seed(62);
  Random random(seed.seed());
  std::vector<TestEntry> noise;
  std::vector<TestEntry> text;
  for (int i = 0; i < 1000; ++i) {
    std::string value(100, '\0');
    for (char& byte : value) byte = static_cast<char>(random.next());
    noise.push_back({std::to_string(10000 + i), kSettled, value});
    text.push_back({std::to_string(10000 + i), kSettled, std::string(100, 't')});
  }
  const TableOptions options{.codec = CodecId::kZlib};
  EXPECT_EQ(make_table(noise, options).content.size(), make_table(noise).content.size());
  EXPECT_LT(make_table(text, options).content.size(), make_table(text).content.size() / 4);
}
#endif

/// The same entries give the same bytes in every build and for ever. A change of this number is a change of
/// the format.
TEST_F(TableBuilderTest, BytesAreThoseOfFormatOne) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 500; ++i) {
    entries.push_back({"key" + std::to_string(1000 + i),
                       make_tag(i % 3, i % 5 == 0 ? Kind::kDelete : Kind::kPut),
                       std::string(static_cast<size_t>(i % 40), static_cast<char>('a' + i % 26))});
  }
  const TableImage image = make_table(entries, {.block_size_bytes = 2048});
  EXPECT_EQ(checksum64(image.content, 0), 1203118361944359542u);
  EXPECT_EQ(image.properties.digest, 1977940833143823777u);
}

}  // namespace
}  // namespace wombat
