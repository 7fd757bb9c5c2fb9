// T11: the k-th allocation fails, once or from then on, for every k of every scenario. No crash, no leak, no hang;
// every call answers NO_MEMORY or succeeds; nothing acknowledged is lost, nothing refused appears; the database goes
// on working when memory is back.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "base/epoch.h"
#include "crash/watchdog.h"
#include "resources/memory_scenarios.h"
#include "support/fault_allocator.h"
#include "support/sim_file_system.h"
#include "support/temp_directory.h"

namespace wombat {

namespace {

using Repeat = FaultAllocator::Repeat;

struct Start {
  std::unique_ptr<SimFileSystem> disk;
  Acknowledged contents;
};

/// A database with rows in logs only, or in tables of several levels and in logs.
Start prepare(StartState state) {
  SimFileSystem disk;
  const Options options = small_options();
  ApiSession session(disk, options, {});
  if (state != StartState::kMissing) {
    EXPECT_EQ(session.open(), WOMBAT_OK) << session.problem();
    if (state == StartState::kTables) {
      EXPECT_EQ(wombat_keyspace_create(session.db, "side", nullptr, nullptr), WOMBAT_OK);
      EXPECT_EQ(session.run_transaction(70, 900, nullptr, false), WOMBAT_OK);
      for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 60; ++i) session.put((i * 7 + round * 31) % 200, round * 60 + i, 150);
        session.append(190, 400 + round);
        session.remove_range(40 + round, 43 + round);
        EXPECT_EQ(wombat_flush(session.db, nullptr, nullptr), WOMBAT_OK);
        if (round != 0) continue;
        EXPECT_EQ(wombat_compact_range(session.db, nullptr, 0, nullptr, 0, nullptr, nullptr), WOMBAT_OK);
      }
      EXPECT_EQ(wombat_wait(session.db, nullptr, nullptr), WOMBAT_OK);
    }
    for (int i = 0; i < 20; ++i) session.put(i, 300 + i);
    for (int i = 0; i < 4; ++i) session.append(i, 320 + i);
    session.remove_range(10, 12);
    EXPECT_EQ(session.close(), WOMBAT_OK);
  }
  EXPECT_STREQ(session.problem(), "");
  return {disk.crash_clone(0, CrashPolicy::kKeepAll), session.contents()};
}

/// Background work rests for a moment after a failure: until then writes may still be refused.
std::string write_again(ApiSession& session) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (!session.roll_back_prepared().empty() || session.put(150, 4242) != WOMBAT_OK) {
    if (std::chrono::steady_clock::now() > deadline)
      return "writes do not resume: " + std::string(session.error.message);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return {};
}

std::string check_open(ApiSession& session) {
  std::string problem = session.contents().difference(session.db);
  if (problem.empty()) problem = write_again(session);
  if (problem.empty() && wombat_verify(session.db, nullptr, &session.error) != WOMBAT_OK)
    problem = std::string("verify: ") + session.error.message;
  if (problem.empty()) problem = session.contents().difference(session.db);
  if (session.close() != WOMBAT_OK && problem.empty())
    problem = std::string("close: ") + session.error.message;
  return problem;
}

/// The database works, in this session and in the next; empty when it does.
std::string check_afterwards(ApiSession& session) {
  if (session.problem()[0] != '\0') return session.problem();
  if (session.db != nullptr) {
    if (std::string problem = check_open(session); !problem.empty()) return problem;
  }
  if (session.open() != WOMBAT_OK) return std::string("reopen: ") + session.error.message;
  if (std::string problem = check_open(session); !problem.empty()) return "after reopening: " + problem;
  return session.problem();
}

struct Outcome {
  bool has_failed = false;  // an allocation was failed
  uint64_t allocations = 0;
  std::string problem;
};

Outcome run_case(const MemoryScenario& scenario, const Start& start, uint64_t k, Repeat repeat) {
  const WatchdogScope watchdog(std::string(scenario.name) + " k=" + std::to_string(k) +
                               (repeat == Repeat::kForEver ? " sticky" : " once"));
  Outcome outcome;
  const Options options = small_options();
  const std::unique_ptr<SimFileSystem> disk = start.disk->crash_clone(0, CrashPolicy::kKeepAll);
  ApiSession session(*disk, options, start.contents);
  if (scenario.is_open && session.open() != WOMBAT_OK) {
    outcome.problem = session.problem();
    return outcome;
  }
  FaultAllocator::arm(k, repeat);
  scenario.run(session);
  outcome.has_failed = FaultAllocator::disarm();
  outcome.allocations = FaultAllocator::allocation_count();
  outcome.problem = check_afterwards(session);
  return outcome;
}

std::string run_counting_blocks(const MemoryScenario& scenario, const Start& start, uint64_t k, Repeat repeat,
                                Outcome* outcome) {
  process_epochs().synchronize();
  const int64_t before = FaultAllocator::live_block_count();
  *outcome = run_case(scenario, start, k, repeat);
  process_epochs().synchronize();
  const int64_t kept = static_cast<int64_t>(!outcome->problem.empty());  // the text itself
  const int64_t leaked = FaultAllocator::live_block_count() - before - kept;
  if (outcome->problem.empty() && leaked > 0) return std::to_string(leaked) + " blocks of memory are lost";
  return outcome->problem;
}

