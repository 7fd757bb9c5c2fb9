/// Bump allocator: many small allocations, freed together. One allocating thread at a time; memory_usage()
/// from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/block_pool.h"

namespace wombat {

class Arena {
 public:
  /// Memory is taken in blocks of `block_size_bytes`, from `pool`, if there is one, else from the system.
  explicit Arena(size_t block_size_bytes = 1 << 20, std::shared_ptr<BlockPool> pool = nullptr)
      : block_size_(block_size_bytes), pool_(std::move(pool)) {}
  /// Memory is taken in the blocks of `pool`, larger pieces by themselves.
  explicit Arena(std::shared_ptr<BlockPool> pool) : Arena(BlockPool::kBlockSize, std::move(pool)) {}
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
    BlockPool* pool = nullptr;
    size_t size = 0;
    void operator()(char* block) const noexcept;
  };

  size_t block_size_;
  std::shared_ptr<BlockPool> pool_;  // before blocks_, which go back to it
  char empty_ = 0;                   // what an empty arena points to, so that no bytes never means no address
  char* next_ = &empty_;
  size_t remaining_ = 0;
  std::vector<std::unique_ptr<char, BlockDeleter>> blocks_;
  std::atomic<size_t> usage_{0};
};

}  // namespace wombat
