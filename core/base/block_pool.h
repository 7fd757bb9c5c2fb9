/// Large blocks of memory that go from one owner to the next: memory that was touched before costs nothing, memory
/// that is touched for the first time about as much as all else that happens to what is put there.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "base/memory_budget.h"

namespace wombat {

/// Tells the system how memory will be used; env/memory_advice.h has one.
using MemoryAdvice = void (*)(void* memory, size_t size) noexcept;

/// Where blocks come from, and go to: env/page_memory.h has one.
struct PageSource {
  void* (*take)(size_t size, size_t alignment) noexcept = nullptr;  // null when there is no memory
  void (*give)(void* memory, size_t size) noexcept = nullptr;
  size_t size_min = 0;  // smaller ones come from the allocator
};

/// Any thread. Must outlive the blocks it gave out.
class BlockPool {
 public:
  static constexpr size_t kBlockSize = size_t{2} << 20;  // a huge page, and aligned like one

  /// Keeps at most `kept_bytes_max` of what was given back. New blocks are shown to `advice`, if there is one.
  /// Blocks count in `account` from when they are made until they go back to the system.
  explicit BlockPool(size_t kept_bytes_max, MemoryAdvice advice = nullptr, MemoryAccount account = {},
                     PageSource pages = {});
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  /// Has blocks touched ahead of who takes them. `listener` is called within take(), seldom and without a lock held,
  /// when few blocks are left; it arranges for prepare() to be called on another thread and returns false if it
  /// could not. At most once, before other threads use the pool. One that keeps nothing prepares nothing.
  void set_scarcity_listener(std::function<bool()> listener) { listener_ = std::move(listener); }
  /// Makes and touches blocks until enough are unused. They come on top of what the pool keeps.
  void prepare() noexcept;

  /// Throws std::bad_alloc.
  char* take();
  void give_back(char* block) noexcept;
  /// Memory of any size, which counts as blocks do, but is kept for nobody. Throws std::bad_alloc.
  char* take_piece(size_t size);
  void give_back_piece(char* piece, size_t size) noexcept;
  /// Blocks that wait for an owner.
  size_t unused_count() const;
  /// From now on keeps at most so much, and has at most `ahead_bytes` touched ahead; what is beyond goes back to the system.
  void set_kept(size_t kept_bytes_max, size_t ahead_bytes) noexcept;
  /// Gives all blocks that nobody uses back to the system.
  void release_unused() noexcept;
  const MemoryAccount& account() const { return account_; }

 private:
  /// As many as a writer takes while one is being touched, and some more.
  static constexpr size_t kAheadCount = 4;

  /// At the beginning of a block that nobody uses.
  struct Unused {
    Unused* next;
  };

  char* make() const;
  void keep(char* block) noexcept;
  void ask_for_more() noexcept;

  bool has_pages_for(size_t size) const { return pages_.take != nullptr && size >= pages_.size_min; }
  void release(char* block) const noexcept;
  void trim(size_t kept_count) noexcept;

  const MemoryAdvice advice_;
  const MemoryAccount account_;
  const PageSource pages_;
  std::function<bool()> listener_;
  mutable std::mutex mutex_;
  size_t kept_count_max_;  // guarded by mutex_, as is the rest
  size_t ahead_count_;
  Unused* first_ = nullptr;
  size_t kept_count_ = 0;
  bool is_preparing_ = false;
};

}  // namespace wombat
