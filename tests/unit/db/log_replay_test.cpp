#include "db/log_replay.h"

#include "log_maker.h"

namespace wombat {

namespace {

using test::LogMaker;
using test::TreeWorld;

struct Replayed {
  Status status;
  std::string commits;  // "1:a 2:b "
  ReplayResult result;
  std::vector<uint64_t> logs() const {
    std::vector<uint64_t> numbers;
    for (const ReplayedLog& log : result.logs) numbers.push_back(log.number);
    return numbers;
  }
};

class LogReplay : public ::testing::Test {
 protected:
  LogReplay() { state_ = world_.new_state(); }

  /// `sealed_size` 0: the manifest knows only that the log exists.
  void list(uint64_t number, uint64_t sealed_size = 0) {
    state_.sealed_logs.emplace_back(number, sealed_size);
  }
  void list(const LogMaker& log) { list(log.number()); }

  Replayed replay() {
    Replayed replayed;
    Result<ReplayResult> result = replay_logs(*world_.directory, state_, [&](BatchReader& batch) {
      replayed.commits += std::to_string(batch.timestamp()) + ":";
      BatchReader::Operation operation;
      while (batch.next(&operation)) replayed.commits += std::string(operation.key) + " ";
      return batch.status();
    });
    replayed.status = result.status();
    if (result) replayed.result = std::move(result).value();
    return replayed;
  }

  void damage(uint64_t number, uint64_t offset) {
    ASSERT_TRUE(world_.disk.corrupt(test::kWorldPath, file_name(FileKind::kLog, number), offset,
                                    [](std::string* content, uint64_t at) { (*content)[at] ^= 0x40; }));
  }
  void truncate(uint64_t number, uint64_t size) {
    ASSERT_TRUE(world_.disk.corrupt(test::kWorldPath, file_name(FileKind::kLog, number), size,
                                    [](std::string* content, uint64_t at) { content->resize(at); }));
  }

  TreeWorld world_;
  ManifestState state_;
};

#define EXPECT_CORRUPTION(replayed, text)                                       \
  EXPECT_EQ((replayed).status.code(), Code::kCorruption) << (replayed).commits; \
  EXPECT_NE((replayed).status.message().find(text), std::string_view::npos) << (replayed).status.to_string()

TEST_F(LogReplay, NoLogsAreAnEmptyHistory) {
  state_.last_timestamp = 12;
  const Replayed replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  EXPECT_EQ(replayed.result.last_timestamp, 12u);
  EXPECT_EQ(replayed.result.record_count, 0u);
}

TEST_F(LogReplay, AChainIsReadInCommitOrder) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").commit(2, "b").sync();
  LogMaker b(world_, 4);
  b.link_to(a).commit(3, "c").sync();
  LogMaker c(world_, 9);
  c.link_to(b).commit(5, "d").commit(6, "e").sync();
  list(c);  // the order of the list does not matter
  list(a);
  list(b);
  const Replayed replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  EXPECT_EQ(replayed.commits, "1:a 2:b 3:c 5:d 6:e ");
  EXPECT_EQ(replayed.logs(), (std::vector<uint64_t>{1, 4, 9}));
  EXPECT_EQ(replayed.result.last_timestamp, 6u);
  EXPECT_EQ(replayed.result.record_count, 5u);
  EXPECT_EQ(replayed.result.dropped_bytes, 0u);
  EXPECT_EQ(replayed.result.logs[1].valid_size, b.size());
  EXPECT_FALSE(replayed.result.logs[1].is_sealed);
}

TEST_F(LogReplay, LogsBelowTheSmallestNeededNumberAreNotRead) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  LogMaker b(world_, 4);
  b.link_to(a).commit(2, "b").sync();
  list(a);
  list(b);
  state_.log_number_min = 4;
  ASSERT_TRUE(world_.disk.delete_file(test::kWorldPath, "000001.log"));
  const Replayed replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  EXPECT_EQ(replayed.commits, "2:b ");
}

TEST_F(LogReplay, ASealedLogIsKnownToBeWhole) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  list(1, a.size());
  const Replayed replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  ASSERT_EQ(replayed.result.logs.size(), 1u);
  EXPECT_TRUE(replayed.result.logs[0].is_sealed);
}

