// Several trees in one database: what they share, and what one does not do to another.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "base/random.h"
#include "db/db.h"
#include "db/db_iterator.h"
#include "db/keyspace_options.h"
#include "support/fault_file_system.h"
#include "support/seed.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

using Rows = std::map<std::string, std::string>;

class Keyspaces : public testing::Test {
 protected:
  void open(const std::string& more = "") {
    Options options;
    ASSERT_TRUE(
        options.parse("wal.sync=os; checkpoint.interval_s=0; table.block_size=256; compaction.threads=1"));
    ASSERT_TRUE(options.parse(more)) << more;
    Environment environment;
    environment.file_system = &files_;
    auto opened = Db::open("d", options, environment);
    ASSERT_TRUE(opened) << opened.status().to_string();
    db_ = std::move(opened).value();
  }
  void close() {
    ASSERT_TRUE(db_->close());
    db_.reset();
  }
  void TearDown() override {
    if (db_ != nullptr) {
      EXPECT_TRUE(db_->close());
    }
  }

  std::shared_ptr<Tree> create(const std::string& name, const std::string& overrides = "") {
    auto made = db_->create_keyspace(name, overrides);
    EXPECT_TRUE(made) << made.status().to_string();
    return made.value();
  }
  std::shared_ptr<Tree> tree(const std::string& name) { return db_->open_keyspace(name).value(); }

  Status put(Tree& tree, const std::string& key, const std::string& value) {
    WriteBatch batch;
    EXPECT_TRUE(batch.put(key, value));
    batch.assign_keyspace(tree.id());
    WriteRequest request;
    request.record = batch.record();
    request.tree = &tree;
    return db_->write(request);
  }
  static Rows rows(Tree& tree, Timestamp snapshot = 0) {
    IteratorSettings settings;
    settings.snapshot = snapshot;
    const auto iterator = tree.new_iterator(settings).value();
    Rows rows;
    for (iterator->seek_first(); iterator->rows().valid(); iterator->step(true))
      rows.emplace(iterator->rows().key(), iterator->rows().value());
    EXPECT_TRUE(iterator->rows().status());
    return rows;
  }
  size_t count_files(const std::string& ending) {
    size_t count = 0;
    for (const std::string& name : disk_.list_files("d")) count += name.ends_with(ending) ? 1 : 0;
    return count;
  }
  uint64_t number(Tree& tree, const char* property) { return std::stoull(tree.property(property).value()); }

  SimFileSystem disk_;
  FaultFileSystem files_{&disk_};
  std::shared_ptr<Db> db_;
};

TEST_F(Keyspaces, ThousandsThatAreIdleCostLittle) {
  constexpr int kCount = 5000;
  open();
  for (int i = 0; i < kCount; ++i) create("keyspace " + std::to_string(i));
  EXPECT_EQ(number(db_->default_tree(), "keyspaces.count"), kCount + 1u);
  uint64_t used = 0;
  for (int i = 0; i < kCount; ++i) used += number(*tree("keyspace " + std::to_string(i)), "memory.memtables");
  EXPECT_EQ(used, 0u);
  ASSERT_TRUE(put(*tree("keyspace 4711"), "k", "v"));
  EXPECT_LT(number(*tree("keyspace 4711"), "memory.memtables"), 100'000u);
  close();
  const auto before = std::chrono::steady_clock::now();
  open();
  const auto took = std::chrono::steady_clock::now() - before;
  EXPECT_LT(took, std::chrono::seconds(5));
  EXPECT_EQ(rows(*tree("keyspace 4711")), (Rows{{"k", "v"}}));
  EXPECT_EQ(db_->keyspace_names().size(), kCount + 1u);
}

TEST_F(Keyspaces, IdsAreNotUsedAgain) {
  open();
  const uint32_t first = create("a")->id();
  ASSERT_TRUE(put(*tree("a"), "old", "1"));
  ASSERT_TRUE(db_->drop_keyspace("a"));
  const uint32_t second = create("a")->id();
  EXPECT_GT(second, first);
  ASSERT_TRUE(db_->drop_keyspace("a"));
  close();
  open();  // the log holds an entry of a keyspace that is gone
  EXPECT_GT(create("a")->id(), second);
  EXPECT_EQ(rows(*tree("a")), Rows());
}

TEST_F(Keyspaces, WhatIsInTablesIsNotReplayedFromLogsThatOthersKeep) {
  open("compaction.rest_after_ms=0");
  const auto a = create("a");
  const auto b = create("b");
  ASSERT_TRUE(put(*a, "k", "a"));
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(put(*b, "k", "b" + std::to_string(round)));
    ASSERT_TRUE(put(db_->default_tree(), "k", "d" + std::to_string(round)));
    ASSERT_TRUE(b->flush({}));
    ASSERT_TRUE(db_->default_tree().flush({}));
  }
  EXPECT_GE(number(db_->default_tree(), "wal.files"), 4u);
  close();
  open("compaction.rest_after_ms=0");
  // What the logs hold goes to tables at open, since not all of them are known to be whole.
  EXPECT_EQ(number(*tree("a"), "tables.count"), 1u);
  EXPECT_EQ(number(*tree("b"), "tables.count"), 2u);  // nothing of it was read from the logs
  EXPECT_EQ(rows(*tree("a")), (Rows{{"k", "a"}}));
  EXPECT_EQ(rows(*tree("b")), (Rows{{"k", "b1"}}));
  EXPECT_EQ(rows(db_->default_tree()), (Rows{{"k", "d1"}}));
  // Runs that are made now are newer than those that were there.
  ASSERT_TRUE(put(db_->default_tree(), "k", "d3"));
  ASSERT_TRUE(db_->flush({}));
  EXPECT_EQ(rows(db_->default_tree()), (Rows{{"k", "d3"}}));
  EXPECT_LE(number(db_->default_tree(), "wal.files"), 2u);
}

