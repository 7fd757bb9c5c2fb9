/// wombat_compare: Wombat and its peers at the same work in one process, turn by turn. README.md of bench says what is set how.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "abandoned_store.h"
#include "contest.h"
#include "match_json.h"
#include "match_table.h"
#include "ratio_chart.h"

namespace wombat::bench {
namespace {

struct CommandLine {
  MatchConfig config;
  uint64_t sustained_count = 0;
  std::string dying_engine;
  bool list = false;
};

void print_list() {
  std::printf("engines of this build:\n");
  for (const StoreKind& kind : store_kinds())
    std::printf("  %-18s %s%s\n", kind.name, kind.is_logged ? "has a log" : "has no log",
                kind.by_default ? "" : ", only by --engines");
  std::printf("workloads:\n");
  for (const MatchWorkload& workload : match_workloads())
    std::printf("  %-18s %s%s\n", workload.name, workload.help, workload.by_default ? "" : " (only by name)");
}

void add_options(CLI::App& app, CommandLine* line) {
  MatchConfig& config = line->config;
  app.add_option("--num,-n", config.entry_count, "entries")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
  app.add_option("--workloads,-b", config.workloads, "only these")->delimiter(',');
  app.add_option("--engines", config.engines, "only these")->delimiter(',');
  app.add_option("--rounds", config.rounds, "rounds; figures are medians")->check(CLI::PositiveNumber);
  app.add_option("--threads", config.thread_count, "for workloads that have no number of their own")
      ->check(CLI::Range(1, 64));
  app.add_option("--reads", config.read_count,
                 "reads a workload (default: as many as entries, at most a million)");
  app.add_option("--seeks", config.seek_count, "seeks (default: a quarter of the reads)");
  app.add_option("--transactions", config.transaction_count,
                 "transactions of txn1, txn2, txnzipf (default: a quarter of the reads)");
  app.add_option("--syncs", config.sync_count, "writes of each fillsync (default: 1000 a thread)");
  app.add_option("--value-size", config.value_size, "bytes a value")->check(CLI::PositiveNumber);
  app.add_option("--key-size", config.keys.size_bytes, "bytes a key")->check(CLI::Range(8, 500));
  app.add_option("--large-num", config.large_count, "entries of 4 KiB (default: a 25th)");
  app.add_option("--huge-num", config.huge_count, "entries of 64 KiB (default: a 250th)");
  app.add_option("--cache", config.stores.cache_bytes, "such as 512MiB")->transform(CLI::AsSizeValue(false));
  app.add_option("--write-buffer", config.stores.write_buffer_bytes, "bytes of one, as --cache")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--write-buffers", config.stores.write_buffer_count, "how many there may be")
      ->check(CLI::Range(2, 64));
  app.add_option("--option,-o", config.stores.wombat_options, "NAME=VALUE for Wombat; may be repeated");
  app.add_option("--sustained", line->sustained_count,
                 "this many random writes instead of the workloads, until background work is finished");
  app.add_option("--sample-every", config.sample_every, "calls to time one")->check(CLI::PositiveNumber);
  app.add_option("--touch-mib", config.touch_mib, "memory to touch first (default: by the size of the data)");
  app.add_option("--seed", config.seed, "of keys and orders");
  app.add_option("--dir", config.directory,
                 "existing directory for the databases (default: that for temporary files)");
  app.add_option("--json", config.json_path, "write results here");
  app.add_option("--svg", config.svg_path, "draw the ratios here");
  app.add_flag("--list", line->list, "print engines and workloads");
  app.add_option("--write-and-die", line->dying_engine)->group("");
}

void write_file(const std::string& path, const std::string& text) {
  if (!path.empty() && !(std::ofstream(path) << text).flush())
    throw std::runtime_error("cannot write " + path);
}

/// Removes the directory and what is in it at the end, however that comes.
struct DirectoryRemover {
  const std::string& path;
  ~DirectoryRemover() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

int run(CommandLine& line) {
  MatchConfig& config = line.config;
  if (line.list) {
    print_list();
    return 0;
  }
  if (!line.dying_engine.empty()) {
    const StoreKind* const kind = find_store_kind(line.dying_engine);
    if (kind != nullptr) write_and_die(*kind, config, config.directory);
    return 1;
  }
  if (line.sustained_count != 0) {
    config.entry_count = line.sustained_count;
    config.workloads = {"sustained"};
  }
  std::string pattern = (config.directory.empty() ? std::filesystem::temp_directory_path()
                                                  : std::filesystem::path(config.directory)) /
                        "wombat_compare.XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot create " + pattern);
  config.directory = pattern;
  const DirectoryRemover remover{config.directory};
  Contest contest(config);
  contest.run();
  const std::vector<RowSummary> rows = summarize(contest);
  print_tables(std::cout, config, contest, rows);
  write_file(config.json_path, to_json(config, contest, rows));
  write_file(config.svg_path, to_svg(config, contest, rows));
  return 0;
}

}  // namespace
}  // namespace wombat::bench

int main(int argc, char** argv) {
  wombat::bench::CommandLine line;
  CLI::App app("Wombat and its peers at the same work in one process, turn by turn.", "wombat_compare");
  wombat::bench::add_options(app, &line);
  CLI11_PARSE(app, argc, argv);
  try {
    return wombat::bench::run(line);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "\nwombat_compare: %s\n", failure.what());
    return 1;
  }
}
