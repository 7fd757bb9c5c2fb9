// Histories written by hand: each anomaly that is a cycle is found, and what only resembles it is not.
#include <gtest/gtest.h>

#include "isolation/history_builder.h"
#include "isolation/isolation_checker.h"

namespace wombat::isolation {

namespace {

using enum IsolationLevel;

/// Exactly this anomaly is found, and the levels that forbid it refuse the history.
void expect_only(const HistoryBuilder& builder, AnomalyKind kind) {
  for (const IsolationLevel level : {kSerializable, kSnapshot, kReadCommitted}) {
    const CheckReport report = check_history(builder.history(), level);
    if (!is_forbidden(kind, level)) {
      EXPECT_TRUE(report.is_clean(level)) << report.forbidden_text(level);
      continue;
    }
    EXPECT_TRUE(report.has(kind)) << level_name(level) << ": " << report.counts_text();
    for (const Anomaly& anomaly : report.anomalies()) {
      EXPECT_EQ(anomaly_name(anomaly.kind), std::string(anomaly_name(kind))) << anomaly.description;
    }
  }
}

void expect_clean(const HistoryBuilder& builder) {
  const CheckReport report = check_history(builder.history(), kSerializable);
  EXPECT_TRUE(report.is_clean(kSerializable)) << report.forbidden_text(kSerializable);
}

TEST(CheckerCycles, DirtyWritesOfLists) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11).appends(2, 12);
  h.add().appends(1, 21).appends(2, 22);
  h.add().reads(1, {11, 21});
  h.add().reads(2, {22, 12});
  expect_only(h, AnomalyKind::kG0);
}

TEST(CheckerCycles, DirtyWritesOfRegistersAtTheEnd) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11).writes(2, 12);
  h.add().writes(1, 21).writes(2, 22);
  h.ends_with({{1, {11}}, {2, {22}}});
  expect_only(h, AnomalyKind::kG0);
}

TEST(CheckerCycles, OverwritesInOneOrderAreFine) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11).appends(2, 12);
  h.add().appends(1, 21).appends(2, 22);
  h.add().reads(1, {11, 21}).reads(2, {12, 22});
  h.ends_with({{1, {11, 21}}, {2, {12, 22}}});
  expect_clean(h);
}

TEST(CheckerCycles, CircularInformationFlow) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11).reads(2, {22});
  h.add().writes(2, 22).reads(1, {11});
  expect_only(h, AnomalyKind::kG1c);
}

TEST(CheckerCycles, CircularInformationFlowThroughOverwrites) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11).reads(2, {22});
  h.add().appends(1, 21).appends(2, 22);
  h.add().reads(1, {21, 11}).reads(2, {22});
  expect_clean(h);  // T1 is behind T2
  HistoryBuilder g = lists();
  g.add().appends(1, 11).reads(2, {22});
  g.add().appends(1, 21).appends(2, 22);
  g.add().reads(1, {11, 21}).reads(2, {22});
  expect_only(g, AnomalyKind::kG1c);
}

TEST(CheckerCycles, TimestampsThatContradictAReadAreACircle) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11).at(9);
  h.add().reads(1, {11}).writes(1, 21).at(5);
  const CheckReport report = check_history(h.history(), kReadCommitted);
  EXPECT_TRUE(report.has(AnomalyKind::kG1c)) << report.counts_text();
}

TEST(CheckerCycles, ReadSkew) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).writes(2, 12);
  h.add(3, 9).reads(1, {11}).reads(2, {22});
  h.add(3, 9).reads(1, {11}).reads(2, {12}).writes(1, 21).writes(2, 22);
  expect_only(h, AnomalyKind::kGSingle);
}

TEST(CheckerCycles, ReadSkewThatOnlyAReadBeforeAWriteShows) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11);
  h.add().reads(1, {11}).writes(1, 21).writes(2, 22);
  h.add().reads(1, {11}).reads(2, {22});
  expect_only(h, AnomalyKind::kGSingle);
  HistoryBuilder g = registers();
  g.add().writes(1, 11);
  g.add().writes(1, 21).writes(2, 22);  // may have come first
  g.add().reads(1, {11}).reads(2, {22});
  expect_clean(g);
}

TEST(CheckerCycles, ReadSkewThroughADelete) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).writes(2, 12);
  h.add(3, 9).reads(1, {11}).misses(2);
  h.add(3, 9).reads(1, {11}).reads(2, {12}).writes(1, 21).deletes(2);
  const CheckReport report = check_history(h.history(), kSnapshot);
  EXPECT_TRUE(report.has(AnomalyKind::kGSingle)) << report.counts_text();
}

