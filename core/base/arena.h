/// Bump allocator: many small allocations, freed together. One allocating thread at a time; memory_usage()
/// from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace wombat {

/// Tells the system how memory will be used; env/memory_advice.h has one.
using MemoryAdvice = void (*)(void* memory, size_t size) noexcept;

class Arena {
 public:
  static constexpr size_t kHugePageSize = size_t{2} << 20;

  /// Memory is taken from the system in blocks of `block_size_bytes`. With `advice`, blocks of kHugePageSize are
  /// aligned to their size and shown to it.
  explicit Arena(size_t block_size_bytes = 1 << 20, MemoryAdvice advice = nullptr)
      : block_size_(block_size_bytes), advice_(advice) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Never null; throws std::bad_alloc, after which the arena is as before.
  char* allocate(size_t size) {
    if (size <= remaining_) return take(size);
    return allocate_slow(size);
  }
  /// `alignment` is a power of two, at most 64.
  char* allocate_aligned(size_t size, size_t alignment = alignof(void*)) {
    const size_t padding =
        (alignment - (reinterpret_cast<uintptr_t>(next_) & (alignment - 1))) & (alignment - 1);
    if (size + padding <= remaining_) {
      take(padding);
      return take(size);
    }
    return allocate_aligned_slow(size, alignment);
  }
  /// Bytes taken from the system.
  size_t memory_usage() const { return usage_.load(std::memory_order_relaxed); }

 private:
  char* take(size_t size) {
    char* const result = next_;
    next_ += size;
    remaining_ -= size;
    return result;
  }
  char* allocate_slow(size_t size);
  char* allocate_aligned_slow(size_t size, size_t alignment);
  char* new_block(size_t size);

  struct BlockDeleter {
    bool is_huge = false;
    void operator()(char* block) const noexcept;
  };

  size_t block_size_;
  MemoryAdvice advice_;
  char empty_ = 0;  // what an empty arena points to, so that no bytes never means no address
  char* next_ = &empty_;
  size_t remaining_ = 0;
  std::vector<std::unique_ptr<char, BlockDeleter>> blocks_;
  std::atomic<size_t> usage_{0};
};

}  // namespace wombat
