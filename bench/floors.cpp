/// wombat_floors: Wombat against Debian's RocksDB in one process, interleaved workload by workload, medians
/// of several rounds. The proof of "at least twice as fast"; README.md says what is set how.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench_random.h"
#include "distribution.h"
#include "floor_engine.h"
#include "latency_sampler.h"
#include "resource_usage.h"

namespace wombat::bench {
namespace {

constexpr double kFloor = 2.0;
constexpr unsigned kSeekSteps = 10;

struct CommandLine {
  FloorSettings settings;
  uint64_t rounds = 3;
  uint64_t seeks = 200'000;
  size_t value_size = 100;
  uint64_t seed = 1;
  KeyShape keys;
  std::vector<std::string> names;  // empty: all
  std::string directory;
  std::string json_path;
  bool compacted = false;
  bool cold = false;
  bool check = false;
};

/// Nanoseconds an operation, or a number that they are made of.
struct Cost {
  double wall = 0;
  double cpu = 0;

  static Cost now() { return {static_cast<double>(now_ns()), static_cast<double>(thread_cpu_ns())}; }
  Cost since(const Cost& start, double operations) const {
    return {(wall - start.wall) / operations, (cpu - start.cpu) / operations};
  }
};

/// One figure a round; engine 0 is Wombat, 1 is RocksDB.
struct Row {
  std::string name;
  bool has_floor;
  std::array<std::vector<double>, 2> ns;
  std::array<std::vector<double>, 2> cpu_ns;

  static double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }
  double ratio() const { return median(ns[1]) / median(ns[0]); }
  double cpu_ratio() const { return median(cpu_ns[1]) / median(cpu_ns[0]); }
  double lowest_ratio() const {
    double lowest = ns[1][0] / ns[0][0];
    for (size_t round = 1; round < ns[0].size(); ++round)
      lowest = std::min(lowest, ns[1][round] / ns[0][round]);
    return lowest;
  }
};

class Contest {
 public:
  explicit Contest(const CommandLine& line)
      : line_(line),
        values_(line.value_size, line.seed),
        engines_{make_floor_wombat(line.settings), make_floor_rocksdb(line.settings)} {}

  void run() {
    std::printf(
        "%s against %s, %s\n%llu entries of %zu + %zu bytes, write buffer %zu MiB, cache %zu MiB, log on, "
        "not synced, "
        "Bloom filter 10 bits, no compression, 1 thread, %s\n",
        engines_[0]->version().c_str(), engines_[1]->version().c_str(), machine_name().c_str(),
        static_cast<unsigned long long>(line_.settings.entry_count), line_.keys.size_bytes, line_.value_size,
        line_.settings.write_buffer_bytes >> 20, line_.settings.cache_bytes >> 20,
        line_.compacted ? "compacted before reads" : "flushed and settled before reads");
    for (round_ = 0; round_ < line_.rounds; ++round_) run_round();
  }
  const std::vector<Row>& rows() const { return rows_; }
  std::string version(size_t engine) const { return engines_[engine]->version(); }

 private:
  uint64_t entry_count() const { return line_.settings.entry_count; }
  bool is_chosen(const std::string& name) const {
    return line_.names.empty() ||
           std::find(line_.names.begin(), line_.names.end(), name) != line_.names.end();
  }
  /// Whether anything but fillseq is.
  bool needs_data() const { return line_.names != std::vector<std::string>{"fillseq"}; }
  std::string path(size_t engine) const { return line_.directory + (engine == 0 ? "/wombat" : "/rocksdb"); }

  /// Does `work` with both engines; who begins changes from round to round.
  void with_both(const std::function<void(size_t)>& work) {
    for (size_t turn = 0; turn < 2; ++turn) work((turn + round_) % 2);
  }

