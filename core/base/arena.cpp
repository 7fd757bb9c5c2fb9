#include "base/arena.h"

namespace wombat {

void Arena::BlockDeleter::operator()(char* block) const noexcept {
  if (pool == nullptr) {
    delete[] block;
  } else if (size == BlockPool::kBlockSize) {
    pool->give_back(block);
  } else {
    pool->give_back_piece(block, size);
  }
}

char* Arena::new_block(size_t size) {
  // The slot first: once it exists nothing can throw between owning the block and recording it.
  blocks_.emplace_back();
  try {
    char* const block = pool_ == nullptr                ? new char[size]
                        : size == BlockPool::kBlockSize ? pool_->take()
                                                        : pool_->take_piece(size);
    blocks_.back() = std::unique_ptr<char, BlockDeleter>(block, BlockDeleter{pool_.get(), size});
  } catch (...) {
    blocks_.pop_back();
    throw;
  }
  usage_.fetch_add(size, std::memory_order_relaxed);
  return blocks_.back().get();
}

char* Arena::allocate_slow(size_t size) {
  // A large piece gets a block of its own, so that the rest of the current block stays in use.
  if (size > block_size_ / 4) return new_block(size);
  next_ = new_block(block_size_);
  remaining_ = block_size_;
  return take(size);
}

char* Arena::allocate_aligned_slow(size_t size, size_t alignment) {
  // Blocks come aligned for max_align_t only; with `alignment - 1` spare bytes the piece fits wherever they
  // start.
  char* const start = allocate_slow(size + alignment - 1);
  const size_t misfit = reinterpret_cast<uintptr_t>(start) & (alignment - 1);
  return misfit == 0 ? start : start + (alignment - misfit);
}

}  // namespace wombat
