/// Large blocks of memory that go from one owner to the next: memory that was touched before costs nothing, memory
/// that is touched for the first time about as much as all else that happens to what is put there.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

namespace wombat {

/// Tells the system how memory will be used; env/memory_advice.h has one.
using MemoryAdvice = void (*)(void* memory, size_t size) noexcept;

/// Any thread. Must outlive the blocks it gave out.
class BlockPool {
 public:
  static constexpr size_t kBlockSize = size_t{2} << 20;  // a huge page, and aligned like one

  /// Keeps at most `kept_bytes_max` of what was given back. New blocks are shown to `advice`, if there is one.
  explicit BlockPool(size_t kept_bytes_max, MemoryAdvice advice = nullptr);
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
  /// Blocks that wait for an owner.
  size_t unused_count() const;

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

  const size_t kept_count_max_;
  const size_t ahead_count_;
  const MemoryAdvice advice_;
  std::function<bool()> listener_;
  mutable std::mutex mutex_;
  Unused* first_ = nullptr;  // guarded by mutex_, as is the rest
  size_t kept_count_ = 0;
  bool is_preparing_ = false;
};

}  // namespace wombat
