#include "journal/journal_reader.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/coding.h"
#include "journal/journal_format.h"
#include "journal_image.h"
#include "support/seed.h"

namespace wombat {
namespace {

TEST(JournalReaderTest, AnEmptyJournalHasNoRecords) {
  JournalMaker maker;
  const ReadJournal read = read_journal(maker.finish().bytes);
  EXPECT_TRUE(read.status) << read.status.to_string();
  EXPECT_TRUE(read.records.empty());
  EXPECT_EQ(read.position, kFileHeaderSize);
  EXPECT_EQ(read.dropped_bytes, 0u);
}

TEST(JournalReaderTest, RandomJournalsRoundTrip) {
  const SeedScope seed(20261);
  Random random(seed.seed());
  for (int round = 0; round < 30; ++round) {
    JournalMaker maker;
    const uint64_t count = random.below(60);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t size_max = random.one_in(8)   ? 400 * 1024
                                : random.one_in(4) ? kJournalBlockSize + 100
                                                   : 200;
      maker.add(random_bytes(random.below(size_max), &random));
      if (random.one_in(5)) maker.sync();
    }
    const JournalImage image = maker.finish();
    const ReadJournal read = read_journal(image.bytes);
    ASSERT_TRUE(read.status) << read.status.to_string();
    ASSERT_EQ(read.records, image.records);
    EXPECT_EQ(read.position, image.bytes.size());
    EXPECT_EQ(read.dropped_bytes, 0u);
  }
}

TEST(JournalReaderTest, PositionIsTheEndOfTheLastRecord) {
  JournalMaker maker;
  for (const size_t size : {10, 0, 40000, 100000, 3}) maker.add(std::string(size, 'r'));
  const JournalImage image = maker.finish();
  auto reader = JournalReader::open(std::make_unique<StringReadableFile>(image.bytes), "x", FileKind::kLog);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader.value()->header().file_number, 7u);
  Bytes record;
  for (const uint64_t end : image.ends) {
    ASSERT_TRUE(reader.value()->next(&record));
    EXPECT_EQ(reader.value()->position(), end);
  }
}

TEST(JournalReaderTest, TrailingZerosAreACleanEnd) {
  JournalMaker maker;
  maker.add("one");
  maker.sync();
  maker.add("two");
  const JournalImage image = maker.finish();
  for (const size_t zeros : {1, 23, 24, 100, 40000, 3000000}) {
    const ReadJournal read = read_journal(image.bytes + std::string(zeros, '\0'), image.bytes.size());
    EXPECT_TRUE(read.status) << read.status.to_string();
    EXPECT_EQ(read.records, image.records);
    EXPECT_EQ(read.dropped_bytes, 0u);
  }
}

TEST(JournalReaderTest, GarbageBehindTheLastRecordIsDroppedAndCounted) {
  JournalMaker maker;
  maker.add("one");
  const JournalImage image = maker.finish();
  const ReadJournal read = read_journal(image.bytes + std::string(50000, 'g') + std::string(7, '\0'));
  EXPECT_TRUE(read.status) << read.status.to_string();
  EXPECT_EQ(read.records, image.records);
  EXPECT_EQ(read.dropped_bytes, 50000u);
}

TEST(JournalReaderTest, ARecordWithoutItsEndIsATornTail) {
  JournalMaker maker;
  maker.add("one");
  maker.add(std::string(100000, 'x'));
  const JournalImage image = maker.finish();
  const ReadJournal read = read_journal(image.bytes.substr(0, 2 * kJournalBlockSize));
  EXPECT_TRUE(read.status) << read.status.to_string();
  EXPECT_EQ(read.records.size(), 1u);
  EXPECT_EQ(read.position, image.ends[0]);
  EXPECT_GT(read.dropped_bytes, 60000u);
}

TEST(JournalReaderTest, AFileShorterThanItsDurableSizeIsCorruption) {
  JournalMaker maker;
  maker.add("one");
  const JournalImage image = maker.finish();
  EXPECT_TRUE(read_journal(image.bytes, image.bytes.size()).status);
  const Status status = read_journal(image.bytes, image.bytes.size() + 1).status;
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("000007.log"), Bytes::npos) << status.to_string();
}

/// A file whose owner cuts it to `size` after its size was asked for.
class FileThatIsCut final : public ReadableFile {
 public:
  FileThatIsCut(std::string content, size_t size) : content_(std::move(content)), size_(size) {}
  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    if (offset >= size_) return size_t{0};
    const size_t count = std::min(size, size_ - static_cast<size_t>(offset));
    std::memcpy(out, content_.data() + offset, count);
    return count;
  }
  Result<uint64_t> size() const override { return was_asked_++ == 0 ? content_.size() : size_; }
  void advise(AccessPattern) const override {}

 private:
  const std::string content_;
  const size_t size_;
  mutable int was_asked_ = 0;
};