TEST_F(Keyspaces, IdleOnesDoNotKeepTheLog) {
  open("wal.retained_size=64KiB; memtable.size=16KiB");
  const auto idle = create("idle");
  const auto busy = create("busy");
  ASSERT_TRUE(put(*idle, "k", "v"));
  ASSERT_TRUE(put(db_->default_tree(), "k", "v"));
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(put(*busy, std::to_string(i), std::string(1000, 'x')));
  ASSERT_TRUE(db_->wait_for_background({}));
  EXPECT_EQ(number(*idle, "tables.count"), 1u);
  EXPECT_LE(number(*idle, "wal.files"), 8u);
  EXPECT_EQ(number(*idle, "memory.memtables"), 0u);
}

TEST_F(Keyspaces, EvenlyWrittenOnesAreFlushedTogether) {
  open("wal.retained_size=64KiB");
  std::vector<std::shared_ptr<Tree>> all;
  for (int i = 0; i < 20; ++i) all.push_back(create(std::to_string(i)));
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(put(*all[i % all.size()], std::to_string(i), std::string(500, 'x')));
  ASSERT_TRUE(db_->wait_for_background({}));
  EXPECT_LE(number(*all[0], "wal.files"), 6u);
  for (const auto& tree : all) EXPECT_EQ(rows(*tree).size(), 50u);
}

TEST_F(Keyspaces, LogsOfADroppedOneGo) {
  open();
  const auto a = create("a");
  ASSERT_TRUE(put(*a, "k", "v"));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(put(db_->default_tree(), "k", "v"));
    ASSERT_TRUE(db_->default_tree().flush({}));
  }
  EXPECT_GE(number(*a, "wal.files"), 6u);
  ASSERT_TRUE(db_->drop_keyspace("a"));
  EXPECT_EQ(number(db_->default_tree(), "wal.files"), 1u);
  EXPECT_LE(count_files(".log"), 2u);  // one is prepared
}

TEST_F(Keyspaces, SpaceOfADroppedOneComesBackWhenNobodyReadsIt) {
  open();
  const auto a = create("a");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(*a, std::to_string(i), std::string(100, 'x')));
  ASSERT_TRUE(a->flush({}));
  ASSERT_EQ(count_files(".table"), 1u);
  auto iterator = a->new_iterator({}).value();
  iterator->seek_first();
  ASSERT_TRUE(db_->drop_keyspace("a"));
  EXPECT_EQ(count_files(".table"), 1u);
  size_t count = 0;
  for (; iterator->rows().valid(); iterator->step(true)) ++count;
  EXPECT_EQ(count, 100u);
  iterator.reset();
  ASSERT_TRUE(db_->wait_for_background({}));
  EXPECT_EQ(count_files(".table"), 0u);
  EXPECT_EQ(put(*a, "k", "v").code(), Code::kDropped);
}

