/// Files that are read through a mapping. Touching a page of a mapping that cannot be read ends the process by a signal,
/// so every read first asks the kernel to bring the pages in, which answers with an error instead.
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "env/posix_files.h"

namespace wombat {

namespace {

#ifdef MADV_POPULATE_READ
constexpr int kPopulateRead = MADV_POPULATE_READ;
#else
constexpr int kPopulateRead = 22;  // headers may be older than the kernel
#endif

size_t page_size() {
  static const auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

class PosixMappedFile final : public ReadableFile {
 public:
  /// `mapping` null: the file is empty.
  PosixMappedFile(Descriptor descriptor, std::string path, char* mapping, size_t size)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), mapping_(mapping), size_(size) {}
  ~PosixMappedFile() override {
    if (mapping_ != nullptr) ::munmap(mapping_, size_);
  }

  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    if (offset >= size_) return size_t{0};
    size = std::min(size, size_ - static_cast<size_t>(offset));
    if (size == 0) return size;
    const size_t begin = static_cast<size_t>(offset) / page_size() * page_size();
    const size_t reach = static_cast<size_t>(offset) + size - begin;
    if (retry_interrupted([&] { return ::madvise(mapping_ + begin, reach, kPopulateRead); }) != 0)
      return read_otherwise(offset, size, out);
    std::memcpy(out, mapping_ + offset, size);
    return size;
  }

  Result<uint64_t> size() const override {
    struct stat facts;
    if (::fstat(descriptor_.number(), &facts) != 0) return file_error(errno, "stat", path_);
    return static_cast<uint64_t>(facts.st_size);
  }

  /// One that scans asks for what it needs.
  void advise(AccessPattern) const override {
    if (mapping_ != nullptr) static_cast<void>(::madvise(mapping_, size_, MADV_RANDOM));
  }

  void prefetch(uint64_t offset, uint64_t size) const override {
    if (offset >= size_) return;
    const size_t begin = static_cast<size_t>(offset) / page_size() * page_size();
    const size_t end = static_cast<size_t>(offset + std::min<uint64_t>(size, size_ - offset));
    static_cast<void>(::madvise(mapping_ + begin, end - begin, MADV_WILLNEED));
  }

  Result<RawAccess> hold() const override { return RawAccess{descriptor_.number(), 1}; }

 private:
  /// The file was cut short, or its device fails: a plain read says which, and gives what there is.
  Result<size_t> read_otherwise(uint64_t offset, size_t size, char* out) const {
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

  const Descriptor descriptor_;
  const std::string path_;
  char* const mapping_;
  const size_t size_;
};

}  // namespace

bool can_populate_mappings() {
  static const bool can = [] {
    void* const page = ::mmap(nullptr, page_size(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return false;
    const bool populated = ::madvise(page, page_size(), kPopulateRead) == 0;
    ::munmap(page, page_size());
    return populated;
  }();
  return can;
}

Result<std::unique_ptr<ReadableFile>> make_posix_mapped_file(Descriptor descriptor, std::string path,
                                                             uint64_t size) {
  char* mapping = nullptr;
  if (size != 0) {
    void* const mapped =
        ::mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_SHARED, descriptor.number(), 0);
    if (mapped == MAP_FAILED) return file_error(errno, "map", path);
    mapping = static_cast<char*>(mapped);
  }
  return std::unique_ptr<ReadableFile>(
      new PosixMappedFile(std::move(descriptor), std::move(path), mapping, static_cast<size_t>(size)));
}

}  // namespace wombat
