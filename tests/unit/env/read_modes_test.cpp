// Files read directly and together with others give the same as plain reads.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "base/random.h"
#include "env/direct_file.h"
#include "env/read_together.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

std::string some_bytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761u) >> 16);
  return bytes;
}

/// Above what a process may have: a queue is told EBADF for it.
constexpr int kBadDescriptor = 1 << 20;

/// Refuses what a direct read of a device would refuse.
class StrictFile final : public ReadableFile {
 public:
  StrictFile(std::string bytes, uint32_t alignment, int descriptor = -1)
      : bytes_(std::move(bytes)), alignment_(alignment), descriptor_(descriptor) {}
  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    ++reads;
    if (reads == fails_in_read) return Status::from_errno(EIO, "read", "strict");
    if ((offset | size | reinterpret_cast<uintptr_t>(out)) % alignment_ != 0)
      return Status::from_errno(EINVAL, "read", "strict");
    if (fails_at <= offset + size && fails_at >= offset) return Status::from_errno(EIO, "read", "strict");
    if (offset >= bytes_.size()) return size_t{0};
    const size_t got = std::min<size_t>(size, bytes_.size() - offset);
    std::memcpy(out, bytes_.data() + offset, got);
    return got;
  }
  Result<uint64_t> size() const override { return uint64_t{bytes_.size()}; }
  void advise(AccessPattern) const override {}
  Result<RawAccess> hold() const override {
    ++held;
    return RawAccess{descriptor_, alignment_};
  }
  void release() const override { --held; }

  mutable int reads = 0;
  mutable int held = 0;
  uint64_t fails_at = UINT64_MAX;
  int fails_in_read = 0;  // counted from 1

 private:
  const std::string bytes_;
  const uint32_t alignment_;
  const int descriptor_;
};

TEST(ReadModes, direct_file_reads_any_place_by_whole_blocks) {
  const std::string bytes = some_bytes(3 * 1024 * 1024 + 777);  // more than one piece, and a tail
  const auto file = make_direct_file(std::make_unique<StrictFile>(bytes, 512), 512);
  const SeedScope seed(71);
  Random random(seed.seed());
  for (int i = 0; i < 500; ++i) {
    const uint64_t offset = random.below(bytes.size() + 1000);
    const size_t size = random.below(i % 50 == 0 ? 2'500'000 : 9000);
    std::string out(size, '?');
    Result<size_t> got = file->read_at(offset, size, out.data());
    ASSERT_TRUE(got) << got.status().to_string();
    const std::string expected = offset < bytes.size() ? bytes.substr(offset, size) : "";
    ASSERT_EQ(*got, expected.size()) << offset << " " << size;
    ASSERT_EQ(out.substr(0, *got), expected);
  }
}

class PosixReads : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Directory>> opened =
        posix_file_system().open_directory(place_.path(), DirectoryMode::kMustExist);
    ASSERT_TRUE(opened);
    directory_ = std::move(*opened);
    for (const char* name : {"a", "b", "c"}) {
      Result<std::unique_ptr<WritableFile>> file = directory_->create_file(name);
      ASSERT_TRUE(file);
      (*file)->leave_page_cache();
      ASSERT_TRUE((*file)->append(bytes_));
      ASSERT_TRUE((*file)->sync());
      ASSERT_TRUE((*file)->close());
    }
  }
  bool can_read_directly() { return directory_->check_direct_reads().is_ok(); }
  std::unique_ptr<ReadableFile> open(const char* name, ReadMode mode) {
    Result<std::unique_ptr<ReadableFile>> file = directory_->open_file_as(name, mode);
    EXPECT_TRUE(file) << file.status().to_string();
    return file ? std::move(*file) : nullptr;
  }

  TempDirectory place_;
  std::unique_ptr<Directory> directory_;
  const std::string bytes_ = some_bytes(500'123);
};