TEST_F(Keyspaces, AFlushOfADroppedOneLeavesNothing) {
  open();
  const auto a = create("a");
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(put(*a, std::to_string(i), std::string(1000, 'x')));
  ASSERT_TRUE(db_->set_option(OptionId::kCompactionThrottle, "4MiB"));
  std::thread flusher([&] { static_cast<void>(a->flush({})); });
  while (number(*a, "memtables.count") == 0 || number(*a, "background.jobs") == 0) std::this_thread::yield();
  ASSERT_TRUE(db_->drop_keyspace("a"));
  flusher.join();
  ASSERT_TRUE(db_->wait_for_background({}));
  EXPECT_EQ(count_files(".table"), 0u);
  EXPECT_TRUE(db_->background_status());
}

TEST_F(Keyspaces, OneBatchIsAllOrNothing) {
  open();
  const auto a = create("a");
  const auto b = create("b");
  const Timestamp before = db_->take_snapshot();
  WriteBatch batch;
  batch.use_keyspace(a->id());
  ASSERT_TRUE(batch.put("k", "1"));
  batch.use_keyspace(b->id());
  ASSERT_TRUE(batch.put("k", "2"));
  Tree* const trees[] = {a.get(), b.get()};
  WriteRequest request;
  request.record = batch.record();
  request.tree = a.get();
  request.trees = trees;
  ASSERT_TRUE(db_->write(request));
  EXPECT_EQ(rows(*a), (Rows{{"k", "1"}}));
  EXPECT_EQ(rows(*b), (Rows{{"k", "2"}}));
  EXPECT_EQ(rows(*a, before), Rows());
  EXPECT_EQ(rows(*b, before), Rows());
  db_->release_snapshot(before);
  ASSERT_TRUE(db_->drop_keyspace("b"));
  EXPECT_EQ(db_->write(request).code(), Code::kDropped);
}

TEST_F(Keyspaces, OptionsAreTheirOwnAndKept) {
  open("memtable.size=32KiB");
  const auto a = create("a", "memtable.size=16KiB\n");
  EXPECT_EQ(a->setting(OptionId::kMemtableSize), 16 * 1024);
  ASSERT_TRUE(db_->set_keyspace_option(*a, OptionId::kTableSize, "8KiB"));
  EXPECT_EQ(db_->set_keyspace_option(*a, OptionId::kCacheSize, "1MiB").code(), Code::kInvalidArgument);
  close();
  open("memtable.size=64KiB; table.size=16KiB");
  EXPECT_EQ(tree("a")->setting(OptionId::kMemtableSize), 16 * 1024);
  EXPECT_EQ(tree("a")->setting(OptionId::kTableSize), 8 * 1024);
  EXPECT_EQ(db_->default_tree().setting(OptionId::kTableSize), 16 * 1024);
  Options options;
  ASSERT_TRUE(options.parse("memtable.size=64MiB"));  // the default value, but given
  EXPECT_EQ(keyspace_overrides(options).value(), "memtable.size=67108864\n");
}

TEST_F(Keyspaces, AnUnknownOneInTheLogIsDamage) {
  open();
  const auto a = create("a");
  WriteBatch batch;
  batch.use_keyspace(7);
  ASSERT_TRUE(batch.put("k", "v"));
  WriteRequest request;
  request.record = batch.record();
  request.tree = a.get();  // what stands in the log is what the batch says
  ASSERT_TRUE(db_->write(request));
  close();
  Environment environment;
  environment.file_system = &files_;
  const auto opened = Db::open("d", Options(), environment);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.status().code(), Code::kCorruption);
  EXPECT_NE(opened.status().to_string().find("keyspace 7"), std::string::npos) << opened.status().to_string();
}