TEST_F(LogReplay, AListedLogThatIsAbsentIsMissing) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  list(a);
  list(7);
  const Replayed replayed = replay();
  EXPECT_EQ(replayed.status.code(), Code::kMissingFile);
  EXPECT_NE(replayed.status.message().find("000007.log"), std::string_view::npos)
      << replayed.status.to_string();
}

TEST_F(LogReplay, APredecessorThatNobodyListsIsMissing) {
  LogMaker b(world_, 4);
  b.link(2, 500).commit(3, "c").sync();
  list(b);
  const Replayed replayed = replay();
  EXPECT_EQ(replayed.status.code(), Code::kMissingFile);
  EXPECT_NE(replayed.status.message().find("000002.log"), std::string_view::npos)
      << replayed.status.to_string();
  state_.log_number_min = 3;  // its entries are in tables
  EXPECT_EQ(replay().commits, "3:c ");
}

TEST_F(LogReplay, ALinkToItselfOrForwardIsRefused) {
  for (const uint64_t previous : {4u, 9u}) {
    TreeWorld world;
    LogMaker b(world, 4);
    b.link(previous, 500).commit(3, "c").sync();
    LogMaker c(world, 9);
    ManifestState state = world.new_state();
    state.sealed_logs = {{4, 0}, {9, 0}};
    const auto result = replay_logs(*world.directory, state, [](BatchReader&) { return Status::ok(); });
    EXPECT_FALSE(result) << previous;
  }
}

// A torn tail or damage? (docs/durability.md)

TEST_F(LogReplay, ATailThatWasNeverSyncedIsIgnored) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  const uint64_t durable = a.size();
  a.commit(2, "b");
  list(a);
  for (uint64_t size = durable; size < a.size(); ++size) {
    const std::string whole = *world_.disk.read_file(test::kWorldPath, "000001.log");
    truncate(1, size);
    const Replayed replayed = replay();
    ASSERT_TRUE(replayed.status) << replayed.status.to_string();
    ASSERT_EQ(replayed.commits, "1:a ") << size;
    ASSERT_EQ(replayed.result.logs[0].valid_size, durable);
    // What was dropped counts from its first to its last byte that is not zero.
    ASSERT_LE(replayed.result.dropped_bytes, size - durable);
    ASSERT_EQ(replayed.result.dropped_bytes == 0, size == durable) << size;
    world_.disk.write_file(test::kWorldPath, "000001.log", whole);
  }
}

TEST_F(LogReplay, DamageInFrontOfARecordThatSaysItWasDurableIsCorruption) {
  LogMaker a(world_, 1);
  a.link(0, 0);
  const uint64_t first = a.size();
  a.commit(1, "a").sync();
  const uint64_t durable = a.size();
  a.commit(2, "b");  // says how much was durable
  list(a);
  damage(1, first + 30);
  EXPECT_CORRUPTION(replay(), "000001.log at " + std::to_string(first));
  damage(1, first + 30);  // undone
  EXPECT_EQ(replay().commits, "1:a 2:b ");
  damage(1, durable + 30);
  EXPECT_EQ(replay().commits, "1:a ");
}

TEST_F(LogReplay, WithoutAMarkDamageToTheLastSyncedRecordLooksLikeATail) {
  LogMaker a(world_, 1);
  a.link(0, 0);
  const uint64_t first = a.size();
  a.commit(1, "a").sync();
  list(a);
  damage(1, first + 30);
  const Replayed replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  EXPECT_EQ(replayed.commits, "");
  EXPECT_GT(replayed.result.dropped_bytes, 0u);
}

TEST_F(LogReplay, AMarkMakesThatDamageVisible) {
  LogMaker a(world_, 1);
  a.link(0, 0);
  const uint64_t first = a.size();
  a.commit(1, "a").sync().mark();
  list(a);
  EXPECT_EQ(replay().commits, "1:a ");
  damage(1, first + 30);
  EXPECT_CORRUPTION(replay(), "000001.log");
}

