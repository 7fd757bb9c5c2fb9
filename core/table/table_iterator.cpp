#include "table/table_iterator.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "table/table_reader_state.h"

namespace wombat {
namespace {

/// Room behind a key for stores of whole words.
constexpr size_t kJoinSlack = 32;
/// Of the key area of a block: what a seek asks for before it knows the area's size.
constexpr size_t kSeekPrefetchSize = 1024;
/// Of the values behind the row that a seek has found, and of those at the end of a block that comes next.
constexpr size_t kValuePrefetchSize = 1024;
/// Of the keys there.
constexpr size_t kKeyPrefetchSize = 192;

}  // namespace

void TableIterator::open(const TableIndex& index, const BlockStore& blocks) {
  valid_ = false;
  index_ = &index;
  blocks_ = &blocks;
  aimed_block_ = kNoBlock;
  chunk_size_ = 0;
  stop_reading_ahead();
}

void TableIterator::rest() {
  valid_ = false;
  aimed_block_ = kNoBlock;
  stop_reading_ahead();
  if (window_charge_ != 0) drop_window();
  pin_.reset();
  pin_before_.reset();
}

void TableIterator::seek_first() {
  ahead_ = kPrefetchDistance;
  if (enter_block(0, true)) show_at(0);
}

void TableIterator::seek_last() {
  ahead_ = -kPrefetchDistance;
  if (enter_block(index_->block_count() - 1, false)) show_at(shape_.rows - 1);
}

void TableIterator::aim(Bytes key) {
  valid_ = false;
  aimed_block_ = index_->find_block(key);
  blocks_->prefetch(aimed_block_);
  __builtin_prefetch(index_->header_line(aimed_block_));
}

void TableIterator::fetch() { blocks_->prefetch_keys(aimed_block_, kSeekPrefetchSize); }

void TableIterator::seek(Bytes key, Tag tag) {
  if (aimed_block_ == kNoBlock) {
    aim(key);
    fetch();
  }
  size_t block = aimed_block_;
  aimed_block_ = kNoBlock;
  stop_reading_ahead();
  ahead_ = kPrefetchDistance / 2;  // few steps may follow
  if (index_->shape(block).continues()) [[unlikely]] {
    block = index_->first_block(block, key);
  }
  for (; block < index_->block_count(); ++block) {
    if (!enter_block(block, true)) return;
    const size_t row = seek_row(shape_, frame_, key, tag);
    if (row < shape_.rows) {
      prefetch_values(row);
      return show_at(row);
    }
  }
  valid_ = false;
}

Iterator::PlainRows TableIterator::plain_rows_up_to(Bytes bound, bool forward, size_t count_max) {
  size_t row = seek_row(shape_, frame_, bound, kTagMax);  // the first one that is not below
  if (forward) {
    const size_t count = std::min(row > row_ ? row - row_ - 1 : 0, count_max);
    return {this, count, count < count_max};
  }
  if (row < row_ && shape_.prefix(frame_) == bound.substr(0, shape_.prefix_size) &&
      shape_.suffix(frame_, row) == bound.substr(shape_.prefix_size)) {
    ++row;
  }
  const size_t count = std::min(row_ > row ? row_ - row : 0, count_max);
  return {this, count, count < count_max};
}

void TableIterator::enter_next_block() {
  ahead_ = kPrefetchDistance;
  if (block_ + 1 == index_->block_count()) {
    valid_ = false;
  } else if (enter_block(block_ + 1, true)) {
    show_at(0);
  }
}

void TableIterator::enter_previous_block() {
  ahead_ = -kPrefetchDistance;
  if (block_ == 0) {
    valid_ = false;
  } else if (enter_block(block_ - 1, false)) {
    show_at(shape_.rows - 1);
  }
}

bool TableIterator::enter_block(size_t block, bool forward) {
  valid_ = false;
  status_ = Status::no_memory();  // what is true when an allocation below throws
  Status attached = attach_block(block, forward);
  if (attached) use_block(block);
  status_ = std::move(attached);
  if (!status_) return false;
  const size_t neighbour = forward ? block + 1 : block - 1;
  if (neighbour < index_->block_count()) prefetch_block(neighbour, forward);
  return true;
}

Status TableIterator::attach_block(size_t block, bool forward) {
  pin_before_ = std::move(pin_);
  {
    EpochGuard guard(blocks_->cache().epochs());
    Frame* frame = fill_cache_ ? blocks_->find(block) : blocks_->peek(block);
    if (frame == nullptr && fill_cache_) {
      WOMBAT_ASSIGN(frame, load_shared(block, forward));
    }
    if (frame != nullptr) {
      pin_ = FramePin(frame);
      frame_ = frame->data();
      return Status::ok();
    }
  }
  return read_privately(block, forward);
}

Result<Frame*> TableIterator::load_shared(size_t block, bool forward) {
  grow_window(block, forward);
  if (readahead_size_ == 0 && window_ == 0) return blocks_->load(block, true);
  Bytes stored;
  WOMBAT_TRY(read_chunk(block, forward, &stored));
  return blocks_->adopt(block, stored, true);
}

/// Short scans read what they need: only who has read kScanBlocks blocks behind each other is given more than that, at
/// first no more than was read already.
void TableIterator::grow_window(size_t block, bool forward) {
  constexpr size_t kScanBlocks = 4;
  constexpr size_t kWindowMin = 16 * 1024;
  const bool follows = blocks_in_a_row_ != 0 && block == (forward ? block_ + 1 : block_ - 1);
  blocks_in_a_row_ = follows ? blocks_in_a_row_ + 1 : 1;
  if (!follows) window_ = 0;
  const ScanAhead* const limits = blocks_->scan_ahead();
  if (blocks_in_a_row_ <= kScanBlocks || readahead_size_ != 0 || limits == nullptr) return;
  // It may change at any time.
  window_ = std::min(std::max(window_, kWindowMin), limits->window_max.load(std::memory_order_relaxed));
}

void TableIterator::charge_window(size_t bytes) {
  if (bytes <= window_charge_) return;
  window_charged_ = blocks_->scan_ahead();
  window_charged_->memory.add(bytes - window_charge_);
  window_charge_ = bytes;
}

/// Few who take over the iterator need buffers of that size.
void TableIterator::drop_window() {
  chunk_size_ = 0;
  chunk_ = AlignedBuffer();
  chunk_before_ = AlignedBuffer();
  window_charged_->memory.remove(window_charge_);
  window_charge_ = 0;
}

void TableIterator::stop_reading_ahead() {
  blocks_in_a_row_ = 0;
  window_ = 0;
}

Status TableIterator::read_privately(size_t block, bool forward) {
  grow_window(block, forward);
  Bytes stored;
  WOMBAT_TRY(read_chunk(block, forward, &stored));
  const BlockShape shape = index_->shape(block);
  char* frame = chunk_.data() + (stored.data() - chunk_.data());
  if (shape.compressed() || index_->ingested_at() != 0) {  // the chunk may be needed once more as it is
    std::swap(unpacked_, unpacked_before_);
    unpacked_.require(shape.frame_size + kFrameSlack);
    frame = unpacked_.data();
  }
  WOMBAT_TRY(blocks_->unpack(block, stored, blocks_->verifies_checksums(), frame));
  frame_ = frame;
  return Status::ok();
}

Status TableIterator::read_chunk(size_t block, bool forward, Bytes* stored) {
  const BlockLocation location = index_->location(block);
  const uint64_t end = location.offset + location.stored_size;
  if (location.offset < chunk_offset_ || end > chunk_offset_ + chunk_size_) {
    const uint64_t size_min = location.stored_size;
    const uint64_t available = forward ? index_->blocks_end() - location.offset : end - kFileHeaderSize;
    const uint64_t ahead = std::max(readahead_size_, window_);
    uint64_t size = std::min(std::max<uint64_t>(size_min, ahead), available);
    if (window_ != 0) {
      charge_window(2 * size);
      window_ *= 2;  // grow_window() sees to the limit
    }
    chunk_size_ = 0;
    std::swap(chunk_, chunk_before_);
    chunk_.require(size + kFrameSlack);
    uint64_t offset = forward ? location.offset : end - size;
    Status status = blocks_->read(offset, size, chunk_.data());
    if (!status && window_ != 0 && size > size_min) {
      // What nobody asked for may be what cannot be read.
      stop_reading_ahead();
      size = size_min;
      offset = location.offset;
      status = blocks_->read(offset, size, chunk_.data());
    }
    WOMBAT_TRY(std::move(status));
    if (size > size_min) blocks_->count_read_ahead(size - size_min);
    std::memset(chunk_.data() + size, 0, kFrameSlack);
    chunk_offset_ = offset;
    chunk_size_ = size;
  }
  *stored = Bytes(chunk_.data() + (location.offset - chunk_offset_), location.stored_size);
  return Status::ok();
}

void TableIterator::use_block(size_t block) {
  block_ = block;
  shape_ = index_->shape(block);
  is_fixed_ = !shape_.keys_vary() && !shape_.values_vary();
  suffixes_ = frame_ + shape_.prefix_size;
  values_ = frame_ + shape_.value_offsets_at();
  tag_ = make_tag(0, Kind::kPut);
  tags_ = nullptr;
  if (shape_.has_tags()) {
    tags_ = frame_ + shape_.tags_at + (shape_.narrow_tags() ? sizeof(Timestamp) : 0);
    tag_base_ = load_le<Timestamp>(frame_ + shape_.tags_at) << 8;
  }
  if (shape_.prefix_size != 0) prepare_joins();
}

void TableIterator::prepare_joins() {
  const size_t prefix_size = shape_.prefix_size;
  const size_t suffix_size_max =
      shape_.keys_vary() ? std::min<size_t>(shape_.tags_at, kKeySizeMax) : shape_.key_width;
  const size_t distance = (prefix_size + suffix_size_max + kJoinSlack + 15) / 16 * 16;
  std::swap(joined_, joined_before_);
  joined_.require(2 * distance);
  join_distance_ = distance;
  join_at_ = 0;
  std::memcpy(joined_.data(), frame_, prefix_size);
  std::memcpy(joined_.data() + distance, frame_, prefix_size);
  const size_t start_size = std::min(prefix_size, kJoinSizeMax);
  std::memset(prefix_start_, 0, sizeof prefix_start_);
  std::memcpy(prefix_start_, frame_, start_size);
  std::memset(suffix_mask_, 0xFF, sizeof suffix_mask_);
  std::memset(suffix_mask_, 0, start_size);
  prefix_end_ = 0;
  std::memcpy(&prefix_end_, frame_ + prefix_size / 8 * 8, prefix_size % 8);
}

/// The neighbour of the current block: the rows at which it will be entered. Of the one behind it what this needs then.
void TableIterator::prefetch_block(size_t block, bool forward) const {
  const size_t beyond = forward ? block + 1 : block - 1;
  if (beyond < index_->block_count()) {
    blocks_->prefetch(beyond);
    __builtin_prefetch(index_->header_line(beyond));
  }
  const char* const frame = blocks_->frame_address(block);
  if (frame == nullptr) return;
  const BlockShape shape = index_->shape(block);
  const auto prefetch = [forward](const char* begin, size_t size, size_t size_max) {
    const size_t wanted = std::min(size, size_max);
    const char* const from = forward ? begin : begin + (size - wanted);
    for (size_t at = 0; at < wanted; at += 64) __builtin_prefetch(from + at);
  };
  prefetch(frame, shape.tags_at, kKeyPrefetchSize);
  prefetch(frame + shape.tags_at, shape.frame_size - shape.tags_at, kValuePrefetchSize);
}

/// The rows that a seek leads to are read next, each value in lines of its own.
void TableIterator::prefetch_values(size_t row) const {
  if (!is_fixed_) return;
  const char* const value = values_ + row * shape_.value_width;
  for (size_t at = 0; at < kValuePrefetchSize; at += 64) __builtin_prefetch(value + at);
}

void TableIterator::show_at(size_t row) {
  row_ = row;
  valid_ = true;
  show_row();
}

void TableIterator::show_row_by_offsets() {
  const Bytes suffix = shape_.suffix(frame_, row_);
  value_ = shape_.value(frame_, row_);
  tag_ = shape_.tag(frame_, row_);
  if (shape_.prefix_size == 0) {
    key_ = suffix;
  } else {
    join_key(suffix.data(), suffix.size());
  }
}

/// The prefix is there already. What follows is stored in words that start at multiples of 8.
void TableIterator::join_long_key(char* key, const char* suffix, size_t suffix_size) const {
  const size_t prefix_size = shape_.prefix_size;
  if constexpr (std::endian::native == std::endian::big) {
    std::memcpy(key + prefix_size, suffix, suffix_size);
  } else if (suffix_size <= 64) {
    const size_t odd = prefix_size % 8;
    store_le<uint64_t>(key + (prefix_size - odd), prefix_end_ | load_le<uint64_t>(suffix) << (8 * odd));
    for (size_t i = 8 - odd; i < suffix_size; i += 8) {
      store_le<uint64_t>(key + prefix_size + i, load_le<uint64_t>(suffix + i));
    }
  } else {
    std::memcpy(key + prefix_size, suffix, suffix_size);
  }
}

void TableReader::open_iterator(TableIterator* iterator) const {
  iterator->open(*state_->index, *state_->blocks);
}

}  // namespace wombat
