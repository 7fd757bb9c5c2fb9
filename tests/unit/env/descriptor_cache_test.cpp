#include "env/descriptor_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

/// Files whose every byte is the first letter of their name; counts what is open.
class CountingDirectory final : public Directory {
 public:
  struct File final : ReadableFile {
    File(CountingDirectory* of, char c) : owner(of), letter(c) {
      const int now = ++owner->open_now;
      int most = owner->open_most;
      while (now > most && !owner->open_most.compare_exchange_weak(most, now)) {
      }
    }
    ~File() override {
      letter = '!';
      --owner->open_now;
    }
    Result<size_t> read_at(uint64_t, size_t size, char* out) const override {
      if (owner->during_read) owner->during_read();
      std::memset(out, letter, size);
      return size;
    }
    Result<uint64_t> size() const override { return uint64_t{100}; }
    void advise(AccessPattern) const override { ++owner->advised; }
    CountingDirectory* owner;
    char letter;
  };

  const std::string& path() const override { return path_; }
  Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) override {
    if (name == "missing") return Status(Code::kMissingFile, "open missing");
    if (open_now >= descriptors_max) return Status::from_errno(EMFILE, "open", name);
    if (throws) throw std::bad_alloc();
    ++opened;
    return std::unique_ptr<ReadableFile>(std::make_unique<File>(this, name[0]));
  }
  Result<std::unique_ptr<WritableFile>> create_file(const std::string&) override { return unused(); }
  Status rename_file(const std::string&, const std::string&) override { return unused(); }
  Status remove_file(const std::string&) override { return unused(); }
  Result<std::vector<std::string>> list() override { return unused(); }
  Result<uint64_t> file_size(const std::string&) override { return unused(); }
  Status sync() override { return unused(); }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string&) override { return unused(); }
  Result<uint64_t> free_space() override { return unused(); }

  std::atomic<int> open_now{0}, open_most{0}, opened{0}, advised{0};
  int descriptors_max = 1000;
  bool throws = false;
  std::function<void()> during_read;

 private:
  static Status unused() { return Status::unsupported("not in this test"); }
  const std::string path_ = "counting";
};

class DescriptorCacheTest : public ::testing::Test {
 protected:
  std::vector<std::unique_ptr<ReadableFile>> open_files(DescriptorCache& cache, size_t count) {
    std::vector<std::unique_ptr<ReadableFile>> files;
    for (size_t i = 0; i < count; ++i) files.push_back(cache.open(std::string(1, letter(i))));
    return files;
  }
  static char letter(size_t i) { return static_cast<char>('a' + i); }
  static std::string read(const ReadableFile& file, size_t size = 3) {
    std::string out(size, '?');
    const auto got = file.read_at(0, size, out.data());
    return got ? out : got.status().to_string();
  }

  CountingDirectory directory;
};

TEST_F(DescriptorCacheTest, FilesOpenOnTheirFirstReadAndStayOpen) {
  DescriptorCache cache(directory, 10);
  const auto file = cache.open("a");
  EXPECT_EQ(directory.opened, 0);
  EXPECT_EQ(read(*file), "aaa");
  EXPECT_EQ(read(*file), "aaa");
  EXPECT_EQ(file->size().value(), 100u);
  EXPECT_EQ(directory.opened, 1);
  EXPECT_EQ(cache.open_count(), 1u);
}

TEST_F(DescriptorCacheTest, LeastRecentlyUsedIsClosedFirst) {
  DescriptorCache cache(directory, 2);
  const auto files = open_files(cache, 3);
  EXPECT_EQ(read(*files[0]), "aaa");
  EXPECT_EQ(read(*files[1]), "bbb");
  EXPECT_EQ(read(*files[0]), "aaa");
  EXPECT_EQ(read(*files[2]), "ccc");  // closes b
  EXPECT_EQ(directory.opened, 3);
  EXPECT_EQ(read(*files[0]), "aaa");
  EXPECT_EQ(directory.opened, 3);
  EXPECT_EQ(read(*files[1]), "bbb");
  EXPECT_EQ(directory.opened, 4);
  EXPECT_EQ(directory.open_most, 2);
}

TEST_F(DescriptorCacheTest, LimitOfZeroOpensForEachRead) {
  DescriptorCache cache(directory, 0);
  const auto file = cache.open("a");
  EXPECT_EQ(read(*file), "aaa");
  EXPECT_EQ(read(*file), "aaa");
  EXPECT_EQ(directory.opened, 2);
  EXPECT_EQ(cache.open_count(), 0u);
  EXPECT_EQ(directory.open_now, 0);
}

