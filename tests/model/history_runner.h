/// A random history through the C API, every answer compared with ModelDatabase. What is done depends on the
/// history's seed alone, so that one history can be run on many configurations.
#pragma once

#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/history_data.h"
#include "model/model_cursor.h"
#include "support/model_database.h"
#include "support/temp_directory.h"
#include "wombat.h"

namespace wombat {

/// An answer that differs from the model's, or a failure where there should be none.
struct Mismatch : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class HistoryRunner {
 public:
  /// The database is created in `path`; one in memory is never opened again.
  HistoryRunner(const std::string& path, uint64_t history_seed, uint64_t options_seed);
  ~HistoryRunner();
  HistoryRunner(const HistoryRunner&) = delete;
  HistoryRunner& operator=(const HistoryRunner&) = delete;

  /// Throws Mismatch.
  void step();
  /// Compares everything once more, also after reopening, then removes the database.
  void finish();
  /// For messages: number of the present step, keys, options.
  std::string describe() const;

 private:
  struct HeldSnapshot {
    wombat_snapshot* handle;
    uint64_t version;
  };
  struct HeldIterator {
    wombat_iterator* handle;
    ModelCursor cursor;
    bool keys_only;
    uint64_t version;
    std::string story;  // bounds and moves so far, for messages
  };
  struct View {  // at what moment a read looks
    wombat_read_options options;
    uint64_t version;
  };

  void open();
  void close();
  void check(const char* call, wombat_status status) const;
  [[noreturn]] void fail(const std::string& what) const;
  void require(bool condition, const char* what) const {
    if (!condition) fail(what);
  }
  void require_value(const char* call, Bytes key, Bytes found, Bytes expected) const;
  View random_view();
  wombat_write_options random_write_options();
  uint64_t oldest_version_needed() const;

  // history_keyspaces.cpp. In the model a keyspace is all keys with its prefix.
  struct Space {
    std::string name;
    std::string prefix;
    wombat_db* handle = nullptr;
  };
  std::vector<ModelOperation> placed(std::vector<ModelOperation> operations) const;
  void apply(std::vector<ModelOperation> operations) { model_.apply(placed(std::move(operations))); }
  std::optional<std::string> expected_value(const std::string& key, uint64_t version) const {
    return model_.get(spaces_[here_].prefix + key, version);
  }
  bool expires(const std::string& key) const { return model_.expires(spaces_[here_].prefix + key); }
  ModelRows rows_here(uint64_t version) const;
  void go_to(size_t space);
  void open_spaces();
  void compare_spaces();
  void create_keyspace();
  void rename_keyspace();
  void drop_keyspace();

  // history_transactions.cpp
  void write_in_transaction();
  void write_to_transaction(wombat_txn* transaction, const ModelOperation& operation);
  void read_in_transaction(wombat_txn* transaction);
  void prepare();

  // history_writes.cpp
  void put();
  void erase();
  void write_batch();
  void write_packed();
  void put_expiring();
  void merge();
  void erase_range();
  std::vector<ModelOperation> random_operations(size_t count_max);
  std::vector<ModelOperation> random_rich_operations(size_t count_max);
  ModelOperation random_rich_operation();
  ModelOperation random_merge(std::string key, bool may_be_of_numbers);
  void add_to_batch(wombat_batch* batch, const ModelOperation& operation);

  // history_bulk.cpp
  void ingest();
  std::string build_file(const std::vector<ModelOperation>& ascending);

  // history_reads.cpp
  void get();
  void get_pinned();
  void exists();
  void multi_get();
  void multi_get_packed();

  // history_walks.cpp
  HeldIterator make_iterator();
  void walk(HeldIterator& iterator, int moves);
  void move(HeldIterator& iterator);
  void read_batch(HeldIterator& iterator);
  void compare_row(const HeldIterator& iterator, wombat_status status, Bytes key, Bytes value) const;
  void walk_new();
  void walk_held();
  void compare_all(wombat_db* db, const wombat_snapshot* snapshot, uint64_t version);

  // history_upkeep.cpp
  void let_time_pass();
  void take_snapshot();
  void release_snapshot();
  void flush();
  void compact();
  void maintain();
  void change_option();
  void reopen();
  void read_beside();
  void release_all();

  bool is_in_memory() const { return path_ == WOMBAT_IN_MEMORY; }

  const std::string path_;
  const uint64_t options_seed_;
  Random random_;  // what is done
  Random tuning_;  // with which options
  KeyFamily keys_;
  ModelDatabase model_;
  wombat_db* main_ = nullptr;
  std::vector<Space> spaces_;  // the first one is the default keyspace
  size_t here_ = 0;            // where the present step is at work
  wombat_db* db_ = nullptr;    // its handle
  uint64_t space_count_ = 1;   // that ever were
  wombat_pin* pin_ = nullptr;
  const TempDirectory bulk_files_;
  uint64_t bulk_count_ = 0;
  std::string options_text_;
  std::deque<HeldSnapshot> snapshots_;
  std::deque<HeldIterator> iterators_;
  mutable wombat_error error_{};
  uint64_t step_count_ = 0;
  const char* doing_ = "";
};

}  // namespace wombat
