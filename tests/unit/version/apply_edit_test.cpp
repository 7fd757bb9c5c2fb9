#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "support/seed.h"
#include "tree_maker.h"
#include "version/version_edit.h"

namespace wombat {
namespace {

ManifestState applied(const ManifestState& state, const VersionEdit& edit) {
  auto result = apply_edit(state, edit, make_table);
  EXPECT_TRUE(result) << result.status().to_string();
  return result ? std::move(result).value() : state;
}

Status refusal(const ManifestState& state, const VersionEdit& edit) {
  const std::string before = describe_state(state);
  const auto result = apply_edit(state, edit, make_table);
  EXPECT_FALSE(result);
  EXPECT_EQ(describe_state(state), before) << "a refused edit changes nothing";
  return result.status();
}

VersionEdit adding(uint32_t level, uint64_t run_id, const TableInfo& table) {
  VersionEdit edit;
  edit.added.push_back({level, run_id, table});
  return edit;
}

TEST(ApplyEditTest, RunsAreOrderedNewestFirstAndTablesByKey) {
  ManifestState state = empty_state();
  VersionEdit edit;
  edit.added = {{0, 5, table_info(20, "m", "n")},
                {0, 9, table_info(21, "a", "z")},
                {0, 5, table_info(22, "a", "b")},
                {0, 7, table_info(23, "a", "b")}};
  state = applied(state, edit);
  const auto& runs = state.version->levels[0].runs;
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[0].id, 9u);
  EXPECT_EQ(runs[1].id, 7u);
  EXPECT_EQ(runs[2].id, 5u);
  EXPECT_EQ(runs[2].tables[0]->info.number, 22u);
  EXPECT_EQ(runs[2].tables[1]->info.number, 20u);
}

TEST(ApplyEditTest, TheOldStateStaysAndSharesHandles) {
  const ManifestState first = applied(empty_state(), adding(1, 1, table_info(20, "a", "b")));
  const ManifestState second = applied(first, adding(1, 1, table_info(21, "c", "d")));
  EXPECT_EQ(first.version->table_count(), 1u);
  ASSERT_EQ(second.version->table_count(), 2u);
  EXPECT_EQ(first.version->levels[1].runs[0].tables[0], second.version->levels[1].runs[0].tables[0]);
}

TEST(ApplyEditTest, ARunDisappearsWithItsLastTable) {
  const ManifestState state = applied(empty_state(), adding(1, 1, table_info(20, "a", "b")));
  VersionEdit edit;
  edit.removed = {{1, 20}};
  EXPECT_TRUE(applied(state, edit).version->levels[1].runs.empty());
}

TEST(ApplyEditTest, AMovedTableKeepsItsHandle) {
  const TableInfo info = table_info(20, "a", "b");
  const ManifestState state = applied(empty_state(), adding(0, 3, info));
  VersionEdit edit = adding(2, 3, info);
  edit.removed = {{0, 20}};
  int made = 0;
  const auto moved = apply_edit(state, edit, [&made](const TableInfo& table) {
    ++made;
    return make_table(table);
  });
  ASSERT_TRUE(moved) << moved.status().to_string();
  EXPECT_EQ(made, 0);
  EXPECT_EQ(moved.value().version->levels[2].runs[0].tables[0], state.version->levels[0].runs[0].tables[0]);
  EXPECT_TRUE(moved.value().version->levels[0].runs.empty());
}

TEST(ApplyEditTest, AMovedTableMayNotChange) {
  const ManifestState state = applied(empty_state(), adding(0, 3, table_info(20, "a", "b")));
  TableInfo changed = table_info(20, "a", "b");
  changed.digest ^= 1;
  VersionEdit edit = adding(2, 3, changed);
  edit.removed = {{0, 20}};
  EXPECT_EQ(refusal(state, edit).code(), Code::kCorruption);
}

TEST(ApplyEditTest, TheFactoryMakesExactlyTheNewHandles) {
  std::set<uint64_t> made;
  struct Marked : TableHandle {
    using TableHandle::TableHandle;
  };
  VersionEdit edit;
  edit.added = {{0, 1, table_info(20, "a", "b")}, {0, 1, table_info(21, "c", "d")}};
  const auto result = apply_edit(empty_state(), edit, [&made](const TableInfo& info) {
    made.insert(info.number);
    return std::make_shared<Marked>(info);
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(made, (std::set<uint64_t>{20, 21}));
  for (const TablePtr& table : result.value().version->levels[0].runs[0].tables) {
    EXPECT_NE(dynamic_cast<Marked*>(table.get()), nullptr);
  }
}

TEST(ApplyEditTest, ImpossibleChangesAreRefused) {
  const ManifestState state = applied(empty_state(), adding(1, 1, table_info(20, "c", "f")));
  VersionEdit edit;
  edit.removed = {{1, 99}};
  EXPECT_EQ(refusal(state, edit).code(), Code::kCorruption) << "not there";
  edit.removed = {{2, 20}};
  EXPECT_EQ(refusal(state, edit).code(), Code::kCorruption) << "not in that level";
  edit.removed = {{1, 20}, {1, 20}};
  EXPECT_EQ(refusal(state, edit).code(), Code::kCorruption) << "removed twice";
  EXPECT_EQ(refusal(state, adding(2, 1, table_info(20, "c", "f"))).code(), Code::kCorruption)
      << "added twice";
  for (const auto& [smallest, largest] :
       {std::pair("f", "g"), {"a", "c"}, {"a", "z"}, {"d", "e"}, {"c", "f"}}) {
    EXPECT_EQ(refusal(state, adding(1, 1, table_info(21, smallest, largest))).code(), Code::kCorruption)
        << smallest << " to " << largest;
  }
  EXPECT_EQ(refusal(state, adding(1, 1, table_info(21, "z", "x"))).code(), Code::kCorruption);
  EXPECT_EQ(refusal(state, adding(kLevelCountMax, 1, table_info(21, "x", "z"))).code(), Code::kCorruption);
}

TEST(ApplyEditTest, AnotherDatabaseOrComparatorIsRefused) {
  const ManifestState state = empty_state();
  VersionEdit edit;
  edit.database_id = test_database_id();
  EXPECT_TRUE(apply_edit(state, edit, make_table));
  edit.database_id->at(0) ^= 1;
  EXPECT_EQ(refusal(state, edit).code(), Code::kCorruption);
  edit = VersionEdit();
  edit.comparator = "reverse";
  EXPECT_EQ(refusal(state, edit).code(), Code::kUnsupported);
}

TEST(ApplyEditTest, CountersNeverGoBack) {
  ManifestState state = empty_state();
  VersionEdit edit;
  edit.next_file_number = 100;
  edit.last_timestamp = 50;
  edit.history_min = 7;
  edit.log_number_min = 9;
  edit.incarnation = 4;
  state = applied(state, edit);
  edit.next_file_number = 99;
  edit.last_timestamp = 49;
  edit.history_min = 6;
  edit.log_number_min = 8;
  edit.incarnation = 3;
  state = applied(state, edit);
  EXPECT_EQ(state.next_file_number, 100u);
  EXPECT_EQ(state.last_timestamp, 50u);
  EXPECT_EQ(state.history_min, 7u);
  EXPECT_EQ(snapshot_edit(state).history_min, std::optional<Timestamp>(7));
  EXPECT_EQ(state.log_number_min, 9u);
  EXPECT_EQ(state.incarnation, 4u);
}

TEST(ApplyEditTest, ANumberThatWasSeenIsTaken) {
  ManifestState state = applied(empty_state(), adding(0, 1, table_info(500, "a", "b")));
  EXPECT_EQ(state.next_file_number, 501u);
  VersionEdit edit;
  edit.sealed_logs = {{700, 10}};
  EXPECT_EQ(applied(state, edit).next_file_number, 701u);
}

TEST(ApplyEditTest, SealedLogsAreKeptUntilTheyAreNoLongerNeeded) {
  using Logs = std::vector<std::pair<uint64_t, uint64_t>>;
  VersionEdit edit;
  edit.sealed_logs = {{5, 100}, {6, 200}};
  ManifestState state = applied(empty_state(), edit);
  EXPECT_EQ(state.sealed_logs, (Logs{{5, 100}, {6, 200}}));
  edit.sealed_logs = {{6, 200}};
  state = applied(state, edit);
  EXPECT_EQ(state.sealed_logs, (Logs{{5, 100}, {6, 200}})) << "the same seal again";
  edit.sealed_logs = {{6, 201}};
  EXPECT_EQ(refusal(state, edit).code(), Code::kCorruption);
  edit.sealed_logs = {{7, 300}};
  edit.log_number_min = 6;
  EXPECT_EQ(applied(state, edit).sealed_logs, (Logs{{6, 200}, {7, 300}}));
}

TEST(ApplyEditTest, ALogIsCreatedAndThenSealed) {
  using Logs = std::vector<std::pair<uint64_t, uint64_t>>;
  VersionEdit edit;
  edit.sealed_logs = {{5, 0}};
  ManifestState state = applied(empty_state(), edit);
  EXPECT_EQ(state.sealed_logs, (Logs{{5, 0}}));
  EXPECT_EQ(applied(ManifestState(), snapshot_edit(state)).sealed_logs, (Logs{{5, 0}}));
  edit.sealed_logs = {{5, 100}};
  state = applied(state, edit);
  EXPECT_EQ(state.sealed_logs, (Logs{{5, 100}}));
  edit.sealed_logs = {{5, 0}};
  EXPECT_EQ(refusal(state, edit).code(), Code::kCorruption) << "a sealed log is not created again";
}

TEST(ApplyEditTest, TheTreeHasTheLevelsThatWereAskedForAndThoseInUse) {
  ManifestState state = empty_state(3);
  EXPECT_EQ(applied(state, VersionEdit()).version->levels.size(), 3u);
  state = applied(state, adding(5, 1, table_info(20, "a", "b")));
  EXPECT_EQ(state.version->levels.size(), 6u);
  VersionEdit edit;
  edit.level_count = 2;
  EXPECT_EQ(applied(state, edit).version->levels.size(), 6u);
  edit.removed = {{5, 20}};
  EXPECT_EQ(applied(state, edit).version->levels.size(), 2u);
}

TEST(ApplyEditTest, ASnapshotEditRebuildsTheState) {
  const SeedScope seed(71);
  Random random(seed.seed());
  for (int round = 0; round < 20; ++round) {
    ManifestState state = empty_state();
    for (int i = 0; i < 40; ++i) {
      state = applied(state, random_edit(state, &random));
      if (HasFailure()) return;
    }
    std::string bytes;
    snapshot_edit(state).encode(&bytes);
    const auto decoded = VersionEdit::decode(bytes, "m");
    ASSERT_TRUE(decoded) << decoded.status().to_string();
    const ManifestState copy = applied(ManifestState(), decoded.value());
    EXPECT_TRUE(states_are_equal(copy, state)) << describe_state(copy) << "\n" << describe_state(state);
    EXPECT_EQ(copy.version->levels.size(), state.version->levels.size());
    EXPECT_GT(state.version->table_count(), 0u);
  }
}

TEST(ApplyEditTest, ATreeOfTenThousandTablesIsChangedInMilliseconds) {
  VersionEdit edit;
  for (uint64_t i = 0; i < 10000; ++i) {
    edit.added.push_back({3, 1, table_info(100 + i, key_text(10 * i), key_text(10 * i + 5))});
  }
  ManifestState state = applied(empty_state(), edit);
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t i = 0; i < 20; ++i) {
    VersionEdit replace = adding(3, 1, table_info(20000 + i, key_text(10 * i), key_text(10 * i + 5)));
    replace.removed = {{3, 100 + i}};
    state = applied(state, replace);
  }
  const auto elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(state.version->table_count(), 10000u);
  EXPECT_LT(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count(), 4000)
      << "20 edits; quadratic work would take minutes";
  RecordProperty(
      "microseconds_per_edit",
      static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count() / 20));
}

}  // namespace
}  // namespace wombat
