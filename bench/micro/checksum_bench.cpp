#include "base/checksum.h"

#include <benchmark/benchmark.h>

#include <string>

#include "base/hash.h"

namespace wombat::micro {
namespace {

void checksum(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  uint64_t seed = 0;
  for (auto _ : state) seed = checksum64(bytes, seed);
  benchmark::DoNotOptimize(seed);
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum)->Arg(64)->Arg(4096)->Arg(65536);

void hash_of_key(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)) + 64, 'x');
  size_t shift = 0;
  for (auto _ : state) {
    // The next key depends on this hash, so this is latency.
    shift = hash_key(Bytes(bytes.data() + (shift & 63), static_cast<size_t>(state.range(0))));
  }
  benchmark::DoNotOptimize(shift);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hash_of_key)->Arg(8)->Arg(16)->Arg(32)->Arg(128);

}  // namespace
}  // namespace wombat::micro
