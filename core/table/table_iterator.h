/// Walks an open table. The frame of the current block is pinned (or the block was read privately); a step
/// inside a block is a few additions.
#pragma once

#include <cstdint>

#include "kv/iterator.h"
#include "table/aligned_buffer.h"
#include "table/block_store.h"
#include "table/table_index.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wombat {

class TableIterator final : public Iterator {
 public:
  /// See TableReader::new_iterator. Stands nowhere, and needs open() before anything else.
  TableIterator(bool fill_cache, size_t readahead_size_bytes)
      : fill_cache_(fill_cache), readahead_size_(readahead_size_bytes) {}
  ~TableIterator() override {
    if (window_charge_ != 0) drop_window();
  }

  /// Goes over to a table, which outlives its use here. A step to it is a seek_first or seek_last behind this; the
  /// views of the entry before survive that.
  void open(const TableIndex& index, const BlockStore& blocks);

  void seek_first() override;
  void seek_last() override;
  void seek(Bytes key, Tag tag) override;
  void aim(Bytes key) override;
  void fetch() override;
  void next() override {
    if (++row_ < shape_.rows) [[likely]] {
      show_row();
      __builtin_prefetch(value_.data() + ahead_);
    } else {
      enter_next_block();
    }
  }
  void prev() override {
    if (row_ != 0) [[likely]] {
      --row_;
      show_row();
      __builtin_prefetch(value_.data() + ahead_);
    } else {
      enter_previous_block();
    }
  }
  /// Within a block without tags keys differ; its first one may have newer versions in the block before.
  PlainRows plain_rows(bool forward, const Bytes* bound) override {
    if (!valid_ || shape_.has_tags()) return {};
    const size_t first = shape_.continues() ? 1 : 0;
    const size_t count = forward ? shape_.rows - 1 - row_ : row_ > first ? row_ - first : 0;
    if (bound != nullptr && count != 0) return plain_rows_up_to(*bound, forward, count);
    return {this, count};
  }
  /// Stands nowhere, but the views of the last entry survive.
  void leave() { valid_ = false; }
  void rest() override;
  Status status() const override { return status_; }

 private:
  /// Keys up to this size are joined in a register and stored at once.
  static constexpr size_t kJoinSizeMax = 16;
  static constexpr size_t kNoBlock = ~size_t{0};
  /// How far ahead values are asked for.
  static constexpr ptrdiff_t kPrefetchDistance = 1024;

  PlainRows plain_rows_up_to(Bytes bound, bool forward, size_t count_max);
  void show_row();
  void show_row_by_offsets();
  void join_key(const char* suffix, size_t suffix_size);
  void join_long_key(char* key, const char* suffix, size_t suffix_size) const;
  void show_at(size_t row);
  void enter_next_block();
  void enter_previous_block();
  /// Makes `block` the current one, without showing a row. False: status_ says why.
  bool enter_block(size_t block, bool forward);
  Status attach_block(size_t block, bool forward);
  Result<Frame*> load_shared(size_t block, bool forward);
  Status read_privately(size_t block, bool forward);
  /// `*stored` becomes the block's bytes in chunk_, read together with its neighbours when readahead is on.
  Status read_chunk(size_t block, bool forward, Bytes* stored);
  void use_block(size_t block);
  void grow_window(size_t block, bool forward);
  void stop_reading_ahead();
  void charge_window(size_t bytes);
  void drop_window();
  void prepare_joins();
  void prefetch_block(size_t block, bool forward) const;
  void prefetch_values(size_t row) const;

  const TableIndex* index_ = nullptr;
  const BlockStore* blocks_ = nullptr;
  const bool fill_cache_;
  const size_t readahead_size_;
  // A scan that goes on and on reads further and further ahead by itself, see ScanAhead.
  size_t window_ = 0;                          // bytes it reads next; 0: the block alone
  size_t blocks_in_a_row_ = 0;                 // that had to be read, each behind the one before
  size_t window_charge_ = 0;                   // what of its buffers has been told to ...
  const ScanAhead* window_charged_ = nullptr;  // ... this

