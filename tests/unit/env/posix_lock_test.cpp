#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "env/file_system.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

std::unique_ptr<Directory> open_directory(const std::string& path) {
  return std::move(posix_file_system().open_directory(path, DirectoryMode::kMustExist)).value();
}

/// A child process that calls `body`, says so, and ends when it is told to or its parent is gone.
class Child {
 public:
  explicit Child(const std::function<void()>& body) {
    int ready[2], end[2];
    EXPECT_EQ(::pipe(ready), 0);
    EXPECT_EQ(::pipe(end), 0);
    id_ = ::fork();
    if (id_ == 0) {
      ::close(end[1]);
      body();
      char byte = 'r';
      static_cast<void>(!::write(ready[1], &byte, 1));
      static_cast<void>(!::read(end[0], &byte, 1));
      ::_exit(0);
    }
    ::close(ready[1]);
    ::close(end[0]);
    char byte;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    end_ = end[1];
  }
  ~Child() { finish(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void finish() {
    if (id_ == 0) return;
    ::close(end_);
    ::waitpid(id_, nullptr, 0);
    id_ = 0;
  }
  void kill() {
    ::kill(id_, SIGKILL);
    finish();
  }
  pid_t id() const { return id_; }

 private:
  pid_t id_ = 0;
  int end_ = -1;
};

class PosixLockTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<DirectoryLock>> lock() { return open_directory(temp.path())->lock("LOCK"); }

  void expect_locked_by(const std::string& holder) {
    const auto refused = lock();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.status().code(), Code::kLocked) << refused.status().to_string();
    EXPECT_NE(refused.status().message().find(temp.path() + " is "), std::string::npos)
        << refused.status().to_string();
    EXPECT_TRUE(refused.status().message().ends_with(holder)) << refused.status().to_string();
  }

  TempDirectory temp;
};

TEST_F(PosixLockTest, SecondLockInTheSameProcessIsRefused) {
  const auto held = lock();
  ASSERT_TRUE(held) << held.status().to_string();
  expect_locked_by("in this process");
  expect_locked_by("in this process");
}

TEST_F(PosixLockTest, DestructorReleases) {
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(lock());
}

TEST_F(PosixLockTest, AnotherPathToTheSameDirectoryIsTheSameLock) {
  const TempDirectory other;
  ASSERT_EQ(::symlink(temp.path().c_str(), other.file("link").c_str()), 0);
  const auto held = open_directory(other.file("link"))->lock("LOCK");
  ASSERT_TRUE(held);
  EXPECT_EQ(lock().status().code(), Code::kLocked);
}

TEST_F(PosixLockTest, DirectoriesAreLockedEachForItself) {
  const TempDirectory other;
  const auto first = lock();
  const auto second = open_directory(other.path())->lock("LOCK");
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

TEST_F(PosixLockTest, OutlivesTheDirectoryObject) {
  auto directory = open_directory(temp.path());
  auto held = directory->lock("LOCK");
  directory.reset();
  expect_locked_by("in this process");
}

TEST_F(PosixLockTest, AnotherProcessIsNamedByItsNumber) {
  Child child([&] { static_cast<void>(lock().value().release()); });
  expect_locked_by("locked by process " + std::to_string(child.id()));
  child.finish();
  EXPECT_TRUE(lock());
}

TEST_F(PosixLockTest, DeathOfTheHolderReleases) {
  Child child([&] { static_cast<void>(lock().value().release()); });
  expect_locked_by("locked by process " + std::to_string(child.id()));
  child.kill();
  EXPECT_TRUE(lock());
}

TEST_F(PosixLockTest, HolderWithoutNumberIsAnotherProcess) {
  Child child([&] {
    static_cast<void>(lock().value().release());
    static_cast<void>(!::truncate(temp.file("LOCK").c_str(), 0));
  });
  expect_locked_by("locked by another process");
}

TEST_F(PosixLockTest, ForkedChildNeitherGetsNorLosesTheLockOfItsParent) {
  auto held = lock();
  ASSERT_TRUE(held);
  Child child([&] {
    if (lock()) ::abort();
    held.value().reset();
  });
  // The child has destroyed its copy; a third process must still find the lock taken.
  Child third([&] {
    int file = ::open(temp.file("LOCK").c_str(), O_RDWR);
    struct flock range = {};
    range.l_type = F_WRLCK;
    if (::fcntl(file, F_OFD_SETLK, &range) == 0) ::abort();
  });
  expect_locked_by("in this process");
}

TEST_F(PosixLockTest, ReleaseReachesThroughAChildThatLivesOn) {
  auto held = lock();
  ASSERT_TRUE(held);
  Child child([] {});
  held.value().reset();
  EXPECT_TRUE(lock());
}

TEST_F(PosixLockTest, FileStaysAndNamesTheHolder) {
  auto held = lock();
  ASSERT_TRUE(held);
  std::ifstream file(temp.file("LOCK"));
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), std::to_string(::getpid()) + "\n");
  held.value().reset();
  EXPECT_EQ(::access(temp.file("LOCK").c_str(), F_OK), 0);
  struct stat facts;
  ASSERT_EQ(::stat(temp.file("LOCK").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(PosixLockTest, OnlyARegularFileIsLocked) {
  ASSERT_EQ(::symlink("elsewhere", temp.file("LOCK").c_str()), 0);
  EXPECT_EQ(lock().status().code(), Code::kCorruption);
  ASSERT_EQ(::unlink(temp.file("LOCK").c_str()), 0);
  ASSERT_EQ(::mkfifo(temp.file("LOCK").c_str(), 0600), 0);
  EXPECT_EQ(lock().status().code(), Code::kCorruption);
  ASSERT_EQ(::unlink(temp.file("LOCK").c_str()), 0);
  EXPECT_TRUE(lock()) << "a failed attempt must leave nothing behind";
}

TEST_F(PosixLockTest, DirectoryWithoutWritePermissionIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "root is refused nothing";
  ASSERT_EQ(::chmod(temp.path().c_str(), 0500), 0);
  EXPECT_EQ(lock().status().code(), Code::kPermissionDenied);
}

}  // namespace
}  // namespace wombat