TEST_F(DescriptorCacheTest, LoweredLimitClosesAtOnce) {
  DescriptorCache cache(directory, 5);
  const auto files = open_files(cache, 5);
  for (const auto& file : files) read(*file);
  EXPECT_EQ(directory.open_now, 5);
  cache.set_limit(2);
  EXPECT_EQ(cache.limit(), 2u);
  EXPECT_EQ(directory.open_now, 2);
  EXPECT_EQ(cache.open_count(), 2u);
  EXPECT_EQ(read(*files[4]), "eee");
  EXPECT_EQ(directory.opened, 5) << "the latest are kept";
}

TEST_F(DescriptorCacheTest, DescriptorIsNotClosedUnderARead) {
  DescriptorCache cache(directory, 1);
  const auto files = open_files(cache, 2);
  bool is_outer = true;
  directory.during_read = [&] {
    if (!std::exchange(is_outer, false)) return;
    EXPECT_EQ(read(*files[1]), "bbb");
    cache.set_limit(0);
    EXPECT_EQ(directory.open_now, 1);
  };
  EXPECT_EQ(read(*files[0]), "aaa");
  EXPECT_EQ(directory.open_now, 0) << "surplus is closed when the read has ended";
}

TEST_F(DescriptorCacheTest, DestroyedFileGivesItsDescriptorBack) {
  DescriptorCache cache(directory, 5);
  auto files = open_files(cache, 3);
  for (const auto& file : files) read(*file);
  files.erase(files.begin() + 1);
  EXPECT_EQ(cache.open_count(), 2u);
  EXPECT_EQ(directory.open_now, 2);
}

TEST_F(DescriptorCacheTest, FailureToOpenIsReportedByTheReadAndTakesNoPlace) {
  DescriptorCache cache(directory, 1);
  const auto good = cache.open("a");
  const auto missing = cache.open("missing");
  EXPECT_EQ(missing->size().status().code(), Code::kMissingFile);
  EXPECT_EQ(read(*missing), "MISSING_FILE: open missing");
  EXPECT_EQ(cache.open_count(), 0u);
  directory.throws = true;
  char byte;
  EXPECT_THROW(static_cast<void>(good->read_at(0, 1, &byte)), std::bad_alloc);
  EXPECT_EQ(cache.open_count(), 0u);
  directory.throws = false;
  EXPECT_EQ(read(*good), "aaa");
}

TEST_F(DescriptorCacheTest, ProcessOutOfDescriptorsGetsIdleOnesBack) {
  DescriptorCache cache(directory, 100);
  directory.descriptors_max = 3;
  const auto files = open_files(cache, 6);
  for (size_t i = 0; i < files.size(); ++i) EXPECT_EQ(read(*files[i], 1), std::string(1, letter(i)));
  EXPECT_EQ(cache.open_count(), 3u);
  directory.descriptors_max = 0;
  cache.set_limit(0);
  EXPECT_EQ(files[0]->size().status().os_error(), EMFILE);
}

TEST_F(DescriptorCacheTest, AdviceIsGivenAgainAfterReopening) {
  DescriptorCache cache(directory, 1);
  const auto files = open_files(cache, 2);
  files[0]->advise(AccessPattern::kRandom);
  EXPECT_EQ(directory.opened, 0);
  read(*files[0]);
  EXPECT_EQ(directory.advised, 1);
  read(*files[1]);
  EXPECT_EQ(directory.advised, 1);
  read(*files[0]);
  EXPECT_EQ(directory.advised, 2);
  files[0]->advise(AccessPattern::kSequential);
  EXPECT_EQ(directory.advised, 3);
}

TEST_F(DescriptorCacheTest, ManyThreadsReadMoreFilesThanFit) {
  const SeedScope seed(22);
  DescriptorCache cache(directory, 4);
  const auto files = open_files(cache, 12);
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, thread_seed = seed.seed() + static_cast<uint64_t>(i)] {
      Random random(thread_seed);
      for (int j = 0; j < 5000; ++j) {
        const size_t index = random.below(files.size());
        if (random.one_in(100)) files[index]->advise(AccessPattern::kRandom);
        if (random.one_in(200)) cache.set_limit(random.below(8));
        failures += read(*files[index], 8) != std::string(8, letter(index));
        if (random.one_in(50)) failures += read(*cache.open("z"), 8) != "zzzzzzzz";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  cache.set_limit(3);
  EXPECT_LE(cache.open_count(), 3u);
  EXPECT_EQ(static_cast<size_t>(directory.open_now), cache.open_count());
}

}  // namespace
}  // namespace wombat
