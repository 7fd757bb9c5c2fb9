#include "compaction/merge_job.h"

#include <gtest/gtest.h>

#include <functional>

#include "kv/merging_iterator.h"
#include "support/fault_file_system.h"
#include "support/seed.h"
#include "support/sim_file_system.h"
#include "table/table_reader.h"
#include "unit/kv/entry_list.h"

namespace wombat {

namespace {

using test::EntryList;
using test::EntryListIterator;
using test::TestEntry;

constexpr char kPath[] = "db";

TestEntry put(std::string key, Timestamp at, std::string value = "v") {
  return {std::move(key), make_tag(at, Kind::kPut), std::move(value)};
}
TestEntry del(std::string key, Timestamp at) { return {std::move(key), make_tag(at, Kind::kDelete), ""}; }

/// A job whose outputs go to a directory in memory, and readers for what it made.
class MergeTest : public ::testing::Test {
 protected:
  MergeTest() : fault_disk_(&disk_), cache_(size_t{1} << 20, epochs_, &statistics_) {
    directory_ = std::move(fault_disk_.open_directory(kPath, DirectoryMode::kCreateIfMissing)).value();
  }

  FileHeader header_of(uint64_t number) const {
    FileHeader header;
    header.kind = FileKind::kTable;
    header.database_id = {1, 2, 3};
    header.file_number = number;
    header.incarnation = 5;
    return header;
  }

  /// `nothing_below` true: no key exists outside the job.
  MergeJob job_of(EntryList entries, std::vector<Timestamp> snapshots, bool nothing_below) {
    MergeJob job;
    job.source = std::make_unique<EntryListIterator>(std::move(entries));
    job.snapshots = std::move(snapshots);
    if (nothing_below) job.may_exist_below = [](Bytes) { return false; };
    job.output_size_max = 1 << 20;
    job.open_output = [this]() -> Result<MergeJob::Output> {
      const uint64_t number = next_number_++;
      const std::string name = file_name(FileKind::kTable, number);
      WOMBAT_ASSIGN(std::unique_ptr<WritableFile> file, directory_->create_file(name));
      TableOptions options;
      options.block_size_bytes = block_size_bytes_;
      return MergeJob::Output{
          number, std::make_unique<TableBuilder>(std::move(file), name, header_of(number), options)};
    };
    return job;
  }

  Result<MergeResult> run(MergeJob& job) { return run_merge(job, 5, &opened_); }

  EntryList read_table(const TableInfo& info) {
    const std::string name = file_name(FileKind::kTable, info.number);
    TableReaderOptions options;
    options.cache = &cache_;
    options.statistics = &statistics_;
    EntryList entries;
    Result<std::unique_ptr<ReadableFile>> file = directory_->open_file(name);
    EXPECT_TRUE(file) << file.status().to_string();
    if (!file) return entries;
    Result<std::unique_ptr<TableReader>> reader = TableReader::open(
        std::move(file).value(), name, header_of(info.number), info.file_size, info.digest, options);
    EXPECT_TRUE(reader) << reader.status().to_string();
    if (!reader) return entries;
    const Status verified = reader.value()->verify([](uint64_t) { return Status::ok(); });
    EXPECT_TRUE(verified) << verified.to_string();
    const std::unique_ptr<Iterator> i = reader.value()->new_iterator(false);
    for (i->seek_first(); i->valid(); i->next()) entries.push_back(test::entry_of(*i));
    EXPECT_TRUE(i->status());
    return entries;
  }

  EntryList read_all(const MergeResult& result) {
    EntryList entries;
    for (const TableInfo& table : result.tables)
      for (TestEntry& entry : read_table(table)) entries.push_back(std::move(entry));
    return entries;
  }

  /// What is left of `entries` after a merge.
  EntryList merged(EntryList entries, std::vector<Timestamp> snapshots, bool nothing_below) {
    MergeJob job = job_of(std::move(entries), std::move(snapshots), nothing_below);
    const Result<MergeResult> result = run(job);
    EXPECT_TRUE(result) << result.status().to_string();
    return result ? read_all(result.value()) : EntryList();
  }

