/// Command bench: a quick measure of this machine, or the whole of wombat_bench.
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>

#include "command_line.h"
#include "database.h"
#include "generated_record.h"
#include "output.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

constexpr uint64_t kSeed = 1;

struct Arguments {
  uint64_t entries = 500000;
  uint64_t value_size = 100;
  std::vector<std::string> rest;
};

/// A database that vanishes with the object.
class ScratchDatabase {
 public:
  explicit ScratchDatabase(const Settings& settings) {
    const auto made = make_scratch_directory();
    if (!made)
      throw Failure(ExitCode::kIo, "bench: cannot make a scratch directory", std::strerror(errno),
                    "set TMPDIR");
    path_ = *made;
    db_ = std::make_unique<Database>(path_ + "/db", Access::kCreate, settings);
  }
  ~ScratchDatabase() {
    db_.reset();
    wombat_destroy((path_ + "/db").c_str(), nullptr);
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const Database& db() const { return *db_; }

 private:
  std::string path_;
  std::unique_ptr<Database> db_;
};

class Measure {
 public:
  Measure(const Arguments& arguments, const Settings& settings)
      : arguments_(arguments), settings_(settings) {}

  void run(const std::string& name, uint64_t count, const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const double seconds =
        std::max(1e-9, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    const double rate = static_cast<double>(count) / seconds;
    char line[160];
    if (settings_.json) {
      std::snprintf(line, sizeof line, "{\"name\":\"%s\",\"operations\":%llu,\"seconds\":%.6f}\n",
                    name.c_str(), static_cast<unsigned long long>(count), seconds);
    } else {
      std::snprintf(line, sizeof line, "%-12s %14s/s %9.0f ns each\n", name.c_str(),
                    with_commas(static_cast<uint64_t>(rate)).c_str(), 1e9 / rate);
    }
    write_out(line);
    flush_out();
    if (is_interrupted()) throw Failure(ExitCode::kCancelled, "bench", "cancelled");
  }

  void all(const Database& db) {
    const uint64_t count = arguments_.entries;
    std::string key, value;
    wombat_write_options write_options = {};
    write_options.size = sizeof write_options;
    write_options.sync = WOMBAT_SYNC_NEVER;
    run("fillrandom", count, [&] {
      for (uint64_t i = 0; i < count && !is_interrupted(); ++i) {
        const uint64_t number = shuffled(i, count, kSeed);
        make_key("", number, &key);
        make_value(kSeed, number, arguments_.value_size, &value);
        db.put(key, value, write_options);
      }
    });
    run("readrandom", count, [&] {
      for (uint64_t i = 0; i < count && !is_interrupted(); ++i) {
        make_key("", shuffled(i, count, kSeed + 1), &key);
        if (!db.get(key, Moment(), &value))
          throw Failure(ExitCode::kCorruption, "bench", "a record that was written is missing: " + key);
      }
    });
    run("readseq", count, [&] {
      RowReader rows(db.handle(), RowQuery());
      Bytes row_key, row_value;
      uint64_t rows_seen = 0;
      while (rows.next(&row_key, &row_value)) ++rows_seen;
      if (rows_seen != count)
        throw Failure(ExitCode::kCorruption, "bench", "a scan shows " + std::to_string(rows_seen) + " rows");
    });
    write_options.sync = WOMBAT_SYNC_ALWAYS;
    const uint64_t synced = std::min<uint64_t>(count, 200);
    run("fillsync", synced, [&] {
      for (uint64_t i = 0; i < synced; ++i) {
        make_key("sync", i, &key);
        db.put(key, value, write_options);
      }
    });
  }

 private:
  const Arguments& arguments_;
  const Settings& settings_;
};

ExitCode bench(const Arguments& arguments, const Settings& settings) {
  if (!arguments.rest.empty()) {
    const auto program = program_beside_us("wombat_bench");
    if (!program) {
      throw Failure(ExitCode::kUsage, "bench", "wombat_bench is not installed beside wombat",
                    "install it, or leave the arguments behind -- out for a quick measure");
    }
    const int os_error = become_program(*program, arguments.rest);
    throw Failure(ExitCode::kIo, "cannot run " + *program, std::strerror(os_error));
  }
  catch_interrupts();
  const ScratchDatabase scratch(settings);
  if (!settings.json) {
    note(settings, "bench: " + with_commas(arguments.entries) + " entries of 16 + " +
                       with_commas(arguments.value_size) +
                       " bytes, one thread; `wombat bench -- --help` for all workloads");
  }
  Measure(arguments, settings).all(scratch.db());
  return ExitCode::kOk;
}

}  // namespace

void add_bench_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  command_line
      .add("bench", "Trying out",
           "Measure this machine with a scratch database; arguments behind -- go to wombat_bench")
      .number("-n,--entries", &arguments->entries, "Records", 1)
      .number("--value-size", &arguments->value_size, "Bytes of a value", 0, 1 << 20)
      .positionals("ARGUMENT", &arguments->rest, "Arguments for wombat_bench, behind --", 0)
      .examples({"wombat bench", "wombat bench --entries 100k -o cache.size=64MiB", "wombat bench -- --help"})
      .action([arguments](const Settings& settings) { return bench(*arguments, settings); });
}

}  // namespace wombat::cli
