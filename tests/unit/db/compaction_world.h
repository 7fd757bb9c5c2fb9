/// A database in memory for tests of what compactions do.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/random.h"
#include "crash/test_clock.h"
#include "db/db.h"
#include "db/db_iterator.h"
#include "support/fault_file_system.h"
#include "support/sim_file_system.h"

namespace wombat::test {

using Rows = std::map<std::string, std::string>;

class CompactionWorld : public testing::Test {
 protected:
  void open(const std::string& more = "") {
    Options options;
    ASSERT_TRUE(options.parse(
        "wal.sync=os; checkpoint.interval_s=0; memtable.size=65536; table.size=32768; table.block_size=1024;"
        "levels.base_size=131072; levels.size_multiplier=4; compaction.threads=2; "
        "compaction.rest_after_ms=0"));
    const Status parsed = options.parse(more);
    ASSERT_TRUE(parsed) << parsed.to_string();
    environment_.file_system = &files_;
    auto opened = Db::open(path_, options, environment_);
    ASSERT_TRUE(opened) << opened.status().to_string();
    db_ = std::move(opened).value();
  }
  void begin_another() {
    path_ += "d";
    model_.clear();
  }
  void close() {
    if (db_ == nullptr) return;
    EXPECT_TRUE(db_->close());
    db_.reset();
  }
  void TearDown() override { close(); }

  Status write(WriteBatch& batch) {
    WriteRequest request;
    request.record = batch.record();
    request.tree = &db_->default_tree();
    return db_->write(request);
  }
  void put(const std::string& key, const std::string& value) {
    WriteBatch batch;
    ASSERT_TRUE(batch.put(key, value));
    const Status written = write(batch);
    ASSERT_TRUE(written) << written.to_string();
    model_[key] = value;
  }
  void remove(const std::string& key) {
    WriteBatch batch;
    ASSERT_TRUE(batch.remove(key));
    ASSERT_TRUE(write(batch));
    model_.erase(key);
  }
  void remove_range(const std::string& lower, const std::string& upper) {
    WriteBatch batch;
    const Bytes end(upper);
    ASSERT_TRUE(batch.remove_range(lower, &end));
    ASSERT_TRUE(write(batch));
    model_.erase(model_.lower_bound(lower), model_.lower_bound(upper));
  }
  static std::string key_of(uint64_t i) {
    char text[16];
    snprintf(text, sizeof text, "key%06u", static_cast<unsigned>(i % 1'000'000));
    return text;
  }
  /// Random puts, deletes and range deletes.
  void churn(Random& random, int count, uint64_t key_count = 2000) {
    for (int i = 0; i < count && !HasFatalFailure(); ++i) {
      const uint64_t k = random.below(key_count);
      if (random.one_in(200)) {
        remove_range(key_of(k), key_of(k + random.below(50) + 1));
      } else if (random.one_in(4)) {
        remove(key_of(k));
      } else {
        put(key_of(k), std::string(20 + random.below(100), static_cast<char>('a' + random.below(26))));
      }
    }
  }
  Rows rows(Timestamp snapshot = 0) {
    IteratorSettings settings;
    settings.snapshot = snapshot;
    const auto iterator = db_->new_iterator(settings).value();
    return rows_of(*iterator);
  }
  static Rows rows_of(DbIterator& iterator) {
    Rows found;
    for (iterator.seek_first(); iterator.rows().valid(); iterator.step(true))
      found.emplace(iterator.rows().key(), iterator.rows().value());
    EXPECT_TRUE(iterator.rows().status());
    return found;
  }
  void settle() {
    const Status flushed = db_->flush({});
    ASSERT_TRUE(flushed) << flushed.to_string();
    const Status waited = db_->wait_for_background({});
    ASSERT_TRUE(waited) << waited.to_string();
  }
  void check() {
    EXPECT_EQ(rows(), model_);
    const Status verified = db_->verify({});
    EXPECT_TRUE(verified) << verified.to_string();
  }
  std::string property(const char* name) { return db_->property(name).value(); }
  void set(const char* name, const std::string& value) {
    const Status status = db_->set_option(Options::find(name).value(), value);
    ASSERT_TRUE(status) << status.to_string();
  }
  /// Waits for a fact that background work is to bring about: on what there is to see, not for a time.
  template <typename Fact>
  static bool comes_true(Fact fact) {
    for (int i = 0; i < 6000; ++i) {
      if (fact()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  SimFileSystem disk_;
  std::string path_ = "d";
  FaultFileSystem files_{&disk_};
  Environment environment_;
  std::shared_ptr<Db> db_;
  Rows model_;
};

}  // namespace wombat::test
