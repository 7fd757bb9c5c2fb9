#include <benchmark/benchmark.h>

#include <string>

#include "base/hash.h"
#include "micro_data.h"
#include "table/block_builder.h"
#include "table/block_shape.h"

namespace wombat::micro {
namespace {

constexpr size_t kBlockSize = 8 * 1024;

/// One block of 8 KiB. Settled: tags are not stored, as in the deepest level.
struct Block {
  explicit Block(bool settled, bool sizes_vary) {
    BlockBuilder builder;
    for (uint64_t i = 0;; ++i) {
      const std::string key = key_of(i * 2);
      const std::string value(kValueSize + (sizes_vary ? i % 7 : 0), 'v');
      const Tag tag = make_tag(settled ? 0 : i + 1, Kind::kPut);
      if (!builder.fits(key, tag, value, kBlockSize)) break;
      builder.add(key, tag, value, hash_key(key));
    }
    shape = builder.finish(&frame, &line);
    frame.append(kFrameSlack, '\0');
  }
  std::string frame, line;
  BlockShape shape;
};

void block_seek(benchmark::State& state, bool settled, bool sizes_vary) {
  const Block block(settled, sizes_vary);
  Random random(1);
  const PackedKeys keys(numbers(block.shape.rows, &random));
  size_t i = 0, sum = 0;
  for (auto _ : state) {
    sum += seek_row(block.shape, block.frame.data(), keys[i], kTagMax);
    if (++i == keys.size()) i = 0;
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations());
}

void block_step(benchmark::State& state, bool settled, bool sizes_vary) {
  const Block block(settled, sizes_vary);
  const char* const frame = block.frame.data();
  uint64_t sum = 0;
  for (auto _ : state)
    for (size_t row = 0; row < block.shape.rows; ++row) {
      const Bytes suffix = block.shape.suffix(frame, row), value = block.shape.value(frame, row);
      benchmark::DoNotOptimize(suffix.data());
      sum += suffix.size() + static_cast<unsigned char>(value[0]) + block.shape.tag(frame, row);
    }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * block.shape.rows);
}

void block_build(benchmark::State& state) {
  const PackedKeys keys(numbers(60, nullptr));
  const std::string value(kValueSize, 'v');
  BlockBuilder builder;
  std::string frame, line;
  for (auto _ : state) {
    builder.clear();
    frame.clear();
    line.clear();
    for (size_t i = 0; i < keys.size(); ++i)
      builder.add(keys[i], make_tag(i + 1, Kind::kPut), value, hash_key(keys[i]));
    benchmark::DoNotOptimize(builder.finish(&frame, &line));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(keys.size()));
}

BENCHMARK_CAPTURE(block_seek, fixed_settled, true, false);
BENCHMARK_CAPTURE(block_seek, fixed_tags, false, false);
BENCHMARK_CAPTURE(block_seek, varying_tags, false, true);
BENCHMARK_CAPTURE(block_step, fixed_settled, true, false);
BENCHMARK_CAPTURE(block_step, fixed_tags, false, false);
BENCHMARK_CAPTURE(block_step, varying_tags, false, true);
BENCHMARK(block_build);

}  // namespace
}  // namespace wombat::micro
