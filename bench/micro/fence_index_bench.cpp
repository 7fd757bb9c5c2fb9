#include "table/fence_index.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace wombat::micro {
namespace {

/// A block index and words to look for. `dependent` makes each search wait for the one before it.
template <typename Find>
void fence_find(benchmark::State& state, bool dependent, Find find) {
  Random random(1);
  std::vector<int64_t> words(static_cast<size_t>(state.range(0)));
  for (int64_t& word : words) word = static_cast<int64_t>(random.next());
  std::sort(words.begin(), words.end());
  const FenceIndex index(words);
  std::vector<int64_t> targets(1 << 16);
  for (int64_t& target : targets) target = static_cast<int64_t>(random.next());
  size_t i = 0, sum = 0;
  for (auto _ : state) {
    const size_t rank = find(index, targets[(i + (dependent ? sum & 1 : 0)) & (targets.size() - 1)]);
    sum = dependent ? rank : sum + rank;
    ++i;
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations());
}

const auto kChosen = [](const FenceIndex& index, int64_t word) { return index.find(word); };
const auto kScalar = [](const FenceIndex& index, int64_t word) { return index.find_binary(word); };

// 500 blocks: 4 MiB of data; 16,384: 128 MiB.
BENCHMARK_CAPTURE(fence_find, chosen, false, kChosen)->Arg(500)->Arg(16'384);
BENCHMARK_CAPTURE(fence_find, chosen_dependent, true, kChosen)->Arg(500)->Arg(16'384);
BENCHMARK_CAPTURE(fence_find, scalar, false, kScalar)->Arg(500)->Arg(16'384);
BENCHMARK_CAPTURE(fence_find, scalar_dependent, true, kScalar)->Arg(500)->Arg(16'384);

}  // namespace
}  // namespace wombat::micro
