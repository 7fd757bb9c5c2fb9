#include "journal/journal_writer.h"

#include <gtest/gtest.h>

#include "base/coding.h"
#include "journal/journal_format.h"
#include "journal_image.h"

namespace wombat {
namespace {

class JournalWriterTest : public ::testing::Test {
 protected:
  std::unique_ptr<JournalWriter> make() {
    return std::make_unique<JournalWriter>(std::make_unique<StringWritableFile>(&script_), journal_header());
  }
  FileScript script_;
};

TEST_F(JournalWriterTest, NothingIsWrittenBeforeFlush) {
  const auto writer = make();
  writer->add("record");
  EXPECT_EQ(script_.append_count, 0);
  EXPECT_EQ(writer->good_size(), 0u);
  EXPECT_EQ(writer->size(), kFileHeaderSize + kFragmentHeaderSize + 6);
}

TEST_F(JournalWriterTest, ARecordIsOneWriteOfItsBytesAndOneHeader) {
  const auto writer = make();
  ASSERT_TRUE(writer->flush());
  writer->add(std::string(140, 'x'));
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(script_.append_count, 2);
  EXPECT_EQ(script_.content.size(), kFileHeaderSize + kFragmentHeaderSize + 140);
  EXPECT_EQ(writer->good_size(), script_.content.size());
}

TEST_F(JournalWriterTest, ManyRecordsAreOneWrite) {
  const auto writer = make();
  for (int i = 0; i < 5000; ++i) writer->add(std::string(static_cast<size_t>(i), 'x'));
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(script_.append_count, 1);
  EXPECT_EQ(read_journal(script_.content).records.size(), 5000u);
}

TEST_F(JournalWriterTest, FlushWithoutNewRecordsWritesNothing) {
  const auto writer = make();
  ASSERT_TRUE(writer->flush());
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(script_.append_count, 1);
}

TEST_F(JournalWriterTest, ARecordInTwoPartsIsTheSameAsJoined) {
  Random random(1);
  for (const size_t head_size : {0, 1, 100, 40000, 70000}) {
    for (const size_t body_size : {0, 1, 100, 40000, 70000}) {
      const std::string head = random_bytes(head_size, &random);
      const std::string body = random_bytes(body_size, &random);
      FileScript joined;
      script_ = FileScript();
      const auto in_parts = make();
      JournalWriter whole(std::make_unique<StringWritableFile>(&joined), journal_header());
      in_parts->add(head, body);
      whole.add(head + body);
      ASSERT_TRUE(in_parts->flush());
      ASSERT_TRUE(whole.flush());
      EXPECT_EQ(script_.content, joined.content) << head_size << " and " << body_size;
    }
  }
}

TEST_F(JournalWriterTest, FragmentsCarryWhatWasSyncedBefore) {
  const auto writer = make();
  writer->add("first");
  ASSERT_TRUE(writer->sync());
  const uint64_t synced = writer->synced_size();
  EXPECT_EQ(synced, script_.content.size());
  writer->add("second");
  writer->add("third");
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(writer->synced_size(), synced);
  EXPECT_EQ(load_le<uint64_t>(script_.content.data() + kFileHeaderSize + 8), 0u);
  EXPECT_EQ(load_le<uint64_t>(script_.content.data() + synced + 8), synced);
  const ReadJournal read = read_journal(script_.content);
  EXPECT_EQ(read.watermark, synced);
}

TEST_F(JournalWriterTest, SyncWithoutNewBytesDoesNotSyncAgain) {
  const auto writer = make();
  writer->add("record");
  ASSERT_TRUE(writer->sync());
  ASSERT_TRUE(writer->sync());
  EXPECT_EQ(script_.sync_count, 1);
}

TEST_F(JournalWriterTest, AShortBlockTailIsFilledWithZeros) {
  for (size_t tail = 0; tail <= kFragmentHeaderSize + 1; ++tail) {
    script_ = FileScript();
    const auto writer = make();
    const size_t fill = kJournalBlockSize - kFileHeaderSize - kFragmentHeaderSize - tail;
    writer->add(std::string(fill, 'x'));
    EXPECT_EQ(writer->size(), kJournalBlockSize - tail);
    writer->add("next");
    ASSERT_TRUE(writer->flush());
    if (tail < kFragmentHeaderSize) {
      EXPECT_EQ(script_.content.substr(kJournalBlockSize - tail, tail), std::string(tail, '\0'));
      EXPECT_EQ(script_.content.substr(kJournalBlockSize + kFragmentHeaderSize), "next") << tail;
    }
    const ReadJournal read = read_journal(script_.content);
    EXPECT_TRUE(read.status) << read.status.to_string();
    ASSERT_EQ(read.records.size(), 2u) << tail;
    EXPECT_EQ(read.records[1], "next");
  }
}

TEST_F(JournalWriterTest, AFailedWriteBreaksTheJournalAndKeepsItsCode) {
  const auto writer = make();
  writer->add("good");
  ASSERT_TRUE(writer->flush());
  const uint64_t good_size = writer->size();
  writer->add("lost");
  script_.append_failure = Status(Code::kNoSpace, "disk full");
  script_.append_failure_takes = 10;
  EXPECT_EQ(writer->flush().code(), Code::kNoSpace);
  EXPECT_EQ(writer->good_size(), good_size);
  EXPECT_EQ(writer->size(), good_size) << "the buffer is dropped";

  script_.append_failure = Status::ok();
  const int append_count = script_.append_count;
  writer->add("after");
  EXPECT_EQ(writer->flush().code(), Code::kNoSpace);
  EXPECT_EQ(writer->sync().code(), Code::kNoSpace);
  EXPECT_EQ(script_.append_count, append_count);
  EXPECT_EQ(writer->size(), good_size);
  EXPECT_TRUE(writer->close()) << "the failure has been told";
  EXPECT_TRUE(script_.is_closed);

  const ReadJournal read = read_journal(script_.content, good_size);
  EXPECT_TRUE(read.status) << read.status.to_string();
  EXPECT_EQ(read.records, std::vector<std::string>{"good"});
}

TEST_F(JournalWriterTest, AFailedSyncBreaksTheJournal) {
  const auto writer = make();
  writer->add("first");
  ASSERT_TRUE(writer->sync());
  const uint64_t synced = writer->synced_size();
  writer->add("second");
  script_.sync_failure = Status(Code::kIoError, "sync failed");
  EXPECT_EQ(writer->sync().code(), Code::kIoError);
  script_.sync_failure = Status::ok();
  EXPECT_EQ(writer->sync().code(), Code::kIoError) << "a sync is never retried";
  EXPECT_EQ(script_.sync_count, 2);
  EXPECT_EQ(writer->synced_size(), synced);
}

TEST_F(JournalWriterTest, TheGoodPartOfABrokenJournalCanBeMadeDurable) {
  const auto writer = make();
  writer->add("good");
  ASSERT_TRUE(writer->flush());
  writer->add("lost");
  script_.append_failure = Status(Code::kNoSpace, "disk full");
  ASSERT_FALSE(writer->flush());
  EXPECT_TRUE(writer->sync_good_part());
  EXPECT_EQ(script_.sync_count, 1);
  EXPECT_EQ(writer->synced_size(), writer->good_size());
  EXPECT_TRUE(writer->sync_good_part());
  EXPECT_EQ(script_.sync_count, 1) << "nothing is owed";
  EXPECT_EQ(writer->flush().code(), Code::kNoSpace);
}

TEST_F(JournalWriterTest, AFailedSyncOfTheGoodPartIsNotRetried) {
  const auto writer = make();
  writer->add("good");
  ASSERT_TRUE(writer->flush());
  writer->add("lost");
  script_.append_failure = Status(Code::kNoSpace, "disk full");
  ASSERT_FALSE(writer->flush());
  script_.sync_failure = Status(Code::kIoError, "sync failed");
  EXPECT_EQ(writer->sync_good_part().code(), Code::kIoError);
  script_.sync_failure = Status::ok();
  EXPECT_EQ(writer->sync_good_part().code(), Code::kIoError);
  EXPECT_EQ(script_.sync_count, 1);
}

TEST_F(JournalWriterTest, TheGoodPartOfAWholeJournalIsAllOfIt) {
  const auto writer = make();
  writer->add("record");
  EXPECT_TRUE(writer->sync_good_part());
  EXPECT_EQ(writer->synced_size(), script_.content.size());
}

TEST_F(JournalWriterTest, CloseFlushesAndReportsFailures) {
  const auto writer = make();
  writer->add("record");
  script_.close_failure = Status(Code::kIoError, "close failed");
  EXPECT_EQ(writer->close().code(), Code::kIoError);
  EXPECT_EQ(read_journal(script_.content).records, std::vector<std::string>{"record"});
}

TEST_F(JournalWriterTest, AMarkCarriesTheSyncedSizeAndIsNotSynced) {
  const auto writer = make();
  writer->add("record");
  ASSERT_TRUE(writer->sync());
  const uint64_t synced = writer->synced_size();
  writer->mark_synced();
  EXPECT_EQ(script_.sync_count, 1);
  const ReadJournal read = read_journal(script_.content);
  EXPECT_EQ(read.watermark, synced);
  EXPECT_EQ(read.records, (std::vector<std::string>{"record", ""}));
  writer->mark_synced();
  EXPECT_EQ(script_.content.size(), synced + kFragmentHeaderSize) << "one mark is enough";
}

TEST_F(JournalWriterTest, AMarkThatCannotBeWrittenBreaksTheJournal) {
  const auto writer = make();
  writer->add("record");
  ASSERT_TRUE(writer->sync());
  script_.append_failure = Status(Code::kIoError, "write failed");
  writer->mark_synced();
  EXPECT_EQ(writer->flush().code(), Code::kIoError);
}

}  // namespace
}  // namespace wombat
