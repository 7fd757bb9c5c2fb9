/// Compression of blocks. A codec is named by a number that is on disk; lz4, zstd and snappy have theirs
/// already and join by filling in their row of the table in codec.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace wombat {

enum class CodecId : uint8_t { kNone = 0, kZlib = 1, kLz4 = 2, kZstd = 3, kSnappy = 4 };

class Codec {
 public:
  virtual ~Codec() = default;
  virtual CodecId id() const = 0;
  /// Appends the compressed form to `out`. Returns false when it would not be smaller than `out_size_max`
  /// bytes; `out` is then unspecified beyond its former size.
  virtual bool compress(Bytes raw, int level, size_t out_size_max, std::string* out) const = 0;
  /// Fills exactly `raw_size` bytes of `out`; false when `packed` is damaged or expands to another size.
  /// Never writes beyond.
  virtual bool decompress(Bytes packed, char* out, size_t raw_size) const = 0;
};

/// Null for kNone. Fails with kUnsupported, naming the codec, when this build lacks it, and with kCorruption
/// for a number that names no codec.
Result<const Codec*> codec_by_id(uint8_t id);
/// "none", "zlib", "lz4", "zstd", "snappy"; kInvalidArgument for others, kUnsupported for those this build
/// lacks.
Result<CodecId> codec_id_by_name(std::string_view name);
const char* codec_name(CodecId id);

}  // namespace wombat
