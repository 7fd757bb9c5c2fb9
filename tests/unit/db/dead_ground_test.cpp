// Ground that was deleted is fast to scan again by itself: measured in entries stepped over, and waited for by looking.
#include "support/seed.h"
#include "unit/db/compaction_world.h"

namespace wombat {
namespace {

constexpr uint64_t kCount = 40'000;

class DeadGroundTest : public test::CompactionWorld {
 protected:
  void fill() {
    Random random(51);
    for (uint64_t i = 0; i < kCount; ++i) put(key_of(i), std::string(50 + random.below(20), 'v'));
    settle();
  }
  /// What a whole scan steps over in vain.
  uint64_t dead_entries() {
    const uint64_t before = db_->counter_total(Counter::kPassedOver);
    EXPECT_EQ(rows(), model_);
    return db_->counter_total(Counter::kPassedOver) - before;
  }
  /// No call but those of a property, until the entries left are at most half as many again as the rows.
  bool gets_clean() {
    return comes_true([&] {
      return std::stoull(property("entries.count")) <= model_.size() * 3 / 2 &&
             std::stoull(property("entries.deletes")) <= model_.size() / 4;
    });
  }
};

TEST_F(DeadGroundTest, NinetyPercentOfAllKeysInAnyPattern) {
  const SeedScope seed(52);
  for (const char* const style : {"leveled", "size_tiered", "universal"}) {
    for (int pattern = 0; pattern < 3; ++pattern) {
      SCOPED_TRACE(std::string(style) + ", pattern " + std::to_string(pattern));
      begin_another();
      open(std::string("compaction.rest_after_ms=100; compaction.style=") + style);
      fill();
      Random random(seed.seed());
      for (uint64_t i = 0; i < kCount; ++i) {
        const bool goes = pattern == 0 ? i >= kCount / 20 && i < kCount * 19 / 20
                                       : (pattern == 1 ? !random.one_in(10) : i % 10 != 0);
        if (goes) remove(key_of(i));
      }
      EXPECT_TRUE(gets_clean()) << property("levels") << property("entries.count") << " "
                                << property("entries.deletes");
      EXPECT_LE(dead_entries(), model_.size() / 2);
      close();
    }
  }
}

TEST_F(DeadGroundTest, DeletesInMemoryGoWhenNobodyWrites) {
  open("compaction.rest_after_ms=100; memtable.size=16MiB");
  fill();
  for (uint64_t i = 0; i < kCount; ++i)
    if (i % 10 != 0) remove(key_of(i));
  EXPECT_TRUE(gets_clean()) << property("levels");
  EXPECT_LE(dead_entries(), model_.size() / 2);
}

TEST_F(DeadGroundTest, AScanThatSuffersAsksForHelp) {
  // Nothing rests, and deletes are too few in their tables: only the scans can tell.
  open("compaction.delete_ratio=0.9; memtable.size=4MiB; table.size=4MiB");
  fill();
  for (uint64_t i = kCount / 2; i < kCount / 2 + 6000; ++i) remove(key_of(i));
  for (uint64_t i = 0; i < 4000; ++i) put(key_of(i), std::string(50, 'w'));
  EXPECT_GT(dead_entries(), 6000u);
  const auto scan = [&] {
    IteratorSettings settings;
    settings.lower = key_of(kCount / 2 - 10);
    settings.upper = key_of(kCount / 2 + 7000);
    const auto iterator = db_->new_iterator(settings).value();
    const uint64_t before = db_->counter_total(Counter::kPassedOver);
    size_t count = 0;
    for (iterator->seek_first(); iterator->rows().valid(); iterator->step(true)) ++count;
    iterator->count_rows(count);
    EXPECT_EQ(count, 1010u);
    return before;
  };
  scan();
  EXPECT_TRUE(comes_true([&] {
    const uint64_t before = scan();
    return db_->counter_total(Counter::kPassedOver) - before < 500;
  })) << property("levels");
}

TEST_F(DeadGroundTest, DeletesThatASnapshotHeldGoLater) {
  open("compaction.rest_after_ms=100");
  fill();
  const Timestamp moment = db_->take_snapshot();
  const test::Rows then = model_;
  for (uint64_t i = 0; i < kCount; ++i)
    if (i % 10 != 0) remove(key_of(i));
  settle();
  EXPECT_EQ(rows(moment), then);
  db_->release_snapshot(moment);
  put("another", "write");  // then it rests again
  EXPECT_TRUE(gets_clean()) << property("levels") << property("entries.deletes");
}

}  // namespace
}  // namespace wombat
