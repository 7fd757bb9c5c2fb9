#include "table/bloom_filter.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace wombat::micro {
namespace {

constexpr uint32_t kBitsPerKey = 10;

struct Filter {
  explicit Filter(uint64_t key_count)
      : hashes(key_count), block_count(bloom_block_count(key_count, kBitsPerKey)) {
    Random random(1);
    for (uint64_t& hash : hashes) hash = random.next();
    // A cache line holds two blocks when it starts with one.
    memory.assign(block_count * kBloomBlockSize + 64, 0);
    bytes = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
  }
  std::vector<uint64_t> hashes;
  uint64_t block_count;
  std::string memory;
  char* bytes;
};

using Add = void (*)(const uint64_t*, size_t, char*, uint64_t);
using Test = bool (*)(const char*, uint64_t, uint64_t);

void bloom_build(benchmark::State& state, Add add) {
  Filter filter(static_cast<uint64_t>(state.range(0)));
  for (auto _ : state) {
    add(filter.hashes.data(), filter.hashes.size(), filter.bytes, filter.block_count);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void bloom_probe(benchmark::State& state, Test test, bool present) {
  Filter filter(static_cast<uint64_t>(state.range(0)));
  bloom_add(filter.hashes.data(), filter.hashes.size(), filter.bytes, filter.block_count);
  Random random(2);
  std::vector<uint64_t> probes(filter.hashes.size());
  for (uint64_t& probe : probes)
    probe = present ? filter.hashes[random.below(filter.hashes.size())] : random.next();
  size_t i = 0;
  uint64_t positive = 0;
  for (auto _ : state) {
    positive += test(filter.bytes, filter.block_count, probes[i]) ? 1 : 0;
    if (++i == probes.size()) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["positive"] = static_cast<double>(positive) / static_cast<double>(state.iterations());
}

BENCHMARK_CAPTURE(bloom_build, chosen, bloom_add)->Arg(500'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bloom_build, scalar, bloom_add_scalar)->Arg(500'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bloom_probe, chosen_hit, bloom_test, true)->Arg(10'000)->Arg(10'000'000);
BENCHMARK_CAPTURE(bloom_probe, chosen_miss, bloom_test, false)->Arg(10'000)->Arg(10'000'000);
BENCHMARK_CAPTURE(bloom_probe, scalar_hit, bloom_test_scalar, true)->Arg(10'000)->Arg(10'000'000);
BENCHMARK_CAPTURE(bloom_probe, scalar_miss, bloom_test_scalar, false)->Arg(10'000)->Arg(10'000'000);

}  // namespace
}  // namespace wombat::micro