TEST(CheckerCycles, ReadSkewThroughARangeDelete) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).writes(2, 12).writes(3, 13);
  h.add(3, 9).reads(3, {13}).scans(1, 3, {});
  h.add(3, 9).reads(1, {11}).reads(2, {12}).reads(3, {13}).deletes_range(1, 4);
  const CheckReport report = check_history(h.history(), kSnapshot);
  EXPECT_TRUE(report.has(AnomalyKind::kGSingle)) << report.counts_text();
  HistoryBuilder g = registers();
  g.add(1, 2).writes(1, 11).writes(2, 12).writes(3, 13);
  g.add(3, 9).reads(3, {13}).scans(1, 3, {});
  g.add(3, 9).reads(1, {11}).reads(2, {12}).deletes_range(1, 3).scans(1, 4, {{3, {13}}});
  g.ends_with({{3, {13}}});
  expect_clean(g);
}

TEST(CheckerCycles, OneSnapshotIsNoReadSkew) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).writes(2, 12);
  h.add(3, 9).reads(1, {11}).reads(2, {12});
  h.add(3, 9).reads(1, {21}).reads(2, {22});
  h.add(3, 9).reads(1, {11}).reads(2, {12}).writes(1, 21).writes(2, 22);
  h.ends_with({{1, {21}}, {2, {22}}});
  expect_clean(h);
}

TEST(CheckerCycles, PhantomInsideATransaction) {
  HistoryBuilder h = registers();
  h.add(1, 9).scans(1, 10, {}).scans(1, 10, {{5, {25}}});
  h.add(1, 9).writes(5, 25);
  expect_only(h, AnomalyKind::kGSinglePredicate);
}

TEST(CheckerCycles, ARangeThatStaysTheSameHasNoPhantom) {
  HistoryBuilder h = registers();
  h.add(1, 9).scans(1, 10, {{5, {25}}}).scans(1, 10, {{5, {25}}}).scans(6, 10, {});
  h.add(1, 9).writes(5, 25);
  h.add(1, 9).scans(1, 10, {});
  h.add(1, 9).writes(10, 26);  // the bound is excluded
  h.ends_with({{5, {25}}, {10, {26}}});
  expect_clean(h);
}

TEST(CheckerCycles, LostUpdateOfRegisters) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11);
  h.add(3, 9).reads(1, {11}).writes(1, 21);
  h.add(3, 9).reads(1, {11}).writes(1, 31);
  h.ends_with({{1, {31}}});
  const CheckReport report = check_history(h.history(), kSnapshot);
  EXPECT_EQ(report.count(AnomalyKind::kLostUpdate), 1u) << report.counts_text();
  EXPECT_FALSE(report.is_clean(kSnapshot));
  EXPECT_TRUE(check_history(h.history(), kReadCommitted).is_clean(kReadCommitted));
}

TEST(CheckerCycles, LostUpdateOfAnAbsentKey) {
  HistoryBuilder h = lists();
  h.add().misses(1).appends(1, 21);
  h.add().misses(1).appends(1, 31);
  EXPECT_TRUE(check_history(h.history(), kSnapshot).has(AnomalyKind::kLostUpdate));
}

TEST(CheckerCycles, UpdatesOneAfterTheOtherAreNotLost) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11);
  h.add(3, 9).reads(1, {11}).writes(1, 21);
  h.add(3, 9).reads(1, {21}).writes(1, 31);
  h.add(3, 9).reads(1, {11}).writes(1, 41).aborted();
  h.ends_with({{1, {31}}});
  expect_clean(h);
}

TEST(CheckerCycles, WriteSkew) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).writes(2, 12);
  h.add(3, 9).reads(1, {11}).reads(2, {12}).writes(1, 21);
  h.add(3, 9).reads(1, {11}).reads(2, {12}).writes(2, 32);
  h.ends_with({{1, {21}}, {2, {32}}});
  expect_only(h, AnomalyKind::kG2Item);
}

TEST(CheckerCycles, WriteSkewOfMisses) {
  HistoryBuilder h = registers();
  h.add().misses(1).writes(2, 12);
  h.add().misses(2).writes(1, 21);
  expect_only(h, AnomalyKind::kG2Item);
}

TEST(CheckerCycles, DeletesOfAbsentKeysChangeNothing) {
  HistoryBuilder h = registers();
  h.add(1, 2).misses(1).deletes(2).at(1);
  h.add(1, 2).misses(2).deletes(1).at(2);
  h.add(1, 2).scans(1, 5, {}).deletes(2).at(3);
  h.ends_with({});
  expect_clean(h);
}

TEST(CheckerCycles, WriteSkewPastADeleteOfAnAbsentKey) {
  HistoryBuilder h = registers();
  h.add(1, 4).misses(1).writes(2, 12).at(1);
  h.add(1, 9).misses(2).writes(1, 21).at(3);
  h.add(5, 8).deletes(1).at(2);
  EXPECT_TRUE(check_history(h.history(), kSerializable).has(AnomalyKind::kG2Item));
}

TEST(CheckerCycles, WriteSkewThroughRanges) {
  HistoryBuilder h = lists();
  h.add().scans(1, 10, {}).appends(3, 13);
  h.add().scans(1, 10, {}).appends(4, 24);
  h.ends_with({{3, {13}}, {4, {24}}});
  expect_only(h, AnomalyKind::kG2Predicate);
}

