#include "table/frame_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "base/random.h"
#include "env/process_barrier.h"
#include "support/seed.h"
#include "table/frame.h"

namespace wombat {
namespace {

constexpr size_t kDataSize = 1000;

class FrameCacheTest : public ::testing::Test {
 protected:
  Frame* publish(FrameCache& cache, FrameSlot& slot, char fill = 'x') {
    EpochGuard guard(epochs_);
    Frame* const frame = cache.allocate(kDataSize);
    std::memset(frame->data(), fill, kDataSize);
    return cache.publish(slot, frame);
  }
  static bool is_in(const FrameSlot& slot) { return slot.frame.load() != nullptr; }

  EpochDomain epochs_;
  Statistics statistics_;
};

TEST_F(FrameCacheTest, CountsWhatItHoldsAndFreesWhatIsDropped) {
  FrameCache cache(1 << 20, epochs_, &statistics_);
  FrameSlot slots[10];
  for (FrameSlot& slot : slots) publish(cache, slot);
  EXPECT_GE(cache.usage(), 10 * kDataSize);
  EXPECT_LT(cache.usage(), 10 * (kDataSize + 300));
  EXPECT_EQ(cache.pinned_usage(), 0u);
  cache.drop(slots, 10);
  epochs_.reclaim();
  EXPECT_EQ(cache.usage(), 0u);
  for (const FrameSlot& slot : slots) EXPECT_FALSE(is_in(slot));
}

TEST_F(FrameCacheTest, SlackBehindAFrameIsZero) {
  FrameCache cache(0, epochs_, nullptr);
  Frame* const frame = cache.allocate(13);
  EXPECT_EQ(std::string(frame->data() + 13, 64), std::string(64, '\0'));
  FrameCache::discard(frame);
  EXPECT_EQ(cache.usage(), 0u);
}

TEST_F(FrameCacheTest, StaysWithinItsBudget) {
  FrameCache cache(5000, epochs_, &statistics_);
  FrameSlot slots[100];
  for (FrameSlot& slot : slots) {
    publish(cache, slot);
    epochs_.reclaim();
    EXPECT_LE(cache.usage(), 5000u);
  }
  EXPECT_GE(statistics_.total(Counter::kCacheEvictions), 95u);
  cache.set_budget(2500);
  epochs_.reclaim();
  EXPECT_LE(cache.usage(), 2500u);
  EXPECT_EQ(cache.budget(), 2500u);
  cache.set_budget(0);
  epochs_.reclaim();
  EXPECT_EQ(cache.usage(), 0u);
  cache.drop(slots, 100);
}

// What the cache takes from the system is what counts, and it gives chunks back when others need the memory.
TEST_F(FrameCacheTest, StaysWithinTheMemoryThatOthersLeave) {
  constexpr size_t kMiBytes = 1 << 20;
  const auto memory = std::make_shared<MemoryBudget>(48 * kMiBytes);
  FrameCache cache(200 * kMiBytes, epochs_, &statistics_, memory);
  memory->set_relief([&] { cache.keep_within_memory(); });
  std::vector<FrameSlot> slots(200'000);
  Random random(7);
  const auto fill = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      EpochGuard guard(epochs_);
      cache.publish(slots[i], cache.allocate(500 + random.below(9000)));
    }
    epochs_.reclaim();
  };
  fill(0, 40'000);
  EXPECT_LE(memory->peak(), 48 * kMiBytes);
  EXPECT_GE(memory->used(MemoryCategory::kCache), 36 * kMiBytes);
  memory->add(MemoryCategory::kMemtables, 30 * kMiBytes);
  epochs_.reclaim();
  cache.keep_within_memory();
  EXPECT_LE(memory->used(MemoryCategory::kCache), 15 * kMiBytes);
  fill(40'000, 60'000);
  EXPECT_LE(memory->used(MemoryCategory::kCache), 17 * kMiBytes);
  memory->remove(MemoryCategory::kMemtables, 30 * kMiBytes);
  fill(60'000, 100'000);
  EXPECT_GE(memory->used(MemoryCategory::kCache), 36 * kMiBytes);
  EXPECT_LE(memory->total(), 48 * kMiBytes);
  cache.drop(slots.data(), slots.size());
  epochs_.reclaim();
  EXPECT_LE(memory->used(MemoryCategory::kCache), 3 * kMiBytes);
}

TEST_F(FrameCacheTest, StaysWithinMemoryWhenFramesAreFreedLater) {
  constexpr size_t kMiBytes = 1 << 20;
  ThreadSupport support;
  if (!find_thread_support(&support)) GTEST_SKIP();
  epochs_.let_threads_own_slots(support);
  const auto memory = std::make_shared<MemoryBudget>(40 * kMiBytes);
  FrameCache cache(20 * kMiBytes, epochs_, &statistics_, memory);
  memory->set_relief([&] { cache.keep_within_memory(); });
  memory->add(MemoryCategory::kIndexes, 20 * kMiBytes);
  std::vector<FrameSlot> slots(80'000);
  Random random(7);
  FramePin pin;  // a scan has always one: its frame must not keep the chunk that it lies in for good
  for (FrameSlot& slot : slots) {
    EpochGuard guard(epochs_);
    pin = FramePin(cache.publish(slot, cache.allocate(8000 + random.below(190))));
  }
  EXPECT_LE(memory->peak(), 40 * kMiBytes);
  pin.reset();
  cache.drop(slots.data(), slots.size());
  epochs_.reclaim();
}

TEST_F(FrameCacheTest, UsedFramesOutliveUnusedOnes) {
  FrameCache cache(20 * 1200, epochs_, &statistics_);
  FrameSlot hot[4];
  for (FrameSlot& slot : hot) publish(cache, slot);
  FrameSlot cold[200];
  for (FrameSlot& slot : cold) {
    for (FrameSlot& used : hot) used.touched.store(1);
    publish(cache, slot);
  }
  for (const FrameSlot& slot : hot) EXPECT_TRUE(is_in(slot));
  cache.drop(hot, 4);
  cache.drop(cold, 200);
}

TEST_F(FrameCacheTest, FasterPublisherWins) {
  FrameCache cache(1 << 20, epochs_, &statistics_);
  FrameSlot slot;
  Frame* const first = publish(cache, slot, 'a');
  const size_t usage = cache.usage();
  Frame* const second = publish(cache, slot, 'b');
  EXPECT_EQ(first, second);
  EXPECT_EQ(second->data()[0], 'a');
  EXPECT_EQ(cache.usage(), usage);
  cache.drop(&slot, 1);
}

TEST_F(FrameCacheTest, PinKeepsAFrameThroughEvictionAndDrop) {
  FrameCache cache(1 << 20, epochs_, &statistics_);
  FrameSlot slot;
  FramePin pin;
  {
    EpochGuard guard(epochs_);
    pin = FramePin(publish(cache, slot, 'p'));
  }
  EXPECT_EQ(cache.pinned_usage(), cache.usage());
  cache.set_budget(0);
  EXPECT_TRUE(is_in(slot)) << "evicting a pinned frame frees nothing";
  cache.drop(&slot, 1);
  epochs_.reclaim();
  EXPECT_GT(cache.usage(), kDataSize);
  EXPECT_EQ(cache.pinned_usage(), cache.usage());
  EXPECT_EQ(pin.get()->data()[kDataSize - 1], 'p');
  FramePin moved = std::move(pin);
  pin.reset();
  EXPECT_GT(cache.usage(), 0u);
  moved.reset();
  EXPECT_EQ(cache.usage(), 0u);
  EXPECT_EQ(cache.pinned_usage(), 0u);
}

TEST_F(FrameCacheTest, ReaderInsideAnEpochKeepsWhatItSaw) {
  FrameCache cache(1 << 20, epochs_, &statistics_);
  FrameSlot slot;
  publish(cache, slot, 'e');
  {
    EpochGuard guard(epochs_);
    const Frame* const seen = slot.frame.load();
    cache.set_budget(0);
    EXPECT_FALSE(is_in(slot));
    EXPECT_EQ(seen->data()[17], 'e');
  }
  epochs_.reclaim();
  EXPECT_EQ(cache.usage(), 0u);
}

TEST_F(FrameCacheTest, UnpublishedFrameLivesAsLongAsEpochOrPin) {
  FrameCache cache(0, epochs_, &statistics_);
  FramePin pin;
  {
    EpochGuard guard(epochs_);
    Frame* const frame = cache.allocate(kDataSize);
    std::memset(frame->data(), 'u', kDataSize);
    cache.retire_unpublished(frame);
    EXPECT_EQ(frame->data()[0], 'u');
    pin = FramePin(frame);
  }
  epochs_.reclaim();
  EXPECT_EQ(pin.get()->data()[5], 'u');
  pin.reset();
  EXPECT_EQ(cache.usage(), 0u);
}

TEST_F(FrameCacheTest, PinsMayOutliveTheCache) {
  FramePin pin;
  {
    FrameCache cache(1 << 20, epochs_, &statistics_);
    FrameSlot slot;
    EpochGuard guard(epochs_);
    pin = FramePin(publish(cache, slot, 'o'));
    cache.drop(&slot, 1);
  }
  epochs_.reclaim();
  EXPECT_EQ(pin.get()->data()[0], 'o');
}

TEST_F(FrameCacheTest, ThreadsShareSlotsWithoutLosingFrames) {
  SeedScope seed(41);
  constexpr size_t kSlots = 40;
  for (const size_t budget : {size_t{0}, size_t{3000}, size_t{25000}}) {
    FrameCache cache(budget, epochs_, &statistics_);
    FrameSlot slots[kSlots];
    std::atomic<size_t> bad{0};
    const auto work = [&](uint64_t thread_seed) {
      Random random(thread_seed);
      std::vector<FramePin> pins(3);
      for (int i = 0; i < 3000; ++i) {
        const size_t which = random.below(kSlots);
        const char fill = static_cast<char>('A' + which);
        EpochGuard guard(epochs_);
        slots[which].touched.store(1, std::memory_order_relaxed);
        Frame* frame = slots[which].frame.load();
        if (frame == nullptr) {
          frame = cache.allocate(kDataSize);
          std::memset(frame->data(), fill, kDataSize);
          frame = cache.publish(slots[which], frame);
        }
        if (frame->data()[0] != fill || frame->data()[kDataSize - 1] != fill) ++bad;
        if (random.one_in(10)) pins[random.below(3)] = FramePin(frame);
        for (const FramePin& pin : pins) {
          if (pin.get() != nullptr && pin.get()->data()[3] != pin.get()->data()[kDataSize - 3]) ++bad;
        }
        if (random.one_in(200)) cache.set_budget(random.one_in(2) ? budget : 2 * budget);
        if (random.one_in(100)) static_cast<void>(cache.pinned_usage());
      }
    };
    std::vector<std::thread> threads;
    for (uint64_t i = 0; i < 4; ++i) threads.emplace_back(work, seed.seed() + i);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(bad.load(), 0u);
    cache.drop(slots, kSlots);
    epochs_.reclaim();
    EXPECT_EQ(cache.usage(), 0u);
    EXPECT_EQ(cache.pinned_usage(), 0u);
  }
}

}  // namespace
}  // namespace wombat
