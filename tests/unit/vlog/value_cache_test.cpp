/// Values in the block cache: what is found is what was published for that place, key and digest, whatever was evicted meanwhile.
#include "vlog/value_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/coding.h"
#include "base/random.h"
#include "support/seed.h"
#include "vlog/value_record.h"

namespace wombat {
namespace {

struct CachedValue {
  std::string key;
  std::string value;
  ValuePointer pointer;
};

CachedValue cached_value(uint64_t number, size_t size) {
  CachedValue made;
  made.key = "key" + std::to_string(number);
  made.value.assign(size, static_cast<char>('a' + number % 26));
  store_le<uint64_t>(made.value.data(), number);
  made.pointer = {1 + number % 3, 64 + number * 100'000, static_cast<uint32_t>(size),
                  static_cast<uint32_t>(size), number * 0x9E3779B97F4A7C15ull};
  return made;
}

/// What ValueStore does after a read.
Bytes publish(const ValueCache& cache, const CachedValue& from, bool keeps = true) {
  char* record = nullptr;
  Frame* const frame = cache.allocate(from.key, from.pointer, &record);
  const size_t front = value_record_front_size(from.key.size(), from.value.size());
  std::memset(record, 0, front);
  store_le<uint64_t>(record, from.pointer.digest);
  std::memcpy(record + kValueRecordHeadSize, from.key.data(), from.key.size());
  std::memcpy(record + front, from.value.data(), from.value.size());
  return cache.publish(from.pointer, from.key.size(), frame, keeps);
}

bool finds(const ValueCache& cache, const CachedValue& wanted) {
  Bytes value;
  if (cache.find(wanted.key, wanted.pointer, &value) == nullptr) return false;
  EXPECT_EQ(value, wanted.value);
  return true;
}

TEST(ValueCache, FindsWhatWasPublishedAndNothingElse) {
  FrameCache frames(size_t{1} << 20, process_epochs(), nullptr);
  const ValueCache cache(frames);
  const EpochGuard guard(process_epochs());
  const CachedValue kept = cached_value(1, 4000);
  EXPECT_FALSE(finds(cache, kept)) << "it is empty";
  EXPECT_EQ(cache.memory_usage(), 0u);
  EXPECT_EQ(publish(cache, kept), kept.value);
  EXPECT_TRUE(finds(cache, kept));
  EXPECT_GT(cache.memory_usage(), 0u);

  for (int changed = 0; changed < 5; ++changed) {
    CachedValue other = kept;
    if (changed == 0) other.pointer.file += 1;
    if (changed == 1) other.pointer.offset += 1;
    if (changed == 2) other.pointer.digest += 1;
    if (changed == 3) other.pointer.value_size -= 1;
    if (changed == 4) other.key[0] = 'K';
    EXPECT_FALSE(finds(cache, other)) << changed;
  }
  const CachedValue passing = cached_value(2, 100);
  EXPECT_EQ(publish(cache, passing, false), passing.value);
  EXPECT_FALSE(finds(cache, passing)) << "it was not to be kept";
}

TEST(ValueCache, IsForValuesThatAreSmallAgainstIt) {
  FrameCache frames(size_t{1} << 20, process_epochs(), nullptr);
  const ValueCache cache(frames);
  EXPECT_TRUE(cache.is_for(0));
  EXPECT_TRUE(cache.is_for(size_t{1} << 16));
  EXPECT_FALSE(cache.is_for((size_t{1} << 16) + 1));
  frames.set_budget(size_t{1} << 30);
  EXPECT_TRUE(cache.is_for(size_t{1} << 20));
  EXPECT_FALSE(cache.is_for((size_t{1} << 20) + 1)) << "the system's read is cheap for these";
}

TEST(ValueCache, KeepsItsBudgetAndServesTheRightBytes) {
  const SeedScope seed(0xCAC4E);
  Random random(seed.seed());
  for (const size_t budget : {size_t{0}, size_t{100'000}, size_t{2'000'000}}) {
    FrameCache frames(budget, process_epochs(), nullptr);
    const ValueCache cache(frames);
    uint64_t hits = 0;
    for (int i = 0; i < 20'000; ++i) {
      const EpochGuard guard(process_epochs());
      const uint64_t number = random.below(1000);
      const CachedValue wanted = cached_value(number, 16 + number % 7 * 900);
      if (finds(cache, wanted)) {
        ++hits;
      } else {
        EXPECT_EQ(publish(cache, wanted), wanted.value);
      }
    }
    process_epochs().synchronize();
    EXPECT_LE(frames.usage(), budget) << "nobody pins anything";
    if (budget == 0) {
      EXPECT_EQ(hits, 0u);
    }
    if (budget == 2'000'000) {
      EXPECT_GT(hits, 5'000u);
    }
  }
  process_epochs().synchronize();
}

TEST(ValueCache, APinKeepsAValueThatWasEvicted) {
  FrameCache frames(size_t{1} << 20, process_epochs(), nullptr);
  const ValueCache cache(frames);
  const CachedValue kept = cached_value(7, 5000);
  FramePin pin;
  Bytes value;
  {
    const EpochGuard guard(process_epochs());
    publish(cache, kept);
    pin = FramePin(cache.find(kept.key, kept.pointer, &value));
    ASSERT_NE(pin.get(), nullptr);
  }
  for (uint64_t i = 100; i < 2000; ++i) {
    const EpochGuard guard(process_epochs());
    publish(cache, cached_value(i, 5000));
  }
  process_epochs().synchronize();
  EXPECT_EQ(value, kept.value);
}

TEST(ValueCache, ReadersAndWritersOfTheSameLinesSeeWholeValues) {
  const SeedScope seed(0xCAC4F);
  FrameCache frames(200'000, process_epochs(), nullptr);
  const ValueCache cache(frames);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Random random(seed.seed() + t);
      for (int i = 0; i < 5'000; ++i) {
        const EpochGuard guard(process_epochs());
        const uint64_t number = random.below(200);
        const CachedValue wanted = cached_value(number, 16 + number * 10);
        if (!finds(cache, wanted)) {
          EXPECT_EQ(publish(cache, wanted), wanted.value);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace wombat
