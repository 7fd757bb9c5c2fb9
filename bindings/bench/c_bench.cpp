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
constexpr int kKeySize = 16;
constexpr int kValueSize = 100;
constexpr int kKeysUsed = 1 << 16;
constexpr int kBatchSize = 1000;

wombat_error error;
std::string path;

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
    char key[kKeySize + 1];
    state = state * 6364136223846793005u + 1442695040888963407u;
    std::snprintf(key, sizeof key, "key%013d", static_cast<int>((state >> 33) % kRows));
    all.emplace_back(key);
  }
  return all;
}

void get_buffer(benchmark::State& state) {
  wombat_db* const db = open(path);
  const std::vector<std::string> all = keys();
  char buffer[kValueSize];
  size_t i = 0;
  for (auto _ : state) {
    size_t size = 0;
    need(wombat_get(db, all[i].data(), kKeySize, nullptr, buffer, sizeof buffer, &size, &error));
    i = (i + 1) % kKeysUsed;
  }
  state.SetItemsProcessed(state.iterations());
  need(wombat_close(db, &error));
}

void batch_put(benchmark::State& state) {
  wombat_db* const db = open(path + ".c");
  const std::vector<std::string> all = keys();
  const std::string value(kValueSize, 'v');
  wombat_batch* batch = nullptr;
  need(wombat_batch_create(&batch, &error));
  size_t i = 0;
  for (auto _ : state) {
    for (int j = 0; j < kBatchSize; ++j) {
      need(wombat_batch_put(batch, all[i].data(), kKeySize, value.data(), value.size(), &error));
      i = (i + 1) % kKeysUsed;
    }
    need(wombat_write(db, batch, nullptr, &error));
    need(wombat_batch_clear(batch, &error));
  }
  state.SetItemsProcessed(state.iterations() * kBatchSize);
  wombat_batch_destroy(batch);
  need(wombat_close(db, &error));
}

void scan(benchmark::State& state) {
  wombat_db* const db = open(path);
  uint64_t bytes = 0;
  for (auto _ : state) {
    wombat_iterator* rows = nullptr;
    const void* key = nullptr;
    const void* value = nullptr;
    size_t key_size = 0;
    size_t value_size = 0;
    need(wombat_iterator_create(db, nullptr, &rows, &error));
    while (wombat_iterator_next(rows, &key, &key_size, &value, &value_size, &error) == WOMBAT_OK) {
      bytes += key_size + value_size;
    }
    wombat_iterator_destroy(rows);
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(state.iterations() * kRows);
  need(wombat_close(db, &error));
}

BENCHMARK(get_buffer)->MinTime(2);
BENCHMARK(batch_put)->MinTime(2);
BENCHMARK(scan)->MinTime(2);

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  path = arguments[1];
  arguments[1] = arguments[0];
  --count;
  ++arguments;
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
