/// What the bindings are measured against: the same work through wombat.h, with Google Benchmark.
///   c_bench DATABASE [Google Benchmark flags]
/// DATABASE has the rows that bench_bindings.py describes; batches go to DATABASE.c.
#include <benchmark/benchmark.h>
#include <wombat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int kRows = 1'000'000;
constexpr int kValueSize = 100;
constexpr int kKeysUsed = 1 << 16;
constexpr int kKeysHot = 64;
constexpr int kBatchSize = 1000;
constexpr int kBatches = 20;
constexpr int kTransactions = 2000;
constexpr int kRounds = 48;

wombat_error error;
wombat_db* read_db;
wombat_db* written_db;
std::vector<std::string> all_keys;

void need(wombat_status status) {
  if (status == WOMBAT_OK) return;
  std::fprintf(stderr, "c_bench: %s\n", error.message);
  std::exit(1);
}

wombat_db* open(const std::string& name) {
  wombat_options* options = nullptr;
  wombat_db* db = nullptr;
  need(wombat_options_create(&options, &error));
  need(wombat_options_set(options, "wal.sync", "os", &error));
  need(wombat_open(name.c_str(), options, &db, &error));
  wombat_options_destroy(options);
  return db;
}

std::vector<std::string> keys() {
  std::vector<std::string> all;
  uint64_t state = 42;
  for (int i = 0; i < kKeysUsed; ++i) {
    char key[16 + 1];
    state = state * 6364136223846793005u + 1442695040888963407u;
    std::snprintf(key, sizeof key, "key%013d", static_cast<int>((state >> 33) % kRows));
    all.emplace_back(key);
  }
  return all;
}

/// All keys, or the first of them again and again: then memory has no part in it.
template <int kKeysOf>
void get_keys(benchmark::State& state) {
  char buffer[kValueSize];
  for (auto _ : state) {
    for (int i = 0; i < kKeysUsed; ++i) {
      const std::string& key = all_keys[i % kKeysOf];
      size_t size = 0;
      need(wombat_get(read_db, key.data(), key.size(), nullptr, buffer, sizeof buffer, &size, &error));
    }
  }
  state.SetItemsProcessed(state.iterations() * kKeysUsed);
}

void get_buffer(benchmark::State& state) { get_keys<kKeysUsed>(state); }
void get_hot(benchmark::State& state) { get_keys<kKeysHot>(state); }

void batch_put(benchmark::State& state) {
  const std::string value(kValueSize, 'v');
  wombat_batch* batch = nullptr;
  need(wombat_batch_create(&batch, &error));
  for (auto _ : state) {
    for (int i = 0; i < kBatches; ++i) {
      for (int j = 0; j < kBatchSize; ++j) {
        const std::string& key = all_keys[i * kBatchSize + j];
        need(wombat_batch_put(batch, key.data(), key.size(), value.data(), value.size(), &error));
      }
      need(wombat_write(written_db, batch, nullptr, &error));
      need(wombat_batch_clear(batch, &error));
    }
  }
  state.SetItemsProcessed(state.iterations() * kBatches * kBatchSize);
  wombat_batch_destroy(batch);
}

/// Two gets and two puts of few keys, as single calls or as a transaction.
template <bool kIsTransaction>
void work_on_two(benchmark::State& state) {
  char buffer[kValueSize];
  size_t size = 0;
  const std::string value(kValueSize, 'v');
  for (const std::string& key : all_keys) {
    need(wombat_put(written_db, key.data(), key.size(), value.data(), value.size(), nullptr, &error));
  }
  for (auto _ : state) {
    for (int i = 0; i < kTransactions; ++i) {
      const std::string* const pair[] = {&all_keys[i % kKeysHot], &all_keys[(i + 1) % kKeysHot]};
      wombat_txn* txn = nullptr;
      if (kIsTransaction) need(wombat_txn_begin(written_db, nullptr, &txn, &error));
      for (const std::string* key : pair) {
        need(kIsTransaction ? wombat_txn_get(txn, nullptr, key->data(), key->size(), buffer, sizeof buffer,
                                             &size, &error)
                            : wombat_get(written_db, key->data(), key->size(), nullptr, buffer, sizeof buffer,
                                         &size, &error));
      }
      for (const std::string* key : pair) {
        need(kIsTransaction ? wombat_txn_put(txn, nullptr, key->data(), key->size(), value.data(),
                                             value.size(), 0, &error)
                            : wombat_put(written_db, key->data(), key->size(), value.data(), value.size(),
                                         nullptr, &error));
      }
      if (kIsTransaction) need(wombat_txn_commit(txn, nullptr, nullptr, &error));
      wombat_txn_destroy(txn);
    }
  }
  state.SetItemsProcessed(state.iterations() * kTransactions);
}

void transaction(benchmark::State& state) { work_on_two<true>(state); }
void four_calls(benchmark::State& state) { work_on_two<false>(state); }

/// A loop of steps. With kIsLooking it looks at the first byte of each value: a step alone need not fetch it from memory, while
/// the other languages get copies.
template <bool kIsLooking>
void scan_rows(benchmark::State& state) {
  uint64_t bytes = 0;
  for (auto _ : state) {
    wombat_iterator* rows = nullptr;
    const void* key = nullptr;
    const void* value = nullptr;
    size_t key_size = 0;
    size_t value_size = 0;
    need(wombat_iterator_create(read_db, nullptr, &rows, &error));
    while (wombat_iterator_next(rows, &key, &key_size, &value, &value_size, &error) == WOMBAT_OK) {
      bytes += key_size + value_size;
      if (kIsLooking) bytes += static_cast<unsigned char>(*static_cast<const char*>(value));
    }
    wombat_iterator_destroy(rows);
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(state.iterations() * kRows);
}

void scan(benchmark::State& state) { scan_rows<false>(state); }
void scan_looking(benchmark::State& state) { scan_rows<true>(state); }

// As the other languages do it: rounds of the same work, of which the best counts.
BENCHMARK(get_buffer)->Iterations(1)->Repetitions(kRounds);
BENCHMARK(get_hot)->Iterations(1)->Repetitions(kRounds);
BENCHMARK(batch_put)->Iterations(1)->Repetitions(kRounds);
BENCHMARK(transaction)->Iterations(1)->Repetitions(kRounds);
BENCHMARK(four_calls)->Iterations(1)->Repetitions(kRounds);
BENCHMARK(scan)->Iterations(1)->Repetitions(kRounds);
BENCHMARK(scan_looking)->Iterations(1)->Repetitions(kRounds);

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  const std::string path = arguments[1];
  arguments[1] = arguments[0];
  --count;
  ++arguments;
  benchmark::Initialize(&count, arguments);
  all_keys = keys();
  read_db = open(path);
  written_db = open(path + ".c");
  benchmark::RunSpecifiedBenchmarks();
  need(wombat_close(read_db, &error));
  need(wombat_close(written_db, &error));
  return 0;
}
