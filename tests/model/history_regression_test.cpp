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

TEST_F(HistoryRegression, NewIteratorStaysNewWhenTheBufferOfAReadBatchIsTooSmall) {
  ASSERT_EQ(wombat_put(db_, "a", 1, "first", 5, nullptr, &error_), WOMBAT_OK);
  ASSERT_EQ(wombat_put(db_, "z", 1, "last", 4, nullptr, &error_), WOMBAT_OK);
  for (const int32_t direction : {WOMBAT_FORWARD, WOMBAT_BACKWARD}) {
    wombat_iterator* iterator = nullptr;
    ASSERT_EQ(wombat_iterator_create(db_, nullptr, &iterator, &error_), WOMBAT_OK);
    char buffer[4];
    size_t used = 0;
    size_t rows = 0;
    EXPECT_EQ(
        wombat_iterator_read_batch(iterator, direction, 0, buffer, sizeof buffer, &used, &rows, &error_),
        WOMBAT_BUFFER_TOO_SMALL);
    const void* key = nullptr;
    size_t key_size = 0;
    const auto move = direction == WOMBAT_FORWARD ? wombat_iterator_prev : wombat_iterator_next;
    ASSERT_EQ(move(iterator, &key, &key_size, nullptr, nullptr, &error_), WOMBAT_OK);
    EXPECT_EQ(*static_cast<const char*>(key), direction == WOMBAT_FORWARD ? 'z' : 'a');
    wombat_iterator_destroy(iterator);
  }
}

}  // namespace
}  // namespace wombat
