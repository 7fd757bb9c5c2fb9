#include "env/posix_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "env/mapped_tail.h"
#include "env/zeroed_tail.h"

namespace wombat {

namespace {

/// The device begins with what was appended when it is this much, so that a sync at the end waits for little.
constexpr uint64_t kWriteBackSize = 1024 * 1024;
constexpr uint64_t kPageSize = 4096;

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}
  ~PosixWritableFile() override { static_cast<void>(PosixWritableFile::close()); }

  void expect_small_appends() override {
    tail_.emplace(descriptor_.number());
    zeros_.emplace(descriptor_.number());
  }

  Status append(Bytes bytes) override {
    if (bytes.empty()) return Status::ok();
    if (char* const space = PosixWritableFile::append_space(bytes.size())) {
      std::memcpy(space, bytes.data(), bytes.size());
    } else {
      WOMBAT_TRY(write_at(size_, bytes));
    }
    size_ += bytes.size();
    if (!tail_ && size_ - write_back_end_ >= kWriteBackSize) begin_write_back();
    return Status::ok();
  }

  char* append_space(size_t size) override { return tail_ ? tail_->space_at(size_, size) : nullptr; }
  void note_appended(size_t size) override { size_ += size; }

  Status write_at(uint64_t offset, Bytes bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = retry_interrupted([&] {
        return ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (written < 0) return file_error(errno, "write", path_);
      // Not even one byte and no reason: the device will not take more.
      if (written == 0) return file_error(ENOSPC, "write", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
      offset += static_cast<uint64_t>(written);
    }
    return Status::ok();
  }

  Status sync() override {
    if (zeros_) zeros_->prepare(size_, std::max(size_, reserved_end()));
    // fdatasync writes the size as well when it changed: without it the bytes could not be read back.
    // It covers what was stored through a mapping too.
    if (retry_interrupted([&] { return ::fdatasync(descriptor_.number()); }) != 0)
      return file_error(errno, "sync", path_);
    if (tail_) tail_->note_sync(size_);
    if (leaves_page_cache_) drop_cached();
    return Status::ok();
  }

  Status close() override {
    if (!descriptor_.is_open()) return Status::ok();
    const Status trimmed = give_back_reserved();
    // After EINTR the descriptor is gone on Linux; a second close could hit a descriptor of another thread.
    if (::close(descriptor_.release()) == 0 || errno == EINTR) return trimmed;
    return file_error(errno, "close", path_);
  }

  uint64_t size() const override { return size_; }
  void leave_page_cache() override { leaves_page_cache_ = true; }

 private:
  /// Of what is durable only, since nothing else can go.
  void drop_cached() {
    if (dropped_end_ == size_) return;
    // From the page that the last call stopped in. Advice: who refuses it keeps the pages.
    const uint64_t begin = dropped_end_ / kPageSize * kPageSize;
    static_cast<void>(::posix_fadvise(descriptor_.number(), static_cast<off_t>(begin),
                                      static_cast<off_t>(size_ - begin), POSIX_FADV_DONTNEED));
    dropped_end_ = size_;
  }

  uint64_t reserved_end() const { return tail_ ? std::max(tail_->reserved_end(), zeros_->end()) : 0; }

  /// Promises nothing: an error is reported by the sync that has to follow.
  void begin_write_back() {
#ifdef SYNC_FILE_RANGE_WRITE
    static_cast<void>(::sync_file_range(descriptor_.number(), static_cast<off_t>(write_back_end_),
                                        static_cast<off_t>(size_ - write_back_end_), SYNC_FILE_RANGE_WRITE));
#endif
    write_back_end_ = size_;
  }

  Status give_back_reserved() {
    const bool is_longer = reserved_end() > size_;
    tail_.reset();
    zeros_.reset();
    if (!is_longer) return Status::ok();
    const auto size = static_cast<off_t>(size_);
    if (retry_interrupted([&] { return ::ftruncate(descriptor_.number(), size); }) == 0) return Status::ok();
    return file_error(errno, "truncate", path_);
  }

  Descriptor descriptor_;
  std::string path_;
  uint64_t size_ = 0;
  bool leaves_page_cache_ = false;
  uint64_t dropped_end_ = 0;
  uint64_t write_back_end_ = 0;  // the device has been told of what is below
  std::optional<MappedTail> tail_;
  std::optional<ZeroedTail> zeros_;  // with tail_
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    size_t done = 0;
    while (done < size) {
      const ssize_t got = retry_interrupted([&] {
        return ::pread(descriptor_.number(), out + done, size - done, static_cast<off_t>(offset + done));
      });
      if (got < 0) return file_error(errno, "read", path_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  Result<uint64_t> size() const override {
    struct stat facts;
    if (::fstat(descriptor_.number(), &facts) != 0) return file_error(errno, "stat", path_);
    return static_cast<uint64_t>(facts.st_size);
  }

  void advise(AccessPattern pattern) const override {
    // Advice: a file system that ignores or refuses it changes nothing.
    const int advice = pattern == AccessPattern::kRandom ? POSIX_FADV_RANDOM : POSIX_FADV_SEQUENTIAL;
    static_cast<void>(::posix_fadvise(descriptor_.number(), 0, 0, advice));
  }

  void prefetch(uint64_t offset, uint64_t size) const override {
    static_cast<void>(::posix_fadvise(descriptor_.number(), static_cast<off_t>(offset),
                                      static_cast<off_t>(size), POSIX_FADV_WILLNEED));
  }

  Result<RawAccess> hold() const override { return RawAccess{descriptor_.number(), 1}; }

 private:
  Descriptor descriptor_;
  std::string path_;
};

}  // namespace

std::unique_ptr<WritableFile> make_posix_writable_file(Descriptor descriptor, std::string path) {
  return std::make_unique<PosixWritableFile>(std::move(descriptor), std::move(path));
}

std::unique_ptr<ReadableFile> make_posix_readable_file(Descriptor descriptor, std::string path) {
  return std::make_unique<PosixReadableFile>(std::move(descriptor), std::move(path));
}

uint32_t direct_alignment_of(const Descriptor& descriptor) {
  constexpr uint32_t kUsual = 4096;
#ifdef STATX_DIOALIGN
  struct statx facts;
  std::memset(&facts, 0, sizeof facts);
  if (::statx(descriptor.number(), "", AT_EMPTY_PATH, STATX_DIOALIGN, &facts) == 0 &&
      (facts.stx_mask & STATX_DIOALIGN) != 0) {
    return std::max(facts.stx_dio_offset_align, facts.stx_dio_mem_align);
  }
#endif
  return descriptor.is_open() ? kUsual : 0;
}

}  // namespace wombat
