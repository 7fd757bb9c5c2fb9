#include "memtable/memtable.h"

#include <benchmark/benchmark.h>

#include <memory>

#include "micro_data.h"

namespace wombat::micro {
namespace {

const std::string kValue(kValueSize, 'v');
constexpr uint64_t kEntryCount = 500'000;  // about what 64 MiB hold

std::unique_ptr<Memtable> filled() {
  Random random(1);
  const PackedKeys keys(numbers(kEntryCount, &random));
  std::unique_ptr<Memtable> memtable = make_memtable("skiplist").value();
  for (size_t i = 0; i < kEntryCount; ++i) memtable->insert(keys[i], make_tag(i + 1, Kind::kPut), kValue);
  return memtable;
}

void memtable_insert(benchmark::State& state) {
  Random random(1);
  const PackedKeys keys(numbers(kEntryCount, &random));
  for (auto _ : state) {
    state.PauseTiming();
    std::unique_ptr<Memtable> memtable = make_memtable("skiplist").value();
    state.ResumeTiming();
    for (size_t i = 0; i < kEntryCount; ++i) memtable->insert(keys[i], make_tag(i + 1, Kind::kPut), kValue);
    state.PauseTiming();
    memtable.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEntryCount));
}
BENCHMARK(memtable_insert)->Unit(benchmark::kMillisecond);

void memtable_get(benchmark::State& state, uint64_t offset) {
  const auto memtable = filled();
  Random random(2);
  const PackedKeys keys(numbers(kEntryCount, &random), offset);
  Memtable::Found found{};
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(memtable->get(keys[i], kTimestampMax, &found));
    if (++i == kEntryCount) i = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(memtable_get, hit, 0);
BENCHMARK_CAPTURE(memtable_get, miss, 1);

void memtable_scan(benchmark::State& state, bool reverse) {
  const auto memtable = filled();
  const auto iterator = memtable->new_iterator();
  uint64_t digest = 0;
  for (auto _ : state) {
    reverse ? iterator->seek_last() : iterator->seek_first();
    while (iterator->valid()) {
      digest += static_cast<unsigned char>(iterator->value()[0]);
      reverse ? iterator->prev() : iterator->next();
    }
  }
  benchmark::DoNotOptimize(digest);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEntryCount));
}
BENCHMARK_CAPTURE(memtable_scan, forward, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(memtable_scan, reverse, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wombat::micro
