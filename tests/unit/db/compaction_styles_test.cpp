// The styles in a database: everything is found again under each, after each change of style, and fifo drops.
#include "support/seed.h"
#include "unit/db/compaction_world.h"

namespace wombat {
namespace {

class CompactionStyles : public test::CompactionWorld {};

constexpr const char* kStyles[] = {"leveled", "size_tiered", "universal", "fifo"};

TEST_F(CompactionStyles, NothingIsLostUnderAnyStyle) {
  const SeedScope seed(31);
  Random random(seed.seed());
  for (const char* const style : kStyles) {
    SCOPED_TRACE(style);
    begin_another();
    open(std::string("compaction.style=") + style);
    churn(random, 4000);
    const Timestamp moment = db_->take_snapshot();
    const test::Rows then = model_;
    churn(random, 2000);
    settle();
    check();
    EXPECT_EQ(rows(moment), then);
    db_->release_snapshot(moment);
    close();
    open(std::string("compaction.style=") + style);
    check();
    ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
    check();
    EXPECT_EQ(property("entries.deletes"), "0");
    close();
  }
}

TEST_F(CompactionStyles, TheStyleChangesWhileEverythingGoesOn) {
  const SeedScope seed(32);
  Random random(seed.seed());
  open();
  for (int round = 0; round < 16; ++round) {
    const char* const style = kStyles[random.below(std::size(kStyles))];
    SCOPED_TRACE(style);
    set("compaction.style", style);
    churn(random, 1000);
    if (random.one_in(3)) settle();
    if (random.one_in(5)) {
      ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
    }
    if (HasFatalFailure()) return;
    EXPECT_EQ(rows(), model_);
  }
  set("compaction.style", "leveled");
  settle();
  check();
  EXPECT_LE(std::stoull(property("compaction.debt_bytes")), 0u);
}

TEST_F(CompactionStyles, FifoDropsTheOldestWhenThereIsTooMuch) {
  open("compaction.style=fifo; compaction.fifo_max_size=200000");
  for (uint64_t i = 0; i < 6000; ++i) put(key_of(i), std::string(100, 'v'));
  settle();
  EXPECT_LE(std::stoull(property("disk.table_bytes")), 200'000u);
  EXPECT_GT(db_->counter_total(Counter::kTablesDropped), 0u);
  const test::Rows left = rows();
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(left.rbegin()->first, key_of(5999));
  EXPECT_EQ(left.size(), 6000 - std::stoull(left.begin()->first.substr(3)));  // the newest, without a gap
  close();
  open("compaction.style=fifo; compaction.fifo_max_size=200000");
  EXPECT_EQ(rows(), left);
}

TEST_F(CompactionStyles, WhoReadsWhatFifoDropsGoesOn) {
  open("compaction.style=fifo");
  for (uint64_t i = 0; i < 3000; ++i) put(key_of(i), std::string(100, 'v'));
  settle();
  const Timestamp moment = db_->take_snapshot();
  const auto iterator = db_->new_iterator(IteratorSettings()).value();
  set("compaction.fifo_max_size", "100000");
  settle();
  EXPECT_EQ(rows(moment).size(), 3000u);  // it was there before they became due
  db_->release_snapshot(moment);
  EXPECT_TRUE(comes_true([&] { return std::stoull(property("disk.table_bytes")) <= 100'000; }));
  EXPECT_LT(rows().size(), 3000u);
  EXPECT_EQ(rows_of(*iterator).size(), 3000u);
}

TEST_F(CompactionStyles, FifoDropsWhatIsTooOld) {
  TestClock clock;  // a tick of its wall clock is an hour
  environment_.clock = &clock;
  open("compaction.style=fifo; compaction.fifo_max_age_s=5400");
  for (uint64_t i = 0; i < 500; ++i) put(key_of(i), std::string(100, 'a'));
  settle();
  clock.set_ticks(2);
  for (uint64_t i = 500; i < 1000; ++i) put(key_of(i), std::string(100, 'b'));
  settle();
  EXPECT_EQ(rows().size(), 1000u);
  close();
  clock.set_ticks(3);
  open("compaction.style=fifo; compaction.fifo_max_age_s=5400");  // the times are kept
  EXPECT_TRUE(comes_true([&] {
    clock.advance(1'000'000);
    return rows().size() == 500;
  }));
  EXPECT_EQ(rows().begin()->first, key_of(500));
  close();
  environment_.clock = &system_clock();
}

TEST_F(CompactionStyles, WritersAreNotSlowedDownByRunsThatAreUsual) {
  open("compaction.style=size_tiered; compaction.max_sstables=6; compaction.stall_sstables=8");
  Random random(33);
  for (uint64_t i = 0; i < 12'000; ++i) put(key_of(random.below(100'000)), std::string(100, 'v'));
  settle();
  check();
}

}  // namespace
}  // namespace wombat
