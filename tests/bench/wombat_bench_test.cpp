/// Smoke test of the wombat_bench program: every workload runs on a small database and says what it did.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace wombat {
namespace {

constexpr uint64_t kEntries = 2000;

struct Finished {
  int exit_code = -1;
  std::string output;  // standard output and error
};

Finished run_bench(const std::string& arguments) {
  Finished finished;
  const std::string command = std::string(WOMBAT_BENCH_PROGRAM) + " --touch-mib=0 " + arguments + " 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return finished;
  char buffer[4096];
  for (size_t size; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;) finished.output.append(buffer, size);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
  return finished;
}

std::string temporary_path(const std::string& name) {
  return ::testing::TempDir() + "wombat_bench_test_" + name;
}

/// Results by workload. Fails the test when the program did.
std::map<std::string, nlohmann::json> run_workloads(const std::string& names, const std::string& more = "") {
  const std::string path = temporary_path("result.json");
  std::remove(path.c_str());
  const Finished finished = run_bench("--num=" + std::to_string(kEntries) + " --benchmarks=" + names +
                                      " --json=" + path + " " + more);
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  std::map<std::string, nlohmann::json> results;
  const nlohmann::json root = nlohmann::json::parse(std::ifstream(path), nullptr, false);
  EXPECT_FALSE(root.is_discarded()) << "the JSON file does not parse";
  if (root.is_discarded()) return results;
  EXPECT_EQ(root.at("settings").at("num"), kEntries);
  for (const nlohmann::json& result : root.at("results")) results[result.at("workload")] = result;
  std::remove(path.c_str());
  return results;
}

TEST(WombatBench, writes_do_every_entry_once) {
  auto results = run_workloads("fillseq,fillrandom,fillbatch,fillseqbatch,overwrite,deleterandom");
  for (const char* name :
       {"fillseq", "fillrandom", "fillbatch", "fillseqbatch", "overwrite", "deleterandom"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(results[name].value("operations", 0), kEntries);
    EXPECT_GT(results[name].value("ops_per_s", 0.0), 0);
    EXPECT_GT(results[name].at("written_bytes").value("log", 0), 0) << "the log was not written";
  }
}

TEST(WombatBench, fillsync_syncs_at_least_a_thousand_times) {
  auto results = run_workloads("fillsync");
  EXPECT_EQ(results["fillsync"].value("operations", 0), 1000);
}

TEST(WombatBench, reads_find_what_was_filled) {
  auto results = run_workloads("fillrandom,readrandom,readhot,multireadrandom,readmissing,readwhilewriting");
  for (const char* name : {"readrandom", "readhot", "multireadrandom", "readwhilewriting"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(results[name].value("operations", 0), kEntries);
    EXPECT_EQ(results[name].value("found", 0), kEntries);
  }
  EXPECT_EQ(results["readmissing"].value("operations", 0), kEntries);
  EXPECT_EQ(results["readmissing"].value("found", 1), 0);
}

TEST(WombatBench, scans_show_every_row) {
  auto results = run_workloads("fillrandom,readseq,readreverse,readseqpacked,seekrandom,seekreuse");
  for (const char* name : {"readseq", "readreverse", "readseqpacked"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(results[name].value("operations", 0), kEntries);
    EXPECT_EQ(results[name].value("payload_bytes", 0), kEntries * (16 + 100));
  }
  for (const char* name : {"seekrandom", "seekreuse"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(results[name].value("operations", 0), kEntries);
    EXPECT_GT(results[name].value("found", 0), kEntries * 10) << "ten rows behind each seek";
  }
}

TEST(WombatBench, ycsb_loads_by_itself) {
  auto results = run_workloads("ycsba,ycsbb,ycsbc,ycsbd,ycsbe,ycsbf");
  for (const char* name : {"ycsba", "ycsbb", "ycsbc", "ycsbd", "ycsbe", "ycsbf"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(results[name].value("operations", 0), kEntries);
  }
  EXPECT_EQ(results["ycsbc"].value("found", 0), kEntries);
  EXPECT_GT(results["ycsbe"].value("found", 0), kEntries * 30) << "scans have 50 rows on average";
}

TEST(WombatBench, maintenance_runs_and_reports) {
  auto results = run_workloads("fillrandom,flush,wait,compact,verify,stats");
  for (const char* name : {"flush", "wait", "compact", "verify", "stats"})
    EXPECT_EQ(results.count(name), 1u) << name;
}

TEST(WombatBench, several_threads_share_the_work) {
  auto results = run_workloads("fillrandom,readrandom,ycsbd", "--threads=3");
  EXPECT_EQ(results["fillrandom"].value("operations", 0), kEntries);
  EXPECT_EQ(results["readrandom"].value("found", 0), kEntries);
  EXPECT_EQ(results["ycsbd"].value("operations", 0), kEntries);
}

TEST(WombatBench, keeps_a_csv_history) {
  const std::string path = temporary_path("history.csv");
  std::remove(path.c_str());
  run_workloads("fillseq", "--csv=" + path + " --label=one");
  run_workloads("fillseq,readseq", "--csv=" + path + " --label=two");
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 4u) << "one heading, then a line a result";
  EXPECT_EQ(lines[0].rfind("time,label,", 0), 0u);
  EXPECT_NE(lines[1].find(",one,"), std::string::npos);
  EXPECT_NE(lines[3].find(",readseq,"), std::string::npos);
  std::remove(path.c_str());
}

TEST(WombatBench, refuses_what_it_does_not_understand) {
  EXPECT_NE(run_bench("--benchmarks=fillsomehow").exit_code, 0);
  EXPECT_NE(run_bench("--num=0").exit_code, 0);
  EXPECT_NE(run_bench("--key-size=1 --num=2000").exit_code, 0);
  EXPECT_NE(run_bench("--benchmarks=fillseq --num=10 -o no.such.option=1").exit_code, 0);
}

TEST(WombatBench, never_removes_a_database_unasked) {
  const std::string path = temporary_path("database");
  run_bench("--benchmarks=fillseq --num=10 --replace --keep --db=" + path);
  EXPECT_NE(run_bench("--benchmarks=fillseq --num=10 --db=" + path).exit_code, 0);
  EXPECT_NE(run_bench("--benchmarks=fillseq --num=10 --use-existing --db=" + path).exit_code, 0);
  const Finished read = run_bench("--benchmarks=readrandom --num=10 --use-existing --json=- --db=" + path);
  EXPECT_EQ(read.exit_code, 0) << read.output;
  EXPECT_NE(read.output.find("\"found\": 10"), std::string::npos) << read.output;
  EXPECT_EQ(run_bench("--benchmarks=fillseq --num=10 --replace --db=" + path).exit_code, 0);
}

}  // namespace
}  // namespace wombat