  SimFileSystem disk_;
  FaultFileSystem fault_disk_;
  std::unique_ptr<Directory> directory_;
  EpochDomain epochs_;
  Statistics statistics_;
  FrameCache cache_;
  size_t block_size_bytes_ = 256;
  uint64_t next_number_ = 10;
  std::vector<uint64_t> opened_;
};

TEST_F(MergeTest, SourcesComeOutInEntryOrder) {
  MergeJob job = job_of({}, {100}, false);
  std::vector<std::unique_ptr<Iterator>> sources;
  sources.push_back(std::make_unique<EntryListIterator>(EntryList{put("b", 7), put("d", 3)}));
  sources.push_back(std::make_unique<EntryListIterator>(EntryList{put("a", 4), put("c", 9), put("e", 1)}));
  sources.push_back(std::make_unique<EntryListIterator>(EntryList{put("", 2)}));
  job.source = make_merging_iterator(std::move(sources));
  const Result<MergeResult> result = run(job);
  ASSERT_TRUE(result) << result.status().to_string();
  EXPECT_EQ(read_all(result.value()),
            (EntryList{put("", 2), put("a", 4), put("b", 7), put("c", 9), put("d", 3), put("e", 1)}));
}

TEST_F(MergeTest, WhatTheManifestRecordsIsWhatTheTableHolds) {
  MergeJob job = job_of({put("a", 9, "12345"), del("b", 7), put("c", 8, "")}, {5}, false);
  const Result<MergeResult> result = run(job);
  ASSERT_TRUE(result) << result.status().to_string();
  ASSERT_EQ(result.value().tables.size(), 1u);
  const TableInfo& table = result.value().tables[0];
  EXPECT_EQ(table.number, 10u);
  EXPECT_EQ(table.incarnation, 5u);
  EXPECT_EQ(table.entry_count, 3u);
  EXPECT_EQ(table.delete_count, 1u);
  EXPECT_EQ(table.key_bytes, 3u);
  EXPECT_EQ(table.value_bytes, 5u);
  EXPECT_EQ(table.timestamp_min, 7u);
  EXPECT_EQ(table.timestamp_max, 9u);
  EXPECT_EQ(table.smallest_key, "a");
  EXPECT_EQ(table.largest_key, "c");
  EXPECT_EQ(table.file_size, directory_->file_size("000010.table").value());
  EXPECT_EQ(result.value().bytes_written, table.file_size);
  EXPECT_EQ(result.value().entries_read, 3u);
  EXPECT_EQ(result.value().entries_dropped, 0u);
}

TEST_F(MergeTest, HiddenVersionsAreDropped) {
  MergeJob job =
      job_of({put("a", 9, "new"), put("a", 8, "old"), put("a", 3, "older"), put("b", 2)}, {10}, false);
  const Result<MergeResult> result = run(job);
  ASSERT_TRUE(result) << result.status().to_string();
  EXPECT_EQ(read_all(result.value()), (EntryList{put("a", 9, "new"), put("b", 2)}));
  EXPECT_EQ(result.value().entries_dropped, 2u);
}

TEST_F(MergeTest, VersionsThatASnapshotSeesAreKept) {
  const EntryList entries = {put("a", 9), put("a", 7), put("a", 6), put("a", 4), put("a", 2), put("a", 1)};
  EXPECT_EQ(merged(entries, {3, 6, 10}, false), (EntryList{put("a", 9), put("a", 6), put("a", 2)}));
  // Nobody can read at 9 yet, but somebody will.
  EXPECT_EQ(merged(entries, {3, 8}, false), (EntryList{put("a", 9), put("a", 7), put("a", 2)}));
}

TEST_F(MergeTest, ADeleteStaysWhileSomethingOlderMayLieBelow) {
  const EntryList entries = {del("a", 5), put("a", 4), put("b", 3)};
  EXPECT_EQ(merged(entries, {10}, false), (EntryList{del("a", 5), put("b", 3)}));
  EXPECT_EQ(merged(entries, {10}, true), (EntryList{put("b", 0)}));
  // A snapshot sees what the delete hides from the others.
  EXPECT_EQ(merged(entries, {4, 10}, true), (EntryList{del("a", 5), put("a", 0), put("b", 0)}));
}

TEST_F(MergeTest, WhatLiesBelowIsAskedForEachKeyOnce) {
  MergeJob job = job_of({del("a", 5), put("a", 4), del("b", 5), put("b", 2), del("c", 6)}, {10}, false);
  std::vector<std::string> asked;
  job.may_exist_below = [&](Bytes key) {
    asked.emplace_back(key);
    return key == "b";
  };
  const Result<MergeResult> result = run(job);
  ASSERT_TRUE(result) << result.status().to_string();
  EXPECT_EQ(read_all(result.value()), (EntryList{del("b", 5)}));
  EXPECT_EQ(asked, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(MergeTest, SettledPutsLoseTheirTimestamp) {
  EXPECT_EQ(merged({put("a", 5), put("b", 7)}, {6, 10}, true), (EntryList{put("a", 0), put("b", 7)}));
}

TEST_F(MergeTest, OfOneCommitTheFirstOperationMetWins) {
  // Entries of equal key and timestamp: the memtable hands out the later operation first.
  class Fixed : public Iterator {
   public:
    explicit Fixed(EntryList entries) : entries_(std::move(entries)) {}
    void seek_first() override { show(0); }
    void seek_last() override {}
    void seek(Bytes, Tag) override {}
    void next() override { show(at_ + 1); }
    void prev() override {}

   private:
    void show(size_t at) {
      at_ = at;
      valid_ = at < entries_.size();
      if (!valid_) return;
      key_ = entries_[at].key;
      value_ = entries_[at].value;
      tag_ = entries_[at].tag;
    }
    EntryList entries_;
    size_t at_ = 0;
  };
  MergeJob job = job_of({}, {1}, false);
  job.source = std::make_unique<Fixed>(
      EntryList{put("a", 5, "last"), put("a", 5, "first"), del("b", 5), put("b", 5, "gone")});
  const Result<MergeResult> result = run(job);
  ASSERT_TRUE(result) << result.status().to_string();
  EXPECT_EQ(read_all(result.value()), (EntryList{put("a", 5, "last"), del("b", 5)}));
}

TEST_F(MergeTest, NothingLeftMakesNoTable) {
  MergeJob job = job_of({del("a", 1), del("b", 2)}, {10}, true);
  const Result<MergeResult> result = run(job);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result.value().tables.empty());
  EXPECT_TRUE(opened_.empty());
  EXPECT_EQ(result.value().entries_dropped, 2u);
  EXPECT_TRUE(disk_.list_files(kPath).empty());
}

TEST_F(MergeTest, OutputsAreCutBySizeAndNeverWithinAKey) {
  EntryList entries;
  for (int i = 0; i < 300; ++i) {
    const std::string key = "key" + std::to_string(1000 + i);
    for (Timestamp at = 9; at > 5; --at) entries.push_back(put(key, at, std::string(50, 'v')));
  }
  block_size_bytes_ = 2048;
  MergeJob job = job_of(entries, {1}, false);  // everything is kept
  job.output_size_max = 16 << 10;
  const Result<MergeResult> result = run(job);
  ASSERT_TRUE(result) << result.status().to_string();
  const std::vector<TableInfo>& tables = result.value().tables;
  ASSERT_GE(tables.size(), 3u);
  EXPECT_EQ(opened_.size(), tables.size());
  for (size_t i = 0; i < tables.size(); ++i) {
    EXPECT_EQ(tables[i].number, opened_[i]);
    if (i > 0) {
      EXPECT_LT(tables[i - 1].largest_key, tables[i].smallest_key);
    }
    if (i + 1 < tables.size()) {
      EXPECT_GE(tables[i].file_size, 12u << 10);
      EXPECT_LT(tables[i].file_size, 20u << 10);
    }
  }
  std::stable_sort(entries.begin(), entries.end(), test::entry_less);
  EXPECT_EQ(read_all(result.value()), entries);
}

TEST_F(MergeTest, ProgressAddsUpToWhatWasRead) {
  EntryList entries;
  uint64_t bytes = 0;
  for (int i = 0; i < 400; ++i) {
    entries.push_back(put("key" + std::to_string(1000 + i), 5, std::string(1000, 'v')));
    bytes += 7 + 1000 + sizeof(Tag);
  }
  MergeJob job = job_of(std::move(entries), {10}, false);
  uint64_t reported = 0;
  size_t calls = 0;
  job.on_progress = [&](uint64_t more) {
    EXPECT_LT(more, 128u << 10);
    reported += more;
    ++calls;
    return Status::ok();
  };
  ASSERT_TRUE(run(job));
  EXPECT_EQ(reported, bytes);
  EXPECT_GE(calls, 5u);
}

TEST_F(MergeTest, AFailureOfProgressCancelsAndNamesTheFilesToRemove) {
  EntryList entries;
  for (int i = 0; i < 1000; ++i)
    entries.push_back(put("key" + std::to_string(1000 + i), 5, std::string(1000, 'v')));
  MergeJob job = job_of(std::move(entries), {10}, false);
  job.output_size_max = 64 << 10;
  size_t calls = 0;
  job.on_progress = [&](uint64_t) { return ++calls < 5 ? Status::ok() : Status::outcome(Code::kCancelled); };
  const Result<MergeResult> result = run(job);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.status().code(), Code::kCancelled);
  EXPECT_EQ(calls, 5u);
  std::vector<std::string> names;
  for (const uint64_t number : opened_) names.push_back(file_name(FileKind::kTable, number));
  EXPECT_EQ(disk_.list_files(kPath), names);
  EXPECT_GE(names.size(), 3u);
}

TEST_F(MergeTest, AFailureOfTheSourceIsThatOfTheMerge) {
  MergeJob job = job_of({}, {10}, false);
  job.source = std::make_unique<EntryListIterator>(EntryList{put("a", 1), put("b", 1), put("c", 1)}, 2);
  const Result<MergeResult> result = run(job);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.status().code(), Code::kCorruption);
}

TEST_F(MergeTest, EveryFailedCallIsReportedAndEveryFileIsListed) {
  const auto entries = [] {
    EntryList list;
    for (int i = 0; i < 60; ++i)
      list.push_back(put("key" + std::to_string(100 + i), 5, std::string(200, 'v')));
    return list;
  };
  const auto run_once = [&](std::vector<uint64_t>* opened) {
    MergeJob job = job_of(entries(), {10}, true);
    job.output_size_max = 4 << 10;
    return run_merge(job, 5, opened);
  };
  const uint64_t before = fault_disk_.call_count();
  std::vector<uint64_t> opened;
  ASSERT_TRUE(run_once(&opened));
  const uint64_t call_count = fault_disk_.call_count() - before;
  ASSERT_GT(call_count, 10u);
  for (const uint64_t number : opened)
    ASSERT_TRUE(directory_->remove_file(file_name(FileKind::kTable, number)));

  for (uint64_t i = 1; i <= call_count; ++i) {
    SCOPED_TRACE("call " + std::to_string(i));
    fault_disk_.clear_faults();
    fault_disk_.add_fault({.call_index = fault_disk_.call_count() + i, .fault = FaultKind::kNoSpace});
    opened.clear();
    const Result<MergeResult> result = run_once(&opened);
    fault_disk_.clear_faults();
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.status().code() == Code::kNoSpace || result.status().code() == Code::kIoError)
        << result.status().to_string();
    for (const uint64_t number : opened) {
      ASSERT_TRUE(directory_->remove_file(file_name(FileKind::kTable, number)));
    }
    EXPECT_TRUE(disk_.list_files(kPath).empty()) << "a file that the job did not list";
  }
}

