// Tables that come from outside: who sees them when, what they meet, and what is refused.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "db/db.h"
#include "db/db_iterator.h"
#include "db/external_table.h"
#include "db/transaction.h"
#include "db/transaction_iterator.h"
#include "kv/expiry.h"
#include "support/fault_file_system.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

using Rows = std::map<std::string, std::string>;

class Ingest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.open_directory("outside", DirectoryMode::kCreateIfMissing));
    open();
  }
  void TearDown() override {
    if (db_ == nullptr) return;
    EXPECT_TRUE(db_->verify({}));
    EXPECT_TRUE(db_->close());
  }
  void open(const std::string& more = "") {
    Options options;
    ASSERT_TRUE(
        options.parse("wal.sync=os; checkpoint.interval_s=0; table.block_size=256; compaction.threads=1; "
                      "compaction.rest_after_ms=0; memtable.size=64KiB; table.size=16KiB"));
    ASSERT_TRUE(options.parse(more)) << more;
    Environment environment;
    environment.file_system = &files_;
    auto opened = Db::open("d", options, environment);
    ASSERT_TRUE(opened) << opened.status().to_string();
    db_ = std::move(opened).value();
  }
  void reopen() {
    ASSERT_TRUE(db_->close());
    db_.reset();
    open();
  }

  /// A null value is a delete.
  using Entry = std::pair<std::string, std::optional<std::string>>;
  std::string build(const std::vector<Entry>& entries, const TableOptions& options = {}) {
    const std::string path = "outside/t" + std::to_string(++file_count_);
    auto builder = ExternalTableBuilder::create(files_, path, options);
    EXPECT_TRUE(builder) << builder.status().to_string();
    for (const auto& [key, value] : entries) {
      const Status added = value ? (*builder)->put(key, *value) : (*builder)->remove(key);
      EXPECT_TRUE(added) << added.to_string();
    }
    const Status finished = (*builder)->finish();
    EXPECT_TRUE(finished) << finished.to_string();
    return path;
  }
  std::string build_many(int from, int to, const std::string& value, const TableOptions& options = {}) {
    std::vector<Entry> entries;
    for (int i = from; i < to; ++i) entries.emplace_back(key(i), value);
    return build(entries, options);
  }
  static std::string key(int i) {
    std::string digits = std::to_string(i);
    return "k" + std::string(6 - digits.size(), '0') + digits;
  }

  Status ingest(const std::vector<std::string>& paths, bool removes = false) {
    return db_->default_tree().ingest(paths, removes, {});
  }
  Status put(const std::string& key, const std::string& value) {
    WriteBatch batch;
    EXPECT_TRUE(batch.put(key, value));
    return write(batch);
  }
  Status write(const WriteBatch& batch) {
    WriteRequest request;
    request.record = batch.record();
    return db_->write(request);
  }
  Rows rows(Timestamp snapshot = 0) {
    IteratorSettings settings;
    settings.snapshot = snapshot;
    const auto iterator = db_->new_iterator(settings).value();
    Rows rows;
    for (iterator->seek_first(); iterator->rows().valid(); iterator->step(true))
      rows.emplace(iterator->rows().key(), iterator->rows().value());
    EXPECT_TRUE(iterator->rows().status());
    return rows;
  }
  std::string get(const std::string& key, Timestamp snapshot = 0) {
    EpochGuard guard(process_epochs());
    FoundValue value;
    bool found = false;
    const Status status = db_->get(guard, key, snapshot, true, &value, &found);
    EXPECT_TRUE(status) << status.to_string();
    return found ? std::string(value.value) : "(none)";
  }
  std::vector<uint32_t> levels_in_use() {
    EpochGuard guard(process_epochs());
    const VersionPtr version = db_->default_tree().read_state(guard).version;
    std::vector<uint32_t> used;
    for (uint32_t level = 0; level < version->levels.size(); ++level)
      if (!version->levels[level].runs.empty()) used.push_back(level);
    return used;
  }

  SimFileSystem files_;
  std::shared_ptr<Db> db_;
  int file_count_ = 0;
};

TEST_F(Ingest, EntriesAreThereAndStay) {
  const std::string path = build({{"a", "1"}, {"b", std::nullopt}, {"c", std::string(3000, 'c')}});
  ASSERT_TRUE(put("b", "old"));
  const Status taken = ingest({path});
  ASSERT_TRUE(taken) << taken.to_string();
  const Rows expected = {{"a", "1"}, {"c", std::string(3000, 'c')}};
  EXPECT_EQ(rows(), expected);
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("b"), "(none)");
  EXPECT_TRUE(files_.read_file("outside", "t1"));
  reopen();
  EXPECT_EQ(rows(), expected);
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  EXPECT_EQ(rows(), expected);
  EXPECT_EQ(get("c"), std::string(3000, 'c'));
}

