#include "env/direct_file.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace wombat {

namespace {

/// Bytes that are read through one piece of aligned memory.
constexpr size_t kPieceSize = 1024 * 1024;

class DirectFile final : public ReadableFile {
 public:
  DirectFile(std::unique_ptr<ReadableFile> base, uint32_t alignment)
      : base_(std::move(base)), alignment_(alignment) {}

  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    if (size == 0) return size_t{0};
    if (is_aligned(offset, size, out)) return base_->read_at(offset, size, out);
    const size_t reach = round_up(size + alignment_);
    const AlignedMemory memory(std::min(reach, kPieceSize), alignment_);
    size_t done = 0;
    while (done < size) {
      const uint64_t begin = (offset + done) / alignment_ * alignment_;
      const auto skipped = static_cast<size_t>(offset + done - begin);
      const size_t wanted = std::min(round_up(skipped + size - done), std::min(reach, kPieceSize));
      WOMBAT_ASSIGN(const size_t got, base_->read_at(begin, wanted, memory.data()));
      if (got <= skipped) break;
      const size_t useful = std::min(got - skipped, size - done);
      std::memcpy(out + done, memory.data() + skipped, useful);
      done += useful;
      if (got < wanted) break;  // the end of the file
    }
    return done;
  }

  Result<uint64_t> size() const override { return base_->size(); }
  void advise(AccessPattern pattern) const override { base_->advise(pattern); }

  Result<RawAccess> hold() const override {
    WOMBAT_ASSIGN(RawAccess access, base_->hold());
    access.alignment = alignment_;
    return access;
  }
  void release() const override { base_->release(); }

 private:
  size_t round_up(size_t size) const { return (size + alignment_ - 1) / alignment_ * alignment_; }
  bool is_aligned(uint64_t offset, size_t size, const char* out) const {
    return (offset | size | reinterpret_cast<uintptr_t>(out)) % alignment_ == 0;
  }

  const std::unique_ptr<ReadableFile> base_;
  const uint32_t alignment_;
};

}  // namespace

std::unique_ptr<ReadableFile> make_direct_file(std::unique_ptr<ReadableFile> base, uint32_t alignment) {
  return std::make_unique<DirectFile>(std::move(base), alignment);
}

}  // namespace wombat
