#include "base/block_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "base/arena.h"

namespace wombat {
namespace {

int advised_count = 0;
void count_advice(void*, size_t size) noexcept { advised_count += size == BlockPool::kBlockSize; }

TEST(BlockPool, BlocksAreAlignedApartAndAdvised) {
  advised_count = 0;
  BlockPool pool(2 * BlockPool::kBlockSize, count_advice);
  std::set<char*> blocks;
  for (int i = 0; i < 4; ++i) {
    char* const block = pool.take();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % BlockPool::kBlockSize, 0u);
    std::memset(block, i, BlockPool::kBlockSize);
    EXPECT_TRUE(blocks.insert(block).second);
  }
  EXPECT_EQ(advised_count, 4);
  for (char* block : blocks) pool.give_back(block);
}

#ifndef __SANITIZE_ADDRESS__
TEST(BlockPool, KeepsWhatComesBackUpToItsBound) {
  advised_count = 0;
  BlockPool pool(2 * BlockPool::kBlockSize, count_advice);
  std::vector<char*> blocks;
  for (int i = 0; i < 3; ++i) blocks.push_back(pool.take());
  for (char* block : blocks) pool.give_back(block);
  for (char*& block : blocks) block = pool.take();
  EXPECT_EQ(advised_count, 4);  // two were used again
  for (char* block : blocks) pool.give_back(block);
}
#endif

#ifndef __SANITIZE_ADDRESS__
TEST(BlockPool, WhoTakesFindsBlocksThatWereMadeAhead) {
  advised_count = 0;
  BlockPool pool(8 * BlockPool::kBlockSize, count_advice);
  int asked_count = 0;
  pool.set_scarcity_listener([&] { return ++asked_count > 1; });
  std::vector<char*> blocks = {pool.take()};
  EXPECT_EQ(asked_count, 1);
  EXPECT_EQ(pool.unused_count(), 0u);
  blocks.push_back(pool.take());  // nobody answered the first time
  EXPECT_EQ(asked_count, 2);
  blocks.push_back(pool.take());  // one request is on its way
  EXPECT_EQ(asked_count, 2);
  EXPECT_EQ(advised_count, 3);
  pool.prepare();
  const size_t ahead_count = pool.unused_count();
  EXPECT_GE(ahead_count, 2u);
  EXPECT_LE(ahead_count, 8u);
  for (size_t i = 0; i < ahead_count; ++i) blocks.push_back(pool.take());
  EXPECT_EQ(advised_count, static_cast<int>(3 + ahead_count));
  EXPECT_EQ(asked_count, 3);
  for (char* block : blocks) pool.give_back(block);
  pool.prepare();
  EXPECT_EQ(advised_count, static_cast<int>(3 + ahead_count));  // what came back is enough
}

TEST(BlockPool, WithoutMemoryToAskWhoTakesHelpsItself) {
  BlockPool pool(8 * BlockPool::kBlockSize);
  pool.set_scarcity_listener([]() -> bool { throw std::bad_alloc(); });
  char* const block = pool.take();
  ASSERT_NE(block, nullptr);
  pool.give_back(block);
}
#endif

TEST(BlockPool, APoolThatKeepsNothingPreparesNothing) {
  BlockPool pool(0);
  pool.set_scarcity_listener([] { return true; });
  char* const block = pool.take();
  pool.prepare();
  EXPECT_EQ(pool.unused_count(), 0u);
  pool.give_back(block);
}

TEST(BlockPool, ArenasPassBlocksOnAndKeepThePoolAlive) {
  auto pool = std::make_shared<BlockPool>(8 * BlockPool::kBlockSize);
  for (int round = 0; round < 3; ++round) {
    Arena arena(pool);
    for (int i = 0; i < 5000; ++i) std::memset(arena.allocate_aligned(1000, 64), round, 1000);
    EXPECT_GE(arena.memory_usage(), 5'000'000u);
  }
  Arena last(pool);
  pool.reset();
  std::memset(last.allocate(100), 1, 100);
}

TEST(BlockPool, ManyThreads) {
  BlockPool pool(4 * BlockPool::kBlockSize);
  pool.set_scarcity_listener([] { return true; });
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (int i = 0; i < 100; ++i) pool.prepare();
  });
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        char* const block = pool.take();
        std::memset(block, t, 100);
        EXPECT_EQ(block[99], t);
        pool.give_back(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace wombat
