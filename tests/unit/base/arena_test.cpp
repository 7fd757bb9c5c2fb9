#include "base/arena.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/seed.h"

namespace {
bool fail_allocations = false;
}

// How an arena takes its blocks.
void* operator new[](size_t size) {
  void* const memory = fail_allocations ? nullptr : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

namespace wombat {
namespace {

TEST(Arena, PiecesDoNotOverlapAndKeepTheirBytes) {
  const SeedScope seed(13);
  Random random(seed.seed());
  Arena arena(4096);
  struct Piece {
    char* start;
    size_t size;
    char fill;
  };
  std::vector<Piece> pieces;
  for (int i = 0; i < 3000; ++i) {
    const size_t size = random.one_in(50) ? random.below(10000) : random.below(100);
    const size_t alignment = size_t{1} << random.below(7);
    const bool is_aligned = random.one_in(2);
    char* const start = is_aligned ? arena.allocate_aligned(size, alignment) : arena.allocate(size);
    ASSERT_NE(start, nullptr);
    ASSERT_TRUE(!is_aligned || reinterpret_cast<uintptr_t>(start) % alignment == 0);
    pieces.push_back({start, size, static_cast<char>(random.next())});
    std::memset(start, pieces.back().fill, size);
  }
  for (const Piece& piece : pieces) {
    ASSERT_EQ(std::string(piece.start, piece.size), std::string(piece.size, piece.fill));
  }
}

TEST(Arena, NoBytesStillHaveAnAddress) {
  Arena arena;
  EXPECT_NE(arena.allocate(0), nullptr);
  EXPECT_NE(arena.allocate_aligned(0, 64), nullptr);
}

TEST(Arena, UsageCountsWholeBlocks) {
  Arena arena(4096);
  EXPECT_EQ(arena.memory_usage(), 0u);
  arena.allocate(1);
  EXPECT_EQ(arena.memory_usage(), 4096u);
  arena.allocate(1000);
  EXPECT_EQ(arena.memory_usage(), 4096u);
}

TEST(Arena, LargePieceLeavesTheCurrentBlockInUse) {
  Arena arena(4096);
  char* const first = arena.allocate(100);
  arena.allocate(100000);
  EXPECT_EQ(arena.memory_usage(), 4096u + 100000u);
  EXPECT_EQ(arena.allocate(100), first + 100);
}

TEST(Arena, RefusedMemoryLeavesItAsBefore) {
  Arena arena(4096);
  char* const first = arena.allocate(10);
  const size_t usage = arena.memory_usage();
  fail_allocations = true;
  EXPECT_THROW(static_cast<void>(arena.allocate(5000)), std::bad_alloc);
  EXPECT_THROW(static_cast<void>(arena.allocate_aligned(4090, 64)), std::bad_alloc);
  EXPECT_EQ(arena.allocate(10), first + 10);
  fail_allocations = false;
  EXPECT_EQ(arena.memory_usage(), usage);
  EXPECT_EQ(arena.allocate(10), first + 20);
}

}  // namespace
}  // namespace wombat
