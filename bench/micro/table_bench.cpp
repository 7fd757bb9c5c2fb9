#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/hash.h"
#include "base/read_counters.h"
#include "env/file_system.h"
#include "micro_data.h"
#include "table/table_builder.h"
#include "table/table_reader.h"

namespace wombat::micro {
namespace {

constexpr uint64_t kEntryCount = 500'000;  // 58 MB

FileHeader table_header() {
  FileHeader header;
  header.kind = FileKind::kTable;
  header.file_number = 1;
  return header;
}

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error("the table benchmark cannot use its files");
  return std::move(result).value();
}
void must(const Status& status) {
  if (!status.is_ok()) throw std::runtime_error("the table benchmark failed");
}

/// A directory that is removed at the end, with one table in it when asked for.
class TableFixture {
 public:
  TableFixture() : path_((std::filesystem::temp_directory_path() / "wombat_micro.XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory_ = must(posix_file_system().open_directory(path_, DirectoryMode::kMustExist));
  }
  ~TableFixture() {
    reader_.reset();
    std::filesystem::remove_all(path_);
  }

  /// Settled entries, as the deepest level has them. Returns the bytes of the file.
  uint64_t build() {
    const std::string value(kValueSize, 'v');
    TableBuilder builder(must(directory_->create_file(kName)), kName, table_header(), TableOptions());
    for (uint64_t i = 0; i < kEntryCount; ++i)
      must(builder.add(key_of(i * 2), make_tag(0, Kind::kPut), value));
    must(builder.finish());
    properties_ = builder.properties();
    return properties_.file_size;
  }
  void remove() { must(directory_->remove_file(kName)); }
  const TableReader& open() {
    TableReaderOptions options;
    options.cache = &cache_;
    options.statistics = statistics_.get();
    reader_ = must(TableReader::open(must(directory_->open_file(kName)), kName, table_header(),
                                     properties_.file_size, properties_.digest, options));
    return *reader_;
  }
  EpochDomain& epochs() { return epochs_; }
  ReadCounters& counters() { return *counters_; }

 private:
  static constexpr char kName[] = "000001.table";
  std::string path_;
  std::unique_ptr<Statistics> statistics_ = std::make_unique<Statistics>();
  std::unique_ptr<ReadCounters> counters_ = std::make_unique<ReadCounters>();
  EpochDomain epochs_;
  FrameCache cache_{size_t{1} << 30, epochs_, statistics_.get()};
  std::unique_ptr<Directory> directory_;
  TableProperties properties_;
  std::unique_ptr<TableReader> reader_;
};

/// Durable at the end, as a flush leaves it.
void table_build(benchmark::State& state) {
  TableFixture fixture;
  uint64_t bytes = 0;
  for (auto _ : state) {
    bytes += fixture.build();
    state.PauseTiming();
    fixture.remove();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEntryCount));
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(table_build)->Unit(benchmark::kMillisecond)->UseRealTime();

/// All blocks are in memory.
void table_get(benchmark::State& state, uint64_t offset) {
  TableFixture fixture;
  fixture.build();
  const TableReader& table = fixture.open();
  Random random(1);
  const PackedKeys keys(numbers(kEntryCount, &random), offset);
  TableReader::Found found;
  bool was_found = false;
  size_t i = 0;
  uint64_t found_count = 0;
  const auto look = [&](Bytes key) {
    const EpochGuard guard(fixture.epochs());
    must(table.get(key, hash_key(key), kTimestampMax, true, fixture.counters().stripe(guard.slot_index()),
                   &found, &was_found));
    if (was_found) found_count += found.value.size() / kValueSize;
  };
  for (size_t warm = 0; warm < kEntryCount; ++warm) look(keys[warm]);
  for (auto _ : state) {
    look(keys[i]);
    if (++i == kEntryCount) i = 0;
  }
  benchmark::DoNotOptimize(found_count);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(table_get, hit, 0);
BENCHMARK_CAPTURE(table_get, miss, 1);

void table_scan(benchmark::State& state, bool reverse) {
  TableFixture fixture;
  fixture.build();
  const TableReader& table = fixture.open();
  const auto iterator = table.new_iterator(true);
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
BENCHMARK_CAPTURE(table_scan, forward, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(table_scan, reverse, true)->Unit(benchmark::kMillisecond);

void table_seek(benchmark::State& state) {
  TableFixture fixture;
  fixture.build();
  const TableReader& table = fixture.open();
  const auto iterator = table.new_iterator(true);
  Random random(1);
  const PackedKeys keys(numbers(kEntryCount, &random));
  for (size_t i = 0; i < kEntryCount; ++i) iterator->seek(keys[i], kTagMax);
  size_t i = 0;
  uint64_t digest = 0;
  for (auto _ : state) {
    iterator->seek(keys[i], kTagMax);
    digest += static_cast<unsigned char>(iterator->value()[0]);
    if (++i == kEntryCount) i = 0;
  }
  benchmark::DoNotOptimize(digest);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(table_seek);

}  // namespace
}  // namespace wombat::micro
