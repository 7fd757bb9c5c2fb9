/// Memory for frames, cut out of huge pages: reads go to frames at random, and with ordinary pages nearly each of them
/// would make the processor look for the page first (hits measured 5 to 12 % faster).
///
/// Chunks of 2 MiB are divided into granules; a piece is a run of them, found first-fit in a bitmap, so that pieces of
/// all sizes share the chunks and neighbours that are given back become one run again. A chunk of which nothing is in
/// use goes back to the system, but for one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/block_pool.h"

namespace wombat {

/// Any thread.
class FrameArena {
 public:
  /// Larger pieces are not for an arena.
  static constexpr size_t kPieceSizeMax = 128 << 10;
  struct Piece {
    char* memory;
    uint32_t chunk;
  };

  /// What is taken from the system counts in `account`.
  explicit FrameArena(MemoryAccount account = {});
  FrameArena(const FrameArena&) = delete;
  FrameArena& operator=(const FrameArena&) = delete;
  /// All pieces have been given back.
  ~FrameArena();

  /// `size` bytes, at least 1, that start at a cache line. Throws std::bad_alloc.
  Piece allocate(size_t size);
  /// The same from chunks that are there; without memory when none has room.
  Piece allocate_here(size_t size) noexcept;
  /// Chooses the `count` chunks of which least is in use, and gives out nothing of them any more: they go back to the
  /// system as soon as they are empty. Says which are given up now, by Piece::chunk. Throws std::bad_alloc.
  std::vector<bool> give_up(size_t count);
  /// Gives a chunk back that is kept for the next piece.
  void release_unused() noexcept { pool_.release_unused(); }
  /// Bytes of chunks that were given up and are not empty yet.
  size_t given_up_bytes() const;
  /// `size` as it was asked for.
  void release(const Piece& piece, size_t size) noexcept;
  /// Bytes taken from the system for pieces.
  size_t memory_usage() const;

 private:
  static constexpr size_t kGranuleSize = 512;
  static constexpr size_t kGranuleCount = BlockPool::kBlockSize / kGranuleSize;
  static constexpr size_t kWordBits = 64;

  struct Chunk {
    char* memory = nullptr;  // null: a place for one
    size_t used_count = 0;
    bool is_given_up = false;
    std::array<uint64_t, kGranuleCount / kWordBits> used{};  // bit i: granule i is
  };

  static size_t next(const Chunk& chunk, size_t at, bool used);
  static size_t find_run(const Chunk& chunk, size_t wanted, size_t* longest);
  static void mark(Chunk& chunk, size_t at, size_t count, bool used);
  Piece take(size_t chunk, size_t at, size_t count);
  Piece take_here(size_t count);
  size_t add_chunk(char* memory);

  BlockPool pool_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<uint16_t>
      room_;                // of each chunk: no run of free granules is longer; apart, because it is searched
  size_t cursor_ = 0;       // the chunk that was taken from last
  size_t chunk_count_ = 0;  // with memory
  size_t given_up_count_ = 0;  // of these
};

}  // namespace wombat
