/// Which tables make up the tree, as data: levels -> runs -> tables. Immutable once built; shared by readers.
///
/// Invariants, checked before a version is installed (Version::check):
/// 1. Tables of a run ascend and do not share a user key.
/// 2. Runs of a level are ordered newest first: ids descend. Everything in a run is older, key by key, than
/// in the runs before
///    it and newer than in the levels below it.
/// 3. No table stands in two places.
/// Level 0 may have any number of runs, a deeper level has one: styles that keep many runs keep them in level 0.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "kv/entry.h"

namespace wombat {

inline constexpr uint32_t kLevelCountMax = 16;

/// What entries of a table have in a value file.
struct ValueUse {
  uint64_t file = 0;
  uint64_t count = 0;
  uint64_t bytes = 0;  // of records
  uint64_t end = 0;    // of the last record: the file is at least as long

  bool operator==(const ValueUse& other) const = default;
};

/// What the manifest records of a table. `digest` stands for every byte of the file.
struct TableInfo {
  uint64_t number = 0;
  uint64_t file_size = 0;
  uint64_t digest = 0;
  uint64_t entry_count = 0;
  uint64_t delete_count = 0;
  uint64_t key_bytes = 0;
  uint64_t value_bytes = 0;
  Timestamp timestamp_min = 0;
  Timestamp timestamp_max = 0;
  uint64_t expiring_count = 0;  // entries that expire
  uint64_t expiry_min_us = 0;   // when the first one does, and the last one
  uint64_t expiry_max_us = 0;
  uint64_t range_count = 0;  // fragments of range deletes
  uint64_t range_bytes = 0;  // of files, that its range deletes hid when it was written: about
  /// The commit that took the table in from outside; 0: none did. Timestamps in the file count from it.
  Timestamp ingested_at = 0;
  uint64_t newest_us = 0;  // wall clock: everything in it was written before; 0: not known
  /// Of entries that a newer one of the same key in the table supersedes: kept for snapshots and history. Of keys and
  /// values in the table, and of records in value files.
  uint64_t shadowed_bytes = 0;
  uint64_t shadowed_value_bytes = 0;
  uint32_t incarnation = 0;
  /// It lies in the directory for cold tables. Not in the manifest: whoever opens the database looks.
  bool is_cold = false;
  std::string smallest_key;
  std::string largest_key;
  std::vector<ValueUse> values;  // ascending by file
  /// Bytes of values in value files.
  uint64_t pointed_bytes() const;

  bool operator==(const TableInfo& other) const = default;
};

/// A table that a version refers to. The database derives from it to keep the open reader beside the facts,
/// so that a reader that holds a version reaches the table without a look-up.
struct TableHandle {
  explicit TableHandle(TableInfo table_info) : info(std::move(table_info)) {}
  virtual ~TableHandle() = default;
  const TableInfo info;
};
using TablePtr = std::shared_ptr<TableHandle>;

struct Run {
  uint64_t id = 0;
  std::vector<TablePtr> tables;
  uint64_t bytes() const;
  /// Index of the first table whose largest key is >= `key`; tables.size() when there is none.
  size_t find(Bytes key) const;
};

struct Level {
  std::vector<Run> runs;
  uint64_t bytes() const;
  uint64_t pointed_bytes() const;
  size_t table_count() const;
};

class Version {
 public:
  explicit Version(uint32_t level_count) : levels(level_count) {}
  std::vector<Level> levels;

  /// kCorruption naming the tables that break an invariant.
  Status check() const;
  /// Tables of `run` that may hold keys from `*lower` to `*upper`, both included; an unbounded side is
  /// nullptr.
  static std::vector<TablePtr> overlapping(const Run& run, const Bytes* lower, const Bytes* upper);
  /// True when a level deeper than `level` holds a table that may contain `key`.
  bool key_may_exist_below(uint32_t level, Bytes key) const;
  /// True when `level` or a deeper one holds a table that may contain `key`.
  bool key_may_exist_from(uint32_t level, Bytes key) const;
  /// True when `level` or a deeper one holds a table with keys from `lower` to `*upper`, both included; null: to the end.
  bool range_may_exist_from(uint32_t level, Bytes lower, const Bytes* upper) const;
  uint64_t bytes() const;
  size_t table_count() const;
  uint64_t pointed_bytes() const;
};
using VersionPtr = std::shared_ptr<const Version>;

}  // namespace wombat
