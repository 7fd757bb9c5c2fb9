#include "memtable/skip_list.h"

#include <benchmark/benchmark.h>

#include <memory>

#include "micro_data.h"

namespace wombat::micro {
namespace {

const std::string kValue(kValueSize, 'v');

void skip_list_insert(benchmark::State& state, bool ascending) {
  const uint64_t count = static_cast<uint64_t>(state.range(0));
  Random random(1);
  const PackedKeys keys(numbers(count, ascending ? nullptr : &random));
  for (auto _ : state) {
    state.PauseTiming();
    auto list = std::make_unique<SkipList>();
    state.ResumeTiming();
    for (size_t i = 0; i < count; ++i) list->insert(keys[i], make_tag(i + 1, Kind::kPut), kValue);
    state.PauseTiming();
    list.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(count));
}
BENCHMARK_CAPTURE(skip_list_insert, random, false)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(skip_list_insert, ascending, true)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

std::unique_ptr<SkipList> filled(uint64_t count) {
  Random random(1);
  const PackedKeys keys(numbers(count, &random));
  auto list = std::make_unique<SkipList>();
  for (size_t i = 0; i < count; ++i) list->insert(keys[i], make_tag(i + 1, Kind::kPut), kValue);
  return list;
}

void skip_list_find(benchmark::State& state, uint64_t offset) {
  const uint64_t count = static_cast<uint64_t>(state.range(0));
  const auto list = filled(count);
  Random random(2);
  const PackedKeys keys(numbers(count, &random), offset);
  size_t i = 0;
  for (auto _ : state) {
    const SkipList::Node* const node = list->find_at_or_after(keys[i], kTagMax);
    if (node != nullptr) benchmark::DoNotOptimize(node->value().data());
    if (++i == count) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(skip_list_find, hit, 0)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(skip_list_find, miss, 1)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);

}  // namespace
}  // namespace wombat::micro
