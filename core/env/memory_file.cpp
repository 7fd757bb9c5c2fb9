#include "env/memory_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

namespace wombat {

void MemoryFile::reserve(uint64_t end) {
  const uint64_t count = (end + kChunkSize - 1) / kChunkSize;
  if (count > chunks_.max_size()) throw std::bad_alloc();
  chunks_.reserve(std::max<size_t>(static_cast<size_t>(count), 1));
  while (chunks_.size() < count) chunks_.emplace_back(new char[kChunkSize]);
}

void MemoryFile::copy_in(uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const size_t within = static_cast<size_t>(offset % kChunkSize);
    const size_t count = std::min(bytes.size(), kChunkSize - within);
    std::memcpy(chunks_[static_cast<size_t>(offset / kChunkSize)].get() + within, bytes.data(), count);
    bytes.remove_prefix(count);
    offset += count;
  }
}

void MemoryFile::fill_zeros(uint64_t from, uint64_t to) {
  while (from < to) {
    const size_t within = static_cast<size_t>(from % kChunkSize);
    const auto count = static_cast<size_t>(std::min<uint64_t>(to - from, kChunkSize - within));
    std::memset(chunks_[static_cast<size_t>(from / kChunkSize)].get() + within, 0, count);
    from += count;
  }
}

void MemoryFile::write(uint64_t offset, Bytes bytes) {
  if (bytes.empty()) return;
  if (offset > UINT64_MAX - bytes.size()) throw std::bad_alloc();
  const uint64_t end = offset + bytes.size();
  const std::unique_lock lock(mutex_);
  const uint64_t old_size = size();
  reserve(end);
  fill_zeros(old_size, offset);
  copy_in(offset, bytes);
  if (end > old_size) grow(static_cast<size_t>(end - old_size));
}

char* MemoryFile::space_at_end(size_t size) {
  const uint64_t end = this->size();
  const size_t within = static_cast<size_t>(end % kChunkSize);
  if (size > kChunkSize - within) return nullptr;
  const size_t chunk = static_cast<size_t>(end / kChunkSize);
  if (chunk == chunks_.size()) {  // only the writer changes the list
    const std::unique_lock lock(mutex_);
    reserve(end + size);
  }
  return chunks_[chunk].get() + within;
}

void MemoryFile::grow(size_t size) {
  total_->fetch_add(size, std::memory_order_relaxed);
  size_.store(this->size() + size, std::memory_order_release);
}

size_t MemoryFile::copy_out(uint64_t offset, size_t size, char* out) const {
  const uint64_t end = this->size();
  if (offset >= end) return 0;
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(size, end - offset));
  for (size_t done = 0; done < wanted;) {
    const uint64_t at = offset + done;
    const size_t within = static_cast<size_t>(at % kChunkSize);
    const size_t count = std::min(wanted - done, kChunkSize - within);
    std::memcpy(out + done, chunks_[static_cast<size_t>(at / kChunkSize)].get() + within, count);
    done += count;
  }
  return wanted;
}

size_t MemoryFile::read(uint64_t offset, size_t size, char* out) const {
  if (is_sealed_.load(std::memory_order_acquire)) return copy_out(offset, size, out);
  const std::shared_lock lock(mutex_);
  return copy_out(offset, size, out);
}

namespace {

class MemoryWritableFile final : public WritableFile {
 public:
  MemoryWritableFile(std::shared_ptr<MemoryFile> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}
  ~MemoryWritableFile() override { static_cast<void>(MemoryWritableFile::close()); }

  Status append(Bytes bytes) override {
    WOMBAT_TRY(write_at(size_, bytes));
    size_ += bytes.size();
    return Status::ok();
  }

  Status write_at(uint64_t offset, Bytes bytes) override {
    if (is_closed_) return Status::from_errno(EBADF, "write", path_);
    try {
      file_->write(offset, bytes);
      return Status::ok();
    } catch (const std::bad_alloc&) {  // to those above it is a full disk
      return Status(Code::kNoSpace, path_ + ": no memory for " + std::to_string(bytes.size()) +
                                        " more bytes of a file in memory");
    }
  }

  Status sync() override { return is_closed_ ? Status::from_errno(EBADF, "sync", path_) : Status::ok(); }

  Status close() override {
    if (is_closed_) return Status::ok();
    is_closed_ = true;
    file_->seal();
    return Status::ok();
  }

  uint64_t size() const override { return size_; }

  char* append_space(size_t size) override {
    if (is_closed_ || file_->size() != size_) return nullptr;
    try {
      return file_->space_at_end(size);
    } catch (const std::bad_alloc&) {  // append() then says so
      return nullptr;
    }
  }

  void note_appended(size_t size) override {
    file_->grow(size);
    size_ += size;
  }

 private:
  const std::shared_ptr<MemoryFile> file_;
  const std::string path_;
  uint64_t size_ = 0;
  bool is_closed_ = false;
};

class MemoryReadableFile final : public ReadableFile {
 public:
  explicit MemoryReadableFile(std::shared_ptr<const MemoryFile> file) : file_(std::move(file)) {}
  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    return file_->read(offset, size, out);
  }
  Result<uint64_t> size() const override { return file_->size(); }
  void advise(AccessPattern) const override {}

 private:
  const std::shared_ptr<const MemoryFile> file_;
};

}  // namespace

std::unique_ptr<WritableFile> make_memory_writable_file(std::shared_ptr<MemoryFile> file, std::string path) {
  return std::make_unique<MemoryWritableFile>(std::move(file), std::move(path));
}

std::unique_ptr<ReadableFile> make_memory_readable_file(std::shared_ptr<const MemoryFile> file) {
  return std::make_unique<MemoryReadableFile>(std::move(file));
}

}  // namespace wombat
