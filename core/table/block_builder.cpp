#include "table/block_builder.h"

#include <algorithm>

#include "base/coding.h"

namespace wombat {
namespace {

constexpr uint64_t kNarrowTimestampSpan = uint64_t{1} << 24;
constexpr uint64_t kShortOffsetMax = 0xFFFF;

uint64_t frame_bytes(const BlockShape& shape, uint64_t suffix_bytes, uint64_t value_bytes) {
  return shape.keys_at() + suffix_bytes + shape.tags_size() +
         (shape.values_vary() ? shape.offsets_size() : 0) + value_bytes;
}

void append_offset(const BlockShape& shape, uint64_t offset, std::string* out) {
  if (shape.wide_offsets()) {
    append_le<uint32_t>(out, static_cast<uint32_t>(offset));
  } else {
    append_le<uint16_t>(out, static_cast<uint16_t>(offset));
  }
}

}  // namespace

size_t BlockBuilder::prefix_size_to(Bytes last) const {
  return empty() ? std::min(last.size(), kBlockPrefixSizeMax)
                 : common_prefix_size(last, first_key().substr(0, kBlockPrefixSizeMax));
}

inline void BlockBuilder::include(Bytes key, Tag tag, Bytes value, Total* total) const {
  const Timestamp timestamp = tag_timestamp(tag);
  if (total->rows == 0) {
    total->key_size = key.size();
    total->value_size = value.size();
    total->timestamp_min = total->timestamp_max = timestamp;
  } else {
    total->keys_vary = total->keys_vary || key.size() != total->key_size;
    total->values_vary = total->values_vary || value.size() != total->value_size;
    total->timestamp_min = std::min(total->timestamp_min, timestamp);
    total->timestamp_max = std::max(total->timestamp_max, timestamp);
  }
  ++total->rows;
  total->key_bytes += key.size();
  total->value_bytes += value.size();
  total->settled = total->settled && !stores_all_tags_ && tag == make_tag(0, Kind::kPut);
}

bool BlockBuilder::fits(Bytes key, Tag tag, Bytes value, uint64_t size_max) const {
  const uint64_t bound = frame_size_bound() + kFrameBoundRow + key.size() + value.size();
  if (bound <= size_max) return true;  // as for most entries
  Total total = total_;
  include(key, tag, value, &total);
  return frame_size_of(total, prefix_size_to(key)) <= size_max;
}

BlockShape BlockBuilder::shape_of(const Total& total, size_t prefix_size) {
  BlockShape shape;
  shape.rows = static_cast<uint32_t>(total.rows);
  shape.prefix_size = static_cast<uint32_t>(prefix_size);
  const size_t key_width = total.key_size - prefix_size;
  shape.key_width =
      total.keys_vary || key_width >= kWidthVaries ? kWidthVaries : static_cast<uint32_t>(key_width);
  shape.value_width = total.values_vary || total.value_size >= kWidthVaries
                          ? kWidthVaries
                          : static_cast<uint32_t>(total.value_size);
  if (!total.settled) {
    shape.flags |= kBlockHasTags;
    if (total.timestamp_max - total.timestamp_min < kNarrowTimestampSpan) shape.flags |= kBlockTagsNarrow;
  }
  const uint64_t suffix_bytes = total.key_bytes - total.rows * prefix_size;
  if (frame_bytes(shape, suffix_bytes, total.value_bytes) > kShortOffsetMax) shape.flags |= kBlockWideOffsets;
  shape.tags_at = static_cast<uint32_t>(shape.keys_at() + suffix_bytes);
  shape.frame_size = static_cast<uint32_t>(frame_bytes(shape, suffix_bytes, total.value_bytes));
  return shape;
}

uint64_t BlockBuilder::frame_size_of(const Total& total, size_t prefix_size) {
  const BlockShape shape = shape_of(total, prefix_size);
  return frame_bytes(shape, total.key_bytes - total.rows * prefix_size, total.value_bytes);
}

void BlockBuilder::add(Bytes key, Tag tag, Bytes value, uint64_t hash) {
  include(key, tag, value, &total_);
  keys_.append(key);
  key_ends_.push_back(static_cast<uint32_t>(keys_.size()));
  values_.append(value);
  value_ends_.push_back(static_cast<uint32_t>(values_.size()));
  tags_.push_back(tag);
  fingerprints_.push_back(static_cast<char>(hash >> 32));
}

BlockShape BlockBuilder::finish(std::string* frame, std::string* line) const {
  const BlockShape shape = shape_of(total_, prefix_size_to(last_key()));
  frame->reserve(frame->size() + shape.frame_size);
  frame->append(first_key().substr(0, shape.prefix_size));
  append_keys(shape, frame);
  append_tags(shape, frame);
  append_values(shape, frame);
  const size_t start = line->size();
  line->resize(start + kHeaderLineFixedSize);
  shape.store(line->data() + start);
  line->append(fingerprints_);
  return shape;
}

void BlockBuilder::append_keys(const BlockShape& shape, std::string* frame) const {
  if (shape.keys_vary()) {
    append_offset(shape, 0, frame);
    for (size_t row = 0; row < rows(); ++row) {
      append_offset(shape, key_ends_[row] - (row + 1) * shape.prefix_size, frame);
    }
  }
  if (shape.prefix_size == 0) {
    frame->append(keys_);
    return;
  }
  for (size_t row = 0; row < rows(); ++row) frame->append(key_at(row).substr(shape.prefix_size));
}

void BlockBuilder::append_tags(const BlockShape& shape, std::string* frame) const {
  if (!shape.has_tags()) return;
  if (!shape.narrow_tags()) {
    for (const Tag tag : tags_) append_le<uint64_t>(frame, tag);
    return;
  }
  append_le<uint64_t>(frame, total_.timestamp_min);
  for (const Tag tag : tags_)
    append_le<uint32_t>(frame, static_cast<uint32_t>(tag - (total_.timestamp_min << 8)));
}

void BlockBuilder::append_values(const BlockShape& shape, std::string* frame) const {
  if (shape.values_vary()) {
    append_offset(shape, 0, frame);
    for (const uint32_t end : value_ends_) append_offset(shape, end, frame);
  }
  frame->append(values_);
}

void BlockBuilder::clear() {
  total_ = Total();
  keys_.clear();
  key_ends_.clear();
  values_.clear();
  value_ends_.clear();
  tags_.clear();
  fingerprints_.clear();
}

}  // namespace wombat