  void record(const std::string& name, bool has_floor, size_t engine, const Cost& cost) {
    auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& known) { return known.name == name; });
    if (row == rows_.end()) row = rows_.insert(rows_.end(), Row{name, has_floor, {}, {}});
    row->ns[engine].push_back(cost.wall);
    row->cpu_ns[engine].push_back(cost.cpu);
    std::fprintf(stderr, "round %llu  %-12s %-8s %9.1f ns, cpu %9.1f ns\n",
                 static_cast<unsigned long long>(round_ + 1), name.c_str(),
                 engine == 0 ? "wombat" : "rocksdb", cost.wall, cost.cpu);
  }

  void fill(const std::string& name, const KeySequence& keys, bool keep_open) {
    with_both([&](size_t engine) {
      std::filesystem::remove_all(path(engine));
      engines_[engine]->open(path(engine));
      const Cost start = Cost::now();
      engines_[engine]->put_all(keys, values_);
      record(name, true, engine, Cost::now().since(start, static_cast<double>(keys.count())));
      line_.compacted&& keep_open ? engines_[engine]->compact() : engines_[engine]->settle();
      if (!keep_open) engines_[engine]->close();
      ::sync();  // what one engine left to be written back must not slow down the other
    });
  }

  /// Measures `read` with both engines and compares what they have seen. `divisor`: operations.
  void read(const std::string& name, bool has_floor, double divisor,
            const std::function<ReadSummary(FloorEngine&, size_t)>& work, bool has_ways = false) {
    if (!is_chosen(name)) return;
    std::array<ReadSummary, 2> seen;
    with_both([&](size_t engine) {
      Cost best;
      for (size_t way = 0; way < (has_ways ? engines_[engine]->get_way_count() : 1); ++way) {
        const Cost start = Cost::now();
        seen[engine] = work(*engines_[engine], way);
        const Cost cost = Cost::now().since(start, divisor);
        if (way == 0 || cost.wall < best.wall) best = cost;
      }
      record(name, has_floor, engine, best);
    });
    if (!(seen[0] == seen[1]))
      throw std::runtime_error(name + ": the engines differ: " + std::to_string(seen[0].found) + " and " +
                               std::to_string(seen[1].found) + " found, digests " +
                               std::to_string(seen[0].digest) + " and " + std::to_string(seen[1].digest));
  }

  KeySequence make_keys(uint64_t count, const std::function<uint64_t(uint64_t)>& number) const {
    KeySequence keys(line_.keys);
    keys.reserve(count);
    for (uint64_t i = 0; i < count; ++i) keys.add(number(i));
    return keys;
  }

  void run_round() {
    BenchRandom random(mix64(line_.seed * 1000 + round_));
    touch_memory(uint64_t{1} << 30);
    const uint64_t count = entry_count();
    const KeySequence ascending = make_keys(count, [](uint64_t i) { return present_number(i); });
    if (is_chosen("fillseq")) fill("fillseq", ascending, false);
    if (!needs_data()) return;
    const std::vector<uint64_t> order = shuffled(count, random);
    fill("fillrandom", make_keys(count, [&](uint64_t i) { return present_number(order[i]); }), true);
    with_both([&](size_t engine) {
      if (round_ == 0)
        std::fprintf(stderr, "%s: %s\n", path(engine).c_str(), engines_[engine]->shape().c_str());
      if (!line_.cold) engines_[engine]->get_all(ascending, 0, line_.value_size);
    });
    run_reads(random);
    with_both([&](size_t engine) {
      engines_[engine]->close();
      std::filesystem::remove_all(path(engine));
    });
  }

  void run_reads(BenchRandom& random) {
    const uint64_t count = entry_count();
    const size_t value_size = line_.value_size;
    const double operations = static_cast<double>(count);
    const KeySequence present =
        make_keys(count, [&](uint64_t) { return present_number(random.below(count)); });
    read(
        "readrandom", true, operations,
        [&](FloorEngine& engine, size_t way) { return engine.get_all(present, way, value_size); }, true);
    const KeySequence missing =
        make_keys(count, [&](uint64_t) { return missing_number(random.below(count)); });
    read(
        "readmissing", true, operations,
        [&](FloorEngine& engine, size_t way) { return engine.get_all(missing, way, value_size); }, true);
    const uint64_t seek_count = std::min(line_.seeks, count);
    const KeySequence targets =
        make_keys(seek_count, [&](uint64_t) { return present_number(random.below(count)); });
    for (const bool reuse : {false, true})
      read(reuse ? "seekreuse" : "seekrandom", !reuse, static_cast<double>(seek_count),
           [&](FloorEngine& engine, size_t) { return engine.seek_all(targets, kSeekSteps, reuse); });
    for (const bool reverse : {false, true})
      read(reverse ? "readreverse" : "readseq", !reverse, operations,
           [&](FloorEngine& engine, size_t) { return engine.scan_all(reverse); });
  }

  const CommandLine& line_;
  ValueSource values_;
  std::array<std::unique_ptr<FloorEngine>, 2> engines_;
  std::vector<Row> rows_;
  uint64_t round_ = 0;
};

