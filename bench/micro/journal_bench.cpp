#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>

#include "env/file_system.h"
#include "journal/journal_writer.h"

namespace wombat::micro {
namespace {

/// Takes everything and keeps nothing.
class NullFile final : public WritableFile {
 public:
  Status append(Bytes bytes) override {
    size_ += bytes.size();
    return Status::ok();
  }
  Status write_at(uint64_t, Bytes) override { return Status::ok(); }
  Status sync() override { return Status::ok(); }
  Status close() override { return Status::ok(); }
  uint64_t size() const override { return size_; }

 private:
  uint64_t size_ = 0;
};

FileHeader log_header() {
  FileHeader header;
  header.kind = FileKind::kLog;
  header.file_number = 1;
  return header;
}

/// Adds a record and hands it to the file, as an unsynced write does.
void append_records(benchmark::State& state, JournalWriter& writer) {
  const std::string record(static_cast<size_t>(state.range(0)), 'r');
  for (auto _ : state) {
    writer.add(record);
    if (!writer.flush().is_ok()) state.SkipWithError("flush failed");
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void journal_append_null(benchmark::State& state) {
  JournalWriter writer(std::make_unique<NullFile>(), log_header());
  append_records(state, writer);
}
BENCHMARK(journal_append_null)->Arg(144)->Arg(4096)->Arg(65536);

void journal_append_file(benchmark::State& state) {
  std::string path = (std::filesystem::temp_directory_path() / "wombat_micro.XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) return state.SkipWithError("no temporary directory");
  auto directory = posix_file_system().open_directory(path, DirectoryMode::kMustExist);
  if (!directory) return state.SkipWithError("the temporary directory does not open");
  {
    auto file = directory.value()->create_file("000001.log");
    if (!file) return state.SkipWithError("no log file");
    JournalWriter writer(std::move(file).value(), log_header());
    append_records(state, writer);
    if (!writer.close().is_ok()) state.SkipWithError("close failed");
  }
  std::filesystem::remove_all(path);
}
// A fixed number of records bounds the file.
BENCHMARK(journal_append_file)->Arg(144)->Arg(4096)->Iterations(100'000);

}  // namespace
}  // namespace wombat::micro