TEST(OutOfMemory, EveryAllocationOfEveryScenario) {
  const uint64_t budget = environment_number("WOMBAT_T11_CASES", 3000);  // 0: all
  const std::string only =
      std::getenv("WOMBAT_T11_SCENARIO") == nullptr ? "" : std::getenv("WOMBAT_T11_SCENARIO");
  const uint64_t only_k = environment_number("WOMBAT_T11_K", 0);
  const Start starts[] = {prepare(StartState::kMissing), prepare(StartState::kLogs),
                          prepare(StartState::kTables)};
  const std::vector<MemoryScenario>& scenarios = memory_scenarios();
  const uint64_t budget_each = budget / (2 * scenarios.size()) + 1;
  uint64_t cases = 0;
  uint64_t allocations = 0;
  for (const MemoryScenario& scenario : scenarios) {
    if (!only.empty() && only != scenario.name) continue;
    const Start& start = starts[static_cast<int>(scenario.start)];
    Outcome counted;
    // Twice: what is made once per process is not a leak.
    static_cast<void>(run_counting_blocks(scenario, start, 0, Repeat::kOnce, &counted));
    ASSERT_EQ(run_counting_blocks(scenario, start, 0, Repeat::kOnce, &counted), "") << scenario.name;
    allocations += counted.allocations;
    const uint64_t last = counted.allocations;
    const uint64_t step = budget == 0 ? 1 : std::max<uint64_t>(1, last / budget_each);
    for (uint64_t k = only_k != 0 ? only_k : 1; k <= last; k += step) {
      for (const Repeat repeat : {Repeat::kOnce, Repeat::kForEver}) {
        Outcome outcome;
        const std::string problem = run_counting_blocks(scenario, start, k, repeat, &outcome);
        EXPECT_EQ(problem, "") << "WOMBAT_T11_SCENARIO=" << scenario.name << " WOMBAT_T11_K=" << k
                               << (repeat == Repeat::kForEver ? " sticky" : " once");
        cases += outcome.has_failed ? 1 : 0;
        if (HasFailure() && budget != 0) break;
      }
      if (only_k != 0 || (HasFailure() && budget != 0)) break;
    }
  }
  std::printf("T11 memory: %llu cases, %zu scenarios, %llu allocations\n",
              static_cast<unsigned long long>(cases), scenarios.size(),
              static_cast<unsigned long long>(allocations));
}

/// One life of a database on the real file system; returns the writes acknowledged.
int live(const std::string& path, wombat_status* worst) {
  wombat_db* db = nullptr;
  int acknowledged = 0;
  const auto keep = [&](wombat_status status) {
    if (status < 0 && status != WOMBAT_NO_MEMORY) *worst = status;
    return status;
  };
  if (keep(wombat_open(path.c_str(), nullptr, &db, nullptr)) != WOMBAT_OK) return 0;
  for (const char* key : {"a", "b"}) {
    if (keep(wombat_put(db, key, 1, "value", 5, nullptr, nullptr)) == WOMBAT_OK)
      acknowledged |= *key == 'a' ? 1 : 2;
  }
  keep(wombat_flush(db, nullptr, nullptr));
  char buffer[10];
  keep(wombat_get(db, "a", 1, nullptr, buffer, sizeof buffer, nullptr, nullptr));
  keep(wombat_close(db, nullptr));
  return acknowledged;
}

TEST(OutOfMemory, EveryAllocationOnTheRealFileSystem) {
  const uint64_t step = environment_number("WOMBAT_T11_CASES", 3000) == 0 ? 1 : 7;
  uint64_t cases = 0;
  for (const Repeat repeat : {Repeat::kOnce, Repeat::kForEver}) {
    bool has_failed = true;
    for (uint64_t k = 1; has_failed; k += step) {
      const WatchdogScope watchdog("real file system, k=" + std::to_string(k));
      const TempDirectory directory;
      const std::string path = directory.file("db");
      wombat_status worst = WOMBAT_OK;
      FaultAllocator::arm(k, repeat);
      const int acknowledged = live(path, &worst);
      has_failed = FaultAllocator::disarm();
      ASSERT_EQ(worst, WOMBAT_OK) << "k=" << k;
      wombat_error error = {};
      wombat_db* db = nullptr;
      ASSERT_EQ(wombat_open(path.c_str(), nullptr, &db, &error), WOMBAT_OK) << error.message << " k=" << k;
      for (const char* key : {"a", "b"}) {
        const bool is_there = wombat_exists(db, key, 1, nullptr, nullptr) == WOMBAT_OK;
        ASSERT_EQ(is_there, (acknowledged & (*key == 'a' ? 1 : 2)) != 0) << key << " k=" << k;
      }
      ASSERT_EQ(wombat_close(db, &error), WOMBAT_OK) << error.message;
      cases += has_failed ? 1 : 0;
    }
  }
  std::printf("T11 memory on the real file system: %llu cases\n", static_cast<unsigned long long>(cases));
}

}  // namespace

}  // namespace wombat
