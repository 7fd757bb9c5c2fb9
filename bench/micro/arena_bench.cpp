#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>

#include "base/arena.h"

namespace wombat::micro {
namespace {

constexpr size_t kArenaSize = 32 << 20;

// The arena is thrown away and made anew every 32 MiB, as memtables are; that is part of the time.
void arena_allocate(benchmark::State& state) {
  const size_t size = static_cast<size_t>(state.range(0));
  auto arena = std::make_unique<Arena>();
  size_t used = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(arena->allocate(size));
    used += size;
    if (used >= kArenaSize) {
      arena = std::make_unique<Arena>();
      used = 0;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(arena_allocate)->RangeMultiplier(2)->Range(16, 128);

// The same with every byte written: what first touches of memory cost is in here.
void arena_allocate_and_fill(benchmark::State& state) {
  const size_t size = static_cast<size_t>(state.range(0));
  auto arena = std::make_unique<Arena>();
  size_t used = 0;
  for (auto _ : state) {
    char* const bytes = arena->allocate_aligned(size);
    std::memset(bytes, 1, size);
    benchmark::DoNotOptimize(bytes);
    used += size;
    if (used >= kArenaSize) {
      arena = std::make_unique<Arena>();
      used = 0;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(arena_allocate_and_fill)->RangeMultiplier(2)->Range(16, 128);

void arena_new(benchmark::State& state) {
  for (auto _ : state) {
    Arena arena;
    benchmark::DoNotOptimize(arena.allocate(16));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(arena_new);

}  // namespace
}  // namespace wombat::micro
