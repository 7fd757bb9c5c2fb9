/// The blocks of one open table: from the slot when they are in memory, else from the file. Any thread,
/// concurrently.
#pragma once

#include <memory>
#include <string>

#include "base/statistics.h"
#include "codec/codec.h"
#include "codec/decompressor_pool.h"
#include "env/file_system.h"
#include "env/read_together.h"
#include "table/frame.h"
#include "table/frame_cache.h"
#include "table/scan_ahead.h"
#include "table/table_index.h"

namespace wombat {

/// How compressed blocks of a table are unpacked.
struct BlockUnpacking {
  const Codec* codec = nullptr;            // null: none is compressed
  std::unique_ptr<Dictionary> dictionary;  // null: they need none
  DecompressorPool* pool = nullptr;        // outlives the store
  std::unique_ptr<DecompressorPool> own_pool;
};

class BlockStore {
 public:
  /// `index`, `cache`, `statistics` and `scan_ahead` outlive the store. Null: nobody counts; scans do not read ahead.
  BlockStore(std::unique_ptr<ReadableFile> file, std::string name, const TableIndex& index, FrameCache& cache,
             Statistics* statistics, BlockUnpacking unpacking, bool verify_checksums,
             const ScanAhead* scan_ahead);
  /// No reader may be inside.
  ~BlockStore();

  const std::string& name() const { return name_; }
  const ReadableFile& file() const { return *file_; }
  FrameCache& cache() const { return cache_; }
  size_t memory_usage() const {
    return index_.block_count() * sizeof(FrameSlot) +
           (unpacking_.dictionary == nullptr ? 0 : unpacking_.dictionary->memory_usage());
  }

  /// The frame in memory or null. The caller is inside an epoch.
  Frame* peek(size_t block) const { return slots_[block].frame.load(std::memory_order_seq_cst); }
  /// The same, and marks the block as used.
  Frame* find(size_t block) const {
    FrameSlot& slot = slots_[block];
    if (slot.touched.load(std::memory_order_relaxed) == 0) slot.touched.store(1, std::memory_order_relaxed);
    return slot.frame.load(std::memory_order_seq_cst);
  }
  /// Asks the processor for the slot of a block.
  void prefetch(size_t block) const { __builtin_prefetch(&slots_[block]); }
  /// Where the block's bytes are, or null: an address to ask the processor for, which may not be followed.
  const char* frame_address(size_t block) const {
    const Frame* const frame = slots_[block].frame.load(std::memory_order_relaxed);
    return frame == nullptr ? nullptr : reinterpret_cast<const char*>(frame) + sizeof(Frame);
  }
  /// Asks for the first `size` bytes of the block, if it is in memory.
  void prefetch_keys(size_t block, size_t size) const {
    const char* const frame =
        reinterpret_cast<const char*>(slots_[block].frame.load(std::memory_order_relaxed));
    if (frame == nullptr) return;
    for (size_t at = 0; at < size; at += 64) __builtin_prefetch(frame + at);
  }
  /// Reads the block from the file. The frame is readable while the caller's epoch lasts; with `fill_cache`
  /// it is, or was for a moment, in its slot.
  Result<Frame*> load(size_t block, bool fill_cache) const;
  /// The same, of stored bytes that the caller has read.
  Result<Frame*> adopt(size_t block, Bytes stored, bool fill_cache) const;
  /// Reads bytes of the block area, counting failures.
  Status read(uint64_t offset, size_t size, char* out) const;
  /// Checks `stored` and turns it into a frame: at `out` (shape.frame_size + kFrameSlack bytes), which may be
  /// `stored` itself when the block is not compressed: bytes that cannot be unpacked twice if the table was taken in
  /// from outside.
  Status unpack(size_t block, Bytes stored, bool verify_checksum, char* out) const;
  void count_read_ahead(uint64_t bytes) const {
    if (statistics_ != nullptr) statistics_->add(Counter::kReadAheadBytes, bytes);
  }
  bool verifies_checksums() const { return verify_checksums_; }
  const ScanAhead* scan_ahead() const { return scan_ahead_; }

 private:
  friend void load_blocks_together(ReadRings* rings, struct BlockLoad* loads, size_t count, bool fill_cache);
  Status count_failure(Status status) const;
  Status check_stored(size_t block, const BlockLocation& location, Bytes stored) const;
  Status decompress(const BlockShape& shape, const BlockLocation& location, Bytes stored, char* out) const;
  Status apply_ingestion(const BlockShape& shape, const BlockLocation& location, char* frame) const;
  Frame* hand_out(size_t block, Frame* frame, bool fill_cache) const;

  std::unique_ptr<ReadableFile> file_;
  std::string name_;
  const TableIndex& index_;
  FrameCache& cache_;
  Statistics* const statistics_;
  const BlockUnpacking unpacking_;
  const bool verify_checksums_;
  const ScanAhead* const scan_ahead_;
  std::unique_ptr<FrameSlot[]> slots_;
};

/// A block to be read, and what became of that.
struct BlockLoad {
  const BlockStore* store = nullptr;
  size_t block = 0;
  Frame* frame = nullptr;  // null: see status
  Status status;
};
/// BlockStore::load() of several blocks, of which no two are the same, with their reads issued together. Throws
/// std::bad_alloc.
void load_blocks_together(ReadRings* rings, BlockLoad* loads, size_t count, bool fill_cache);

}  // namespace wombat
