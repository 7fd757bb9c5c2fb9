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
  std::vector<std::thread> threads;
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