  // The current block.
  BlockShape shape_;
  const char* frame_ = nullptr;
  const char* suffixes_ = nullptr;  // is_fixed_ only
  const char* values_ = nullptr;    // is_fixed_ only
  const char* tags_ = nullptr;      // is_fixed_ only; null when all are the same
  Tag tag_base_ = 0;                // of narrow tags
  size_t row_ = 0;
  size_t block_ = 0;
  size_t aimed_block_ = kNoBlock;  // where the seek that was announced leads
  ptrdiff_t ahead_ = 0;            // how far from a value shown the next ones are asked for
  bool is_fixed_ = false;          // fixed widths: no offset has to be looked up

  // Where keys are put together: joined_ has room for two keys, which take turns, so that the key before stays. A
  // block that follows another takes joined_before_.
  AlignedBuffer joined_;
  AlignedBuffer joined_before_;
  size_t join_at_ = 0;                           // of the key shown
  size_t join_distance_ = 0;                     // between the two
  alignas(16) char prefix_start_[kJoinSizeMax];  // the prefix, then zeros
  alignas(16) char suffix_mask_[kJoinSizeMax];   // zeros, then ones behind the prefix
  uint64_t prefix_end_ = 0;                      // bytes of the prefix behind the last multiple of 8

  FramePin pin_;
  FramePin pin_before_;  // of the block before: the entry before may be in it
  AlignedBuffer chunk_;  // stored bytes of the file from chunk_offset_ on
  AlignedBuffer chunk_before_;
  uint64_t chunk_offset_ = 0;
  size_t chunk_size_ = 0;
  AlignedBuffer unpacked_;  // a private block that was compressed
  AlignedBuffer unpacked_before_;
  Status status_;
};

inline void TableIterator::show_row() {
  if (!is_fixed_) [[unlikely]]
    return show_row_by_offsets();
  const size_t suffix_size = shape_.key_width;
  const char* const suffix = suffixes_ + row_ * suffix_size;
  value_ = Bytes(values_ + row_ * shape_.value_width, shape_.value_width);
  if (tags_ != nullptr) {
    tag_ = shape_.narrow_tags() ? tag_base_ + load_le<uint32_t>(tags_ + 4 * row_)
                                : load_le<uint64_t>(tags_ + 8 * row_);
  }
  if (shape_.prefix_size == 0) {
    key_ = Bytes(suffix, suffix_size);
  } else {
    join_key(suffix, suffix_size);
  }
}

/// Puts prefix and suffix together. A caller that loads a word across the seam of two fresh stores would have
/// to wait until both have reached the cache, so short keys are stored at once: what lies in front of the suffix,
/// in the frame, is masked out and the prefix put there.
inline void TableIterator::join_key(const char* suffix, size_t suffix_size) {
  join_at_ = join_distance_ - join_at_;
  char* const key = joined_.data() + join_at_;
  const size_t size = shape_.prefix_size + suffix_size;
  key_ = Bytes(key, size);
  if (size > kJoinSizeMax) [[unlikely]]
    return join_long_key(key, suffix, suffix_size);
#if defined(__SSE2__)
  const auto load = [](const char* from) { return _mm_load_si128(reinterpret_cast<const __m128i*>(from)); };
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(suffix - shape_.prefix_size));
  _mm_store_si128(reinterpret_cast<__m128i*>(key),
                  _mm_or_si128(_mm_and_si128(bytes, load(suffix_mask_)), load(prefix_start_)));
#else
  char bytes[kJoinSizeMax];
  std::memcpy(bytes, suffix - shape_.prefix_size, sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; ++i) {
    bytes[i] = static_cast<char>((bytes[i] & suffix_mask_[i]) | prefix_start_[i]);
  }
  std::memcpy(key, bytes, sizeof bytes);
#endif
}

}  // namespace wombat