TEST_F(LogReplay, TheSizeThatTheManifestKnowsMakesItVisibleToo) {
  LogMaker a(world_, 1);
  a.link(0, 0);
  const uint64_t first = a.size();
  a.commit(1, "a");
  list(1, a.size());
  EXPECT_EQ(replay().commits, "1:a ");
  damage(1, first + 30);
  EXPECT_CORRUPTION(replay(), "000001.log");
  damage(1, first + 30);
  for (const uint64_t size : {a.size() - 1, first, uint64_t{kFileHeaderSize}, uint64_t{10}, uint64_t{0}}) {
    const std::string whole = *world_.disk.read_file(test::kWorldPath, "000001.log");
    truncate(1, size);
    EXPECT_CORRUPTION(replay(), "000001.log") << size;
    world_.disk.write_file(test::kWorldPath, "000001.log", whole);
  }
}

TEST_F(LogReplay, AShortLogEndsTheHistoryWhenNothingBehindItWasDurable) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  const uint64_t durable = a.size();
  a.commit(2, "b");
  LogMaker b(world_, 2);
  b.link_to(a).commit(3, "c");
  list(a);
  list(b);
  EXPECT_EQ(replay().commits, "1:a 2:b 3:c ");
  truncate(1, durable);
  const Replayed replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  EXPECT_EQ(replayed.commits, "1:a ") << "a later commit without the one before it";
  EXPECT_EQ(replayed.logs(), (std::vector<uint64_t>{1}));
}

TEST_F(LogReplay, AShortLogIsCorruptionWhenSomethingBehindItWasDurable) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  const uint64_t durable = a.size();
  a.commit(2, "b").sync();
  LogMaker b(world_, 2);
  b.link_to(a).commit(3, "c").sync().commit(4, "d");
  list(a);
  list(b);
  EXPECT_EQ(replay().commits, "1:a 2:b 3:c 4:d ");
  truncate(1, durable);
  EXPECT_CORRUPTION(replay(), "000001.log at " + std::to_string(durable));
}

TEST_F(LogReplay, AShortLogIsCorruptionWhenALaterSuccessorWasDurable) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  const uint64_t durable = a.size();
  a.commit(2, "b");
  LogMaker b(world_, 2);
  b.link_to(a).commit(3, "c");
  LogMaker c(world_, 3);
  c.link_to(b).commit(4, "d").sync();
  list(a);
  list(b);
  list(3, c.size());
  truncate(1, durable);
  EXPECT_CORRUPTION(replay(), "000003.log");
}

TEST_F(LogReplay, WhatLiesBehindTheEndThatTheNextLogGivesIsIgnored) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  const uint64_t good = a.size();
  a.commit(2, "failed");  // a record that arrived whole though its append was said to fail
  LogMaker b(world_, 2);
  b.link(1, good).commit(2, "b").sync();
  list(a);
  list(b);
  const Replayed replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  EXPECT_EQ(replayed.commits, "1:a 2:b ");
  EXPECT_EQ(replayed.result.logs[0].valid_size, good);
}

TEST_F(LogReplay, AnEndWithinARecordIsAShortLog) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  const uint64_t durable = a.size();
  a.commit(2, "b");
  LogMaker b(world_, 2);
  b.link(1, durable + 5).commit(3, "c");
  list(a);
  list(b);
  EXPECT_EQ(replay().commits, "1:a ");
}

TEST_F(LogReplay, APreparedLogIsNotPartOfTheHistory) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  LogMaker spare(world_, 2);
  list(a);
  list(spare);
  Replayed replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  EXPECT_EQ(replayed.commits, "1:a ");
  EXPECT_EQ(replayed.logs(), (std::vector<uint64_t>{1}));

  // Nor does its link count before a commit follows: the rotation may have failed, and log 1 gone on.
  spare.link(1, kFileHeaderSize).sync().mark();
  replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  EXPECT_EQ(replayed.commits, "1:a ");
}

TEST_F(LogReplay, APreparedLogBetweenUsedOnesIsSteppedOver) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  LogMaker unused(world_, 2);
  unused.link(1, 70);
  LogMaker c(world_, 3);
  c.link_to(a).commit(2, "b").sync();
  list(a);
  list(unused);
  list(c);
  EXPECT_EQ(replay().commits, "1:a 2:b ");
}

TEST_F(LogReplay, ALogThatLostEverythingEndsTheHistoryInFrontOfIt) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  LogMaker b(world_, 2);
  b.link_to(a).commit(2, "b");
  LogMaker c(world_, 3);
  c.link_to(b).commit(3, "c");
  list(a);
  list(b);
  list(c);
  truncate(2, kFileHeaderSize);
  const Replayed replayed = replay();
  ASSERT_TRUE(replayed.status) << replayed.status.to_string();
  EXPECT_EQ(replayed.commits, "1:a ");
}

