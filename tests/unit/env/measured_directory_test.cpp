// What the files of a directory take, by kind, compared with what the directory says.
#include "env/measured_directory.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

class MeasuredDirectoryTest : public testing::Test {
 protected:
  std::unique_ptr<MeasuredDirectory> open() {
    return std::make_unique<MeasuredDirectory>(
        posix_file_system().open_directory(place_.path(), DirectoryMode::kMustExist).value());
  }
  static uint64_t blocks(uint64_t size) { return (size + 4095) / 4096 * 4096; }
  TempDirectory place_;
};

TEST_F(MeasuredDirectoryTest, FollowsFilesThatGrowCloseMoveAndGo) {
  const auto directory = open();
  EXPECT_EQ(directory->bytes().total(), 0u);
  auto table = directory->create_file("000001.table").value();
  ASSERT_TRUE(table->append(std::string(5000, 'x')));
  EXPECT_EQ(directory->bytes().tables, 8192u);
  ASSERT_TRUE(table->write_at(20'000, "x"));
  EXPECT_EQ(directory->bytes().tables, 20480u);
  ASSERT_TRUE(table->close());
  EXPECT_EQ(directory->bytes().tables, 20480u);
  auto log = directory->create_file("000002.log").value();
  log->expect_small_appends();
  ASSERT_TRUE(log->append("small"));
  EXPECT_GE(directory->bytes().logs, 16u * 1024);  // what may be reserved counts
  log.reset();
  EXPECT_EQ(directory->bytes().logs, 4096u);
  ASSERT_TRUE(directory->create_file("000003.values").value()->append("x"));
  EXPECT_EQ(directory->bytes().values, 4096u);
  ASSERT_TRUE(directory->create_file("CURRENT.tmp").value()->append("x"));
  ASSERT_TRUE(directory->rename_file("CURRENT.tmp", "CURRENT"));
  EXPECT_EQ(directory->bytes().others, 4096u);
  EXPECT_FALSE(directory->create_file("000001.table"));  // it is there, and still counts
  EXPECT_EQ(directory->bytes().tables, 20480u);
  EXPECT_FALSE(directory->remove_file("000009.table"));
  for (const char* name : {"000001.table", "000002.log", "000003.values", "CURRENT"})
    ASSERT_TRUE(directory->remove_file(name));
  EXPECT_EQ(directory->bytes().total(), 0u);
}

TEST_F(MeasuredDirectoryTest, LearnsWhatWasThereBefore) {
  ASSERT_TRUE(open()->create_file("000001.table").value()->append(std::string(5000, 'x')));
  ASSERT_TRUE(open()->create_file("LOCK").value()->append("x"));
  const auto directory = open();
  auto values = directory->create_file("000002.values").value();
  ASSERT_TRUE(values->append(std::string(9000, 'x')));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(directory->learn_all());
    const FileBytes bytes = directory->bytes();
    EXPECT_EQ(bytes.tables, 8192u);
    EXPECT_EQ(bytes.values, 12288u);
    EXPECT_EQ(bytes.others, 4096u);
  }
  ASSERT_TRUE(directory->remove_file("000001.table"));
  EXPECT_EQ(directory->bytes().tables, 0u);
}

TEST_F(MeasuredDirectoryTest, AgreesWithTheDirectoryAfterRandomWork) {
  const SeedScope seed(99);
  Random random(seed.seed());
  const auto directory = open();
  std::vector<std::string> names;
  std::vector<std::unique_ptr<WritableFile>> files;
  for (uint64_t i = 1; i < 300; ++i) {
    if (random.one_in(3) && !files.empty()) {
      ASSERT_TRUE(files[random.below(files.size())]->append(std::string(random.below(9000), 'x')));
    } else if (random.one_in(4) && !names.empty()) {
      const size_t at = random.below(names.size());
      ASSERT_TRUE(directory->remove_file(names[at]));
      names.erase(names.begin() + static_cast<ptrdiff_t>(at));
      files.erase(files.begin() + static_cast<ptrdiff_t>(at));
    } else {
      static constexpr FileKind kKinds[] = {FileKind::kTable, FileKind::kValueLog, FileKind::kManifest};
      names.push_back(file_name(kKinds[random.below(3)], i));
      files.push_back(directory->create_file(names.back()).value());
    }
    uint64_t expected = 0;
    for (const std::string& name : names) expected += blocks(directory->file_size(name).value());
    ASSERT_EQ(directory->bytes().total(), expected) << "after " << i;
  }
}

}  // namespace
}  // namespace wombat