/// The rule in its plainest form: what every reader at a snapshot or later sees is the same before and after.
TEST_F(MergeTest, NoReaderSeesADifference) {
  const SeedScope seed(20261);
  Random random(seed.seed());
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    EntryList entries;
    for (Timestamp at = 1; at <= 40; ++at) {
      const std::string key(1, static_cast<char>('a' + random.below(5)));
      entries.push_back(random.one_in(3) ? del(key, at) : put(key, at, std::to_string(at)));
    }
    std::stable_sort(entries.begin(), entries.end(), test::entry_less);
    std::vector<Timestamp> snapshots;
    for (Timestamp at = 1; at <= 40; ++at)
      if (random.one_in(8)) snapshots.push_back(at);
    if (snapshots.empty()) snapshots.push_back(30);
    const bool nothing_below = random.one_in(2);
    const EntryList left = merged(entries, snapshots, nothing_below);
    const auto seen = [](const EntryList& list, const std::string& key, Timestamp at) {
      for (const TestEntry& entry : list)
        if (entry.key == key && tag_timestamp(entry.tag) <= at)
          return tag_kind(entry.tag) == Kind::kPut ? entry.value : std::string("absent");
      return std::string("absent");
    };
    std::vector<Timestamp> readers = snapshots;
    for (Timestamp at = snapshots.back(); at <= 41; ++at) readers.push_back(at);
    for (const Timestamp at : readers)
      for (char key = 'a'; key < 'f'; ++key)
        ASSERT_EQ(seen(left, std::string(1, key), at), seen(entries, std::string(1, key), at))
            << key << " at " << at;
  }
}

}  // namespace

}  // namespace wombat