TEST_F(LogReplay, ALogThatLostEverythingIsCorruptionWhenItsSuccessorWasDurable) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  LogMaker b(world_, 2);
  b.link_to(a).commit(2, "b").sync();
  LogMaker c(world_, 3);
  c.link_to(b).commit(3, "c").sync().mark();
  list(a);
  list(b);
  list(c);
  truncate(2, kFileHeaderSize);
  EXPECT_CORRUPTION(replay(), "000003.log");
}

// Files and records that are not what they should be.

TEST_F(LogReplay, ALogOfAnotherDatabaseOrNumberIsRefused) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  list(2);
  world_.disk.write_file(test::kWorldPath, "000002.log",
                         *world_.disk.read_file(test::kWorldPath, "000001.log"));
  EXPECT_CORRUPTION(replay(), "000002.log at 0");
  state_.sealed_logs = {{1, 0}};
  EXPECT_EQ(replay().commits, "1:a ");
  state_.database_id[0] ^= 1;
  EXPECT_CORRUPTION(replay(), "000001.log at 0");
}

TEST_F(LogReplay, TheFirstRecordMustBeALink) {
  LogMaker a(world_, 1);
  a.commit(1, "a").sync();
  list(a);
  EXPECT_CORRUPTION(replay(), "link");
  LogMaker b(world_, 2);
  b.record(LogLink().encode().substr(0, 31)).sync();
  state_.sealed_logs = {{2, 0}};
  EXPECT_CORRUPTION(replay(), "000002.log");
}

TEST_F(LogReplay, CommitTimestampsMustRise) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(5, "a").commit(5, "b").sync();
  list(a);
  EXPECT_CORRUPTION(replay(), "000001.log at " + std::to_string(a.size()));
}

TEST_F(LogReplay, ARecordOfAKindToComeIsUnsupported) {
  LogMaker a(world_, 1);
  std::string record(32, '\0');
  record[0] = static_cast<char>(LogRecordType::kPrepare);
  a.link(0, 0).commit(1, "a").record(record).sync();
  list(a);
  const Replayed replayed = replay();
  EXPECT_EQ(replayed.status.code(), Code::kUnsupported) << replayed.status.to_string();
  EXPECT_NE(replayed.status.message().find("000001.log"), std::string_view::npos);
}

TEST_F(LogReplay, ABatchThatEndsTooEarlyIsCorruption) {
  LogMaker a(world_, 1);
  WriteBatch batch;
  ASSERT_TRUE(batch.put("key", "value"));
  batch.set_timestamp(1);
  a.link(0, 0).record(batch.record().substr(0, batch.size_bytes() - 1)).sync();
  list(a);
  EXPECT_CORRUPTION(replay(), "000001.log");
}

TEST_F(LogReplay, StopsWithTheFirstFailureOfItsCaller) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").commit(2, "b").commit(3, "c").sync();
  list(a);
  int calls = 0;
  const auto result = replay_logs(*world_.directory, state_, [&](BatchReader&) {
    return ++calls == 2 ? Status::outcome(Code::kNoMemory) : Status::ok();
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.status().code(), Code::kNoMemory);
  EXPECT_EQ(calls, 2);
}

TEST_F(LogReplay, AFailedReadIsAFailureAndNotAnEnd) {
  LogMaker a(world_, 1);
  a.link(0, 0).commit(1, "a").sync();
  LogMaker b(world_, 2);
  b.link_to(a).commit(2, "b").sync();
  list(a);
  list(b);
  const uint64_t before = world_.files.call_count();
  ASSERT_EQ(replay().commits, "1:a 2:b ");
  const uint64_t call_count = world_.files.call_count() - before;
  for (uint64_t i = 1; i <= call_count; ++i) {
    world_.files.clear_faults();
    world_.files.add_fault({.call_index = world_.files.call_count() + i});
    const Replayed replayed = replay();
    EXPECT_EQ(replayed.status.code(), Code::kIoError) << "call " << i << ": " << replayed.status.to_string();
  }
}

}  // namespace

}  // namespace wombat
