#include "base/epoch.h"

#include <benchmark/benchmark.h>

#include "base/read_counters.h"

namespace wombat::micro {
namespace {

void epoch_enter_leave(benchmark::State& state) {
  static EpochDomain domain;
  for (auto _ : state) {
    const EpochGuard guard(domain);
    benchmark::DoNotOptimize(&guard.slot());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(epoch_enter_leave)->ThreadRange(1, 2)->UseRealTime();

void epoch_enter_count_leave(benchmark::State& state) {
  static EpochDomain domain;
  static ReadCounters counters;
  for (auto _ : state) {
    const EpochGuard guard(domain);
    counters.stripe(guard.slot_index()).add(ReadCounter::kGets);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(epoch_enter_count_leave)->ThreadRange(1, 2)->UseRealTime();

}  // namespace
}  // namespace wombat::micro
