/// Memory that starts at a cache line, or, where that is large, at a huge page.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include "env/page_memory.h"

namespace wombat {

class AlignedBuffer {
 public:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kHugePageSize = size_t{2} << 20;

  AlignedBuffer() = default;
  /// Uninitialised bytes.
  explicit AlignedBuffer(size_t size) : data_(allocate(size)), size_(size) {}
  AlignedBuffer(AlignedBuffer&& other) noexcept { swap(other); }
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~AlignedBuffer() {
    if (data_ == nullptr) return;
    if (is_paged(size_)) {
      give_pages(data_, size_);
    } else {
      ::operator delete (data_, std::align_val_t{kAlignment});
    }
  }

  char* data() const { return data_; }
  size_t size() const { return size_; }
  /// Makes room for `size` bytes; what was there is lost when that takes new memory.
  void require(size_t size) {
    if (size > size_) *this = AlignedBuffer(size);
  }

 private:
  // Under the address sanitizer all comes from its allocator.
#ifdef __SANITIZE_ADDRESS__
  static constexpr bool is_paged(size_t) { return false; }
#else
  static constexpr bool is_paged(size_t size) { return size >= kPageMemoryMin; }
#endif
  static char* allocate(size_t size) {
    if (!is_paged(size)) return static_cast<char*>(::operator new (size, std::align_val_t{kAlignment}));
    void* const memory = take_pages(size, size >= kHugePageSize ? kHugePageSize : kAlignment);
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<char*>(memory);
  }
  void swap(AlignedBuffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace wombat
