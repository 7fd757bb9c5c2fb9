// Histories written by hand: anomalies of single reads and writes, lost writes, and transactions in doubt.
#include "isolation/checker_expectations.h"

namespace wombat::isolation {

namespace {

using enum IsolationLevel;

TEST(CheckerReads, AbortedRead) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11).aborted();
  h.add().reads(1, {11});
  expect_found(h, AnomalyKind::kG1a);
}

TEST(CheckerReads, AbortedReadInTheMiddleOfAList) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11).aborted();
  h.add().appends(1, 21);
  h.add().reads(1, {11, 21});
  expect_found(h, AnomalyKind::kG1a);
}

TEST(CheckerReads, AbortedReadOfARange) {
  HistoryBuilder h = registers();
  h.add().writes(5, 15).aborted();
  h.add().scans(1, 9, {{5, {15}}});
  expect_found(h, AnomalyKind::kG1a);
}

TEST(CheckerReads, AbortedWritesThatNobodySeesAreFine) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11).aborted();
  h.add().misses(1).scans(0, 9, {});
  h.ends_with({});
  expect_clean(h);
}

TEST(CheckerReads, IntermediateRead) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11).writes(1, 12);
  h.add().reads(1, {11});
  expect_found(h, AnomalyKind::kG1b);
  HistoryBuilder g = lists();
  g.add().appends(1, 11).appends(1, 12);
  g.add().reads(1, {11});
  g.add().reads(1, {11, 12});
  expect_found(g, AnomalyKind::kG1b);
}

TEST(CheckerReads, LastWritesMayBeRead) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11).reads(1, {11}).writes(1, 12).reads(1, {12});
  h.add().reads(1, {12});
  h.ends_with({{1, {12}}});
  expect_clean(h);
}

TEST(CheckerReads, OwnWritesAreSeen) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11).misses(1);
  expect_found(h, AnomalyKind::kInternal);
  HistoryBuilder g = registers();
  g.add(1, 2).writes(1, 11);
  g.add(3, 4).deletes(1).scans(0, 9, {{1, {11}}});
  expect_found(g, AnomalyKind::kInternal);
  HistoryBuilder f = registers();
  f.add().writes(1, 11).scans(0, 9, {});
  expect_found(f, AnomalyKind::kInternal);
  HistoryBuilder e = lists();
  e.add().appends(1, 11).reads(1, {11}).appends(1, 12).scans(0, 9, {{1, {11}}});
  expect_found(e, AnomalyKind::kInternal);
}

TEST(CheckerReads, GarbageAndForeignValues) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11);
  h.add().reads(1, {kGarbage});
  expect_found(h, AnomalyKind::kGarbageRead);
  HistoryBuilder g = registers();
  g.add().writes(1, 11).writes(2, 12);
  g.add().reads(2, {11});
  expect_found(g, AnomalyKind::kGarbageRead);
  HistoryBuilder f = registers();
  f.add().writes(1, 11);
  f.add().scans(1, 9, {{1, {11}}, {7, {11}}});
  expect_found(f, AnomalyKind::kGarbageRead);
}

TEST(CheckerReads, DuplicateElement) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11);
  h.add().appends(1, 21);
  h.add().reads(1, {11, 21, 11});
  expect_found(h, AnomalyKind::kDuplicate);
}

TEST(CheckerReads, IncompatibleOrders) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11);
  h.add().appends(1, 21);
  h.add().reads(1, {11, 21});
  h.add().reads(1, {21, 11});
  expect_found(h, AnomalyKind::kIncompatibleOrder);
}

TEST(CheckerReads, AppendsThatArePutsMayBeLostWhereUpdatesMay) {
  HistoryBuilder h = lists();
  h.add(1, 9).misses(1).appends(1, 11).at(1);
  h.add(1, 9).misses(1).appends(1, 21).at(2);
  h.add(1, 9).reads(1, {11});
  h.add(1, 9).reads(1, {21});
  h.ends_with({{1, {21}}});
  expect_found(h, AnomalyKind::kIncompatibleOrder);
  History history = h.history();
  history.appends_are_puts = true;
  EXPECT_TRUE(check_history(history, kReadCommitted).is_clean(kReadCommitted));
  EXPECT_TRUE(check_history(history, kSerializable).has(AnomalyKind::kLostUpdate));
}

TEST(CheckerReads, LostAppend) {
  HistoryBuilder h = lists();
  h.add().appends(1, 11);
  h.add().appends(1, 21);
  h.ends_with({{1, {21}}});
  expect_found(h, AnomalyKind::kLostWrite);
}

TEST(CheckerReads, LostWriteThatWasReadBefore) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11);
  h.add(3, 4).reads(1, {11}).writes(1, 21);
  h.ends_with({{1, {11}}});
  expect_found(h, AnomalyKind::kLostWrite);
}

TEST(CheckerReads, LostWriteByTimestamp) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11).at(1);
  h.add().writes(1, 21).at(2);
  h.ends_with({{1, {11}}});
  expect_found(h, AnomalyKind::kLostWrite);
}

TEST(CheckerReads, LostWriteByTime) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11);
  h.add(3, 4).writes(1, 21);
  h.ends_with({{1, {11}}});
  expect_found(h, AnomalyKind::kLostWrite);
}

