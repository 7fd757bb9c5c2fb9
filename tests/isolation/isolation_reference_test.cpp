// T6 on the reference store, with threads: the workloads and the checker at the counts at which they judge Wombat.
#include <gtest/gtest.h>

#include "isolation/isolation_campaign.h"
#include "isolation/reference_store.h"
#include "support/seed.h"

namespace wombat::isolation {

namespace {

CheckReport run(IsolationLevel level, uint64_t seed) {
  CampaignOptions options;
  options.level = level;
  options.seed = seed;
  options.commit_count = count_from_environment("WOMBAT_T6_TRANSACTIONS", 20'000);
  std::unique_ptr<ReferenceStore> store;
  std::string failure;
  const CheckReport report = run_campaign(
      options,
      [&](uint32_t) {  // a new one each time: it never forgets a version
        store = std::make_unique<ReferenceStore>();
        return store.get();
      },
      &failure);
  EXPECT_EQ(failure, "");
  EXPECT_GE(report.transaction_count, options.commit_count);
  return report;
}

TEST(IsolationReference, SerializableShowsNothing) {
  const SeedScope seed(61);
  const CheckReport report = run(IsolationLevel::kSerializable, seed.seed());
  EXPECT_EQ(report.counts_text(), "no anomaly");
}

TEST(IsolationReference, SnapshotShowsWriteSkewOnly) {
  const SeedScope seed(62);
  const CheckReport report = run(IsolationLevel::kSnapshot, seed.seed());
  EXPECT_TRUE(report.has(AnomalyKind::kG2Item)) << "the checker does not see write skew";
  EXPECT_TRUE(report.has(AnomalyKind::kG2Predicate)) << "the checker does not see write skew through ranges";
}

TEST(IsolationReference, ReadCommittedShowsPhantoms) {
  const SeedScope seed(63);
  const CheckReport report = run(IsolationLevel::kReadCommitted, seed.seed());
  EXPECT_TRUE(report.has(AnomalyKind::kGSinglePredicate)) << "the checker does not see phantoms";
  EXPECT_TRUE(report.has(AnomalyKind::kLostUpdate)) << "the checker does not see lost updates";
}

}  // namespace

}  // namespace wombat::isolation
