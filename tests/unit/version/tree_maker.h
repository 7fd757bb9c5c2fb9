/// Tables, trees and edits for the tests of the version layer.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "version/version_edit.h"

namespace wombat {

inline TableInfo table_info(uint64_t number, std::string smallest, std::string largest) {
  TableInfo info;
  info.number = number;
  info.file_size = 1000 + number;
  info.digest = number * 0x9E3779B97F4A7C15ull;
  info.entry_count = 10 * number;
  info.delete_count = number % 7;
  info.key_bytes = 160 * number;
  info.value_bytes = 1000 * number;
  info.timestamp_min = number;
  info.timestamp_max = number + 100;
  info.incarnation = 3;
  info.smallest_key = std::move(smallest);
  info.largest_key = std::move(largest);
  return info;
}

inline TablePtr make_table(const TableInfo& info) { return std::make_shared<TableHandle>(info); }

inline DatabaseId test_database_id() { return {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6}; }

inline ManifestState empty_state(uint32_t level_count = 4) {
  ManifestState state;
  state.database_id = test_database_id();
  state.comparator = "bytewise";
  state.incarnation = 1;
  state.next_file_number = 10;
  state.version = std::make_shared<Version>(level_count);
  return state;
}

/// Everything that a state holds, for comparisons and messages.
inline std::string describe_state(const ManifestState& state) { return snapshot_edit(state).to_string(); }

inline std::vector<std::string> encoded_parts(const ManifestState& state) {
  std::string bytes;
  snapshot_edit(state).encode(&bytes);
  return {bytes};
}

inline bool states_are_equal(const ManifestState& a, const ManifestState& b) {
  return encoded_parts(a) == encoded_parts(b);
}

inline std::string key_text(uint64_t number) {
  std::string digits = std::to_string(number);
  return "key" + std::string(8 - digits.size(), '0') + digits;
}

/// An edit that `state` allows: new runs in level 0, tables that come, go and move.
inline VersionEdit random_edit(const ManifestState& state, Random* random) {
  VersionEdit edit;
  uint64_t number = state.next_file_number;
  const std::vector<Level>& levels = state.version->levels;
  for (uint32_t level = 0; level + 1 < levels.size(); ++level) {
    if (levels[level].runs.empty() || !random->one_in(3)) continue;
    for (const TablePtr& table : levels[level].runs.back().tables) {
      edit.removed.push_back({level, table->info.number});
      // A level of its own run each time: moved tables keep their bounds and overlap nothing.
      if (random->one_in(2)) edit.added.push_back({level + 1, number, table->info});
    }
    break;
  }
  const uint64_t run_id = number + 1;
  uint64_t from = random->below(1000);
  for (uint64_t i = random->below(4); i > 0; --i) {
    const uint64_t to = from + random->below(100);
    edit.added.push_back({0, run_id, table_info(number++, key_text(from), key_text(to))});
    from = to + 1 + random->below(100);
  }
  edit.next_file_number = number + 2;
  if (random->one_in(2)) edit.last_timestamp = state.last_timestamp + random->below(1000);
  if (random->one_in(3)) edit.sealed_logs.emplace_back(number, random->below(1 << 20));
  if (random->one_in(4)) edit.log_number_min = state.log_number_min + random->below(5);
  return edit;
}

}  // namespace wombat
