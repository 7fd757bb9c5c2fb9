/// Memory that starts at a cache line, or, where that is large, at a huge page.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace wombat {

class AlignedBuffer {
 public:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kHugePageSize = size_t{2} << 20;

  AlignedBuffer() = default;
  /// Uninitialised bytes.
  explicit AlignedBuffer(size_t size)
      : data_(static_cast<char*>(::operator new(size, alignment_for(size)))), size_(size) {}
  AlignedBuffer(AlignedBuffer&& other) noexcept { swap(other); }
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~AlignedBuffer() {
    if (data_ != nullptr) ::operator delete(data_, alignment_for(size_));
  }

  char* data() const { return data_; }
  size_t size() const { return size_; }
  /// Makes room for `size` bytes; what was there is lost when that takes new memory.
  void require(size_t size) {
    if (size > size_) *this = AlignedBuffer(size);
  }

 private:
  static std::align_val_t alignment_for(size_t size) {
    return std::align_val_t{size >= kHugePageSize ? kHugePageSize : kAlignment};
  }
  void swap(AlignedBuffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace wombat
