/// What is known of a finished table. The digest is the checksum of the footer, which covers the checksums of
/// all sections and, through the block index, of all blocks: it stands for every byte of the file.
#pragma once

#include <cstdint>
#include <string>

#include "codec/codec.h"
#include "kv/entry.h"

namespace wombat {

/// What became of the blocks of a table.
struct TableCompression {
  CodecId codec = CodecId::kNone;  // of those that are compressed
  int level = -1;                  // that it was told
  uint64_t block_count = 0;
  uint64_t compressed_count = 0;
  uint64_t frame_bytes = 0;  // before
  uint64_t stored_bytes = 0;
  uint64_t dictionary_bytes = 0;
};

struct TableProperties {
  uint64_t file_size = 0;
  uint64_t digest = 0;
  uint64_t entry_count = 0;
  uint64_t delete_count = 0;
  uint64_t key_bytes = 0;  // before any encoding
  uint64_t value_bytes = 0;
  Timestamp timestamp_min = 0;
  Timestamp timestamp_max = 0;
  uint64_t merge_count = 0;
  uint64_t expiring_count = 0;  // entries that expire
  uint64_t expiry_min_us = 0;   // when the first one does, and the last one
  uint64_t expiry_max_us = 0;
  uint64_t range_count = 0;  // fragments of range deletes
  TableCompression compression;
  std::string smallest_key;  // range deletes included, as in the next
  std::string largest_key;
};

}  // namespace wombat