/// Returns whether every floor is met.
bool print_table(const std::vector<Row>& rows) {
  bool all_met = true;
  std::printf("\n%-12s %12s %12s %8s %14s %10s  %s\n", "workload", "Wombat op/s", "RocksDB op/s", "ratio",
              "lowest round", "cpu ratio", "floor 2.0");
  for (const Row& row : rows) {
    const bool met = row.ratio() >= kFloor;
    if (row.has_floor) all_met = all_met && met;
    std::printf("%-12s %12.0f %12.0f %7.2fx %13.2fx %9.2fx  %s\n", row.name.c_str(),
                1e9 / Row::median(row.ns[0]), 1e9 / Row::median(row.ns[1]), row.ratio(), row.lowest_ratio(),
                row.cpu_ratio(),
                !row.has_floor ? "(none set)"
                : met          ? "met"
                               : "MISSED");
  }
  return all_met;
}

void write_json(const CommandLine& line, const Contest& contest) {
  nlohmann::json root = {{"wombat_floors", 1},
                         {"engines", {contest.version(0), contest.version(1)}},
                         {"machine", machine_name()},
                         {"num", line.settings.entry_count},
                         {"rounds", line.rounds},
                         {"compacted", line.compacted},
                         {"options", line.settings.wombat_options},
                         {"rows", nlohmann::json::array()}};
  for (const Row& row : contest.rows())
    root["rows"].push_back({{"workload", row.name},
                            {"wombat_ns", row.ns[0]},
                            {"rocksdb_ns", row.ns[1]},
                            {"wombat_cpu_ns", row.cpu_ns[0]},
                            {"rocksdb_cpu_ns", row.cpu_ns[1]},
                            {"ratio", row.ratio()},
                            {"cpu_ratio", row.cpu_ratio()},
                            {"lowest_ratio", row.lowest_ratio()}});
  if (!(std::ofstream(line.json_path) << root.dump(2) << "\n").flush())
    throw std::runtime_error("cannot write " + line.json_path);
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
  std::string pattern = (line.directory.empty() ? std::filesystem::temp_directory_path()
                                                : std::filesystem::path(line.directory)) /
                        "wombat_floors.XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot create " + pattern);
  line.directory = pattern;
  const DirectoryRemover remover{line.directory};
  Contest contest(line);
  contest.run();
  const bool all_met = print_table(contest.rows());
  if (!line.json_path.empty()) write_json(line, contest);
  return line.check && !all_met ? 1 : 0;
}

}  // namespace
}  // namespace wombat::bench

int main(int argc, char** argv) {
  wombat::bench::CommandLine line;
  CLI::App app("Wombat against RocksDB in one process, interleaved. Each floor is a ratio of 2.",
               "wombat_floors");
  app.add_option("--num,-n", line.settings.entry_count, "entries")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
  app.add_option("--benchmarks,-b", line.names, "only these workloads")->delimiter(',');
  app.add_option("--rounds", line.rounds, "rounds; the table shows medians")->check(CLI::PositiveNumber);
  app.add_option("--seeks", line.seeks, "seeks a round");
  app.add_option("--value-size", line.value_size, "bytes a value")->check(CLI::PositiveNumber);
  app.add_option("--key-size", line.keys.size_bytes, "bytes a key")->check(CLI::Range(8, 65535));
  app.add_option("--seed", line.seed, "of keys and orders");
  app.add_option("--dir", line.directory,
                 "existing directory for the databases (default: that for temporary files)");
  app.add_option("--option,-o", line.settings.wombat_options, "NAME=VALUE for Wombat; may be repeated");
  app.add_option("--json", line.json_path, "write results here");
  app.add_flag("--compacted", line.compacted,
               "merge everything into one run before the reads, in both engines");
  app.add_flag("--cold", line.cold, "do not read everything once before the measured reads");
  app.add_flag("--check", line.check, "exit with 1 when a floor is missed");
  CLI11_PARSE(app, argc, argv);
  try {
    return wombat::bench::run(line);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "wombat_floors: %s\n", failure.what());
    return 1;
  }
}
