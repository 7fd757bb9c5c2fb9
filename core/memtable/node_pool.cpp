#include "memtable/node_pool.h"

#include <algorithm>
#include <cstdint>

namespace wombat {

void NodePool::grow(size_t size) {
  while (available_ < size) {
    const bool is_small = arena_.memory_usage() < kSmallPoolSize;
    const size_t chunk_size = is_small ? kSmallChunkSize : kChunkSize;
    chunks_.reserve(chunks_.size() + 1);
    Arena& arena = is_small ? arena_ : huge_arena_;
    char* const memory = arena.allocate_aligned(chunk_size, kAlignment);
    // At the front: a chunk that is in use stays so until it is used up.
    chunks_.insert(chunks_.begin(), Chunk{memory, chunk_size});
    available_ += chunk_size - kPieceMax;
  }
}

char* NodePool::take(size_t size, size_t alignment) noexcept {
  const auto padding = [&] { return -reinterpret_cast<uintptr_t>(chunks_.back().begin) & (alignment - 1); };
  while (chunks_.back().size < size + padding()) {
    chunks_.pop_back();
    WOMBAT_CHECK(!chunks_.empty());
  }
  const size_t skipped = padding();
  Chunk& chunk = chunks_.back();
  char* const piece = chunk.begin + skipped;
  chunk.begin += skipped + size;
  chunk.size -= skipped + size;
  available_ -= std::min(available_, skipped + size);
  used_.store(used_bytes() + skipped + size, std::memory_order_relaxed);
  return piece;
}

}  // namespace wombat