TEST_F(PosixReads, reads_together_give_what_single_reads_give) {
  std::vector<ReadMode> modes = {ReadMode::kBuffered};
  if (can_read_directly()) modes.push_back(ReadMode::kDirect);
  const SeedScope seed(71);
  Random random(seed.seed());
  ReadRings rings;
  for (const ReadMode mode : modes) {
    std::vector<std::unique_ptr<ReadableFile>> files;
    for (const char* name : {"a", "b", "c"}) files.push_back(open(name, mode));
    for (int round = 0; round < 300; ++round) {
      const size_t count = 1 + random.below(100);  // more than a queue is deep, too
      std::vector<FileRead> reads(count);
      std::vector<std::string> out(count);
      for (size_t i = 0; i < count; ++i) {
        out[i].assign(random.below(10'000), '?');
        reads[i].file = files[random.below(3)].get();
        reads[i].offset = random.below(bytes_.size() + 5000);
        reads[i].size = out[i].size();
        reads[i].out = out[i].data();
      }
      read_together(round % 2 == 0 ? &rings : nullptr, reads.data(), count);
      for (size_t i = 0; i < count; ++i) {
        ASSERT_TRUE(reads[i].status) << reads[i].status.to_string();
        const std::string expected =
            reads[i].offset < bytes_.size() ? bytes_.substr(reads[i].offset, reads[i].size) : "";
        ASSERT_EQ(reads[i].size_read, expected.size()) << "mode " << static_cast<int>(mode);
        ASSERT_EQ(out[i].substr(0, expected.size()), expected);
      }
    }
  }
}

TEST_F(PosixReads, a_failure_is_of_the_read_that_met_it) {
  const auto good = open("a", ReadMode::kBuffered);
  StrictFile bad(bytes_, 1, kBadDescriptor);
  bad.fails_at = 5000;
  std::string out[4] = {std::string(100, '?'), std::string(100, '?'), std::string(100, '?'),
                        std::string(100, '?')};
  FileRead reads[4];
  const ReadableFile* const files[4] = {good.get(), &bad, &bad, good.get()};
  const uint64_t offsets[4] = {0, 4800, 4950, 100'000};  // the two in the middle are read at once
  ReadRings rings;
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < 4; ++i) {
      reads[i] = {};
      reads[i].file = files[i];
      reads[i].offset = offsets[i];
      reads[i].size = 100;
      reads[i].out = out[i].data();
    }
    read_together(round == 0 ? &rings : nullptr, reads, 4);
    EXPECT_EQ(reads[2].status.os_error(), EIO);
    for (const size_t i : {0u, 1u, 3u}) {
      EXPECT_TRUE(reads[i].status);
      EXPECT_EQ(reads[i].size_read, 100u);
      EXPECT_EQ(out[i], bytes_.substr(offsets[i], 100));
    }
    EXPECT_EQ(bad.held, 0);
  }
}

/// Twenty reads of 300 bytes that lie next to each other from 1000 on, and one far away.
class Neighbours {
 public:
  static constexpr size_t kCount = 20;
  static uint64_t offset_of(size_t i) { return i == kCount ? 300'000 : 1000 + 310 * i; }

  void read(ReadRings* rings, const ReadableFile& file) {
    for (size_t i = 0; i <= kCount; ++i) {
      out_[i].assign(300, '?');
      reads_[i] = {};
      reads_[i].file = &file;
      reads_[i].offset = offset_of(i);
      reads_[i].size = out_[i].size();
      reads_[i].out = out_[i].data();
    }
    read_together(rings, reads_, kCount + 1);
  }
  /// Whether all are right but `failed`, which met EIO.
  bool are_right(const std::string& bytes, size_t failed = SIZE_MAX) const {
    for (size_t i = 0; i <= kCount; ++i) {
      if (i == failed
              ? reads_[i].status.os_error() != EIO
              : !reads_[i].status || reads_[i].size_read != 300 || out_[i] != bytes.substr(offset_of(i), 300))
        return false;
    }
    return true;
  }

 private:
  std::string out_[kCount + 1];
  FileRead reads_[kCount + 1];
};

TEST(ReadTogether, what_has_no_descriptor_is_read_one_by_one) {
  const std::string bytes = some_bytes(400'000);
  ReadRings rings;
  Neighbours neighbours;
  for (size_t failing = 0; failing <= Neighbours::kCount; ++failing) {
    StrictFile file(bytes, 1);
    file.fails_in_read = static_cast<int>(failing) + 1;  // once
    neighbours.read(failing % 2 == 0 ? &rings : nullptr, file);
    EXPECT_TRUE(neighbours.are_right(bytes, failing)) << failing;
    EXPECT_EQ(file.reads, static_cast<int>(Neighbours::kCount) + 1);
    EXPECT_EQ(file.held, 0);
  }
}

TEST(ReadTogether, a_bad_place_fails_the_read_that_needs_it_alone) {
  const std::string bytes = some_bytes(400'000);
  ReadRings rings;
  Neighbours neighbours;
  for (ReadRings* const used : {&rings, static_cast<ReadRings*>(nullptr)}) {
    for (size_t failing = 0; failing <= Neighbours::kCount; ++failing) {
      StrictFile file(bytes, 1, kBadDescriptor);
      file.fails_at = Neighbours::offset_of(failing) + 150;
      neighbours.read(used, file);
      EXPECT_TRUE(neighbours.are_right(bytes, failing)) << failing;
      // A queue has tried to read them at once; otherwise that is one read more, unless it did.
      const bool was_queued = used != nullptr && used->is_usable();
      const int at_once = failing == Neighbours::kCount ? 2 : static_cast<int>(Neighbours::kCount) + 2;
      EXPECT_EQ(file.reads, was_queued ? static_cast<int>(Neighbours::kCount) + 1 : at_once);
      EXPECT_EQ(file.held, 0);
    }
    StrictFile gap(bytes, 1, kBadDescriptor);
    gap.fails_at = Neighbours::offset_of(3) - 5;  // between two of them
    neighbours.read(used, gap);
    EXPECT_TRUE(neighbours.are_right(bytes)) << "nobody needs what lies between";
  }
}

TEST_F(PosixReads, what_comes_short_is_read_again_one_by_one) {
  Result<std::unique_ptr<WritableFile>> made = directory_->create_file("short");
  ASSERT_TRUE(made);
  ASSERT_TRUE((*made)->append(bytes_.substr(0, 3000)));
  ASSERT_TRUE((*made)->close());
  const int descriptor = ::open((place_.path() + "/short").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  ReadRings rings;
  Neighbours neighbours;
  for (size_t failing = 0; failing < Neighbours::kCount; ++failing) {
    StrictFile file(bytes_, 1, descriptor);  // which gives less than there is
    file.fails_at = Neighbours::offset_of(failing) + 150;
    neighbours.read(&rings, file);
    EXPECT_TRUE(neighbours.are_right(bytes_, failing)) << failing;
  }
  ::close(descriptor);
}

/// Eight reads by a queue, or plainly where `rings` has none.
bool reads_are_right(ReadRings* rings, const ReadableFile& file, const std::string& bytes) {
  std::string out[8];
  FileRead reads[8];
  for (size_t i = 0; i < 8; ++i) {
    out[i].assign(500, '?');
    reads[i].file = &file;
    reads[i].offset = i * 50'000;
    reads[i].size = out[i].size();
    reads[i].out = out[i].data();
  }
  read_together(rings, reads, 8);
  for (size_t i = 0; i < 8; ++i)
    if (!reads[i].status || out[i] != bytes.substr(i * 50'000, 500)) return false;
  return true;
}

TEST_F(PosixReads, a_kernel_that_refuses_queues_is_asked_once) {
  if (!can_read_directly()) GTEST_SKIP() << "what the page cache has needs no queue";
  const auto file = open("a", ReadMode::kDirect);
  for (const int refusal : {ENOSYS, EPERM, ENOMEM}) {
    ReadRings::refuse_for_tests(refusal);
    ReadRings rings;
    EXPECT_TRUE(reads_are_right(&rings, *file, bytes_));
    EXPECT_FALSE(rings.is_usable());
    ReadRings::refuse_for_tests(0);
    EXPECT_TRUE(reads_are_right(&rings, *file, bytes_));
    EXPECT_FALSE(rings.is_usable());
  }
}

TEST_F(PosixReads, a_forked_child_has_queues_of_its_own) {
  if (!can_read_directly()) GTEST_SKIP() << "what the page cache has needs no queue";
  const auto file = open("a", ReadMode::kDirect);
  ReadRings rings;
  ASSERT_TRUE(reads_are_right(&rings, *file, bytes_));
  const bool is_usable = rings.is_usable();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    bool is_right = reads_are_right(&rings, *file, bytes_) && rings.is_usable() == is_usable;
    {
      ReadRings own;
      is_right = is_right && reads_are_right(&own, *file, bytes_);
    }
    rings.~ReadRings();  // what came along can be given up
    ::_exit(is_right ? 0 : 1);
  }
  int how = 0;
  ASSERT_EQ(::waitpid(child, &how, 0), child);
  EXPECT_EQ(how, 0);
  EXPECT_TRUE(reads_are_right(&rings, *file, bytes_));
  EXPECT_EQ(rings.is_usable(), is_usable);
}

}  // namespace
}  // namespace wombat
