// T6 with crashes: processes that run transactions on Wombat are killed at random; what they had in doubt happened as a
// whole or not at all, what was acknowledged is there, and all of it together is what the level permits.
#include <gtest/gtest.h>

#include "isolation/crash_campaign.h"
#include "isolation/wombat_client.h"
#include "isolation/workload_run.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat::isolation {

std::unique_ptr<Client> open_wombat(const std::string& store, const std::string& path) {
  WombatClientOptions options;
  options.text = std::string(kSmallWombatOptions) + "; wal.sync=always";  // slow commits: many are in doubt
  options.is_pessimistic = store == "pessimistic";
  return std::make_unique<WombatClient>(path, options);
}

namespace {

void run(const std::string& store, IsolationLevel level) {
  const SeedScope seed(65);
  CrashOptions options;
  options.store = store;
  options.level = level;
  options.seed = seed.seed();
  options.kill_count = count_from_environment("WOMBAT_T6_KILLS", 15);
  options.kill_count_max = 1000;
  const TempDirectory directory;
  std::string failure;
  const CheckReport report = run_crashes(options, open_wombat, directory.path(), &failure);
  EXPECT_EQ(failure, "");
  EXPECT_GT(report.transaction_count, 100u);
  EXPECT_GT(report.unknown_count, 0u);
}

TEST(IsolationWombatCrash, Serializable) { run("optimistic", IsolationLevel::kSerializable); }
TEST(IsolationWombatCrash, Snapshot) { run("optimistic", IsolationLevel::kSnapshot); }
TEST(IsolationWombatCrash, ReadCommitted) { run("optimistic", IsolationLevel::kReadCommitted); }
TEST(IsolationWombatCrash, Pessimistic) { run("pessimistic", IsolationLevel::kSerializable); }

}  // namespace

}  // namespace wombat::isolation

int main(int argc, char** argv) {
  if (wombat::isolation::is_crash_child(argc, argv))
    return wombat::isolation::run_crash_child(argv, wombat::isolation::open_wombat);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
