/// wombat_bench: runs workloads with the names of db_bench and YCSB and prints what they cost. See README.md.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "bench_config.h"
#include "bench_database.h"
#include "bench_report.h"
#include "resource_usage.h"
#include "workload.h"
#include "workload_runner.h"

namespace wombat::bench {
namespace {

struct CommandLine {
  BenchConfig config;
  std::vector<std::string> names = {"fillseq",     "fillrandom", "flush",      "wait",     "readrandom",
                                    "readmissing", "readseq",    "seekrandom", "overwrite"};
  std::string json_path;
  std::string csv_path;
  std::string label;
  bool keep = false;
  bool replace = false;
  uint64_t touch_mib = 512;
};

std::string list_of_workloads() {
  std::string text = "Workloads:\n";
  for (const Workload& workload : workloads()) {
    std::string name = workload.name;
    name.resize(18, ' ');
    text += "  " + name + workload.help + "\n";
  }
  return text +
         "\nExample: wombat_bench --benchmarks=fillrandom,flush,wait,readrandom --num=10000000 "
         "-o memtable.size=64MiB --json=result.json\n";
}

void add_options(CLI::App& app, CommandLine* line) {
  BenchConfig& config = line->config;
  app.add_option("--benchmarks,-b", line->names, "workloads, in this order")->delimiter(',');
  app.add_option("--num,-n", config.entry_count, "entries")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
  app.add_option("--reads", config.read_count, "reads, seeks and YCSB operations (0: as many as entries)");
  app.add_option("--key-size", config.keys.size_bytes, "bytes a key")->check(CLI::Range(1, 65535));
  app.add_option("--key-format", config.keys.format,
                 "binary: 8 bytes big-endian and padding; decimal: digits")
      ->transform(CLI::CheckedTransformer(std::map<std::string, KeyFormat>{
          {"binary", KeyFormat::kBinary}, {"decimal", KeyFormat::kDecimal}}));
  app.add_option("--value-size", config.value_size, "bytes a value")->check(CLI::Range(0, 1 << 28));
  app.add_option("--threads,-t", config.thread_count, "threads that share the work")
      ->check(CLI::Range(1, 1024));
  app.add_option("--batch-size", config.batch_size, "entries a batch of fillbatch")
      ->check(CLI::PositiveNumber);
  app.add_option("--multi-size", config.multi_get_size, "keys a call of multireadrandom")
      ->check(CLI::PositiveNumber);
  app.add_option("--seek-steps", config.seek_step_count, "rows read behind each seek");
  app.add_option("--seed", config.seed, "of keys, orders and values");
  app.add_option("--sample-every", config.sample_every, "one operation in so many is timed")
      ->check(CLI::PositiveNumber);
  app.add_option("--db", config.directory,
                 "directory of the database (default: a new one, removed at the end)");
  app.add_option("--preset", config.preset, "preset of options");
  app.add_option("--option,-o", config.options, "NAME=VALUE, any option of the library; may be repeated");
  app.add_flag("--sync", config.sync, "make every write durable before the next");
  app.add_flag("--warm", config.warm, "read all rows once before each workload that reads");
  app.add_flag("--settle", config.settle, "flush and wait behind each workload; counted apart");
  app.add_flag("--use-existing", config.use_existing, "take the entries that are already in --db");
  app.add_flag("--replace", line->replace, "remove what is in --db first");
  app.add_flag("--keep", line->keep, "leave the database in place");
  app.add_option("--touch-mib", line->touch_mib, "memory touched before the first workload")
      ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 20));
  app.add_option("--json", line->json_path,
                 "write results here; - for standard output, the table then goes to the other");
  app.add_option("--csv", line->csv_path, "append results here");
  app.add_option("--label", line->label, "word for the CSV line, such as a commit");
  app.footer(list_of_workloads());
}

std::vector<const Workload*> chosen_workloads(const CommandLine& line) {
  std::vector<const Workload*> chosen;
  for (const std::string& name : line.names) {
    const Workload* const workload = find_workload(name);
    if (workload == nullptr) throw BenchFailure("no workload is called \"" + name + "\"; --help lists them");
    if (workload->fresh && line.config.use_existing)
      throw BenchFailure(name + " begins with an empty database and would remove that of --use-existing");
    chosen.push_back(workload);
  }
  return chosen;
}

/// A directory of our own, removed with what is in it unless kept.
class OwnDirectory {
 public:
  OwnDirectory() : path_((std::filesystem::temp_directory_path() / "wombat_bench.XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw BenchFailure("cannot create " + path_);
  }
  ~OwnDirectory() {
    std::error_code ignored;
    if (!is_kept_) std::filesystem::remove_all(path_, ignored);
  }
  OwnDirectory(const OwnDirectory&) = delete;
  OwnDirectory& operator=(const OwnDirectory&) = delete;
  const std::string& path() const { return path_; }
  void keep() { is_kept_ = true; }

 private:
  std::string path_;
  bool is_kept_ = false;
};

int run(CommandLine& line) {
  BenchConfig& config = line.config;
  const std::vector<const Workload*> chosen = chosen_workloads(line);
  if (!config.keys.can_hold(config.entry_count * 4))
    throw BenchFailure("keys of " + std::to_string(config.keys.size_bytes) +
                       " bytes are too short for so many entries");
  std::optional<OwnDirectory> own_directory;
  if (config.directory.empty()) config.directory = own_directory.emplace().path();
  std::vector<std::string> options = {config.sync ? "wal.sync=always" : "wal.sync=os"};
  options.insert(options.end(), config.options.begin(), config.options.end());
  BenchDatabase database(config.directory, config.preset, options);
  if (line.replace) database.destroy();
  if (database.exists() && !config.use_existing)
    throw BenchFailure(config.directory +
                       " is not empty: pass --use-existing to measure on it or --replace to remove it");

  std::ostream& table = line.json_path == "-" ? std::cerr : std::cout;
  touch_memory(line.touch_mib << 20);
  print_table_head(table, config);
  WorkloadRunner runner(config, database);
  std::vector<BenchResult> results;
  for (const Workload* workload : chosen) {
    results.push_back(runner.run(*workload));
    print_table_row(table, results.back());
  }
  if (!config.use_existing && !line.keep) {
    database.destroy();
  } else {
    database.close();
    if (own_directory) own_directory->keep();
    table << "database left in " << config.directory << "\n";
  }
  if (line.json_path == "-")
    std::cout << to_json(config, results);
  else if (!line.json_path.empty() && !(std::ofstream(line.json_path) << to_json(config, results)).flush())
    throw BenchFailure("cannot write " + line.json_path);
  if (!line.csv_path.empty() && !append_csv(line.csv_path, line.label, config, results))
    throw BenchFailure("cannot write " + line.csv_path);
  return 0;
}

}  // namespace
}  // namespace wombat::bench

int main(int argc, char** argv) {
  CLI::App app("Measures Wombat with the workloads of db_bench and YCSB.", "wombat_bench");
  wombat::bench::CommandLine line;
  add_options(app, &line);
  CLI11_PARSE(app, argc, argv);
  try {
    return wombat::bench::run(line);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "wombat_bench: %s\n", failure.what());
    return 1;
  }
}
