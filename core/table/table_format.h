/// The bytes of a table file, format 1. All integers are little-endian; every offset counts from the start of the file.
///
/// File
///   | file header, 64 bytes (env/file_header.h)
///   | blocks: each starts at the next multiple of 64 after the end of the one before; the gap is zero
///   | sections: block index, header lines, separators, filter; with kTableHasRanges, range deletes; with
///   |   kTableHasDictionary, the dictionary; each starts at the next multiple of 64, the gap is zero
///   | footer, 256 bytes, at the next multiple of 64; the file ends with it
///
/// Footer
///   offset  type      content
///        0  u64       kTableFooterMagic
///        8  u32       format flags, see TableFlag; an unknown bit: the file is refused
///       12  u8        order of keys: 1 = bytewise
///       13  u8        codec of compressed blocks (codec/codec.h)
///       14  i8        level the codec was told
///       15  u8        hash of keys: 1 = XXH3-64 with seed 0
///       16  u8        kind of filter: 0 = none, 1 = blocks of 256 bits (table/bloom_filter.h); others: as if there were none
///       17  u8        0
///       18  u16       size of a header line, a multiple of 64
///       20  u32       number of blocks, at least 1
///       24  u32       size in bytes at which the writer ended a block
///       28  u32       filter bits per key the writer was told
///       32  u64       entries
///       40  u64       entries of kind delete
///       48  u64       bytes of all keys, repetitions included
///       56  u64       bytes of all values
///       64  u64       smallest commit timestamp, range deletes included
///       72  u64       largest commit timestamp, likewise
///       80  u64       distinct keys
///       88  u64 x 3   block index: offset, size, checksum
///      112  u64 x 3   header lines
///      136  u64 x 3   separators
///      160  u64 x 3   filter (size 0: none)
///      184  u64 x 3   range deletes (all 0: none; table/range_section.h)
///      208  u64       entries that expire
///      216  u64       when the first of them does, wall-clock microseconds since 1970; 0 when there are none
///      224  u64       when the last of them does
///      232  u64       merges
///      240  u64       checksum of the dictionary's section; 0 without one
///      248  u64       checksum of the file header followed by bytes 0 to 247, seeded for the footer's offset: the digest of the table
///
/// A checksum is XXH3-64, seeded with ChecksumContext::seed_at(offset of what is summed).
///
/// Block index: 16 bytes a block
///        0  u32       offset / 64
///        4  u32       stored size in bytes
///        8  u64       checksum of the block's header line (16 + n bytes) followed by the stored bytes, seeded for the block's offset
///
/// Header lines: one a block, padded with zeros to the size of a line
///        0  u16       n, the number of entries, 1 to 1008
///        2  u8        size of the prefix that all keys of the block have in common
///        3  u8        flags, see BlockFlag
///        4  u16       size of every key after the prefix, or 0xFFFF: it varies
///        6  u16       size of every value, or 0xFFFF: it varies
///        8  u32       offset in the frame of the tags area, which is the end of the keys
///       12  u32       size of the frame
///       16  u8 x n    fingerprints: bits 32 to 39 of the hash of the key
///
/// Separators
///        0  u32 x (blocks + 2)  offsets into the bytes that follow, ascending, the first is 0
///           bytes               S_0 .. S_blocks. S_0 is the first key of the table and S_blocks its last. Any other S_i is the shortest
///                               byte string with (last key of block i-1) < S_i <= (first key of block i), or that key itself when both
///                               are the same.
///
/// Dictionary, from the end of the section before to the footer, all of which its checksum covers
///        0  u32       size
///           bytes     what the codec trained (core/codec); every compressed block of the table needs it
///           zeros     up to a multiple of 64
///
/// Stored block: the frame; or, with kBlockCompressed, its size (u32) and the frame packed by the codec.
///
/// Frame
///   | prefix
///   | when key sizes vary: offsets x (n + 1) into the suffixes
///   | suffixes: the keys without the prefix
///   | tags area, with kBlockHasTags: tag u64 x n; or, with kBlockTagsNarrow too, base timestamp u64, then u32 x n:
///   |   (timestamp - base) << 8 | kind. Without: every entry is a put with timestamp 0.
///   | when value sizes vary: offsets x (n + 1) into the values
///   | values
/// Offsets are u16, or u32 with kBlockWideOffsets. Nothing in a frame is aligned or padded.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/result.h"
#include "env/file_header.h"
#include "kv/entry.h"
#include "kv/range_set.h"

