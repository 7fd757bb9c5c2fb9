// T6: what Wombat's transactions show each other at each level, optimistic and pessimistic, with threads and by one
// thread that goes from transaction to transaction.
#include <gtest/gtest.h>

#include "isolation/isolation_campaign.h"
#include "isolation/wombat_client.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat::isolation {

namespace {

constexpr IsolationLevel kSerializable = IsolationLevel::kSerializable;
constexpr IsolationLevel kSnapshot = IsolationLevel::kSnapshot;
constexpr IsolationLevel kReadCommitted = IsolationLevel::kReadCommitted;

struct Mode {
  bool is_pessimistic = false;
  bool is_interleaved = false;
};

constexpr Mode kOptimistic = {};
constexpr Mode kPessimistic = {.is_pessimistic = true};
constexpr Mode kInterleaved = {.is_interleaved = true};

CheckReport run(IsolationLevel level, Mode mode, uint64_t fixed_seed) {
  const SeedScope seed(fixed_seed);
  CampaignOptions options;
  options.level = level;
  options.seed = seed.seed();
  options.is_interleaved = mode.is_interleaved;
  options.commit_count = count_from_environment("WOMBAT_T6_TRANSACTIONS", 20'000);
  WombatClientOptions client_options;
  client_options.text = std::string(kSmallWombatOptions) + "; wal.sync=os";
  client_options.is_pessimistic = mode.is_pessimistic;
  const TempDirectory directory;
  WombatClient client(directory.file("db"), client_options);
  std::string failure;
  const CheckReport report = run_campaign(
      options, [&client](uint32_t) { return &client; }, &failure);
  EXPECT_EQ(failure, "");
  EXPECT_GE(report.transaction_count, options.commit_count);
  return report;
}

void expect_write_skew(const CheckReport& report) {
  EXPECT_TRUE(report.has(AnomalyKind::kG2Item)) << "the checker does not see write skew";
  EXPECT_TRUE(report.has(AnomalyKind::kG2Predicate)) << "the checker does not see write skew through ranges";
}

void expect_phantoms(const CheckReport& report) {
  EXPECT_TRUE(report.has(AnomalyKind::kGSinglePredicate)) << "the checker does not see phantoms";
}

TEST(IsolationWombat, SerializableShowsNothing) {
  EXPECT_EQ(run(kSerializable, kOptimistic, 71).counts_text(), "no anomaly");
}

TEST(IsolationWombat, SerializableShowsNothingInterleaved) {
  EXPECT_EQ(run(kSerializable, kInterleaved, 72).counts_text(), "no anomaly");
}

TEST(IsolationWombat, SerializableShowsNothingPessimistic) {
  EXPECT_EQ(run(kSerializable, kPessimistic, 73).counts_text(), "no anomaly");
}

TEST(IsolationWombat, SnapshotShowsWriteSkewOnly) { expect_write_skew(run(kSnapshot, kOptimistic, 74)); }

TEST(IsolationWombat, SnapshotShowsWriteSkewOnlyInterleaved) {
  expect_write_skew(run(kSnapshot, kInterleaved, 75));
}

TEST(IsolationWombat, SnapshotPessimistic) { run(kSnapshot, kPessimistic, 76); }

TEST(IsolationWombat, ReadCommittedShowsPhantoms) { expect_phantoms(run(kReadCommitted, kOptimistic, 77)); }

TEST(IsolationWombat, ReadCommittedShowsPhantomsInterleaved) {
  expect_phantoms(run(kReadCommitted, kInterleaved, 78));
}

TEST(IsolationWombat, ReadCommittedPessimistic) { run(kReadCommitted, kPessimistic, 79); }

}  // namespace

}  // namespace wombat::isolation

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