TEST_F(Ingest, OneFileMayComeOftenAndToOthers) {
  const std::string path = build({{"a", "1"}});
  ASSERT_TRUE(ingest({path}));
  ASSERT_TRUE(put("a", "2"));
  EXPECT_EQ(get("a"), "2");
  ASSERT_TRUE(ingest({path}));
  EXPECT_EQ(get("a"), "1");
  const auto other = db_->create_keyspace("other", "").value();
  ASSERT_TRUE(other->ingest({path}, true, {}));
  EXPECT_FALSE(files_.read_file("outside", "t1"));
  reopen();
  EXPECT_EQ(get("a"), "1");
}

TEST_F(Ingest, OlderSnapshotsAndIteratorsSeeNothingOfIt) {
  for (int i = 0; i < 100; i += 2) ASSERT_TRUE(put(key(i), "old"));
  const Rows before = rows();
  const Timestamp snapshot = db_->take_snapshot();
  const auto iterator = db_->new_iterator({}).value();
  iterator->seek_first();
  ASSERT_TRUE(ingest({build_many(10, 30, "new")}));
  const Rows after = rows();
  EXPECT_EQ(after.size(), 60u);
  EXPECT_EQ(rows(snapshot), before);
  EXPECT_EQ(get(key(11), snapshot), "(none)");
  EXPECT_EQ(get(key(12), snapshot), "old");
  EXPECT_EQ(get(key(12)), "new");
  Rows seen;
  for (; iterator->rows().valid(); iterator->step(true))
    seen.emplace(iterator->rows().key(), iterator->rows().value());
  EXPECT_EQ(seen, before);
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  EXPECT_EQ(rows(snapshot), before);
  EXPECT_EQ(rows(), after);
  db_->release_snapshot(snapshot);
}

TEST_F(Ingest, BackwardsAndForwardsOverTheSameBlocks) {
  TableOptions options;
  options.block_size_bytes = 256;
  ASSERT_TRUE(ingest({build_many(0, 500, "value", options)}));
  IteratorSettings settings;
  settings.fill_cache = false;
  const auto iterator = db_->new_iterator(settings).value();
  int at = 0;
  for (iterator->seek_first(); at < 400; ++at) iterator->step(true);
  for (int turn = 0; turn < 30; ++turn) {  // across the same border again and again
    for (int i = 0; i < 20; ++i, --at) iterator->step(false);
    ASSERT_TRUE(iterator->rows().valid()) << iterator->rows().status().to_string();
    ASSERT_EQ(iterator->rows().key(), key(at));
    for (int i = 0; i < 20; ++i, ++at) iterator->step(true);
    ASSERT_TRUE(iterator->rows().valid()) << iterator->rows().status().to_string();
    ASSERT_EQ(iterator->rows().key(), key(at));
  }
}

TEST_F(Ingest, GoesAsDeepAsNothingLies) {
  ASSERT_TRUE(ingest({build_many(0, 10, "1"), build_many(20, 30, "1")}));
  EXPECT_EQ(levels_in_use(), std::vector<uint32_t>{6});
  ASSERT_TRUE(ingest({build_many(5, 15, "2"), build_many(40, 45, "2")}));
  EXPECT_EQ(levels_in_use(), (std::vector<uint32_t>{5, 6}));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(put(key(i), "3"));
  ASSERT_TRUE(db_->flush({}));
  ASSERT_TRUE(ingest({build_many(12, 22, "4")}));
  EXPECT_EQ(get(key(11)), "3");
  EXPECT_EQ(get(key(12)), "4");
  EXPECT_EQ(get(key(21)), "4");
  EXPECT_EQ(get(key(25)), "1");
  ASSERT_TRUE(put(key(12), "5"));
  ASSERT_TRUE(db_->flush({}));
  EXPECT_EQ(get(key(12)), "5");
  ASSERT_TRUE(ingest({build_many(12, 13, "6")}));
  ASSERT_TRUE(ingest({build_many(12, 13, "7")}));
  EXPECT_EQ(get(key(12)), "7");
  ASSERT_TRUE(put(key(12), "8"));
  EXPECT_EQ(get(key(12)), "8");
  ASSERT_TRUE(db_->flush({}));
  EXPECT_EQ(get(key(12)), "8");
  reopen();
  EXPECT_EQ(get(key(12)), "8");
  EXPECT_EQ(get(key(13)), "4");
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  EXPECT_EQ(get(key(12)), "8");
}

