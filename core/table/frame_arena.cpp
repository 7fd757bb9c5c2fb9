#include "table/frame_arena.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "env/memory_advice.h"
#include "env/page_memory.h"

namespace wombat {

FrameArena::FrameArena(MemoryAccount account)
    : pool_(BlockPool::kBlockSize, advise_huge_pages, std::move(account),
            {take_pages, give_pages, kPageMemoryMin}) {}

FrameArena::~FrameArena() {
  for (const std::unique_ptr<Chunk>& chunk : chunks_) WOMBAT_CHECK(chunk->used_count == 0);
}

/// The first granule at or behind `at` that is in use, or is not; kGranuleCount when there is none.
size_t FrameArena::next(const Chunk& chunk, size_t at, bool used) {
  while (at < kGranuleCount) {
    const uint64_t bits = used ? chunk.used[at / kWordBits] : ~chunk.used[at / kWordBits];
    const uint64_t rest = bits >> (at % kWordBits);
    if (rest != 0) return at + static_cast<size_t>(std::countr_zero(rest));
    at = (at / kWordBits + 1) * kWordBits;
  }
  return kGranuleCount;
}

/// Where `wanted` free granules begin. kGranuleCount when there are not as many in a row; then `*longest` are.
size_t FrameArena::find_run(const Chunk& chunk, size_t wanted, size_t* longest) {
  *longest = 0;
  size_t at = next(chunk, 0, false);
  while (at < kGranuleCount) {
    const size_t end = next(chunk, at, true);
    if (end - at >= wanted) return at;
    *longest = std::max(*longest, end - at);
    at = next(chunk, end, false);
  }
  return kGranuleCount;
}

void FrameArena::mark(Chunk& chunk, size_t at, size_t count, bool used) {
  chunk.used_count += used ? count : ~count + 1;
  while (count > 0) {
    const size_t first = at % kWordBits;
    const size_t here = std::min(count, kWordBits - first);
    const uint64_t bits = (here == kWordBits ? ~uint64_t{0} : (uint64_t{1} << here) - 1) << first;
    uint64_t& word = chunk.used[at / kWordBits];
    word = used ? word | bits : word & ~bits;
    at += here;
    count -= here;
  }
}

FrameArena::Piece FrameArena::take(size_t chunk, size_t at, size_t count) {
  mark(*chunks_[chunk], at, count, true);
  cursor_ = chunk;
  return {chunks_[chunk]->memory + at * kGranuleSize, static_cast<uint32_t>(chunk)};
}

size_t FrameArena::add_chunk(char* memory) {
  size_t chunk = 0;
  while (chunk < chunks_.size() && chunks_[chunk]->memory != nullptr) ++chunk;
  if (chunk == chunks_.size()) {
    room_.reserve(chunk + 1);
    chunks_.push_back(std::make_unique<Chunk>());
    room_.push_back(0);
  }
  chunks_[chunk]->memory = memory;
  room_[chunk] = kGranuleCount;
  ++chunk_count_;
  return chunk;
}

/// Needs the lock.
FrameArena::Piece FrameArena::take_here(size_t count) {
  for (size_t i = 0, chunk = cursor_; i < chunks_.size(); ++i, ++chunk) {
    if (chunk >= chunks_.size()) chunk = 0;
    if (room_[chunk] < count) continue;
    size_t longest = 0;
    const size_t at = find_run(*chunks_[chunk], count, &longest);
    if (at != kGranuleCount) return take(chunk, at, count);
    room_[chunk] = static_cast<uint16_t>(longest);
  }
  return {nullptr, 0};
}

FrameArena::Piece FrameArena::allocate_here(size_t size) noexcept {
  WOMBAT_CHECK(size > 0 && size <= kPieceSizeMax);
  std::lock_guard lock(mutex_);
  return take_here((size + kGranuleSize - 1) / kGranuleSize);
}

FrameArena::Piece FrameArena::allocate(size_t size) {
  const Piece piece = allocate_here(size);
  if (piece.memory != nullptr) return piece;
  // Without the lock: who has to make room for it may release pieces.
  char* const memory = pool_.take();
  std::lock_guard lock(mutex_);
  try {
    return take(add_chunk(memory), 0, (size + kGranuleSize - 1) / kGranuleSize);
  } catch (...) {
    pool_.give_back(memory);
    throw;
  }
}

std::vector<bool> FrameArena::give_up(size_t count) {
  std::lock_guard lock(mutex_);
  std::vector<bool> chosen(chunks_.size());
  std::vector<size_t> order;
  order.reserve(chunks_.size());
  for (size_t i = 0; i < chunks_.size(); ++i) {
    chosen[i] = chunks_[i]->is_given_up;
    // What was put into the last one is likely to be in use.
    if (chunks_[i]->memory != nullptr && !chosen[i] && i != cursor_) order.push_back(i);
  }
  count = std::min(count, order.size());
  std::nth_element(order.begin(), order.begin() + static_cast<ptrdiff_t>(count), order.end(),
                   [this](size_t x, size_t y) { return chunks_[x]->used_count < chunks_[y]->used_count; });
  for (size_t i = 0; i < count; ++i) {
    chosen[order[i]] = true;
    chunks_[order[i]]->is_given_up = true;
    room_[order[i]] = 0;
    ++given_up_count_;
  }
  return chosen;
}

void FrameArena::release(const Piece& piece, size_t size) noexcept {
  const size_t count = (size + kGranuleSize - 1) / kGranuleSize;
  char* unused = nullptr;
  {
    std::lock_guard lock(mutex_);
    Chunk& chunk = *chunks_[piece.chunk];
    const size_t at = static_cast<size_t>(piece.memory - chunk.memory) / kGranuleSize;
    mark(chunk, at, count, false);
    if (!chunk.is_given_up)
      room_[piece.chunk] =
          static_cast<uint16_t>(kGranuleCount - chunk.used_count);  // as many in a row at most
    if (chunk.used_count == 0) {
      if (std::exchange(chunk.is_given_up, false)) --given_up_count_;
      unused = std::exchange(chunk.memory, nullptr);
      room_[piece.chunk] = 0;
      --chunk_count_;
    }
  }
  if (unused != nullptr) pool_.give_back(unused);
}

size_t FrameArena::memory_usage() const {
  std::lock_guard lock(mutex_);
  return chunk_count_ * BlockPool::kBlockSize;
}

size_t FrameArena::given_up_bytes() const {
  std::lock_guard lock(mutex_);
  return given_up_count_ * BlockPool::kBlockSize;
}

}  // namespace wombat
