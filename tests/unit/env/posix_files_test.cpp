#include "env/posix_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "base/random.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

class PosixFilesTest : public ::testing::Test {
 protected:
  std::unique_ptr<WritableFile> create(const std::string& name) {
    return make_posix_writable_file(
        Descriptor(::open(temp.file(name).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)),
        temp.file(name));
  }
  std::unique_ptr<ReadableFile> open(const std::string& name) {
    return make_posix_readable_file(Descriptor(::open(temp.file(name).c_str(), O_RDONLY | O_CLOEXEC)),
                                    temp.file(name));
  }
  std::string read(const ReadableFile& file, uint64_t offset, size_t size) {
    std::string out(size, '?');
    const auto got = file.read_at(offset, size, out.data());
    if (!got) return got.status().to_string();
    out.resize(got.value());
    return out;
  }

  TempDirectory temp;
};

TEST_F(PosixFilesTest, AppendsOneAfterTheOther) {
  auto file = create("f");
  EXPECT_EQ(file->size(), 0u);
  ASSERT_TRUE(file->append("hello "));
  ASSERT_TRUE(file->append(""));
  ASSERT_TRUE(file->append("world"));
  EXPECT_EQ(file->size(), 11u);
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(read(*open("f"), 0, 100), "hello world");
}

TEST_F(PosixFilesTest, WriteAtDoesNotMoveTheAppendPosition) {
  auto file = create("f");
  ASSERT_TRUE(file->append("0123456789"));
  ASSERT_TRUE(file->write_at(2, "xy"));
  ASSERT_TRUE(file->write_at(20, "far"));
  EXPECT_EQ(file->size(), 10u);
  ASSERT_TRUE(file->append("AB"));
  EXPECT_EQ(read(*open("f"), 0, 100), std::string("01xy456789AB") + std::string(8, '\0') + "far");
}

TEST_F(PosixFilesTest, ReadsAreShortOnlyAtTheEnd) {
  ASSERT_TRUE(create("f")->append("0123456789"));
  const auto file = open("f");
  EXPECT_EQ(read(*file, 3, 4), "3456");
  EXPECT_EQ(read(*file, 8, 4), "89");
  EXPECT_EQ(read(*file, 10, 4), "");
  EXPECT_EQ(read(*file, 1000, 4), "");
  EXPECT_EQ(read(*file, 5, 0), "");
  EXPECT_EQ(file->size().value(), 10u);
  file->advise(AccessPattern::kRandom);
  file->advise(AccessPattern::kSequential);
  EXPECT_EQ(read(*file, 0, 2), "01");
}

TEST_F(PosixFilesTest, CloseIsIdempotentAndWritingAfterwardsFails) {
  auto file = create("f");
  ASSERT_TRUE(file->append("x"));
  EXPECT_TRUE(file->close());
  EXPECT_TRUE(file->close());
  EXPECT_EQ(file->append("y").code(), Code::kIoError);
  EXPECT_EQ(file->sync().code(), Code::kIoError);
  EXPECT_EQ(file->size(), 1u);
}

TEST_F(PosixFilesTest, FullDeviceIsNoSpaceAndTheSizeStays) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0) GTEST_SKIP() << "there is no /dev/full";
  const auto file = make_posix_writable_file(Descriptor(full), "full");
  const Status status = file->append("x");
  EXPECT_EQ(status.code(), Code::kNoSpace);
  EXPECT_EQ(status.os_error(), ENOSPC);
  EXPECT_EQ(status.message(), "write full: No space left on device");
  EXPECT_EQ(file->size(), 0u);
}

TEST_F(PosixFilesTest, ShortWritesAreCompletedUpToTheError) {
  // A limit on the file size makes the kernel write the part that fits and fail the next attempt.
  ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto file = create("f");
  ASSERT_TRUE(file->append("1234"));
  struct rlimit small = before;
  small.rlim_cur = 10;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = file->append("0123456789");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(status.code(), Code::kIoError);
  EXPECT_EQ(status.os_error(), EFBIG);
  EXPECT_EQ(file->size(), 4u);
  ASSERT_TRUE(file->append("abc"));
  EXPECT_EQ(read(*open("f"), 0, 7), "1234abc");
}

TEST_F(PosixFilesTest, ReadErrorsCarryTheSystemError) {
  const auto directory =
      make_posix_readable_file(Descriptor(::open(temp.path().c_str(), O_RDONLY | O_CLOEXEC)), "dir");
  char byte;
  const auto got = directory->read_at(0, 1, &byte);
  EXPECT_EQ(got.status().code(), Code::kIoError);
  EXPECT_EQ(got.status().os_error(), EISDIR);
}

TEST_F(PosixFilesTest, ManyThreadsReadOneFile) {
  const SeedScope seed(21);
  std::string content(100000, '\0');
  Random random(seed.seed());
  for (char& c : content) c = static_cast<char>(random.next());
  ASSERT_TRUE(create("f")->append(content));
  const auto file = open("f");
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, thread_seed = seed.seed() + static_cast<uint64_t>(i)] {
      Random own(thread_seed);
      for (int j = 0; j < 500; ++j) {
        const size_t offset = own.below(content.size()), size = own.below(5000);
        failures += read(*file, offset, size) != content.substr(offset, size);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

TEST(RetryInterrupted, RepeatsAfterEintrOnly) {
  int calls = 0;
  EXPECT_EQ(retry_interrupted([&] {
              errno = EINTR;
              return ++calls < 4 ? -1 : 7;
            }),
            7);
  EXPECT_EQ(calls, 4);
  calls = 0;
  EXPECT_EQ(retry_interrupted([&] {
              errno = EIO;
              ++calls;
              return -1;
            }),
            -1);
  EXPECT_EQ(calls, 1);
}

TEST(FileError, MissingExistingAndLinkedFilesHaveTheirOwnCodes) {
  EXPECT_EQ(file_error(ENOENT, "open", "f").code(), Code::kMissingFile);
  EXPECT_EQ(file_error(EEXIST, "create", "f").code(), Code::kAlreadyExists);
  EXPECT_EQ(file_error(ELOOP, "open", "f").code(), Code::kCorruption);
  EXPECT_EQ(file_error(EIO, "open", "f").code(), Code::kIoError);
  EXPECT_EQ(file_error(ENOENT, "open", "f").message(), "open f: No such file or directory");
}

}  // namespace
}  // namespace wombat
