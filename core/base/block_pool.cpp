#include "base/block_pool.h"

#include <new>

namespace wombat {

namespace {

// Under the address sanitizer every block is fresh, so that a use after its end is seen.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kReuses = false;
#else
constexpr bool kReuses = true;
#endif

void release(void* block) noexcept { ::operator delete(block, std::align_val_t(BlockPool::kBlockSize)); }

}  // namespace

BlockPool::BlockPool(size_t kept_bytes_max, MemoryAdvice advice)
    : kept_count_max_(kReuses ? kept_bytes_max / kBlockSize : 0), advice_(advice) {}

BlockPool::~BlockPool() {
  while (first_ != nullptr) {
    Unused* const next = first_->next;
    release(first_);
    first_ = next;
  }
}

char* BlockPool::take() {
  {
    std::lock_guard lock(mutex_);
    if (Unused* const block = first_; block != nullptr) {
      first_ = block->next;
      --kept_count_;
      return reinterpret_cast<char*>(block);
    }
  }
  char* const block = static_cast<char*>(::operator new(kBlockSize, std::align_val_t(kBlockSize)));
  if (advice_ != nullptr) advice_(block, kBlockSize);
  return block;
}

void BlockPool::give_back(char* block) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (kept_count_ < kept_count_max_) {
      first_ = new (block) Unused{first_};
      ++kept_count_;
      return;
    }
  }
  release(block);
}

}  // namespace wombat