TEST(CheckerCycles, RangesBesideEachOtherAreNoWriteSkew) {
  HistoryBuilder h = lists();
  h.add().scans(1, 4, {}).appends(3, 13);
  h.add().scans(4, 10, {}).appends(4, 24);
  h.ends_with({{3, {13}}, {4, {24}}});
  expect_clean(h);
}

TEST(CheckerCycles, ReadOnlyTransactionAnomaly) {
  // Fekete, O'Neil and O'Neil, "A Read-Only Transaction Anomaly Under Snapshot Isolation", 2004.
  HistoryBuilder h = registers();
  h.add(1, 9).misses(1).misses(2).writes(1, 11);
  h.add(2, 4).misses(2).writes(2, 22);
  h.add(3, 6).misses(1).reads(2, {22});
  expect_only(h, AnomalyKind::kG2Item);
}

TEST(CheckerCycles, TwoObserversWhoDisagree) {
  // Two anti-dependencies, but not in a row: no snapshots can show this ("long fork").
  HistoryBuilder h = registers();
  h.add().writes(1, 11);
  h.add().writes(2, 22);
  h.add().reads(1, {11}).misses(2);
  h.add().reads(2, {22}).misses(1);
  expect_only(h, AnomalyKind::kGNonadjacent);
}

TEST(CheckerCycles, StaleRead) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11);
  h.add(3, 4).misses(1);
  expect_only(h, AnomalyKind::kStaleSnapshot);
}

TEST(CheckerCycles, StaleReadOfBlindWritesWithoutTimestamps) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11);
  h.add(3, 4).writes(1, 21);
  h.add(5, 6).reads(1, {11});
  expect_only(h, AnomalyKind::kStaleSnapshot);
  HistoryBuilder g = registers();
  g.add(1, 4).writes(1, 11);
  g.add(3, 4).writes(1, 21);
  g.add(5, 6).reads(1, {11});
  expect_clean(g);
}

TEST(CheckerCycles, ReadFromTheFuture) {
  HistoryBuilder h = registers();
  h.add(1, 2).reads(1, {21});
  h.add(3, 4).writes(1, 21);
  expect_only(h, AnomalyKind::kStaleSnapshot);
}

TEST(CheckerCycles, AbsenceBetweenDeleteAndPutIsStaleOnlyOutsideOfIt) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).at(1);
  h.add(3, 4).deletes(1).at(2);
  h.add(5, 6).misses(1);
  h.add(7, 8).writes(1, 41).at(3);
  h.ends_with({{1, {41}}});
  expect_clean(h);
  h.add(9, 10).misses(1);
  EXPECT_TRUE(check_history(h.history(), kSnapshot).has(AnomalyKind::kStaleSnapshot));
}

TEST(CheckerCycles, EndAndBeginAtOneMomentOverlap) {
  HistoryBuilder h = registers();
  h.add(1, 3).writes(1, 11);
  h.add(3, 4).misses(1);
  expect_clean(h);
}

TEST(CheckerCycles, OverlappingReadsMaySeeEitherState) {
  HistoryBuilder h = registers();
  h.add(1, 5).writes(1, 11);
  h.add(3, 4).misses(1);
  h.add(3, 4).reads(1, {11});
  h.ends_with({{1, {11}}});
  expect_clean(h);
}

TEST(CheckerCycles, SerializableButNotInTheOrderOfTime) {
  // As the read-only anomaly, but the last transaction is ordered by the clock only.
  HistoryBuilder h = registers();
  h.add(1, 9).misses(2).writes(1, 11);
  h.add(2, 4).writes(2, 22);
  h.add(5, 6).misses(1).writes(3, 33);
  expect_only(h, AnomalyKind::kRealTime);
}

TEST(CheckerCycles, ALongCycleIsFoundAndDescribed) {
  HistoryBuilder h = registers();
  for (Key k = 0; k < 50; ++k) h.add().misses(k).writes((k + 1) % 50, 100 + k);
  const CheckReport report = check_history(h.history(), kSerializable);
  ASSERT_EQ(report.count(AnomalyKind::kG2Item), 1u) << report.counts_text();
  EXPECT_NE(report.anomalies()[0].description.find("T49 read key 49 before T48 wrote 148"), std::string::npos)
      << report.anomalies()[0].description;
}

TEST(CheckerCycles, TheShortestCycleIsDescribed) {
  HistoryBuilder h = registers();
  for (Key k = 0; k < 20; ++k) h.add().misses(k).writes((k + 1) % 20, 100 + k);
  h.add().misses(6).writes(5, 500);  // with T5, which read key 5 and wrote key 6: two
  const CheckReport report = check_history(h.history(), kSerializable);
  ASSERT_TRUE(report.has(AnomalyKind::kG2Item)) << report.counts_text();
  const std::string text = report.anomalies()[0].description;
  EXPECT_NE(text.find("T20"), std::string::npos) << text;
  EXPECT_EQ(text.find("T7 "), std::string::npos) << text;
}

}  // namespace

}  // namespace wombat::isolation