namespace wombat {

inline constexpr size_t kTableAlignment = 64;
inline constexpr size_t kTableFooterSize = 256;
inline constexpr uint64_t kTableFooterMagic = 0x31544F4F46544257ull;  // "WBTFOOT1"
inline constexpr size_t kBlockIndexEntrySize = 16;
inline constexpr size_t kHeaderLineFixedSize = 16;
inline constexpr size_t kBlockEntryCountMax = 1008;
inline constexpr size_t kHeaderLineSizeMax = kHeaderLineFixedSize + kBlockEntryCountMax;
inline constexpr size_t kBlockPrefixSizeMax = 255;
/// A frame holds at least one entry of any size and never more than this.
inline constexpr uint64_t kFrameSizeMax = (uint64_t{1} << 30) + 128 * 1024;
inline constexpr uint32_t kWidthVaries = 0xFFFF;

inline constexpr uint8_t kComparatorBytewise = 1;
inline constexpr uint8_t kHashXxh3 = 1;
enum class FilterKind : uint8_t { kNone = 0, kBlocked256 = 1 };

/// What a reader has to know to make sense of a table: so that one which does not refuses it.
enum TableFlag : uint32_t {
  kTableHasRanges = 1,
  kTableHasMerges = 2,
  kTableHasExpiry = 4,
  kTableIsExternal = 8,  // made outside of a database: timestamps count from the commit that takes it in
  kTableHasPointers = 16,
  kTableHasDictionary = 32,
};
inline constexpr uint32_t kTableFlagsKnown = kTableHasRanges | kTableHasMerges | kTableHasExpiry |
                                             kTableIsExternal | kTableHasPointers | kTableHasDictionary;

enum BlockFlag : uint8_t {
  kBlockCompressed = 1,
  kBlockHasTags = 2,
  kBlockTagsNarrow = 4,
  kBlockWideOffsets = 8,
  /// The first key of the block is the last key of the block before.
  kBlockContinues = 16,
};
inline constexpr uint8_t kBlockFlagsKnown = 31;

constexpr uint64_t align_table_offset(uint64_t offset) {
  return (offset + kTableAlignment - 1) / kTableAlignment * kTableAlignment;
}

struct TableSection {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t checksum = 0;
};

enum TableSectionId : size_t {
  kSectionIndex,
  kSectionHeaders,
  kSectionSeparators,
  kSectionFilter,
  kSectionRanges,      // not in every table
  kSectionDictionary,  // likewise; it ends at the footer
  kSectionCount
};
/// Sections whose place is in the footer, as offset, size and checksum.
inline constexpr size_t kPlacedSectionCount = kSectionDictionary;
const char* section_name(size_t id);

struct TableFooter {
  uint32_t format_flags = 0;
  uint8_t comparator = kComparatorBytewise;
  uint8_t codec = 0;
  int8_t codec_level = -1;
  uint8_t hash = kHashXxh3;
  uint8_t filter_kind = 0;
  uint16_t header_line_size = 0;
  uint32_t block_count = 0;
  uint32_t block_size_bytes = 0;
  uint32_t filter_bits_per_key = 0;
  uint64_t entry_count = 0;
  uint64_t delete_count = 0;
  uint64_t key_bytes = 0;
  uint64_t value_bytes = 0;
  Timestamp timestamp_min = 0;
  Timestamp timestamp_max = 0;
  uint64_t distinct_key_count = 0;
  uint64_t expiring_count = 0;
  uint64_t expiry_min_us = 0;
  uint64_t expiry_max_us = 0;
  uint64_t merge_count = 0;
  std::array<TableSection, kSectionCount> sections;

  bool has_ranges() const { return (format_flags & kTableHasRanges) != 0; }
  bool is_external() const { return (format_flags & kTableIsExternal) != 0; }
  bool has_dictionary() const { return (format_flags & kTableHasDictionary) != 0; }
  bool has_section(size_t id) const {
    return id == kSectionRanges ? has_ranges() : id != kSectionDictionary || has_dictionary();
  }
  /// Takes part in the counts of what expires, and of timestamps.
  void count_kind(Tag tag, Bytes value);
  void count_ranges(const RangeSet& ranges);
};

/// Appends kTableFooterSize bytes; `file_header` is what the file starts with. Returns the digest.
uint64_t encode_table_footer(const TableFooter& footer, Bytes file_header, uint64_t seed, std::string* out);
/// `bytes` are kTableFooterSize bytes found at `offset`. Checks magic, checksum (against `digest` too), and
/// that the sections fill the file from the end of the blocks to the footer in order. Fails with kUnsupported
/// for what only a later version can read.
Result<TableFooter> decode_table_footer(Bytes bytes, Bytes file_header, uint64_t offset, uint64_t seed,
                                        uint64_t digest, const std::string& name);

/// Where a block is stored.
struct BlockLocation {
  uint64_t offset = 0;
  uint32_t stored_size = 0;
  uint64_t checksum = 0;
};
void append_block_location(const BlockLocation& location, std::string* out);
BlockLocation load_block_location(const char* from);

/// Hexadecimal with 0x, for messages.
std::string hex_text(uint64_t number);

}  // namespace wombat
