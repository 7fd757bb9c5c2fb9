/// Walks an open table. The frame of the current block is pinned (or the block was read privately); a step
/// inside a block is a few additions.
#pragma once

#include <cstdint>

#include "kv/iterator.h"
#include "table/aligned_buffer.h"
#include "table/block_store.h"
#include "table/table_index.h"

namespace wombat {

class TableIterator final : public Iterator {
 public:
  /// See TableReader::new_iterator. `index` and `blocks` outlive the iterator.
  TableIterator(const TableIndex& index, const BlockStore& blocks, bool fill_cache,
                size_t readahead_size_bytes);

  void seek_first() override;
  void seek_last() override;
  void seek(Bytes key, Tag tag) override;
  void next() override {
    if (++row_ < shape_.rows) [[likely]] {
      show_row();
    } else {
      enter_next_block();
    }
  }
  void prev() override {
    if (row_ != 0) [[likely]] {
      --row_;
      show_row();
    } else {
      enter_previous_block();
    }
  }
  Status status() const override { return status_; }

 private:
  void show_row();
  void join_key(const char* suffix, size_t suffix_size);
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
  void prefetch_block(size_t block) const;

  const TableIndex& index_;
  const BlockStore& blocks_;
  const bool fill_cache_;
  const size_t readahead_size_;

  // The current block.
  BlockShape shape_;
  const char* frame_ = nullptr;
  const char* suffixes_ = nullptr;  // computed_ only
  const char* values_ = nullptr;    // computed_ only
  size_t row_ = 0;
  size_t block_ = 0;
  bool computed_ = false;               // fixed widths and no tags: nothing has to be looked up
  AlignedBuffer joined_;                // prefix of the block, then the suffix of the row
  unsigned __int128 prefix_start_ = 0;  // first bytes of the prefix, as they are loaded
  uint64_t prefix_end_ = 0;             // bytes of the prefix behind the last multiple of 8

  FramePin pin_;
  AlignedBuffer chunk_;  // stored bytes of the file from chunk_offset_ on
  uint64_t chunk_offset_ = 0;
  size_t chunk_size_ = 0;
  AlignedBuffer unpacked_;  // a private block that was compressed
  Status status_;
};

}  // namespace wombat
