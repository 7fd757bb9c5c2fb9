#include "table/block_shape.h"

namespace wombat {
namespace {

uint64_t big_endian_word(const char* from) { return __builtin_bswap64(load_le<uint64_t>(from)); }

/// The first 8 bytes as a number that orders as they do, padded with zeros. At least 8 bytes are readable.
uint64_t row_word(Bytes suffix) {
  const uint64_t word = big_endian_word(suffix.data());
  if (suffix.size() >= 8) return word;
  return suffix.empty() ? 0 : word & (~uint64_t{0} << (64 - 8 * suffix.size()));
}

/// As row_word, of bytes that end where they end.
uint64_t key_word(Bytes key) {
  if (key.size() >= 8) return big_endian_word(key.data());
  char padded[8] = {};
  for (size_t i = 0; i < key.size(); ++i) padded[i] = key[i];
  return big_endian_word(padded);
}

/// First row whose word is not below `word`. The step is a mask that the optimiser cannot turn into a branch.
template <typename WordOf>
size_t lower_bound_word(size_t rows, uint64_t word, WordOf word_of) {
  size_t base = 0;
  while (rows > 1) {
    const size_t half = rows / 2;
    size_t below = word_of(base + half - 1) < word ? ~size_t{0} : 0;
    asm("" : "+r"(below));
    base += half & below;
    rows -= half;
  }
  return rows == 1 && word_of(base) < word ? base + 1 : base;
}

Status bad_line(const std::string& name, const BlockLocation& location, const char* expected,
                uint64_t found) {
  return Status::corruption_at(name, location.offset, std::string("block header line with ") + expected,
                               std::to_string(found));
}

/// Offsets of one area: the first is 0, none descends, the last is `area_size`, no step passes `step_max`.
bool offsets_are_good(const BlockShape& shape, const char* offsets, uint64_t area_size, uint64_t step_max) {
  uint32_t before = shape.offset_of(offsets, 0);
  if (before != 0) return false;
  for (size_t row = 1; row <= shape.rows; ++row) {
    const uint32_t offset = shape.offset_of(offsets, row);
    if (offset < before || offset - before > step_max) return false;
    before = offset;
  }
  return before == area_size;
}

}  // namespace

int compare_row(const BlockShape& shape, const char* frame, size_t row, Bytes key_suffix, Tag tag) {
  return compare_entries(shape.suffix(frame, row), shape.tag(frame, row), key_suffix, tag);
}

size_t seek_row(const BlockShape& shape, const char* frame, Bytes key, Tag tag) {
  const Bytes prefix = shape.prefix(frame);
  const int order = compare_bytes(key.substr(0, prefix.size()), prefix);
  if (order != 0) return order < 0 ? 0 : shape.rows;
  const Bytes rest = key.substr(prefix.size());
  const uint64_t word = key_word(rest);
  size_t low;
  if (!shape.keys_vary() && shape.key_width >= 8) {
    const char* const keys = frame + shape.keys_at();
    const size_t width = shape.key_width;
    low = lower_bound_word(shape.rows, word, [=](size_t row) { return big_endian_word(keys + row * width); });
  } else {
    low = lower_bound_word(shape.rows, word, [&](size_t row) { return row_word(shape.suffix(frame, row)); });
  }
  if (low == shape.rows || row_word(shape.suffix(frame, low)) != word) return low;
  // Equal words: rows may tie in their first 8 bytes, or be versions of one key. Usually it is the first of them.
  if (compare_row(shape, frame, low, rest, tag) >= 0) return low;
  size_t high = shape.rows;
  for (size_t step = 1; low + step < high; step *= 2) {
    if (compare_row(shape, frame, low + step, rest, tag) < 0) {
      low += step;
    } else {
      high = low + step;
    }
  }
  ++low;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (compare_row(shape, frame, middle, rest, tag) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Status check_block_shape(const BlockShape& shape, size_t line_size, const BlockLocation& location,
                         const std::string& name) {
  if (shape.rows == 0 || shape.rows > kBlockEntryCountMax || kHeaderLineFixedSize + shape.rows > line_size) {
    return bad_line(name, location, "1 to 1008 entries that fit", shape.rows);
  }
  if ((shape.flags & ~kBlockFlagsKnown) != 0) {
    return Status::unsupported(name + ": block flags " + hex_text(shape.flags) + " need a later version");
  }
  if (shape.narrow_tags() && !shape.has_tags())
    return bad_line(name, location, "sensible flags", shape.flags);
  if (shape.frame_size > kFrameSizeMax)
    return bad_line(name, location, "a frame below 1 GiB", shape.frame_size);
  const uint64_t keys_end =
      shape.keys_at() + (shape.keys_vary() ? 0 : uint64_t{shape.rows} * shape.key_width);
  if (keys_end > shape.tags_at || (!shape.keys_vary() && keys_end != shape.tags_at)) {
    return bad_line(name, location, ("keys up to " + std::to_string(keys_end)).c_str(), shape.tags_at);
  }
  const uint64_t values_end =
      shape.values_at() + (shape.values_vary() ? 0 : uint64_t{shape.rows} * shape.value_width);
  if (values_end > shape.frame_size || (!shape.values_vary() && values_end != shape.frame_size)) {
    return bad_line(name, location, ("values up to " + std::to_string(values_end)).c_str(), shape.frame_size);
  }
  const bool size_fits =
      shape.compressed() ? location.stored_size > sizeof(uint32_t) && location.stored_size < shape.frame_size
                         : location.stored_size == shape.frame_size;
  if (!size_fits) {
    return bad_line(name, location, ("a frame stored in " + std::to_string(location.stored_size)).c_str(),
                    shape.frame_size);
  }
  return Status::ok();
}

Status check_frame(const BlockShape& shape, const char* frame, uint64_t block_offset,
                   const std::string& name) {
  const bool keys_good = !shape.keys_vary() ||
                         offsets_are_good(shape, frame + shape.prefix_size, shape.tags_at - shape.keys_at(),
                                          kKeySizeMax - shape.prefix_size);
  if (!keys_good) return Status::corruption_at(name, block_offset, "ascending key offsets", "others");
  const bool values_good =
      !shape.values_vary() || offsets_are_good(shape, frame + shape.value_offsets_at(),
                                               shape.frame_size - shape.values_at(), kValueSizeMax);
  if (!values_good) return Status::corruption_at(name, block_offset, "ascending value offsets", "others");
  if (shape.has_tags() && shape.narrow_tags()) {
    const Timestamp base = load_le<uint64_t>(frame + shape.tags_at);
    if (base > kTimestampMax) return Status::corruption_at(name, block_offset, "a timestamp", hex_text(base));
  }
  return Status::ok();
}

}  // namespace wombat
