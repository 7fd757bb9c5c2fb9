/// What golden databases are built with.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "crash/keyspace_rows.h"
#include "crash/test_clock.h"
#include "db/external_table.h"
#include "formats/golden_database.h"

namespace wombat {

inline constexpr char kGoldenBaseOptions[] =
    "memtable.size=64KiB; table.size=4KiB; levels.base_size=64KiB; compaction.min_compaction_files=4; "
    "table.block_size=512; cache.size=256KiB; compaction.threads=1; checkpoint.interval_s=0";

/// Builds a database and writes down what it should hold.
class GoldenBuilder {
 public:
  GoldenBuilder(const std::string& name, const std::string& more_options)
      : random_(17), faults_(&file_system_) {
    golden_.name = name;
    WOMBAT_CHECK(golden_.options.parse(kGoldenBaseOptions).is_ok());
    WOMBAT_CHECK(golden_.options.parse(more_options).is_ok());
    open();
  }

  void open() {
    Environment environment;
    environment.file_system = &faults_;
    environment.clock = &clock_;
    Result<std::shared_ptr<Db>> opened = Db::open(kGoldenPath, golden_.options, environment);
    check(opened.status());
    db_ = std::move(opened).value();
    note_state();
  }
  void close() {
    check(db_->close());
    db_.reset();
  }
  void reopen() {
    note_files();
    close();
    note_files();
    open();
  }

  void write(const std::vector<ModelOperation>& operations) {
    WriteBatch batch;
    std::vector<std::shared_ptr<Tree>> kept;
    check(add_operations(*db_, operations, model_.now(), &batch, &kept));
    std::vector<Tree*> trees;
    for (const auto& tree : kept) trees.push_back(tree.get());
    WriteRequest request;
    request.record = batch.record();
    request.tree = trees.front();
    if (trees.size() > 1) request.trees = trees;
    check(db_->write(request));
    model_.apply(operations);
    note_state();
  }
  /// Puts with ascending keys, in tables that come from outside.
  void ingest(const std::vector<ModelOperation>& puts) {
    check(file_system_.open_directory("/outside", DirectoryMode::kCreateIfMissing).status());
    TableOptions options;
    options.block_size_bytes = 512;
    const std::string path = "/outside/t" + std::to_string(++outside_count_);
    auto builder = ExternalTableBuilder::create(file_system_, path, options);
    check(builder.status());
    for (const ModelOperation& put : puts) {
      check(put.ticks == 0
                ? (*builder)->put(put.key, put.value)
                : (*builder)->put_until(put.key, put.value, TestClock::wall_at(model_.now() + put.ticks)));
    }
    check((*builder)->finish());
    check(db_->default_tree().ingest({path}, true, {}));
    model_.apply(puts);
    note_state();
  }
  void create_keyspace(const char* name) { check(db_->create_keyspace(name, "").status()); }
  void prepare(const std::string& name) {
    TransactionSettings settings = Transaction::default_settings(*db_);
    const auto transaction = Transaction::begin(db_, db_->default_tree().shared_from_this(), settings);
    check(transaction.status());
    const Transaction::Entry entry(*transaction.value());
    check(add_operations(*transaction.value(), operations_of_prepared(name, model_.now()), model_.now()));
    check(transaction.value()->prepare(name));
    model_.apply({ModelOperation::put(prepared_row(name), "")});
    note_state();
  }
  void tick() {
    model_.tick();
    clock_.set_ticks(model_.now());
  }
  void put(const std::string& key, size_t value_size) {
    write({ModelOperation::put(key, value(value_size))});
  }
  void erase(const std::string& key) { write({ModelOperation::erase(key)}); }
  void fill(const std::string& prefix, int first, int count, size_t value_size) {
    for (int i = first; i < first + count; ++i) put(prefix + std::to_string(100 + i), value_size);
  }
  std::string value(size_t size) {
    std::string bytes;
    while (bytes.size() < size) bytes += bytes.size() % 3 == 0 ? static_cast<char>(random_.next()) : 'v';
    return bytes;
  }

  Db& db() { return *db_; }
  FaultFileSystem& faults() { return faults_; }
  void check(const Status& status) { WOMBAT_CHECK(status.is_ok()); }
  void note_files() { golden_.older.push_back(files_of(file_system_)); }

  /// What a crash at this moment leaves.
  void crash() { image_ = file_system_.crash_clone(1, CrashPolicy::kKeepAll); }

  GoldenDatabase finish() {
    if (db_ != nullptr) close();
    golden_.is_sealed = image_ == nullptr;
    golden_.file_system = image_ ? std::move(image_) : file_system_.crash_clone(1, CrashPolicy::kKeepAll);
    golden_.files = files_of(*golden_.file_system);
    golden_.now = model_.now();
    for (auto& [timestamp, state] : golden_.states) state = rows_of_state(timestamp);
    golden_.keys = model_.keys();
    for (int i = 0; i < 100; ++i) model_.tick();
    golden_.later_rows = model_.scan();
    for (const char* key : {"absent", "zzz", ""}) golden_.keys.push_back(key);
    return std::move(golden_);
  }

 private:
  void note_state() {
    versions_[db_->visible_timestamp()] = model_.version();
    golden_.states[db_->visible_timestamp()];
  }
  /// As it looks when all has been built.
  ModelRows rows_of_state(Timestamp timestamp) const { return model_.scan("", "", versions_.at(timestamp)); }

  static GoldenDatabase::Files files_of(const SimFileSystem& file_system) {
    GoldenDatabase::Files files;
    for (const std::string& name : file_system.list_files(kGoldenPath))
      files[name] = *file_system.read_file(kGoldenPath, name);
    for (const char* const side : {"values", "cold"}) {
      const std::string path = std::string(kGoldenPath) + "/" + side;
      for (const std::string& name : file_system.list_files(path))
        if (name != kLockFileName) files[std::string(side) + "/" + name] = *file_system.read_file(path, name);
    }
    return files;
  }

  Random random_;
  SimFileSystem file_system_;
  FaultFileSystem faults_;
  std::unique_ptr<SimFileSystem> image_;
  GoldenDatabase golden_;
  std::shared_ptr<Db> db_;
  TestClock clock_;
  ModelDatabase model_;
  std::map<Timestamp, uint64_t> versions_;  // of the model
  int outside_count_ = 0;
};

}  // namespace wombat
