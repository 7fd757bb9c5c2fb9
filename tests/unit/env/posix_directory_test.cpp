#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "env/file_system.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

class PosixDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = posix_file_system().open_directory(temp.path(), DirectoryMode::kMustExist);
    ASSERT_TRUE(opened) << opened.status().to_string();
    directory = std::move(opened).value();
  }

  void write(const std::string& name, Bytes bytes) {
    auto file = directory->create_file(name);
    ASSERT_TRUE(file) << file.status().to_string();
    ASSERT_TRUE((*file)->append(bytes));
    ASSERT_TRUE((*file)->close());
  }

  std::string read(const std::string& name) {
    auto file = directory->open_file(name);
    if (!file) return file.status().to_string();
    char buffer[100];
    return std::string(buffer, (*file)->read_at(0, sizeof(buffer), buffer).value());
  }

  TempDirectory temp;
  std::unique_ptr<Directory> directory;
};

TEST_F(PosixDirectoryTest, CreatesPrivateFilesThatDidNotExist) {
  write("f", "first");
  struct stat facts;
  ASSERT_EQ(::stat(temp.file("f").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_EQ(directory->create_file("f").status().code(), Code::kAlreadyExists);
  EXPECT_EQ(read("f"), "first");
}

TEST_F(PosixDirectoryTest, NeitherCreatesNorOpensThroughLinks) {
  write("target", "secret");
  ASSERT_EQ(::symlink("target", temp.file("link").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", temp.file("dangling").c_str()), 0);
  EXPECT_EQ(directory->create_file("link").status().code(), Code::kAlreadyExists);
  EXPECT_EQ(directory->create_file("dangling").status().code(), Code::kAlreadyExists);
  EXPECT_EQ(directory->open_file("link").status().code(), Code::kCorruption);
  EXPECT_FALSE(std::filesystem::exists(temp.file("nowhere")));
}

TEST_F(PosixDirectoryTest, OnlyRegularFilesAreOpened) {
  ASSERT_EQ(::mkdir(temp.file("directory").c_str(), 0700), 0);
  ASSERT_EQ(::mkfifo(temp.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(directory->open_file("directory").status().code(), Code::kCorruption);
  EXPECT_EQ(directory->open_file("pipe").status().code(), Code::kCorruption);
}

TEST_F(PosixDirectoryTest, AbsentFilesAreMissing) {
  for (const Status& status : {directory->open_file("f").status(), directory->file_size("f").status(),
                               directory->remove_file("f"), directory->rename_file("f", "g")}) {
    EXPECT_EQ(status.code(), Code::kMissingFile);
    EXPECT_NE(status.message().find(temp.file("f")), std::string::npos) << status.to_string();
  }
}

TEST_F(PosixDirectoryTest, RenameReplacesTheTarget) {
  write("from", "new");
  write("to", "old");
  ASSERT_TRUE(directory->rename_file("from", "to"));
  EXPECT_EQ(read("to"), "new");
  EXPECT_EQ(directory->open_file("from").status().code(), Code::kMissingFile);
}

TEST_F(PosixDirectoryTest, ListNamesEverythingOnceAndEveryTime) {
  std::vector<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    expected.push_back("file" + std::to_string(i));
    write(expected.back(), "");
  }
  std::sort(expected.begin(), expected.end());
  for (int round = 0; round < 2; ++round) {
    auto names = directory->list();
    ASSERT_TRUE(names);
    std::sort(names->begin(), names->end());
    EXPECT_EQ(*names, expected);
  }
}

TEST_F(PosixDirectoryTest, SizeIsThatOfTheFile) {
  write("f", std::string(12345, 'x'));
  EXPECT_EQ(directory->file_size("f").value(), 12345u);
  EXPECT_EQ(directory->open_file("f").value()->size().value(), 12345u);
}

TEST_F(PosixDirectoryTest, NamesStayBoundToTheDirectoryWhenItMoves) {
  const TempDirectory other;
  ASSERT_EQ(::rename(temp.path().c_str(), other.file("moved").c_str()), 0);
  write("f", "here");
  EXPECT_TRUE(std::filesystem::exists(other.file("moved/f")));
  EXPECT_TRUE(directory->sync());
}

TEST_F(PosixDirectoryTest, SyncAndFreeSpaceWork) {
  write("f", "x");
  EXPECT_TRUE(directory->sync());
  EXPECT_GT(directory->free_space().value(), 0u);
}

TEST_F(PosixDirectoryTest, DescriptorsAreClosedOnExecAndGivenBack) {
  const auto open_descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = open_descriptors();
  {
    auto file = directory->create_file("f");
    auto again = directory->open_file("f");
    auto lock = directory->lock("LOCK");
    ASSERT_TRUE(file && again && lock);
    EXPECT_EQ(open_descriptors(), before + 3);
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code error;
      const std::string target = std::filesystem::read_symlink(entry, error).string();
      if (!target.starts_with(temp.path())) continue;
      EXPECT_NE(::fcntl(std::stoi(entry.path().filename().string()), F_GETFD) & FD_CLOEXEC, 0) << target;
    }
    ASSERT_TRUE(directory->list());
    EXPECT_FALSE(directory->create_file("f"));
    EXPECT_FALSE(directory->lock("LOCK"));
    EXPECT_EQ(open_descriptors(), before + 3);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace wombat
