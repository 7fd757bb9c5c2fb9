#include "table/table_iterator.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wombat {
namespace {

/// Keys up to this size are joined in registers and stored at once.
constexpr size_t kJoinSizeMax = 16;
/// Room behind the key for stores of whole words.
constexpr size_t kJoinSlack = 32;
/// Of the key area of a block: what a seek asks for before it knows the area's size.
constexpr size_t kSeekPrefetchSize = 1024;

void store_at_once(char* to, unsigned __int128 bytes) {
#if defined(__SSE2__)
  const __m128i joined = _mm_set_epi64x(static_cast<int64_t>(bytes >> 64), static_cast<int64_t>(bytes));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), joined);
#else
  std::memcpy(to, &bytes, sizeof bytes);
#endif
}

}  // namespace

TableIterator::TableIterator(const TableIndex& index, const BlockStore& blocks, bool fill_cache,
                             size_t readahead_size_bytes)
    : index_(index), blocks_(blocks), fill_cache_(fill_cache), readahead_size_(readahead_size_bytes) {}

void TableIterator::seek_first() {
  if (enter_block(0, true)) show_at(0);
}

void TableIterator::seek_last() {
  if (enter_block(index_.block_count() - 1, false)) show_at(shape_.rows - 1);
}

void TableIterator::seek(Bytes key, Tag tag) {
  size_t block = index_.find_block(key);
  blocks_.prefetch_keys(block, kSeekPrefetchSize);
  if (index_.shape(block).continues()) [[unlikely]] {
    block = index_.first_block(block, key);
  }
  for (; block < index_.block_count(); ++block) {
    if (!enter_block(block, true)) return;
    const size_t row = seek_row(shape_, frame_, key, tag);
    if (row < shape_.rows) return show_at(row);
  }
  valid_ = false;
}

void TableIterator::enter_next_block() {
  if (block_ + 1 == index_.block_count()) {
    valid_ = false;
  } else if (enter_block(block_ + 1, true)) {
    show_at(0);
  }
}

void TableIterator::enter_previous_block() {
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
  if (neighbour < index_.block_count()) prefetch_block(neighbour);
  return true;
}

Status TableIterator::attach_block(size_t block, bool forward) {
  pin_.reset();
  {
    EpochGuard guard(blocks_.cache().epochs());
    Frame* frame = fill_cache_ ? blocks_.find(block) : blocks_.peek(block);
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
  if (readahead_size_ == 0) return blocks_.load(block, true);
  Bytes stored;
  WOMBAT_TRY(read_chunk(block, forward, &stored));
  return blocks_.adopt(block, stored, true);
}

Status TableIterator::read_privately(size_t block, bool forward) {
  Bytes stored;
  WOMBAT_TRY(read_chunk(block, forward, &stored));
  const BlockShape shape = index_.shape(block);
  char* frame = chunk_.data() + (stored.data() - chunk_.data());
  if (shape.compressed()) {
    unpacked_.require(shape.frame_size + kFrameSlack);
    frame = unpacked_.data();
  }
  WOMBAT_TRY(blocks_.unpack(block, stored, blocks_.verifies_checksums(), frame));
  frame_ = frame;
  return Status::ok();
}

Status TableIterator::read_chunk(size_t block, bool forward, Bytes* stored) {
  const BlockLocation location = index_.location(block);
  const uint64_t end = location.offset + location.stored_size;
  if (location.offset < chunk_offset_ || end > chunk_offset_ + chunk_size_) {
    const uint64_t size_min = location.stored_size;
    const uint64_t available = forward ? index_.blocks_end() - location.offset : end - kFileHeaderSize;
    const uint64_t size = std::min(std::max<uint64_t>(size_min, readahead_size_), available);
    chunk_size_ = 0;
    chunk_.require(size + kFrameSlack);
    const uint64_t offset = forward ? location.offset : end - size;
    WOMBAT_TRY(blocks_.read(offset, size, chunk_.data()));
    std::memset(chunk_.data() + size, 0, kFrameSlack);
    chunk_offset_ = offset;
    chunk_size_ = size;
  }
  *stored = Bytes(chunk_.data() + (location.offset - chunk_offset_), location.stored_size);
  return Status::ok();
}

void TableIterator::use_block(size_t block) {
  block_ = block;
  shape_ = index_.shape(block);
  computed_ = !shape_.keys_vary() && !shape_.values_vary() && !shape_.has_tags();
  suffixes_ = frame_ + shape_.prefix_size;
  values_ = frame_ + shape_.value_offsets_at();
  tag_ = make_tag(0, Kind::kPut);
  if (shape_.prefix_size == 0) return;
  const size_t suffix_size_max =
      shape_.keys_vary() ? std::min<size_t>(shape_.tags_at, kKeySizeMax) : shape_.key_width;
  joined_.require(shape_.prefix_size + suffix_size_max + kJoinSlack);
  std::memcpy(joined_.data(), frame_, shape_.prefix_size);
  prefix_start_ = 0;
  std::memcpy(&prefix_start_, frame_, std::min<size_t>(shape_.prefix_size, sizeof prefix_start_));
  prefix_end_ = 0;
  std::memcpy(&prefix_end_, frame_ + shape_.prefix_size / 8 * 8, shape_.prefix_size % 8);
}

void TableIterator::prefetch_block(size_t block) const {
  blocks_.prefetch_frame(block);
  if (block + 1 < index_.block_count()) {
    blocks_.prefetch(block + 1);
    __builtin_prefetch(index_.header_line(block + 1));
  }
}

void TableIterator::show_at(size_t row) {
  row_ = row;
  valid_ = true;
  show_row();
}

void TableIterator::show_row() {
  const char* suffix;
  size_t suffix_size;
  if (computed_) [[likely]] {
    suffix_size = shape_.key_width;
    suffix = suffixes_ + row_ * suffix_size;
    value_ = Bytes(values_ + row_ * shape_.value_width, shape_.value_width);
  } else {
    const Bytes found = shape_.suffix(frame_, row_);
    suffix = found.data();
    suffix_size = found.size();
    value_ = shape_.value(frame_, row_);
    tag_ = shape_.tag(frame_, row_);
  }
  if (shape_.prefix_size == 0) {
    key_ = Bytes(suffix, suffix_size);
  } else {
    join_key(suffix, suffix_size);
  }
}

/// Puts prefix and suffix together. A caller that loads a word across the seam of two fresh stores would have
/// to wait until both have reached the cache, so short keys are stored at once and the others in words that
/// start at multiples of 8.
void TableIterator::join_key(const char* suffix, size_t suffix_size) {
  const size_t prefix_size = shape_.prefix_size;
  const size_t size = prefix_size + suffix_size;
  char* const key = joined_.data();
  key_ = Bytes(key, size);
  if constexpr (std::endian::native == std::endian::big) {
    std::memcpy(key + prefix_size, suffix, suffix_size);
  } else if (size <= kJoinSizeMax) {
    unsigned __int128 bytes = 0;
    std::memcpy(&bytes, suffix, sizeof bytes);
    store_at_once(key, prefix_start_ | (prefix_size == kJoinSizeMax ? 0 : bytes << (8 * prefix_size)));
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

}  // namespace wombat
