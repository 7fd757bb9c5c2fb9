/// wombat_compare as a program: every workload runs on a small database over the engines of this build, and says what it did.
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "match_workload.h"
#include "store_catalog.h"
#include "support/temp_directory.h"

namespace wombat::bench {
namespace {

constexpr uint64_t kEntries = 2000;

struct Finished {
  int exit_code = -1;
  std::string output;  // standard output and error
};

Finished run_compare(const std::string& arguments) {
  Finished finished;
  std::string command =
      std::string(WOMBAT_COMPARE_PROGRAM) + " --touch-mib=0 --cache=32MiB --write-buffer=4MiB " + arguments;
#ifdef __SANITIZE_THREAD__  // peers come without the sanitizer, which then misunderstands them
  command += " --engines=wombat";
#endif
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return finished;
  char buffer[4096];
  for (size_t size; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;) finished.output.append(buffer, size);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
  return finished;
}

std::string text_of(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Linux counts no bytes written to such a file system.
bool is_in_memory(const std::string& path) {
  struct statfs place = {};
  return ::statfs(path.c_str(), &place) == 0 && place.f_type == TMPFS_MAGIC;
}

/// Workloads by name.
std::map<std::string, nlohmann::json> run_to_json(const std::string& arguments,
                                                  const TempDirectory& directory) {
  const std::string path = directory.file("result.json");
  const Finished finished = run_compare("--num=" + std::to_string(kEntries) + " --json=" + path +
                                        " --dir=" + directory.path() + " " + arguments);
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  std::map<std::string, nlohmann::json> results;
  const nlohmann::json root = nlohmann::json::parse(std::ifstream(path), nullptr, false);
  EXPECT_FALSE(root.is_discarded()) << "the JSON file does not parse";
  if (root.is_discarded()) return results;
  for (const nlohmann::json& workload : root.at("workloads")) results[workload.at("workload")] = workload;
  return results;
}

TEST(WombatCompare, every_workload_runs_on_every_engine_and_they_see_the_same) {
  const TempDirectory directory;
  const std::string svg = directory.file("ratios.svg");
  auto results = run_to_json("--rounds=2 --syncs=50 --svg=" + svg, directory);
  for (const MatchWorkload& workload : match_workloads()) {
    if (!workload.by_default) continue;
    SCOPED_TRACE(workload.name);
    ASSERT_EQ(results.count(workload.name), 1u);
    const nlohmann::json& row = results[workload.name];
    ASSERT_FALSE(row.at("engines").empty());
    for (const nlohmann::json& engine : row.at("engines")) {
      SCOPED_TRACE(engine.at("engine").get<std::string>());
      EXPECT_GT(engine.at("ops_per_s").get<double>(), 0);
      EXPECT_EQ(engine.at("rounds").size(), 2u);
      EXPECT_GT(engine.at("rounds")[0].at("operations").get<uint64_t>(), 0u);
    }
    if (row.at("engines").size() > 1) {
      EXPECT_GT(row.at("to_best_of_all").at("ratio").get<double>(), 0);
    }
  }
  const std::string picture = text_of(svg);
  EXPECT_EQ(picture.rfind("<svg", 0), 0u);
  EXPECT_NE(picture.find("</svg>"), std::string::npos);
  for (const MatchWorkload& workload : match_workloads())
    if (workload.by_default) {
      EXPECT_NE(picture.find(std::string(">") + workload.name + "<"), std::string::npos) << workload.name;
    }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 2)
      << "databases were left behind";
}

TEST(WombatCompare, figures_are_those_of_the_work) {
  const TempDirectory directory;
  auto results = run_to_json(
      "--rounds=1 --engines=wombat -b fillrandom,readrandom,readmissing,readseq,scandeleted,deleterandom",
      directory);
  const auto round = [&](const char* name) { return results[name].at("engines")[0].at("rounds")[0]; };
  EXPECT_EQ(round("fillrandom").at("operations"), kEntries);
  EXPECT_EQ(round("fillrandom").at("given_bytes"), kEntries * 116);
  EXPECT_EQ(round("fillrandom").at("live_bytes"), kEntries * 116);
  if (!is_in_memory(directory.path())) {
    EXPECT_GT(round("fillrandom").at("written_bytes"), kEntries * 116) << "log and tables";
  }
  EXPECT_EQ(round("readrandom").at("found"), kEntries);
  EXPECT_EQ(round("readmissing").at("found"), 0);
  EXPECT_EQ(round("readseq").at("operations"), kEntries);
  const uint64_t shown = round("scandeleted").at("operations");
  EXPECT_NEAR(static_cast<double>(shown), kEntries / 20.0, kEntries / 40.0)
      << "one in ten of the middle half is left";
  EXPECT_EQ(round("deleterandom").at("live_bytes"), 0);
  EXPECT_TRUE(results["readrandom"].at("to_best_of_all").is_null()) << "there was no peer";
}

TEST(WombatCompare, transactions_are_counted_with_their_aborts) {
  const TempDirectory directory;
  auto results = run_to_json("--rounds=1 --syncs=40 -b txn1,txn2,txnzipf,txnsync4", directory);
  ASSERT_EQ(results.size(), 4u) << "filling was counted";
  for (auto& [name, row] : results) {
    SCOPED_TRACE(name);
    const uint64_t expected = name == "txnsync4" ? 40 : kEntries / 4;
    for (const nlohmann::json& engine : row.at("engines")) {
      const StoreKind* const kind = find_store_kind(engine.at("engine").get<std::string>());
      EXPECT_TRUE(kind->takes_part(StoreUse::kTransactions));
      const nlohmann::json& round = engine.at("rounds")[0];
      EXPECT_EQ(round.at("operations"), expected);
      EXPECT_EQ(round.at("found"), 2 * expected);
      EXPECT_EQ(round.at("given_bytes"), 2 * expected * 116);
      EXPECT_EQ(round.at("live_bytes"), kEntries * 116);
      if (name == "txn1") {
        EXPECT_EQ(round.at("aborts"), 0);
      }
      EXPECT_LT(engine.at("abort_rate").get<double>(), 1);
    }
    if (!row.at("to_best_logged").is_null()) {
      EXPECT_TRUE(find_store_kind(row.at("to_best_logged").at("peer").get<std::string>())->is_peer);
    }
  }
}

TEST(WombatCompare, threads_share_the_work) {
  const TempDirectory directory;
  auto results = run_to_json(
      "--rounds=1 --threads=3 -b fillrandom,overwrite,readrandom,ycsba,ycsbd,ycsbe,deleterandom", directory);
  for (const char* name : {"fillrandom", "overwrite", "readrandom", "ycsba", "deleterandom"})
    for (const nlohmann::json& engine : results[name].at("engines"))
      EXPECT_GE(engine.at("rounds")[0].at("operations").get<uint64_t>(), kEntries) << name;
}

TEST(WombatCompare, sustained_counts_what_is_left_once) {
  const TempDirectory directory;
  auto results = run_to_json("--rounds=1 --sustained=5000", directory);
  ASSERT_EQ(results.size(), 1u);
  for (const nlohmann::json& engine : results["sustained"].at("engines")) {
    const nlohmann::json& round = engine.at("rounds")[0];
    EXPECT_EQ(round.at("operations"), 5000);
    EXPECT_LT(round.at("live_bytes").get<uint64_t>(), 5000u * 116) << "drawn with repetition";
    EXPECT_GT(round.at("live_bytes").get<uint64_t>(), 5000u * 116 / 2);
  }
}

TEST(WombatCompare, refuses_names_that_do_not_exist) {
  EXPECT_EQ(run_compare("-n 10 -b fillrandom,nonsense").exit_code, 1);
  EXPECT_EQ(run_compare("-n 10 --engines=nonsense -b fillseq").exit_code, 1);
}

}  // namespace
}  // namespace wombat::bench
