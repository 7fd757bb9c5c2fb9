// Pause and resume, the filter and its rules, large compactions in parts, the throttle, what is told of jobs.
#include <cstring>

#include "support/seed.h"
#include "unit/db/compaction_world.h"

namespace wombat {
namespace {

class CompactionControl : public test::CompactionWorld {
 protected:
  size_t runs_in_level0() {
    const std::string text = property("levels");
    return std::stoull(text.substr(std::strlen("level 0: ")));
  }
};

TEST_F(CompactionControl, APauseHoldsCompactionsAndNotFlushes) {
  open("compaction.stall_sstables=12; compaction.max_sstables=11");
  EXPECT_EQ(db_->resume_compactions().code(), Code::kInvalidArgument);
  ASSERT_TRUE(db_->pause_compactions({}));
  ASSERT_TRUE(db_->pause_compactions({}));
  EXPECT_EQ(property("compaction.is_paused"), "1");
  for (int i = 0; i < 8; ++i) {
    for (uint64_t k = 0; k < 10; ++k) put(key_of(k), std::string(100, static_cast<char>('a' + i)));
    settle();
  }
  EXPECT_EQ(runs_in_level0(), 8u);
  Status refused;
  for (uint64_t i = 0; i < 100'000 && refused; ++i) {
    WriteBatch batch;
    ASSERT_TRUE(batch.put(key_of(i), std::string(100, 'x')));
    refused = write(batch);
    if (refused) model_[key_of(i)] = std::string(100, 'x');
  }
  EXPECT_EQ(refused.code(), Code::kBusy) << refused.to_string();
  ASSERT_TRUE(db_->resume_compactions());
  EXPECT_EQ(property("compaction.is_paused"), "1");
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));  // on the calling thread
  EXPECT_EQ(runs_in_level0(), 0u);
  ASSERT_TRUE(db_->resume_compactions());
  EXPECT_EQ(property("compaction.is_paused"), "0");
  settle();
  check();
}

/// Removes keys that end with 3, changes values of those that end with 5, fails when told to.
class TestFilter final : public CompactionFilter {
 public:
  Result<Verdict> judge(Bytes keyspace, uint32_t level, Bytes key, Bytes value,
                        std::string* changed) const override {
    EXPECT_EQ(keyspace, "default");
    EXPECT_LT(level, kLevelCountMax);
    if (fails.load()) return Status::invalid_argument("the filter fails");
    if (key.back() == '3') return Verdict::kRemove;
    if (key.back() != '5' || value == "changed") return Verdict::kKeep;
    *changed = "changed";
    return Verdict::kChange;
  }
  mutable std::atomic<bool> fails{false};
};

TEST_F(CompactionControl, TheFilterDecides) {
  const auto filter = std::make_shared<TestFilter>();
  environment_.compaction_filter = filter;
  open();
  for (uint64_t i = 0; i < 3000; ++i) put(key_of(i), "value " + std::to_string(i));
  const Timestamp moment = db_->take_snapshot();
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  for (auto row = model_.begin(); row != model_.end();) {
    if (row->first.back() == '5') row->second = "changed";
    row = row->first.back() == '3' ? model_.erase(row) : std::next(row);
  }
  db_->release_snapshot(moment);
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  check();
  EXPECT_GT(db_->counter_total(Counter::kEntriesFiltered), 0u);
  filter->fails = true;
  put("more", "x");
  EXPECT_FALSE(db_->flush({}));
  EXPECT_EQ(rows(), model_);
  filter->fails = false;
  settle();
  check();
}

TEST_F(CompactionControl, ARemovedValueDoesNotUncoverAnOlderOne) {
  open();
  put("a3", "old");
  settle();
  close();
  environment_.compaction_filter = std::make_shared<TestFilter>();
  open();
  put("a3", "new");
  ASSERT_TRUE(db_->flush({}));
  model_.erase("a3");
  EXPECT_EQ(rows(), model_);
}

TEST_F(CompactionControl, RulesDropAndAge) {
  TestClock clock;
  environment_.clock = &clock;
  open("compaction.filter_rules=prefix=tmp/ drop, prefix=s: max_age_s=5400");
  put("tmp/a", "1");
  put("s:a", "1");
  put("x", "1");
  EXPECT_EQ(rows().size(), 3u);
  ASSERT_TRUE(db_->flush({}));
  model_.erase("tmp/a");
  EXPECT_EQ(rows(), model_);
  clock.set_ticks(2);  // an hour
  EXPECT_EQ(rows(), model_);
  clock.set_ticks(3);
  model_.erase("s:a");
  EXPECT_EQ(rows(), model_);
  // What was there before the rule has its age from when a compaction meets it.
  set("compaction.filter_rules", "prefix=x max_age_s=60; prefix=y drop");
  EXPECT_EQ(db_->option_text(OptionId::kCompactionFilterRules), "prefix=x max_age_s=60, prefix=y drop");
  ASSERT_FALSE(db_->set_option(OptionId::kCompactionFilterRules, "prefix=x forget"));
  put("z", "1");
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  clock.set_ticks(4);
  model_.erase("x");
  EXPECT_EQ(rows(), model_);
  close();
  environment_.clock = &system_clock();
}