TEST(JournalReaderTest, ReservedZerosThatAreCutOffWhileItReadsAreNoFailure) {
  JournalMaker maker;
  maker.add("one");
  maker.add(std::string(100'000, '2'));
  maker.sync();
  maker.add("three");
  const JournalImage image = maker.finish();
  for (const size_t zeros : {1, 5000, 3000000}) {
    for (const size_t cut :
         {image.bytes.size(), image.bytes.size() - 1, static_cast<size_t>(image.ends[0])}) {
      auto file = std::make_unique<FileThatIsCut>(image.bytes + std::string(zeros, '\0'), cut);
      auto reader = JournalReader::open(std::move(file), "x", FileKind::kLog, image.ends[1]);
      ASSERT_TRUE(reader) << reader.status().to_string();
      size_t count = 0;
      for (Bytes record; reader.value()->next(&record);) ++count;
      if (cut == image.ends[0]) {  // more than reserved zeros
        EXPECT_EQ(reader.value()->status().code(), Code::kCorruption);
      } else {
        EXPECT_TRUE(reader.value()->status()) << reader.value()->status().to_string();
        EXPECT_EQ(count, cut == image.bytes.size() ? 3u : 2u);
      }
    }
  }
}

TEST(JournalReaderTest, ZerosWithinTheDurableSizeAreCorruption) {
  JournalMaker maker;
  maker.add("one");
  maker.add("two");
  JournalImage image = maker.finish();
  std::fill(image.bytes.begin() + static_cast<ptrdiff_t>(image.ends[0]), image.bytes.end(), '\0');
  EXPECT_TRUE(read_journal(image.bytes, image.ends[0]).status);
  EXPECT_EQ(read_journal(image.bytes, image.ends[1]).status.code(), Code::kCorruption);
}

TEST(JournalReaderTest, DamageIsReportedWithFileOffsetAndBothSides) {
  JournalMaker maker;
  maker.add("one");
  maker.add("two");
  maker.sync();
  maker.add("three");
  JournalImage image = maker.finish();
  image.bytes[image.ends[0] + kFragmentHeaderSize] ^= 1;
  const ReadJournal read = read_journal(image.bytes);
  EXPECT_EQ(read.status.code(), Code::kCorruption);
  const std::string message(read.status.message());
  EXPECT_NE(message.find("000007.log at " + std::to_string(image.ends[0])), std::string::npos) << message;
  EXPECT_NE(message.find("record 1"), std::string::npos) << message;
  EXPECT_NE(message.find("wrong checksum"), std::string::npos) << message;
}

TEST(JournalReaderTest, AMissingRecordIsNotSkipped) {
  JournalMaker maker;
  for (int i = 0; i < 200; ++i) maker.add(std::string(1000, static_cast<char>('a' + i % 26)));
  maker.sync();
  maker.add("last");
  JournalImage image = maker.finish();
  image.bytes.erase(kJournalBlockSize, kJournalBlockSize);
  const ReadJournal read = read_journal(image.bytes);
  EXPECT_TRUE(is_prefix(read.records, image.records));
  EXPECT_LT(read.records.size(), 40u);
}

TEST(JournalReaderTest, AJournalOfAnotherFileOrDatabaseHasNoValidFragments) {
  JournalMaker maker;
  maker.add("one");
  const JournalImage image = maker.finish();
  FileHeader other_file = journal_header(8);
  FileHeader other_database = journal_header();
  other_database.database_id[3] ^= 0x40;
  for (const FileHeader& header : {other_file, other_database}) {
    std::string bytes;
    encode_file_header(header, &bytes);
    bytes += image.bytes.substr(kFileHeaderSize);
    EXPECT_TRUE(read_journal(bytes).records.empty());
    const FileHeader expected = journal_header();
    EXPECT_EQ(read_journal(bytes, 0, &expected).status.code(), Code::kCorruption);
  }
}

TEST(JournalReaderTest, AnUnreadableHeaderIsAFailureWithoutAnIdentity) {
  JournalMaker maker;
  maker.add("one");
  const JournalImage image = maker.finish();
  for (size_t size = 0; size < kFileHeaderSize; ++size) {
    EXPECT_FALSE(read_journal(image.bytes.substr(0, size)).status) << size;
  }
}

TEST(JournalReaderTest, AnUnreadableHeaderIsAnEmptyJournalWhenNothingWasEverDurable) {
  const FileHeader identity = journal_header();
  JournalMaker maker;
  maker.add("one");
  maker.add("two");
  JournalImage image = maker.finish();
  for (size_t size = 0; size < kFileHeaderSize; ++size) {
    const ReadJournal read = read_journal(image.bytes.substr(0, size), 0, &identity);
    EXPECT_TRUE(read.status) << size << ": " << read.status.to_string();
    EXPECT_TRUE(read.records.empty());
    EXPECT_FALSE(read_journal(image.bytes.substr(0, size), 1, &identity).status);
  }
  image.bytes[20] ^= 1;
  const ReadJournal read = read_journal(image.bytes, 0, &identity);
  EXPECT_TRUE(read.status) << read.status.to_string();
  EXPECT_GT(read.dropped_bytes, 0u);
}

TEST(JournalReaderTest, AnUnreadableHeaderIsCorruptionWhenSomethingWasDurable) {
  const FileHeader identity = journal_header();
  JournalMaker maker;
  maker.add("one");
  maker.sync();
  maker.add("two");
  JournalImage image = maker.finish();
  std::fill_n(image.bytes.begin(), kFileHeaderSize, '\0');
  EXPECT_EQ(read_journal(image.bytes, 0, &identity).status.code(), Code::kCorruption);
}

TEST(JournalReaderTest, ReadErrorsAreNeverAnEnd) {
  JournalMaker maker;
  for (int i = 0; i < 100; ++i) maker.add(std::string(30000, 'x'));
  const JournalImage image = maker.finish();
  for (const uint64_t failure_offset : {uint64_t{0}, uint64_t{1} << 20, uint64_t{1} << 21}) {
    auto file = std::make_unique<StringReadableFile>(image.bytes);
    file->failure_offset = failure_offset;
    const ReadJournal read = read_journal(std::move(file));
    EXPECT_EQ(read.status.code(), Code::kIoError);
    EXPECT_TRUE(is_prefix(read.records, image.records));
  }
  auto file = std::make_unique<StringReadableFile>(image.bytes);
  file->missing_bytes = 100;
  EXPECT_EQ(read_journal(std::move(file)).status.code(), Code::kIoError);
}

// A valid fragment as it would be written at the end of `bytes`.
void append_fragment(std::string* bytes, uint32_t record_number, FragmentType type, Bytes payload,
                     uint64_t synced_offset = 0) {
  const size_t start = bytes->size();
  append_le<uint64_t>(bytes, 0);
  append_le<uint64_t>(bytes, synced_offset);
  append_le<uint32_t>(bytes, record_number);
  append_le<uint16_t>(bytes, static_cast<uint16_t>(payload.size()));
  bytes->push_back(static_cast<char>(type));
  bytes->push_back('\0');
  bytes->append(payload);
  const uint64_t seed = journal_header().context().seed_at(start);
  store_le<uint64_t>(bytes->data() + start, checksum64(Bytes(*bytes).substr(start + 8), seed));
}

TEST(JournalReaderTest, ValidFragmentsInAnImpossibleOrderAreNoRecords) {
  using Type = FragmentType;
  struct Case {
    const char* what;
    std::vector<std::pair<uint32_t, Type>> fragments;
    std::vector<std::string> records;
  };
  const Case cases[] = {
      {"all well", {{0, Type::kFull}, {1, Type::kFirst}, {1, Type::kMiddle}, {1, Type::kLast}}, {"a", "bcd"}},
      {"a record is missing", {{0, Type::kFull}, {2, Type::kFull}}, {"a"}},
      {"a record twice", {{0, Type::kFull}, {0, Type::kFull}}, {"a"}},
      {"the first record is missing", {{1, Type::kFull}}, {}},
      {"no beginning, the end", {{0, Type::kFull}, {1, Type::kLast}}, {"a"}},
      {"no beginning, the middle", {{0, Type::kMiddle}, {0, Type::kLast}}, {}},
      {"two beginnings", {{0, Type::kFirst}, {0, Type::kFirst}, {0, Type::kLast}}, {}},
      {"a whole record inside another", {{0, Type::kFirst}, {0, Type::kFull}}, {}},
      {"parts of two records", {{0, Type::kFirst}, {1, Type::kLast}}, {}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.what);
    std::string bytes;
    encode_file_header(journal_header(), &bytes);
    char letter = 'a';
    for (const auto& [number, type] : test.fragments)
      append_fragment(&bytes, number, type, Bytes(&letter, 1)), ++letter;
    EXPECT_EQ(read_journal(bytes).records, test.records);
    EXPECT_TRUE(read_journal(bytes).status);
    append_fragment(&bytes, 9, Type::kFull, "later", bytes.size());
    EXPECT_EQ(read_journal(bytes).records, test.records);
    EXPECT_EQ(read_journal(bytes).status.is_ok(), test.fragments.size() == 4) << "all of it was durable";
  }
}

TEST(JournalReaderTest, AHostileFileFullOfPlausibleHeadersIsScannedInBoundedTime) {
  JournalMaker maker;
  maker.add("one");
  JournalImage image = maker.finish();
  std::string header(kFragmentHeaderSize, '\0');
  store_le<uint16_t>(header.data() + 20, 30000);
  header[22] = 1;
  // Every 24 bytes a header that promises 30,000 bytes: with a checksum for each this would hash 80 GB.
  for (size_t i = 0; i < (64 << 20) / kFragmentHeaderSize; ++i) image.bytes += header;
  const ReadJournal read = read_journal(image.bytes);
  EXPECT_TRUE(read.status) << read.status.to_string();
  EXPECT_EQ(read.records, image.records);
}

}  // namespace
}  // namespace wombat
