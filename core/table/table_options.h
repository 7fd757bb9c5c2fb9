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
};

}  // namespace wombat
