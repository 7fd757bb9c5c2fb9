/// What random histories have found, one small test each.
#include <gtest/gtest.h>

#include "support/temp_directory.h"
#include "wombat.h"

namespace wombat {
namespace {

class HistoryRegression : public ::testing::Test {
 protected:
  void SetUp() override { open(); }
  void TearDown() override { EXPECT_EQ(wombat_close(db_, &error_), WOMBAT_OK); }
  void open() {
    ASSERT_EQ(wombat_open(directory_.file("db").c_str(), nullptr, &db_, &error_), WOMBAT_OK)
        << error_.message;
  }

  TempDirectory directory_;
  wombat_db* db_ = nullptr;
  wombat_error error_{};
};

TEST_F(HistoryRegression, SnapshotOfAnEmptyDatabaseStaysEmpty) {
  wombat_snapshot* snapshot = nullptr;
  ASSERT_EQ(wombat_snapshot_create(db_, &snapshot, &error_), WOMBAT_OK);
  EXPECT_NE(wombat_snapshot_timestamp(snapshot), 0u);
  ASSERT_EQ(wombat_put(db_, "k", 1, "v", 1, nullptr, &error_), WOMBAT_OK);

  wombat_read_options read{};
  read.size = sizeof read;
  read.snapshot = snapshot;
  EXPECT_EQ(wombat_exists(db_, "k", 1, &read, &error_), WOMBAT_NOT_FOUND);
  ASSERT_EQ(wombat_flush(db_, nullptr, &error_), WOMBAT_OK);
  EXPECT_EQ(wombat_exists(db_, "k", 1, &read, &error_), WOMBAT_NOT_FOUND);

  wombat_iterator_options options{};
  options.size = sizeof options;
  options.snapshot = snapshot;
  wombat_iterator* iterator = nullptr;
  ASSERT_EQ(wombat_iterator_create(db_, &options, &iterator, &error_), WOMBAT_OK);
  EXPECT_EQ(wombat_iterator_first(iterator, nullptr, nullptr, nullptr, nullptr, &error_), WOMBAT_END);
  wombat_iterator_destroy(iterator);
  wombat_snapshot_release(snapshot);
}

}  // namespace
}  // namespace wombat
