/// Memory for what inserting into the blocked index may need: reserved in advance, so that inserting cannot fail.
#pragma once

#include <atomic>
#include <new>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/check.h"

namespace wombat {

/// One thread; used_bytes() from any.
class NodePool {
 public:
  explicit NodePool(std::shared_ptr<BlockPool> blocks)
      : arena_(kSmallChunkSize, blocks), huge_arena_(std::move(blocks)) {}

  /// What one T takes at most.
  template <typename T>
  static constexpr size_t cost() {
    return sizeof(T) + alignof(T) - 1;
  }
  /// After this, objects that cost `size` together can be made. Throws std::bad_alloc, after which nothing has
  /// changed. What is reserved is not touched before it is used.
  void reserve(size_t size) {
    if (available_ < size) grow(size);
  }

  /// Never fails within what was reserved.
  template <typename T, typename... Args>
  T* make(Args&&... args) noexcept {
    static_assert(sizeof(T) <= kPieceMax && alignof(T) <= kAlignment);
    return new (take(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }

  size_t used_bytes() const { return used_.load(std::memory_order_relaxed); }

  static constexpr size_t kPieceMax = 1024;

 private:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kSmallChunkSize = 32 << 10;
  static constexpr size_t kChunkSize = 256 << 10;
  static constexpr size_t kSmallPoolSize = 1 << 20;

  struct Chunk {
    char* begin;
    size_t size;
  };

  void grow(size_t size);
  char* take(size_t size, size_t alignment) noexcept;

  Arena arena_;
  Arena huge_arena_;
  std::vector<Chunk> chunks_;  // the last one is in use
  size_t available_ = 0;       // without what may be lost at the ends of chunks
  std::atomic<size_t> used_{0};
};

}  // namespace wombat
