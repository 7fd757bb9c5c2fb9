#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "env/file_system.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

FileSystem& fs() { return posix_file_system(); }

TEST(PosixFileSystem, CreatesAPrivateDirectory) {
  const TempDirectory temp;
  const std::string path = temp.file("db");
  auto directory = fs().open_directory(path, DirectoryMode::kCreateIfMissing);
  ASSERT_TRUE(directory) << directory.status().to_string();
  EXPECT_EQ((*directory)->path(), path);
  struct stat facts;
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_TRUE(S_ISDIR(facts.st_mode));
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
}

TEST(PosixFileSystem, OpensWhatExistsInBothModes) {
  const TempDirectory temp;
  EXPECT_TRUE(fs().open_directory(temp.path(), DirectoryMode::kMustExist));
  EXPECT_TRUE(fs().open_directory(temp.path(), DirectoryMode::kCreateIfMissing));
  EXPECT_TRUE(fs().open_directory(temp.path() + "/", DirectoryMode::kMustExist));
}

TEST(PosixFileSystem, PathsWithTrailingSlashesAreCreated) {
  const TempDirectory temp;
  EXPECT_TRUE(fs().open_directory(temp.file("db//"), DirectoryMode::kCreateIfMissing));
  EXPECT_TRUE(fs().open_directory(temp.file("db"), DirectoryMode::kMustExist));
}

TEST(PosixFileSystem, PathWithoutSlashIsRelativeToTheWorkingDirectory) {
  const TempDirectory temp;
  char before[4096];
  ASSERT_NE(::getcwd(before, sizeof(before)), nullptr);
  ASSERT_EQ(::chdir(temp.path().c_str()), 0);
  const auto directory = fs().open_directory("db", DirectoryMode::kCreateIfMissing);
  ASSERT_EQ(::chdir(before), 0);
  EXPECT_TRUE(directory) << directory.status().to_string();
  EXPECT_TRUE(fs().open_directory(temp.file("db"), DirectoryMode::kMustExist));
}

TEST(PosixFileSystem, PathMayLeadThroughALink) {
  const TempDirectory temp;
  ASSERT_TRUE(fs().open_directory(temp.file("db"), DirectoryMode::kCreateIfMissing));
  ASSERT_EQ(::symlink("db", temp.file("link").c_str()), 0);
  EXPECT_TRUE(fs().open_directory(temp.file("link"), DirectoryMode::kMustExist));
  EXPECT_TRUE(fs().open_directory(temp.file("link"), DirectoryMode::kCreateIfMissing));
}

TEST(PosixFileSystem, AbsentDirectoryDoesNotExist) {
  const TempDirectory temp;
  const auto absent = fs().open_directory(temp.file("db"), DirectoryMode::kMustExist);
  EXPECT_EQ(absent.status().code(), Code::kDoesNotExist);
  EXPECT_NE(absent.status().message().find(temp.file("db")), std::string::npos);
  const auto orphan = fs().open_directory(temp.file("no/db"), DirectoryMode::kCreateIfMissing);
  EXPECT_EQ(orphan.status().code(), Code::kDoesNotExist);
}

TEST(PosixFileSystem, FileIsNotADatabase) {
  const TempDirectory temp;
  ASSERT_TRUE(fs().open_directory(temp.path(), DirectoryMode::kMustExist).value()->create_file("file"));
  for (const DirectoryMode mode : {DirectoryMode::kMustExist, DirectoryMode::kCreateIfMissing}) {
    EXPECT_EQ(fs().open_directory(temp.file("file"), mode).status().code(), Code::kNotADatabase);
    EXPECT_EQ(fs().open_directory(temp.file("file/db"), mode).status().code(), Code::kNotADatabase);
  }
}

TEST(PosixFileSystem, UnusablePathsAreInvalidArguments) {
  const auto mode = DirectoryMode::kCreateIfMissing;
  EXPECT_EQ(fs().open_directory("", mode).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(fs().open_directory(std::string("/tmp/a\0b", 8), mode).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(fs().remove_directory("").code(), Code::kInvalidArgument);
}

TEST(PosixFileSystem, RemovesAnEmptyDirectoryOnly) {
  const TempDirectory temp;
  auto directory = fs().open_directory(temp.file("db"), DirectoryMode::kCreateIfMissing);
  ASSERT_TRUE(directory);
  ASSERT_TRUE((*directory)->create_file("f"));
  EXPECT_FALSE(fs().remove_directory(temp.file("db")));
  ASSERT_TRUE((*directory)->remove_file("f"));
  EXPECT_TRUE(fs().remove_directory(temp.file("db")));
  EXPECT_EQ(fs().remove_directory(temp.file("db")).code(), Code::kDoesNotExist);
}

TEST(PosixFileSystem, RefusedPermissionIsReported) {
  if (::geteuid() == 0) GTEST_SKIP() << "root is refused nothing";
  const TempDirectory temp;
  ASSERT_EQ(::chmod(temp.path().c_str(), 0500), 0);
  const auto refused = fs().open_directory(temp.file("db"), DirectoryMode::kCreateIfMissing);
  EXPECT_EQ(refused.status().code(), Code::kPermissionDenied);
  EXPECT_TRUE(fs().open_directory(temp.path(), DirectoryMode::kCreateIfMissing));
}

}  // namespace
}  // namespace wombat