/// Random histories over several keyspaces, with their ends and new beginnings, against maps.
TEST_F(Keyspaces, BehavesLikeMaps) {
  const SeedScope seed(7);
  Random random(seed.seed());
  std::map<std::string, Rows> model;
  const std::string settings =
      "memtable.size=16KiB; table.size=8KiB; levels.base_size=64KiB; wal.retained_size=64KiB";
  open(settings);
  model["default"];
  const auto any = [&] {
    return std::next(model.begin(), static_cast<long>(random.below(model.size())))->first;
  };
  for (int step = 0; step < 6000; ++step) {
    const uint64_t dice = random.below(400);
    if (dice == 0) {
      close();
      open(settings);
    } else if (dice == 1) {
      const std::string name = any();
      if (name == "default") continue;
      ASSERT_TRUE(db_->drop_keyspace(name));
      model.erase(name);
    } else if (dice == 2) {
      const std::string name = any();
      const std::string other = "renamed " + std::to_string(step);
      if (name == "default") continue;
      ASSERT_TRUE(db_->rename_keyspace(name, other));
      model[other] = std::move(model[name]);
      model.erase(name);
    } else if (dice < 6 && model.size() < 12) {
      create("made " + std::to_string(step));
      model["made " + std::to_string(step)];
    } else if (dice == 6) {
      ASSERT_TRUE(tree(any())->flush({}));
    } else if (dice == 7) {
      ASSERT_TRUE(tree(any())->compact_range(nullptr, nullptr, {}));
    } else if (dice == 8) {
      ASSERT_TRUE(db_->flush({}));
    } else if (dice == 9) {
      const std::string name = any();
      ASSERT_EQ(rows(*tree(name)), model[name]) << name;
    } else {
      WriteBatch batch;
      std::vector<std::shared_ptr<Tree>> kept;
      std::vector<Tree*> trees;
      for (uint64_t i = 1 + random.below(6); i > 0; --i) {
        const std::string name = any();
        const auto target = tree(name);
        if (std::find(trees.begin(), trees.end(), target.get()) == trees.end()) {
          kept.push_back(target);
          trees.push_back(target.get());
        }
        batch.use_keyspace(target->id());
        const std::string key = std::to_string(random.below(300));
        if (random.one_in(4)) {
          ASSERT_TRUE(batch.remove(key));
          model[name].erase(key);
        } else {
          const std::string value = std::to_string(step) + std::string(random.below(300), 'v');
          ASSERT_TRUE(batch.put(key, value));
          model[name][key] = value;
        }
      }
      WriteRequest request;
      request.record = batch.record();
      request.tree = trees.front();
      if (trees.size() > 1) request.trees = trees;
      ASSERT_TRUE(db_->write(request));
    }
  }
  for (const auto& [name, expected] : model) EXPECT_EQ(rows(*tree(name)), expected) << name;
  EXPECT_TRUE(db_->verify({}));
}

/// Writers of their own and common keyspaces while others are dropped, flushed and compacted: for the sanitizers.
TEST_F(Keyspaces, ManyThreads) {
  open(
      "memtable.size=16KiB; table.size=8KiB; levels.base_size=64KiB; wal.retained_size=64KiB; "
      "compaction.threads=2");
  create("common");
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      const std::string mine = "of " + std::to_string(t);
      for (int round = 0; round < 12; ++round) {
        const auto own = create(mine);
        const auto common = tree("common");
        Tree* const trees[] = {own.get(), common.get()};
        for (int i = 0; i < 60; ++i) {
          WriteBatch batch;
          batch.use_keyspace(own->id());
          EXPECT_TRUE(batch.put(std::to_string(i), std::string(300, 'x')));
          batch.use_keyspace(common->id());
          EXPECT_TRUE(batch.put(mine, std::to_string(round * 1000 + i)));
          WriteRequest request;
          request.record = batch.record();
          request.tree = own.get();
          request.trees = trees;
          EXPECT_TRUE(db_->write(request));
          if (i % 16 != 0) continue;
          EXPECT_EQ(rows(*own).size(), static_cast<size_t>(i + 1));
          EXPECT_EQ(rows(*common)[mine], std::to_string(round * 1000 + i));
        }
        if (round % 3 == 0) {
          EXPECT_TRUE(common->flush({}));
        }
        EXPECT_TRUE(db_->drop_keyspace(mine));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rows(*tree("common")).size(), 3u);
  ASSERT_TRUE(db_->wait_for_background({}));
  EXPECT_EQ(db_->keyspace_count(), 2u);
}

}  // namespace
}  // namespace wombat
