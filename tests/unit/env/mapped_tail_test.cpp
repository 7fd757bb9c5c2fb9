/// Files whose end is mapped, seen from outside: through WritableFile on a real file system.
#include "env/mapped_tail.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>

#include "base/random.h"
#include "env/posix_files.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

std::unique_ptr<WritableFile> create(const std::string& path) {
  auto file = make_posix_writable_file(
      Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)), path);
  file->expect_small_appends();
  return file;
}

std::string content_of(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts;
  if (::fstat(file.number(), &facts) != 0) return "cannot be opened";
  std::string content(static_cast<size_t>(facts.st_size), '?');
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = ::read(file.number(), content.data() + done, content.size() - done);
    if (got <= 0) return "cannot be read";
    done += static_cast<size_t>(got);
  }
  return content;
}

uint64_t size_of(const std::string& path) {
  struct stat facts;
  return ::stat(path.c_str(), &facts) == 0 ? static_cast<uint64_t>(facts.st_size) : 0;
}

std::string record(uint64_t number, size_t size) {
  std::string text = std::to_string(number) + ":";
  while (text.size() < size) text += static_cast<char>('a' + number % 26);
  return text.substr(0, size);
}

/// Appends records of 150 bytes until the file's end is mapped. Empty when this file system allows no mapping.
std::string fill_until_mapped(WritableFile& file, const std::string& path) {
  std::string model;
  for (uint64_t i = 0; i < 5000; ++i) {
    const std::string bytes = record(i, 150);
    EXPECT_TRUE(file.append(bytes));
    model += bytes;
    if (size_of(path) > file.size()) return model;
  }
  return "";
}

#define SKIP_UNLESS_MAPPED(model) \
  if (model.empty()) GTEST_SKIP() << "this file system does not write in place"

TEST(MappedTail, AnyMixtureOfAppendsReadsBackAsWritten) {
  const SeedScope seed(20261121);
  Random random(seed.seed());
  TempDirectory temp;
  for (int round = 0; round < 6; ++round) {
    const std::string path = temp.file("mixture" + std::to_string(round));
    auto file = create(path);
    std::string model;
    uint64_t number = 0;
    while (model.size() < 12'000'000) {
      const size_t size =
          random.one_in(500) ? random.below(200'000) : random.below(random.one_in(20) ? 20'000 : 400);
      const std::string bytes = record(number++, size);
      ASSERT_TRUE(file->append(bytes));
      model += bytes;
      if (random.one_in(round % 2 == 0 ? 50'000 : 300)) {
        ASSERT_TRUE(file->sync());
      }
      if (random.one_in(2000)) {
        const size_t offset = random.below(model.size());
        const std::string patch = record(number, std::min<size_t>(random.below(5000), model.size() - offset));
        ASSERT_TRUE(file->write_at(offset, patch));
        std::copy(patch.begin(), patch.end(), model.begin() + static_cast<long>(offset));
      }
      ASSERT_EQ(file->size(), model.size());
    }
    std::string open_content = content_of(path);
    ASSERT_GE(open_content.size(), model.size());
    EXPECT_EQ(open_content.find_first_not_of('\0', model.size()), std::string::npos);
    open_content.resize(model.size());
    EXPECT_TRUE(open_content == model);
    ASSERT_TRUE(file->close());
    EXPECT_TRUE(content_of(path) == model);
  }
}

TEST(MappedTail, ReservedSpaceIsGivenBackWithAndWithoutClose) {
  TempDirectory temp;
  for (const bool closes : {true, false}) {
    const std::string path = temp.file(closes ? "closed" : "dropped");
    auto file = create(path);
    const std::string model = fill_until_mapped(*file, path);
    SKIP_UNLESS_MAPPED(model);
    EXPECT_LE(size_of(path), 4 * file->size());  // in proportion
    if (closes) {
      ASSERT_TRUE(file->close());
    }
    file.reset();
    EXPECT_TRUE(content_of(path) == model);
  }
}

TEST(MappedTail, SmallFilesAreNotMapped) {
  TempDirectory temp;
  auto small = create(temp.file("small"));
  for (uint64_t i = 0; i < 400; ++i) ASSERT_TRUE(small->append(record(i, 150)));
  EXPECT_EQ(size_of(temp.file("small")), small->size());
}

TEST(MappedTail, WhatWasAppendedOutlivesTheProcess) {
  TempDirectory temp;
  const std::string path = temp.file("killed");
  const pid_t child = ::fork();
  if (child == 0) {
    auto file = create(path);
    for (uint64_t i = 0; i < 40'000; ++i)
      if (!file->append(record(i, 150))) ::_exit(1);
    ::raise(SIGKILL);
  }
  int outcome = 0;
  ASSERT_EQ(::waitpid(child, &outcome, 0), child);
  ASSERT_TRUE(WIFSIGNALED(outcome));
  const std::string content = content_of(path);
  ASSERT_GE(content.size(), 40'000u * 150);
  for (uint64_t i = 0; i < 40'000; ++i) ASSERT_EQ(content.substr(i * 150, 150), record(i, 150)) << i;
  EXPECT_EQ(content.find_first_not_of('\0', 40'000 * 150), std::string::npos);
}

/// Appends until that fails; returns how much the file took.
uint64_t fill_up(WritableFile& file, std::string* model, Status* failure) {
  for (uint64_t i = 0; model->size() < 64'000'000; ++i) {
    const std::string bytes = record(i, 150);
    *failure = file.append(bytes);
    if (!*failure) break;
    *model += bytes;
  }
  return model->size();
}

TEST(MappedTail, LimitOfTheFileSizeIsReachedAndReported) {
  constexpr uint64_t kLimit = 1'000'000;
  TempDirectory temp;
  auto file = create(temp.file("limited"));
  rlimit old_limit;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{kLimit, old_limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::string model;
  Status failure;
  const uint64_t taken = fill_up(*file, &model, &failure);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_FALSE(failure);
  EXPECT_EQ(taken, kLimit - kLimit % 150);
  ASSERT_TRUE(file->close());
  EXPECT_TRUE(content_of(temp.file("limited")).substr(0, taken) == model);
}

TEST(MappedTail, FullFileSystemIsFilledToTheEndAndReported) {
  constexpr uint64_t kSpace = 3 * 1024 * 1024;
  TempDirectory temp;
  if (::mount("none", temp.path().c_str(), "tmpfs", 0, "size=3m") != 0)
    GTEST_SKIP() << "no right to mount a small file system";
  {
    auto file = create(temp.file("full"));
    std::string model;
    Status failure;
    const uint64_t taken = fill_up(*file, &model, &failure);
    EXPECT_EQ(failure.code(), Code::kNoSpace) << failure.to_string();
    EXPECT_GT(taken, kSpace - 150);
    EXPECT_TRUE(file->write_at(0, "x"));
    EXPECT_TRUE(file->sync());
    model[0] = 'x';
    ASSERT_TRUE(file->close());
    EXPECT_TRUE(content_of(temp.file("full")).substr(0, taken) == model);
  }
  EXPECT_EQ(::umount(temp.path().c_str()), 0);
}

}  // namespace
}  // namespace wombat