TEST_F(Ingest, MeetsRangeDeletes) {
  ASSERT_TRUE(put(key(1), "old"));
  WriteBatch batch;
  ASSERT_TRUE(batch.remove_range(key(0), nullptr));
  ASSERT_TRUE(write(batch));
  const Timestamp snapshot = db_->take_snapshot();
  ASSERT_TRUE(ingest({build_many(1, 3, "new")}));
  EXPECT_EQ(rows(), (Rows{{key(1), "new"}, {key(2), "new"}}));
  EXPECT_TRUE(rows(snapshot).empty());
  db_->release_snapshot(snapshot);
  ASSERT_TRUE(write(batch));
  EXPECT_TRUE(rows().empty());
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  EXPECT_TRUE(rows().empty());
}

TEST_F(Ingest, IsAChangeToTransactions) {
  ASSERT_TRUE(put("a", "1"));  // in the memtable all the time
  ASSERT_TRUE(put("z", "1"));
  const auto ends_as = [&](const std::string& read, bool scans) {
    const auto transaction = std::move(Transaction::begin(db_, db_->default_tree().shared_from_this(),
                                                          Transaction::default_settings(*db_)))
                                 .value();
    Tree& tree = db_->default_tree();
    if (scans) {
      IteratorSettings settings;
      settings.lower = "m";
      settings.upper = "n";
      auto rows = std::move(transaction->new_iterator(tree, settings)).value();
      transaction->attach(*rows);
      rows->seek_first();
      rows.reset();
    } else {
      static_cast<void>(transaction->get(tree, read, false, [](Bytes) { return Status::ok(); }));
    }
    EXPECT_TRUE(transaction->set(tree, "written", Kind::kPut, "x"));
    const Status taken = ingest({build({{"b", "2"}, {"m1", "2"}})});
    EXPECT_TRUE(taken) << taken.to_string();
    Timestamp committed_at = 0;
    return transaction->commit({}, &committed_at).code();
  };
  EXPECT_EQ(ends_as("a", false), Code::kOk);
  EXPECT_EQ(ends_as("b", false), Code::kConflict);
  EXPECT_EQ(ends_as("m2", false), Code::kOk);
  EXPECT_EQ(ends_as("m1", false), Code::kConflict);
  EXPECT_EQ(ends_as("", true), Code::kConflict);
  EXPECT_EQ(ends_as("z", false), Code::kOk);
}

TEST_F(Ingest, WhatIsNotAnExternalTableIsRefused) {
  const auto refused = [&](const std::string& path) {
    const Rows before = rows();
    const Status taken = ingest({build_many(900, 901, "x"), path});
    EXPECT_FALSE(taken) << path;
    EXPECT_EQ(rows(), before);
    return taken;
  };
  EXPECT_EQ(refused("outside/missing").code(), Code::kMissingFile);
  EXPECT_EQ(refused("nowhere/missing").code(), Code::kDoesNotExist);
  EXPECT_EQ(refused("outside/").code(), Code::kInvalidArgument);
  files_.write_file("outside", "empty", "");
  EXPECT_EQ(refused("outside/empty").code(), Code::kCorruption);
  files_.write_file("outside", "foreign", std::string(500, 'x'));
  EXPECT_EQ(refused("outside/foreign").code(), Code::kNotADatabase);
  ASSERT_TRUE(put("a", "1"));
  ASSERT_TRUE(db_->flush({}));
  for (const std::string& name : files_.list_files("d"))
    if (name.ends_with(".table")) files_.write_file("outside", "own", *files_.read_file("d", name));
  EXPECT_NE(refused("outside/own").message().find("made outside of a database"), std::string::npos);
}

TEST_F(Ingest, DamageAnywhereIsFound) {
  TableOptions options;
  options.block_size_bytes = 256;
  const std::string path = build_many(0, 60, "value", options);
  const std::string good = *files_.read_file("outside", "t1");
  for (size_t at = 0; at < good.size(); at += 3) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    files_.write_file("outside", "t1", bad);
    ASSERT_FALSE(ingest({path})) << at;
  }
  for (size_t size = 0; size < good.size(); size += 7) {
    files_.write_file("outside", "t1", good.substr(0, size));
    ASSERT_FALSE(ingest({path})) << size;
  }
  EXPECT_TRUE(rows().empty());
  for (const std::string& name : files_.list_files("d")) EXPECT_FALSE(name.ends_with(".table")) << name;
  files_.write_file("outside", "t1", good);
  ASSERT_TRUE(ingest({path}));
  EXPECT_EQ(rows().size(), 60u);
}

