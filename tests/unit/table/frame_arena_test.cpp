#include "table/frame_arena.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <thread>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

struct Held {
  FrameArena::Piece piece;
  size_t size;
  char mark;

  bool is_intact() const {
    for (size_t i = 0; i < size; ++i)
      if (piece.memory[i] != mark) return false;
    return true;
  }
};

/// Pieces in use, each filled with its mark, by their address.
class Holder {
 public:
  explicit Holder(FrameArena& arena) : arena_(arena) {}
  ~Holder() {
    while (!held_.empty()) drop(0);
  }

  void take(size_t size) {
    const Held held = {arena_.allocate(size), size, ++mark_};
    ASSERT_EQ(reinterpret_cast<uintptr_t>(held.piece.memory) % 64, 0u);
    const auto above = held_.lower_bound(held.piece.memory);
    if (above != held_.end()) {
      ASSERT_LE(held.piece.memory + size, above->first);
    }
    if (above != held_.begin()) {
      ASSERT_LE(std::prev(above)->first + std::prev(above)->second.size, held.piece.memory);
    }
    std::memset(held.piece.memory, held.mark, size);
    held_.emplace(held.piece.memory, held);
    used_ += size;
  }
  void drop(size_t n) {
    const auto at = std::next(held_.begin(), static_cast<std::ptrdiff_t>(n));
    EXPECT_TRUE(at->second.is_intact());
    arena_.release(at->second.piece, at->second.size);
    used_ -= at->second.size;
    held_.erase(at);
  }
  size_t count() const { return held_.size(); }
  size_t used() const { return used_; }

 private:
  FrameArena& arena_;
  std::map<char*, Held> held_;
  size_t used_ = 0;
  char mark_ = 0;
};

TEST(FrameArena, PiecesOfAllSizesKeepTheirBytesAndShareChunks) {
  const SeedScope scope(0xA4E7A);
  Random random(scope.seed());
  FrameArena arena;
  Holder holder(arena);
  const auto any_size = [&] {
    const uint64_t kind = random.below(20);
    return kind == 0  ? 1 + random.below(FrameArena::kPieceSizeMax)
           : kind < 3 ? 1 + random.below(600)
                      : 7000 + random.below(3000);
  };
  for (int round = 0; round < 20; ++round) {
    const size_t target = random.below(400);
    while (holder.count() < target) {
      holder.take(any_size());
      if (testing::Test::HasFatalFailure()) return;
    }
    while (holder.count() > target) holder.drop(random.below(holder.count()));
    // As a cache at its budget does: one goes, one comes.
    for (int i = 0; i < 300 && holder.count() > 0; ++i) {
      holder.drop(random.below(holder.count()));
      holder.take(any_size());
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(FrameArena, WhatIsGivenBackIsUsedAgain) {
  const SeedScope scope(0xF4A6);
  Random random(scope.seed());
  FrameArena arena;
  Holder holder(arena);
  const auto block_size = [&] { return 8000 + random.below(700); };
  while (holder.used() < (24 << 20)) holder.take(block_size());
  const size_t full = arena.memory_usage();
  EXPECT_LT(full, holder.used() * 11 / 10);
  for (int i = 0; i < 30'000; ++i) {
    holder.drop(random.below(holder.count()));
    holder.take(block_size());
  }
  EXPECT_LT(arena.memory_usage(), full * 12 / 10);
}

TEST(FrameArena, ChunksWithoutPiecesGoBack) {
  FrameArena arena;
  EXPECT_EQ(arena.memory_usage(), 0u);
  {
    Holder holder(arena);
    for (int i = 0; i < 1000; ++i) holder.take(9000);
    EXPECT_GE(arena.memory_usage(), 9'000'000u);
  }
  EXPECT_EQ(arena.memory_usage(), 0u);
  Holder again(arena);
  again.take(FrameArena::kPieceSizeMax);
  EXPECT_EQ(arena.memory_usage(), BlockPool::kBlockSize);
}

TEST(FrameArena, ManyThreads) {
  FrameArena arena;
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&arena, t] {
      Random random(t);
      Holder holder(arena);
      for (int i = 0; i < 3000; ++i) {
        if (holder.count() > 60) holder.drop(random.below(holder.count()));
        holder.take(1 + random.below(10'000));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(arena.memory_usage(), 0u);
}

}  // namespace
}  // namespace wombat
