// Every allocation of the journal layer fails once: nothing that was written or read before is lost, and the
// same call works afterwards.
#include <gtest/gtest.h>

#include <new>
#include <optional>

#include "journal_image.h"
#include "support/allocation_exempt.h"
#include "support/fault_allocator.h"

namespace wombat {
namespace {

/// Calls `work` and, when memory ran out, again with memory.
template <typename Work>
auto with_second_try(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    const AllocationExempt exempt;
    return work();
  }
}

std::vector<std::string> test_records() {
  std::vector<std::string> records;
  for (const size_t size : {3, 0, 100, 50000, 200, 300000, 70000, 1}) {
    records.emplace_back(size, static_cast<char>('a' + records.size()));
  }
  return records;
}

// A writable file whose own memory never runs out.
class ExemptFile : public StringWritableFile {
 public:
  using StringWritableFile::StringWritableFile;
  Status append(Bytes bytes) override {
    const AllocationExempt exempt;
    return StringWritableFile::append(bytes);
  }
};

TEST(JournalMemoryTest, AnAddThatFailsLeavesTheBufferAsItWas) {
  const std::vector<std::string> records = test_records();
  JournalMaker maker;
  for (const std::string& record : records) maker.add(record);
  const std::string expected = maker.finish().bytes;

  uint64_t failure_count = 0;
  for (uint64_t k = 1;; ++k) {
    FileScript script;
    std::optional<JournalWriter> writer(std::in_place, std::make_unique<ExemptFile>(&script),
                                        journal_header());
    FaultAllocator::arm(k, FaultAllocator::Repeat::kOnce);
    Status status;
    for (size_t i = 0; i < records.size(); ++i) {
      with_second_try([&] { writer->add(records[i]); });
      if (i % 2 == 1 && status) status = writer->flush();
    }
    if (status) status = writer->flush();
    const bool has_failed = FaultAllocator::disarm();
    ASSERT_TRUE(status) << status.to_string();
    ASSERT_EQ(script.content == expected, true) << "allocation " << k;
    if (!has_failed) break;
    ++failure_count;
  }
  EXPECT_GT(failure_count, 0u);
}

TEST(JournalMemoryTest, AWriterThatCannotBeMadeLeavesNothingBehind) {
  for (uint64_t k = 1;; ++k) {
    FileScript script;
    auto file = std::make_unique<ExemptFile>(&script);
    const FileHeader header = journal_header();
    FaultAllocator::arm(k, FaultAllocator::Repeat::kOnce);
    try {
      const JournalWriter writer(std::move(file), header);
    } catch (const std::bad_alloc&) {
    }
    if (!FaultAllocator::disarm()) break;
    EXPECT_EQ(script.append_count, 0);
  }
}

TEST(JournalMemoryTest, AReadThatFailsCanBeRepeated) {
  JournalMaker maker;
  for (const std::string& record : test_records()) maker.add(record);
  maker.sync();
  maker.add("more");
  const JournalImage image = maker.finish();
  std::string damaged = image.bytes;
  damaged[image.ends[4] + kFragmentHeaderSize + 50] ^= 1;

  for (const bool is_damaged : {false, true}) {
    uint64_t failure_count = 0;
    for (uint64_t k = 1;; ++k) {
      std::unique_ptr<JournalReader> reader;
      const std::string& bytes = is_damaged ? damaged : image.bytes;
      const int64_t live_before = FaultAllocator::live_block_count();
      size_t count = 0;
      bool all_equal = true;
      FaultAllocator::arm(k, FaultAllocator::Repeat::kOnce);
      with_second_try([&] {
        auto opened = JournalReader::open(std::make_unique<StringReadableFile>(bytes), "x", FileKind::kLog);
        if (opened) reader = std::move(opened).value();
      });
      Bytes record;
      while (reader != nullptr && with_second_try([&] { return reader->next(&record); })) {
        all_equal = all_equal && record == image.records[count];
        ++count;
      }
      const bool has_failed = FaultAllocator::disarm();
      ASSERT_NE(reader, nullptr);
      ASSERT_TRUE(all_equal) << "allocation " << k;
      ASSERT_EQ(count, is_damaged ? 5 : image.records.size()) << "allocation " << k;
      ASSERT_EQ(reader->status().code(), is_damaged ? Code::kCorruption : Code::kOk) << "allocation " << k;
      reader.reset();
      ASSERT_EQ(FaultAllocator::live_block_count(), live_before) << "allocation " << k;
      if (!has_failed) break;
      ++failure_count;
    }
    EXPECT_GT(failure_count, 3u);
  }
}

}  // namespace
}  // namespace wombat
