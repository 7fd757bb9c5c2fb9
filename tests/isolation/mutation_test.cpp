// The workloads find whatever is wrong with a store: each fault of the reference store is caught, and the right store
// passes. Deterministic: one thread goes from transaction to transaction.
#include <gtest/gtest.h>

#include "isolation/isolation_checker.h"
#include "isolation/reference_store.h"
#include "isolation/workload_run.h"
#include "support/seed.h"

namespace wombat::isolation {

namespace {

constexpr IsolationLevel kSerializable = IsolationLevel::kSerializable;
constexpr IsolationLevel kSnapshot = IsolationLevel::kSnapshot;
constexpr IsolationLevel kReadCommitted = IsolationLevel::kReadCommitted;
constexpr uint64_t kTransactionCount = 4000;

CheckReport run(Fault fault, IsolationLevel level, DataKind data_kind, uint64_t seed,
                uint32_t merge_percent = 30) {
  WorkloadOptions options;
  options.merge_percent = merge_percent;
  options.seed = seed;
  options.level = level;
  options.data_kind = data_kind;
  options.thread_count = 6;
  ReferenceStore store(fault, seed);
  RecordedRun recorded = run_interleaved(&store, Workload(options), 0, 1, kTransactionCount);
  EXPECT_TRUE(recorded.failures.empty()) << recorded.failures[0];
  EXPECT_GT(recorded.committed_count, kTransactionCount / 4);
  EXPECT_GT(recorded.aborted_count, 0u);
  return check_history(std::move(recorded.history), level);
}

struct Mutation {
  const char* name;
  Fault fault;
  IsolationLevel level;
  AnomalyKind kind;  // that must be among what is found
};

std::string test_name(const Mutation& mutation, DataKind data_kind) {
  return std::string(mutation.name) + (data_kind == DataKind::kList ? "Lists" : "Registers");
}

const Mutation kMutations[] = {
    {"NoValidation", Fault::kNoValidation, kSerializable, AnomalyKind::kLostUpdate},
    {"NoValidationSnapshot", Fault::kNoValidation, kSnapshot, AnomalyKind::kLostUpdate},
    {"NoReadValidation", Fault::kNoReadValidation, kSerializable, AnomalyKind::kG2Item},
    {"NoRangeValidation", Fault::kNoRangeValidation, kSerializable, AnomalyKind::kG2Predicate},
    {"FoundRowsOnly", Fault::kFoundRowsOnly, kSerializable, AnomalyKind::kG2Predicate},
    {"NoMissValidation", Fault::kNoMissValidation, kSerializable, AnomalyKind::kG2Item},
    {"NoWriteValidation", Fault::kNoWriteValidation, kSnapshot, AnomalyKind::kLostUpdate},
    {"StaleSnapshot", Fault::kStaleSnapshot, kSerializable, AnomalyKind::kStaleSnapshot},
    {"StaleSnapshotSnapshot", Fault::kStaleSnapshot, kSnapshot, AnomalyKind::kStaleSnapshot},
    {"TornSnapshot", Fault::kTornSnapshot, kSerializable, AnomalyKind::kGSingle},
    {"TornSnapshotSnapshot", Fault::kTornSnapshot, kSnapshot, AnomalyKind::kGSingle},
    {"RangeWithoutSnapshot", Fault::kRangeWithoutSnapshot, kSerializable, AnomalyKind::kGSingle},
    {"LostRows", Fault::kLostRows, kSerializable, AnomalyKind::kStaleSnapshot},
    {"OwnWritesHidden", Fault::kOwnWritesHidden, kReadCommitted, AnomalyKind::kInternal},
    {"OwnWritesNotInRanges", Fault::kOwnWritesNotInRanges, kReadCommitted, AnomalyKind::kInternal},
    {"DirtyReads", Fault::kDirtyReads, kReadCommitted, AnomalyKind::kG1a},
    {"IntermediateReads", Fault::kIntermediateReads, kReadCommitted, AnomalyKind::kG1b},
    {"CommitInPieces", Fault::kCommitInPieces, kSerializable, AnomalyKind::kGSingle},
    {"CommitInPiecesSnapshot", Fault::kCommitInPieces, kSnapshot, AnomalyKind::kGSingle},
    {"AbortInPart", Fault::kAbortInPart, kReadCommitted, AnomalyKind::kG1a},
    {"DroppedWrite", Fault::kDroppedWrite, kReadCommitted, AnomalyKind::kLostWrite},
    {"LateCommit", Fault::kLateCommit, kSerializable, AnomalyKind::kStaleSnapshot},
    {"LateCommitSnapshot", Fault::kLateCommit, kSnapshot, AnomalyKind::kStaleSnapshot},
    {"KeyspacesMixed", Fault::kKeyspacesMixed, kReadCommitted, AnomalyKind::kGarbageRead},
    {"KeyspacesApart", Fault::kKeyspacesApart, kSerializable, AnomalyKind::kGSingle},
    {"KeyspacesApartSnapshot", Fault::kKeyspacesApart, kSnapshot, AnomalyKind::kGSingle},
    {"KeptRollback", Fault::kKeptRollback, kReadCommitted, AnomalyKind::kG1a},
    {"KeptRollbackSerializable", Fault::kKeptRollback, kSerializable, AnomalyKind::kG1a},
    {"RollbackTooFar", Fault::kRollbackTooFar, kReadCommitted, AnomalyKind::kInternal},
    {"RollbackNotSeen", Fault::kRollbackNotSeen, kReadCommitted, AnomalyKind::kInternal},
    {"UpdateReadsForgotten", Fault::kUpdateReadsForgotten, kReadCommitted, AnomalyKind::kUpdateRead},
    {"UpdateReadsForgottenSnapshot", Fault::kUpdateReadsForgotten, kSnapshot, AnomalyKind::kUpdateRead},
    {"SameTimestamp", Fault::kSameTimestamp, kReadCommitted, AnomalyKind::kTimestampOrder},
};

class MutationTest : public ::testing::TestWithParam<std::tuple<Mutation, DataKind>> {};

TEST_P(MutationTest, IsCaught) {
  const SeedScope seed(5);
  const auto& [mutation, data_kind] = GetParam();
  const CheckReport report = run(mutation.fault, mutation.level, data_kind, seed.seed());
  EXPECT_FALSE(report.is_clean(mutation.level));
  EXPECT_TRUE(report.has(mutation.kind))
      << anomaly_name(mutation.kind) << " not among " << report.counts_text();
}

INSTANTIATE_TEST_SUITE_P(All, MutationTest,
                         ::testing::Combine(::testing::ValuesIn(kMutations),
                                            ::testing::Values(DataKind::kRegister, DataKind::kList)),
                         [](const auto& test) {
                           return test_name(std::get<0>(test.param), std::get<1>(test.param));
                         });

TEST(MutationTest, BatchesThatAreNoConflictAreCaught) {
  const SeedScope seed(5);
  for (const IsolationLevel level : {kSerializable, kSnapshot})
    EXPECT_FALSE(run(Fault::kBatchesNotValidated, level, DataKind::kRegister, seed.seed()).is_clean(level));
}

TEST(MutationTest, DeletesThatAreNoConflictAreCaught) {
  const SeedScope seed(5);
  for (const IsolationLevel level : {kSerializable, kSnapshot})
    EXPECT_FALSE(run(Fault::kDeletesNotValidated, level, DataKind::kRegister, seed.seed()).is_clean(level));
}

TEST(MutationTest, DeletedRowsAreCaught) {
  const SeedScope seed(5);
  EXPECT_FALSE(
      run(Fault::kDeletedRows, kSerializable, DataKind::kRegister, seed.seed()).is_clean(kSerializable));
}

TEST(MutationTest, LostMergesAreCaught) {
  const SeedScope seed(5);
  for (const Fault fault : {Fault::kLostMerge, Fault::kMergeOfSnapshot}) {
    for (const IsolationLevel level : {kSerializable, kSnapshot}) {
      const CheckReport report = run(fault, level, DataKind::kList, seed.seed());
      EXPECT_TRUE(report.has(AnomalyKind::kLostWrite)) << report.counts_text();
    }
    // No level permits it where nobody puts whole lists.
    const CheckReport report = run(fault, kReadCommitted, DataKind::kList, seed.seed(), 100);
    EXPECT_TRUE(report.has(AnomalyKind::kLostWrite)) << report.counts_text();
  }
}

class RightStoreTest : public ::testing::TestWithParam<std::tuple<IsolationLevel, DataKind>> {};

TEST_P(RightStoreTest, ShowsOnlyWhatTheLevelPermits) {
  const SeedScope seed(6);
  const auto& [level, data_kind] = GetParam();
  for (uint64_t round = 0; round < 5; ++round) {
    const CheckReport report = run(Fault::kNone, level, data_kind, seed.seed() + round);
    EXPECT_TRUE(report.is_clean(level)) << report.forbidden_text(level);
    if (level != kReadCommitted) {
      EXPECT_LT(report.ambiguous_read_count, report.transaction_count / 5);
    }
    if (level == kSnapshot) {
      EXPECT_TRUE(report.has(AnomalyKind::kG2Item)) << report.counts_text();
      EXPECT_TRUE(report.has(AnomalyKind::kG2Predicate)) << report.counts_text();
    }
    if (level == kReadCommitted) {
      EXPECT_TRUE(report.has(AnomalyKind::kGSinglePredicate)) << report.counts_text();
      EXPECT_TRUE(report.has(AnomalyKind::kLostUpdate)) << report.counts_text();
    }
  }
}

TEST(MutationTest, MergesAloneLoseNoElementAtAnyLevel) {
  const SeedScope seed(7);
  for (const IsolationLevel level : {kSerializable, kSnapshot, kReadCommitted}) {
    const CheckReport report = run(Fault::kNone, level, DataKind::kList, seed.seed(), 100);
    EXPECT_TRUE(report.is_clean(level)) << report.forbidden_text(level);
  }
}

INSTANTIATE_TEST_SUITE_P(All, RightStoreTest,
                         ::testing::Combine(::testing::Values(kSerializable, kSnapshot, kReadCommitted),
                                            ::testing::Values(DataKind::kRegister, DataKind::kList)));

}  // namespace

}  // namespace wombat::isolation
