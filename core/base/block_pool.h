/// Large blocks of memory that go from one owner to the next: memory that was touched before costs nothing, memory
/// that is touched for the first time about as much as all else that happens to what is put there.
#pragma once

#include <cstddef>
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

  /// Throws std::bad_alloc.
  char* take();
  void give_back(char* block) noexcept;

 private:
  /// At the beginning of a block that nobody uses.
  struct Unused {
    Unused* next;
  };

  const size_t kept_count_max_;
  const MemoryAdvice advice_;
  std::mutex mutex_;
  Unused* first_ = nullptr;  // guarded by mutex_
  size_t kept_count_ = 0;    // guarded by mutex_
};

}  // namespace wombat
