/// What a table builder is told.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/codec.h"

namespace wombat {

struct TableOptions {
  size_t block_size_bytes = 8 * 1024;
  /// 0: no filter. 10 bits give about 1.3 % false positives.
  uint32_t filter_bits_per_key = 10;
  CodecId codec = CodecId::kNone;
  int codec_level = -1;  // -1: the codec's default
  /// The builder chooses the codec by the first blocks; `codec` and `codec_level` are ignored.
  bool picks_codec = false;
  /// Nothing is below the level the table goes to: it lives long and is much of the data, so that its size counts more.
  bool is_bottom = false;
  /// Largest zstd dictionary; 0: none.
  size_t dictionary_size_max = 0;
  /// The table is made outside of a database: every entry has timestamp 0, and its place is kept.
  bool is_external = false;
};

}  // namespace wombat
