// Histories written by hand: savepoints, lists that the transaction itself has appended to, reads for update.
#include "isolation/checker_expectations.h"

namespace wombat::isolation {

namespace {

using enum IsolationLevel;

TEST(CheckerSavepoints, WhatWasRolledBackIsNotReadByOthers) {
  HistoryBuilder h = registers();
  h.add().writes(2, 12).sets_savepoint().writes(1, 11).rolls_back();
  h.add().reads(1, {11});
  expect_found(h, AnomalyKind::kG1a);
}

TEST(CheckerSavepoints, WhatWasRolledBackIsNotThereInTheEnd) {
  HistoryBuilder h = lists();
  h.add(1, 2).sets_savepoint().appends(1, 11).rolls_back().appends(1, 12);
  h.ends_with({{1, {11, 12}}});
  expect_found(h, AnomalyKind::kG1a);
}

TEST(CheckerSavepoints, WhatWasRolledBackIsNotMissedInTheEnd) {
  HistoryBuilder h = lists();
  h.add(1, 2).appends(1, 11).sets_savepoint().appends(1, 12).appends(2, 13).rolls_back();
  h.ends_with({{1, {11}}});
  expect_clean(h);
}

TEST(CheckerSavepoints, OwnReadsShowTheStateBefore) {
  for (const Value shown : {11, 12, 13}) {
    HistoryBuilder h = registers();
    h.add().writes(1, 11).sets_savepoint().writes(1, 12).sets_savepoint().writes(1, 13).rolls_back().reads(
        1, {shown});
    shown == 12 ? expect_clean(h) : expect_found(h, AnomalyKind::kInternal);
  }
}

TEST(CheckerSavepoints, OwnReadsShowTheStateBeforeNestedOnes) {
  HistoryBuilder h = registers();
  h.add()
      .writes(1, 11)
      .sets_savepoint()
      .writes(1, 12)
      .sets_savepoint()
      .deletes(1)
      .misses(1)
      .releases()
      .misses(1);
  h.add().writes(2, 21).sets_savepoint().sets_savepoint().writes(2, 22).releases().rolls_back().reads(2,
                                                                                                      {21});
  h.ends_with({{2, {21}}});
  expect_clean(h);
}

TEST(CheckerSavepoints, OwnReadsShowTheStateOfOthersBefore) {
  HistoryBuilder h = lists();
  h.add(1, 2).appends(1, 11);
  h.add(3, 4).sets_savepoint().appends(1, 21).reads(1, {11, 21}).rolls_back().reads(1, {11, 21});
  expect_found(h, AnomalyKind::kInternal);
}

TEST(CheckerSavepoints, AWriteBeforeIsInstalledAgain) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).sets_savepoint().deletes_range(0, 9).rolls_back();
  h.add(3, 4).reads(1, {11});
  h.ends_with({{1, {11}}});
  expect_clean(h);
}

TEST(CheckerSavepoints, OneThatWroteNothingInTheEndNeedsNoTimestamp) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).at(5);
  h.add(3, 4).reads(1, {11}).sets_savepoint().writes(1, 21).rolls_back();
  h.ends_with({{1, {11}}});
  expect_clean(h);
}

TEST(CheckerOwnAppends, OthersMayComeBeforeThemAtTheCommit) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11).reads(1, {11}).at(2);
  h.add().appends(1, 21).at(1);
  h.ends_with({{1, {21, 11}}});
  expect_clean(h, kReadCommitted);
}

TEST(CheckerOwnAppends, WhatIsBeforeThemWasRead) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11).appends(2, 12).at(1);
  h.add().reads(1, {11}).appends(2, 22).reads(2, {22}).at(2);
  h.ends_with({{1, {11}}, {2, {12, 22}}});
  const CheckReport report = check_history(h.history(), kSnapshot);
  EXPECT_TRUE(report.has(AnomalyKind::kGSingle)) << report.counts_text();
}

TEST(CheckerOwnAppends, AllOfThemAreSeen) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11).appends(1, 12).reads(1, {12});
  expect_found(h, AnomalyKind::kInternal);
}

TEST(CheckerUpdateReads, AChangeBeforeTheCommit) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).at(1);
  h.add(3, 9).reads_for_update(1, {11}).writes(2, 22).at(3);
  h.add(4, 5).writes(1, 31).at(2);
  expect_found(h, AnomalyKind::kUpdateRead);
}

TEST(CheckerUpdateReads, AnAbsentKeyThatIsWrittenBeforeTheCommit) {
  HistoryBuilder h = registers();
  h.add(3, 9).reads_for_update(1, {}).writes(2, 22).at(3);
  h.add(4, 5).writes(1, 31).at(2);
  expect_found(h, AnomalyKind::kUpdateRead);
}

TEST(CheckerUpdateReads, AChangeAfterTheCommitIsFine) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).at(1);
  h.add(3, 9).reads_for_update(1, {11}).writes(2, 22).at(2);
  h.add(4, 8).reads(1, {11}).writes(1, 31).at(3);
  expect_clean(h);
}

}  // namespace

}  // namespace wombat::isolation
