/// Compression of blocks. A codec is named by a number that is on disk; which ones a build has is decided when it is
/// configured (codec.cpp has the table).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace wombat {

enum class CodecId : uint8_t { kNone = 0, kZlib = 1, kLz4 = 2, kZstd = 3, kSnappy = 4 };
inline constexpr size_t kCodecCount = 5;
inline constexpr CodecId kAllCodecs[kCodecCount] = {CodecId::kNone, CodecId::kZlib, CodecId::kLz4,
                                                    CodecId::kZstd, CodecId::kSnappy};

/// Packs one block after the other and keeps its working memory for the next. One thread at a time.
class Compressor {
 public:
  virtual ~Compressor() = default;
  /// Appends the compressed form to `out`. Returns false when it would not be smaller than `out_size_max`
  /// bytes, by some bytes where the codec needs elbow room; `out` is then unspecified beyond its former size.
  virtual bool compress(Bytes raw, size_t out_size_max, std::string* out) = 0;
};

/// What blocks have in common, for both sides to know beforehand. Immutable, any thread.
class Dictionary {
 public:
  virtual ~Dictionary() = default;
  virtual size_t memory_usage() const = 0;
};

/// The way back, with working memory likewise. One thread at a time.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  /// Fills exactly `raw_size` bytes of `out`; false when `packed` is damaged or expands to another size.
  /// Never writes beyond. `dictionary` is that of the same codec the block was packed with, or null.
  virtual bool decompress(Bytes packed, const Dictionary* dictionary, char* out, size_t raw_size) = 0;
};

/// Lives for ever; any thread.
class Codec {
 public:
  virtual ~Codec() = default;
  virtual CodecId id() const = 0;
  /// Efforts from 1 to this; 0: it knows but one.
  virtual int level_max() const = 0;
  /// `level` is cut to what the codec knows; below 1: its default. `dictionary` are bytes from train_dictionary, or
  /// nothing.
  virtual std::unique_ptr<Compressor> new_compressor(int level, Bytes dictionary) const = 0;
  virtual std::unique_ptr<Decompressor> new_decompressor() const = 0;

  /// Of samples of what is to be packed. Empty: the codec has no dictionaries, or the samples do not make one.
  virtual std::string train_dictionary(const std::vector<Bytes>& samples, size_t size_max) const;
  /// Null: these bytes are no dictionary of this codec.
  virtual std::unique_ptr<Dictionary> load_dictionary(Bytes bytes) const;
};

/// Null for kNone. Fails with kUnsupported, naming the codec, when this build lacks it, and with kCorruption
/// for a number that names no codec.
Result<const Codec*> codec_by_id(uint8_t id);
/// Null for kNone and for what this build lacks.
const Codec* codec_if_built(CodecId id);
/// "none", "zlib", "lz4", "zstd", "snappy"; kInvalidArgument for others, kUnsupported for those this build
/// lacks.
Result<CodecId> codec_id_by_name(std::string_view name);
const char* codec_name(CodecId id);

}  // namespace wombat
