/// Files that are synced after every few appends, seen from outside: through WritableFile on a real file system.
#include "env/zeroed_tail.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>

#include "env/file_space.h"
#include "env/posix_files.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

constexpr uint64_t kRecordSize = 150;

class ZeroedTailTest : public ::testing::Test {
 protected:
  void SetUp() override {
    create("file");
    if (!writes_in_place(look_.number())) GTEST_SKIP() << "this file system does not write in place";
  }

  void create(const std::string& name) {
    path_ = temp_.file(name);
    file_ = make_posix_writable_file(
        Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)), path_);
    file_->expect_small_appends();
    look_ = Descriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    model_.clear();
  }

  Status append() {
    const std::string bytes(kRecordSize, static_cast<char>('a' + model_.size() % 26));
    WOMBAT_TRY(file_->append(bytes));
    model_ += bytes;
    return Status::ok();
  }
  Status append_and_sync() {
    WOMBAT_TRY(append());
    return file_->sync();
  }

  uint64_t size() const {
    struct stat facts;
    return ::fstat(look_.number(), &facts) == 0 ? static_cast<uint64_t>(facts.st_size) : 0;
  }
  std::string content() const {
    std::string bytes(size(), '?');
    const ssize_t got = ::pread(look_.number(), bytes.data(), bytes.size(), 0);
    return got == static_cast<ssize_t>(bytes.size()) ? bytes : "cannot be read";
  }
  /// The file is what was appended, then zeros.
  void check_content() const {
    const std::string found = content();
    ASSERT_GE(found.size(), model_.size());
    EXPECT_TRUE(found.compare(0, model_.size(), model_) == 0);
    EXPECT_EQ(found.find_first_not_of('\0', model_.size()), std::string::npos);
  }

  TempDirectory temp_;
  std::string path_;
  std::unique_ptr<WritableFile> file_;
  Descriptor look_;
  std::string model_;
};

TEST_F(ZeroedTailTest, SyncsSeldomFindALongerFile) {
  int changes = 0;
  uint64_t old_size = 0;
  for (int i = 0; i < 1500; ++i) {
    ASSERT_TRUE(append_and_sync());
    const uint64_t new_size = size();
    changes += new_size != old_size;
    old_size = new_size;
    ASSERT_LE(new_size, std::max<uint64_t>(4096, 2 * model_.size() + 32 * 1024));  // in proportion
  }
  EXPECT_LT(changes, 4096 / static_cast<int>(kRecordSize) + 20);
  check_content();
}

/// Space that is merely reserved would be written for the first time later, and that is what the sync is to be
/// spared.
TEST_F(ZeroedTailTest, ZerosAreWritten) {
  for (int i = 0; i < 700; ++i) ASSERT_TRUE(append_and_sync());
  ASSERT_GT(size(), model_.size());
  EXPECT_EQ(static_cast<uint64_t>(::lseek(look_.number(), 0, SEEK_HOLE)), size());
}

TEST_F(ZeroedTailTest, SmallFilesAndThoseWithMuchBetweenTwoSyncsStayAsTheyAre) {
  for (int i = 0; i < 4096 / static_cast<int>(kRecordSize); ++i) {
    ASSERT_TRUE(append_and_sync());
    ASSERT_EQ(size(), model_.size());
  }
  create("bulk");
  for (int i = 0; i < 10; ++i) {
    const std::string bytes(100'000, 'x');
    ASSERT_TRUE(file_->append(bytes));
    model_ += bytes;
    ASSERT_TRUE(file_->sync());
    ASSERT_EQ(size(), model_.size());
  }
}

TEST_F(ZeroedTailTest, ClosingCutsTheZerosOff) {
  for (const bool closes : {true, false}) {
    create(closes ? "closed" : "dropped");
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(append_and_sync());
    ASSERT_GT(size(), model_.size());
    if (closes) {
      ASSERT_TRUE(file_->close());
    }
    file_.reset();
    EXPECT_TRUE(content() == model_);
  }
}

TEST_F(ZeroedTailTest, MixesWithMappedAppends) {
  for (int round = 0; round < 8; ++round) {
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(append_and_sync());
    for (int i = 0; i < 700; ++i) ASSERT_TRUE(append());
    check_content();
  }
  ASSERT_TRUE(file_->close());
  EXPECT_TRUE(content() == model_);
}

TEST_F(ZeroedTailTest, LimitOfTheFileSizeIsReachedAndReported) {
  constexpr uint64_t kLimit = 100'000;
  rlimit old_limit;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const pid_t child = ::fork();  // a signal would end it
  if (child == 0) {
    const rlimit limit{kLimit, old_limit.rlim_max};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(1);
    while (model_.size() + kRecordSize <= kLimit)
      if (!append_and_sync()) ::_exit(2);
    ::_exit(size() <= kLimit ? 0 : 3);
  }
  int outcome = 0;
  ASSERT_EQ(::waitpid(child, &outcome, 0), child);
  ASSERT_TRUE(WIFEXITED(outcome)) << "signal " << WTERMSIG(outcome);
  EXPECT_EQ(WEXITSTATUS(outcome), 0);
}

TEST_F(ZeroedTailTest, FullFileSystemIsFilledToTheEndAndReported) {
  constexpr uint64_t kSpace = 1024 * 1024;
  TempDirectory mount_point;
  if (::mount("none", mount_point.path().c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP() << "no right to mount a small file system";
  {
    const std::string path = mount_point.file("full");
    file_ = make_posix_writable_file(
        Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)), path);
    file_->expect_small_appends();
    look_ = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    model_.clear();
    Status failure;
    while (failure && model_.size() < 2 * kSpace) failure = append_and_sync();
    EXPECT_EQ(failure.code(), Code::kNoSpace) << failure.to_string();
    EXPECT_GT(model_.size(), kSpace - kRecordSize);
    EXPECT_TRUE(content().compare(0, model_.size(), model_) == 0);
    EXPECT_TRUE(file_->sync());
    ASSERT_TRUE(file_->close());
    file_.reset();
    look_ = Descriptor();
  }
  EXPECT_EQ(::umount(mount_point.path().c_str()), 0);
}

}  // namespace
}  // namespace wombat
