#include "base/coding.h"

#include <benchmark/benchmark.h>

#include <string>

#include "kv/write_batch.h"
#include "micro_data.h"

namespace wombat::micro {
namespace {

constexpr size_t kNumberCount = 1000;

void coding_append(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (size_t i = 0; i < kNumberCount; ++i) append_le<uint64_t>(&out, i);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kNumberCount));
}
BENCHMARK(coding_append);

void coding_cursor(benchmark::State& state) {
  std::string bytes;
  for (size_t i = 0; i < kNumberCount; ++i) append_le<uint64_t>(&bytes, i);
  uint64_t sum = 0;
  for (auto _ : state) {
    Cursor cursor(bytes);
    while (cursor.remaining() > 0) sum += cursor.fixed<uint64_t>();
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kNumberCount));
}
BENCHMARK(coding_cursor);

void batch_encode(benchmark::State& state) {
  const PackedKeys keys(numbers(100, nullptr));
  const std::string value(kValueSize, 'v');
  WriteBatch batch;
  for (auto _ : state) {
    batch.clear();
    for (size_t i = 0; i < keys.size(); ++i)
      if (!batch.put(keys[i], value).is_ok()) state.SkipWithError("put failed");
    benchmark::DoNotOptimize(batch.record().data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(keys.size()));
}
BENCHMARK(batch_encode);

void batch_decode(benchmark::State& state) {
  const PackedKeys keys(numbers(100, nullptr));
  const std::string value(kValueSize, 'v');
  WriteBatch batch;
  for (size_t i = 0; i < keys.size(); ++i)
    if (!batch.put(keys[i], value).is_ok()) state.SkipWithError("put failed");
  uint64_t sum = 0;
  for (auto _ : state) {
    BatchReader reader(batch.record());
    BatchReader::Operation operation;
    while (reader.next(&operation)) sum += operation.value.size();
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(keys.size()));
}
BENCHMARK(batch_decode);

}  // namespace
}  // namespace wombat::micro