TEST(CheckerReads, LostDeleteAndLostWriteOfAnAbsentKey) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11);
  h.add(3, 4).reads(1, {11}).deletes(1);
  h.ends_with({{1, {11}}});
  expect_found(h, AnomalyKind::kLostWrite);
  HistoryBuilder g = registers();
  g.add().writes(1, 11);
  g.ends_with({});
  expect_found(g, AnomalyKind::kLostWrite);
  HistoryBuilder f = registers();
  f.add(1, 2).writes(1, 11).at(1);
  f.add(3, 4).deletes(1).at(2);
  f.add(5, 6).writes(1, 31).at(3);
  f.ends_with({});
  expect_found(f, AnomalyKind::kLostWrite);
}

TEST(CheckerReads, DeletedAtTheEndIsNotLost) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).at(1);
  h.add(3, 4).deletes(1).at(2);
  h.add(5, 6).writes(1, 31).at(3);
  h.add(7, 8).reads(1, {31}).deletes(1).at(4);
  h.ends_with({});
  expect_clean(h);
}

TEST(CheckerReads, BlindWritesMayEndInEitherOrder) {
  HistoryBuilder h = registers();
  h.add().writes(1, 11);
  h.add().writes(1, 21);
  h.add().deletes(1);
  h.ends_with({{1, {11}}});
  expect_clean(h);
  h.ends_with({});
  expect_clean(h);
}

TEST(CheckerReads, TimestampsOutOfOrder) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).at(7);
  h.add(3, 4).writes(2, 21).at(6);
  expect_found(h, AnomalyKind::kTimestampOrder);
  HistoryBuilder g = registers();
  g.add().writes(1, 11).at(7);
  g.add().writes(2, 21).at(7);
  expect_found(g, AnomalyKind::kTimestampOrder);
}

TEST(CheckerReads, WhoOnlyReadsMayHaveAnyTimestamp) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).at(7);
  h.add(3, 4).reads(1, {11}).at(7);
  h.add(5, 6).reads(1, {11}).at(1);
  h.ends_with({{1, {11}}});
  expect_clean(h);
}

TEST(CheckerInDoubt, MayHaveHappenedOrNot) {
  HistoryBuilder h = registers();
  h.add(1, 9).writes(1, 11).writes(2, 12).unknown();
  h.ends_with({});
  expect_clean(h);
  h.ends_with({{1, {11}}, {2, {12}}});
  expect_clean(h);
  EXPECT_EQ(check_history(h.history(), kSerializable).unknown_happened_count, 1u);
}

TEST(CheckerInDoubt, ButNotInPart) {
  HistoryBuilder h = registers();
  h.add(1, 9).writes(1, 11).writes(2, 12).unknown();
  h.ends_with({{1, {11}}});
  expect_found(h, AnomalyKind::kLostWrite);
  HistoryBuilder g = lists();
  g.add(1, 9).appends(1, 11).appends(2, 12).unknown();
  g.ends_with({{2, {12}}});
  expect_found(g, AnomalyKind::kLostWrite);
}

TEST(CheckerInDoubt, ADeleteThatOnlyItExplainsHappened) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11).writes(2, 12);
  h.add(3, 9).reads(1, {11}).deletes(1).writes(3, 23).unknown();
  h.ends_with({{2, {12}}, {3, {23}}});
  expect_clean(h);
  h.ends_with({{1, {11}}, {2, {12}}});
  expect_clean(h);
  h.ends_with({{2, {12}}});
  expect_found(h, AnomalyKind::kLostWrite);
}

TEST(CheckerInDoubt, WhatHappenedByAnAbsenceIsJudgedAsAWhole) {
  HistoryBuilder h = registers();
  h.add(1, 2).writes(1, 11);
  h.add(1, 9).writes(2, 22).aborted();
  h.add(3, 9).reads(1, {11}).reads(2, {22}).deletes(1).unknown();
  h.ends_with({{1, {11}}});
  expect_clean(h);
  h.ends_with({});
  expect_found(h, AnomalyKind::kG1a);
}

TEST(CheckerInDoubt, WhoIsSeenHasSeen) {
  // The final state shows T1, which read T0: so T0 happened, and its other write may not be missing.
  HistoryBuilder h = registers();
  h.add(1, 9).writes(1, 11).writes(2, 12).unknown();
  h.add(1, 9).reads(1, {11}).writes(1, 21).unknown();
  h.ends_with({{1, {21}}});
  expect_found(h, AnomalyKind::kLostWrite);
  h.ends_with({{1, {21}}, {2, {12}}});
  expect_clean(h);
}

TEST(CheckerInDoubt, OneWithoutAnEndMayTakeEffectLate) {
  HistoryBuilder h = registers();
  h.add(1, kNoEnd).writes(1, 11).unknown();
  h.add(5, 6).misses(1);
  h.add(7, 8).reads(1, {11});
  h.ends_with({{1, {11}}});
  expect_clean(h);
  HistoryBuilder g = registers();
  g.add(1, 4).writes(1, 11).unknown();
  g.add(5, 6).misses(1);
  g.add(7, 8).reads(1, {11});
  EXPECT_FALSE(check_history(g.history(), kSerializable).is_clean(kSerializable));
}

}  // namespace

}  // namespace wombat::isolation
