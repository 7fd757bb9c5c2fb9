/// Where everything is in a frame: decoded from the block's header line, it makes entry i a matter of
/// arithmetic. Accessors trust their bytes; check_block_shape and check_frame have been passed by everything
/// that reaches them.
#pragma once

#include "base/bytes.h"
#include "base/coding.h"
#include "base/status.h"
#include "kv/entry.h"
#include "table/table_format.h"

namespace wombat {

/// Readable bytes behind every frame in memory, so that loads of whole words need no end test.
inline constexpr size_t kFrameSlack = 64;

struct BlockShape {
  uint32_t rows = 0;
  uint32_t prefix_size = 0;
  uint32_t key_width = 0;
  uint32_t value_width = 0;
  uint32_t tags_at = 0;
  uint32_t frame_size = 0;
  uint8_t flags = 0;

  static BlockShape of(const char* line) {
    BlockShape shape;
    shape.rows = load_le<uint16_t>(line);
    shape.prefix_size = load_le<uint8_t>(line + 2);
    shape.flags = load_le<uint8_t>(line + 3);
    shape.key_width = load_le<uint16_t>(line + 4);
    shape.value_width = load_le<uint16_t>(line + 6);
    shape.tags_at = load_le<uint32_t>(line + 8);
    shape.frame_size = load_le<uint32_t>(line + 12);
    return shape;
  }
  void store(char* line) const {
    store_le<uint16_t>(line, static_cast<uint16_t>(rows));
    store_le<uint8_t>(line + 2, static_cast<uint8_t>(prefix_size));
    store_le<uint8_t>(line + 3, flags);
    store_le<uint16_t>(line + 4, static_cast<uint16_t>(key_width));
    store_le<uint16_t>(line + 6, static_cast<uint16_t>(value_width));
    store_le<uint32_t>(line + 8, tags_at);
    store_le<uint32_t>(line + 12, frame_size);
  }

  bool has_tags() const { return (flags & kBlockHasTags) != 0; }
  bool narrow_tags() const { return (flags & kBlockTagsNarrow) != 0; }
  bool wide_offsets() const { return (flags & kBlockWideOffsets) != 0; }
  bool compressed() const { return (flags & kBlockCompressed) != 0; }
  bool continues() const { return (flags & kBlockContinues) != 0; }
  bool keys_vary() const { return key_width == kWidthVaries; }
  bool values_vary() const { return value_width == kWidthVaries; }

  uint64_t offsets_size() const { return (uint64_t{rows} + 1) * (wide_offsets() ? 4 : 2); }
  uint64_t tags_size() const {
    if (!has_tags()) return 0;
    return narrow_tags() ? 8 + 4 * uint64_t{rows} : 8 * uint64_t{rows};
  }
  uint64_t keys_at() const { return prefix_size + (keys_vary() ? offsets_size() : 0); }
  uint64_t value_offsets_at() const { return tags_at + tags_size(); }
  uint64_t values_at() const { return value_offsets_at() + (values_vary() ? offsets_size() : 0); }

  uint32_t offset_of(const char* offsets, size_t row) const {
    return wide_offsets() ? load_le<uint32_t>(offsets + 4 * row) : load_le<uint16_t>(offsets + 2 * row);
  }
  Bytes prefix(const char* frame) const { return Bytes(frame, prefix_size); }
  Bytes suffix(const char* frame, size_t row) const {
    if (!keys_vary()) return Bytes(frame + prefix_size + row * key_width, key_width);
    return ranged(frame + prefix_size, frame + keys_at(), row);
  }
  Bytes value(const char* frame, size_t row) const {
    if (!values_vary()) return Bytes(frame + value_offsets_at() + row * value_width, value_width);
    return ranged(frame + value_offsets_at(), frame + values_at(), row);
  }
  Tag tag(const char* frame, size_t row) const {
    if (!has_tags()) return make_tag(0, Kind::kPut);
    const char* const tags = frame + tags_at;
    if (!narrow_tags()) return load_le<uint64_t>(tags + 8 * row);
    return (load_le<uint64_t>(tags) << 8) + load_le<uint32_t>(tags + 8 + 4 * row);
  }

  /// Where what suffix(), value() and tag() look at first is, for who wants it to be there in time.
  const char* key_offset_place(const char* frame, size_t row) const {
    return frame + prefix_size + row * (wide_offsets() ? 4 : 2);
  }
  const char* value_offset_place(const char* frame, size_t row) const {
    return frame + value_offsets_at() + row * (wide_offsets() ? 4 : 2);
  }
  const char* tag_place(const char* frame, size_t row) const {
    return frame + tags_at + row * (narrow_tags() ? 4 : 8);
  }

 private:
  Bytes ranged(const char* offsets, const char* area, size_t row) const {
    const uint32_t start = offset_of(offsets, row);
    return Bytes(area + start, offset_of(offsets, row + 1) - start);
  }
};

/// Compares key and tag with those of a row: negative when the row comes first.
int compare_row(const BlockShape& shape, const char* frame, size_t row, Bytes key_suffix, Tag tag);
/// First row at or after (key, tag); shape.rows when there is none.
size_t seek_row(const BlockShape& shape, const char* frame, Bytes key, Tag tag);

/// Is the header line consistent in itself? `line_size` bytes are there.
Status check_block_shape(const BlockShape& shape, size_t line_size, const BlockLocation& location,
                         const std::string& name);
/// Are the offsets in `frame` ascending and in bounds? Done once, when the frame comes from the file.
Status check_frame(const BlockShape& shape, const char* frame, uint64_t block_offset,
                   const std::string& name);

}  // namespace wombat