TEST_F(Ingest, FilesThatOverlapAreRefused) {
  const Status taken = ingest({build_many(5, 9, "1"), build_many(0, 6, "2")});
  EXPECT_EQ(taken.code(), Code::kInvalidArgument);
  EXPECT_NE(taken.message().find("t1"), std::string::npos);
  EXPECT_NE(taken.message().find(key(5)), std::string::npos);
  EXPECT_TRUE(rows().empty());
}

TEST_F(Ingest, BuilderWantsAscendingKeys) {
  auto builder = std::move(ExternalTableBuilder::create(files_, "outside/b", {})).value();
  EXPECT_EQ(builder->finish().code(), Code::kInvalidArgument);
  ASSERT_TRUE(builder->put("b", "1"));
  for (const std::string wrong : {"b", "a"}) {
    const Status added = builder->put(wrong, "2");
    EXPECT_EQ(added.code(), Code::kInvalidArgument);
    EXPECT_EQ(added.message(),
              "outside/b: key \"" + wrong + "\" does not come after \"b\"; keys must ascend, each only once");
  }
  ASSERT_TRUE(builder->put_until("c", "2", kNeverExpires - 1));
  ASSERT_TRUE(builder->finish());
  EXPECT_FALSE(builder->put("d", "3"));
  builder.reset();
  ASSERT_TRUE(ingest({"outside/b"}));
  EXPECT_EQ(rows(), (Rows{{"b", "1"}, {"c", "2"}}));
  EXPECT_EQ(ExternalTableBuilder::create(files_, "outside/b", {}).status().code(), Code::kAlreadyExists);
  EXPECT_EQ(ExternalTableBuilder::create(files_, "outside/000001.table", {}).status().code(),
            Code::kInvalidArgument);
  ASSERT_TRUE(std::move(ExternalTableBuilder::create(files_, "outside/c", {})).value()->put("x", "y"));
  EXPECT_FALSE(files_.read_file("outside", "c"));
}

TEST_F(Ingest, CompressedTables) {
  TableOptions options;
  options.codec = CodecId::kZlib;
  if (!codec_by_id(static_cast<uint8_t>(options.codec))) GTEST_SKIP();
  ASSERT_TRUE(ingest({build_many(0, 2000, std::string(100, 'z'), options)}));
  EXPECT_EQ(rows().size(), 2000u);
  EXPECT_EQ(get(key(1234)), std::string(100, 'z'));
}

TEST_F(Ingest, TablesWithADictionary) {
  if (codec_if_built(CodecId::kZstd) == nullptr) GTEST_SKIP();
  TableOptions options;
  options.codec = CodecId::kZstd;
  options.dictionary_size_max = 4096;
  options.block_size_bytes = 512;
  const auto value = [](int i) {
    return "{\"name\": \"row " + std::to_string(i) +
           "\", \"kind\": \"of a test\", \"square\": " + std::to_string(i * i) + "}";
  };
  std::vector<Entry> entries;
  for (int i = 0; i < 5000; ++i) entries.emplace_back(key(i), value(i));
  ASSERT_TRUE(ingest({build(entries, options)}));
  EXPECT_NE(db_->property("compression").value().find("dictionar"), std::string::npos);
  ASSERT_TRUE(put(key(17), "later"));
  reopen();
  EXPECT_EQ(get(key(1234)), value(1234));
  EXPECT_EQ(rows().size(), 5000u);
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  EXPECT_EQ(get(key(4999)), value(4999));
  EXPECT_EQ(get(key(17)), "later");
}