TEST_F(CompactionControl, PartsMakeWhatOneThreadMakes) {
  const SeedScope seed(41);
  test::Rows left[2];
  uint64_t entries[2] = {};
  for (const int parts : {1, 4}) {
    begin_another();
    Random random(seed.seed());
    open("compaction.max_parts=" + std::to_string(parts) +
         "; compaction.threads=3; compaction.min_compaction_files=50;" +
         "compaction.max_sstables=100; compaction.stall_sstables=200");
    churn(random, 8000, 4000);
    const Timestamp moment = db_->take_snapshot();
    const test::Rows then = model_;
    churn(random, 4000, 4000);
    ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
    check();
    EXPECT_EQ(rows(moment), then);
    EXPECT_EQ(db_->counter_total(Counter::kCompactionParts) > 0, parts > 1);
    left[parts / 4] = rows();
    entries[parts / 4] = std::stoull(property("entries.count"));
    db_->release_snapshot(moment);
    close();
  }
  EXPECT_EQ(left[0], left[1]);
  EXPECT_EQ(entries[0], entries[1]);
}

TEST_F(CompactionControl, AFailureOfOnePartLeavesNothing) {
  open(
      "compaction.max_parts=4; compaction.min_compaction_files=50; compaction.max_sstables=100; "
      "compaction.stall_sstables=200");
  ASSERT_TRUE(db_->pause_compactions(
      {}));  // deletes would be merged in the background, and nothing be left to do here
  Random random(42);
  churn(random, 6000, 4000);
  const auto count_tables = [&] {
    size_t count = 0;
    for (const std::string& name : disk_.list_files(path_)) count += name.ends_with(".table") ? 1 : 0;
    return count;
  };
  const auto cancel = std::make_shared<CancelToken>();
  TaskControl control;
  control.cancel = cancel;
  uint64_t told = 0;
  control.progress = [&](uint64_t done, uint64_t) {
    told = done;
    return done == 0;
  };
  ASSERT_TRUE(db_->flush({}));
  set("compaction.throttle",
      "200000");  // helpers may have all parts: then there is time to see what they have read
  const Status status = db_->compact_range(nullptr, nullptr, control);
  EXPECT_EQ(status.code(), Code::kCancelled) << status.to_string();
  set("compaction.throttle", "0");
  ASSERT_TRUE(db_->resume_compactions());
  settle();
  // What was merged meanwhile goes when its last reader has: outputs of the failed merge would stay.
  EXPECT_TRUE(comes_true([&] { return count_tables() == std::stoull(property("tables.count")); }))
      << count_tables() << " files, " << property("tables.count") << " tables";
  check();
}

TEST_F(CompactionControl, AChangedThrottleCountsAtOnce) {
  open("compaction.throttle=1; compaction.min_compaction_files=2");
  for (uint64_t i = 0; i < 2000; ++i) {
    model_[key_of(i)] = std::string(100, 'v');
    WriteBatch batch;
    ASSERT_TRUE(batch.put(key_of(i), std::string(100, 'v')));
    WriteRequest request;
    request.record = batch.record();
    request.tree = &db_->default_tree();
    request.no_wait = true;
    if (!db_->write(request)) break;
  }
  set("compaction.throttle", "0");
  settle();  // would take days
}

TEST_F(CompactionControl, AJobThatIsThrottledEndsWithTheDatabase) {
  open("compaction.throttle=1; num_memtables=8");
  for (uint64_t i = 0; i < 400; ++i) put(key_of(i), std::string(100, 'v'));
  close();  // would take hours
  open();
  check();
}

TEST_F(CompactionControl, JobsAndLevelsAreTold) {
  open("compaction.min_compaction_files=2");
  Random random(43);
  churn(random, 5000);
  settle();
  const std::string jobs = property("compaction.jobs");
  EXPECT_EQ(jobs.rfind("{\"running\":[],\"ended\":[{\"job\":", 0), 0u) << jobs;
  EXPECT_NE(jobs.find("\"kind\":\"flush\""), std::string::npos) << jobs;
  const std::string levels = property("compaction.levels");
  EXPECT_NE(levels.find("\"level\":1,\"runs\":1"), std::string::npos) << levels;
  EXPECT_NE(levels.find("\"write_amplification\":1.00"), std::string::npos) << levels;
}

}  // namespace
}  // namespace wombat
