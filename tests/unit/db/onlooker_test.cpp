#include "db/onlooker.h"

#include <gtest/gtest.h>

#include "support/sim_file_system.h"

namespace wombat {

namespace {

const Status kMissing(Code::kMissingFile, "000007.log");

class OnlookerTest : public ::testing::Test {
 protected:
  OnlookerTest() {
    directory_ = std::move(files_.open_directory("/db", DirectoryMode::kCreateIfMissing)).value();
  }

  void create(uint64_t number) { ASSERT_TRUE(directory_->create_file(file_name(FileKind::kLog, number))); }
  void remove(uint64_t number) { ASSERT_TRUE(directory_->remove_file(file_name(FileKind::kLog, number))); }
  bool should_look_again(const Status& status) { return onlooker_.should_look_again(status, *directory_); }

  SimFileSystem files_;
  std::unique_ptr<Directory> directory_;
  Onlooker onlooker_;
};

TEST_F(OnlookerTest, TakesAnAnswerThatIsOne) {
  EXPECT_FALSE(should_look_again(Status::ok()));
  EXPECT_FALSE(should_look_again(Status(Code::kIoError, "pread")));
}

TEST_F(OnlookerTest, GivesUpWhereNobodyWrites) {
  create(7);
  int look_count = 1;
  while (should_look_again(kMissing)) ++look_count;
  EXPECT_EQ(look_count, 4);
}

TEST_F(OnlookerTest, GoesOnWhileFilesCome) {
  for (uint64_t number = 1; number <= 50; ++number) {
    create(number);
    ASSERT_TRUE(should_look_again(Status(Code::kCorruption, "crc"))) << number;
  }
}

TEST_F(OnlookerTest, GoesOnWhileFilesOnlyGo) {
  for (uint64_t number = 1; number <= 50; ++number) create(number);
  for (uint64_t number = 1; number < 50; ++number) {
    remove(number);
    ASSERT_TRUE(should_look_again(kMissing)) << number;
  }
}

TEST_F(OnlookerTest, EndsEvenWhereSomebodyWritesForever) {
  int look_count = 0;
  do create(static_cast<uint64_t>(++look_count));
  while (should_look_again(kMissing) && look_count < 5000);
  EXPECT_EQ(look_count, 1000);
}

}  // namespace

}  // namespace wombat