TEST_F(Ingest, IsTheNewestUnderStyleFifo) {
  ASSERT_TRUE(db_->close());
  open("compaction.style=fifo");
  for (int i = 1000; i < 2000; ++i) ASSERT_TRUE(put(key(i), std::string(100, 'o')));
  ASSERT_TRUE(db_->flush({}));
  ASSERT_TRUE(ingest({build_many(0, 500, std::string(100, 'n'))}));
  EXPECT_EQ(levels_in_use(), std::vector<uint32_t>({0}));
  for (int i = 2000; i < 2500; ++i) ASSERT_TRUE(put(key(i), std::string(100, 'l')));
  ASSERT_TRUE(db_->flush({}));
  const uint64_t size = std::stoull(db_->property("disk.table_bytes").value());
  ASSERT_TRUE(db_->set_option(OptionId::kCompactionFifoMaxSize, std::to_string(size * 5 / 8)));
  ASSERT_TRUE(db_->wait_for_background({}));
  EXPECT_EQ(get(key(1000)), "(none)") << "written first";
  EXPECT_EQ(get(key(0)), std::string(100, 'n'));
  EXPECT_EQ(get(key(2499)), std::string(100, 'l'));
}

TEST_F(Ingest, IsRefusedWhilePausedAndFull) {
  ASSERT_TRUE(db_->close());
  open("compaction.max_sstables=3; compaction.stall_sstables=4; compaction.min_compaction_files=3");
  ASSERT_TRUE(db_->pause_compactions({}));
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(put(key(i), "a"));
    ASSERT_TRUE(db_->flush({}));
  }
  EXPECT_EQ(ingest({build_many(0, 5, "b")}).code(), Code::kBusy);
  ASSERT_TRUE(db_->resume_compactions());
  const Status taken = ingest({build_many(0, 5, "b")});
  EXPECT_TRUE(taken) << taken.to_string();
  EXPECT_EQ(get(key(3)), "b");
}

TEST_F(Ingest, UnderEveryStyleAndChangesOfIt) {
  static const char* const kStyles[] = {"leveled", "size_tiered", "universal", "fifo"};
  Rows expected;
  for (int round = 0; round < 40; ++round) {
    ASSERT_TRUE(db_->set_option(OptionId::kCompactionStyle, kStyles[round / 3 % 4]));
    const std::string value = "round" + std::to_string(round) + std::string(50, 'v');
    for (int i = round * 7; i < round * 7 + 200; i += 3) {
      ASSERT_TRUE(put(key(i), value));
      expected[key(i)] = value;
    }
    if (round % 4 == 1) {
      ASSERT_TRUE(db_->flush({}));
    }
    const int from = round * 37 % 300;
    ASSERT_TRUE(
        ingest({build_many(from, from + 60, value + "in"), build_many(600 + round, 610 + round, value)}));
    for (int i = from; i < from + 60; ++i) expected[key(i)] = value + "in";
    for (int i = 600 + round; i < 610 + round; ++i) expected[key(i)] = value;
    if (round % 5 == 2) {
      ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
    }
    ASSERT_EQ(rows(), expected) << round;
    if (round % 10 == 9) reopen();
  }
}

/// Each value of a file is the same; a reader sees all of one file or of another.
TEST_F(Ingest, OthersWriteReadAndCompactMeanwhile) {
  constexpr int kKeys = 300;
  std::vector<std::string> paths;
  for (int i = 0; i < 25; ++i) paths.push_back(build_many(0, kKeys, "file" + std::to_string(i)));
  ASSERT_TRUE(ingest({build_many(0, kKeys, "first")}));
  std::atomic<bool> ends{false};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {  // beside and between, but never those keys
    for (int i = 0; !ends.load(); ++i) {
      ASSERT_TRUE(put(key(i % kKeys) + "+", std::string(200, 'w')));
      ASSERT_TRUE(put("a" + std::to_string(i % 1000), std::string(200, 'w')));
    }
  });
  threads.emplace_back([&] {
    while (!ends.load()) {
      const Timestamp snapshot = db_->take_snapshot();
      std::map<std::string, int> counts;
      for (const auto& [key, value] : rows(snapshot))
        if (key.size() == 7 && key[0] == 'k') ++counts[value];
      ASSERT_EQ(counts.size(), 1u);
      ASSERT_EQ(counts.begin()->second, kKeys);
      ASSERT_EQ(get(key(7), snapshot), counts.begin()->first);
      db_->release_snapshot(snapshot);
    }
  });
  int taken_count = 0;
  for (const std::string& path : paths) {
    const Status taken = ingest({path});
    ASSERT_TRUE(taken) << taken.to_string();
    ASSERT_EQ(get(key(150)), "file" + std::to_string(taken_count++));
  }
  ends.store(true);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(get(key(150)), "file24");
  ASSERT_TRUE(db_->wait_for_background({}));
  reopen();
  EXPECT_EQ(get(key(150)), "file24");
}

}  // namespace
}  // namespace wombat
