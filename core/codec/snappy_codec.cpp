#include "codec/snappy_codec.h"

#ifdef WOMBAT_HAVE_SNAPPY

#include <snappy-c.h>

#include <limits>

#include "base/immortal.h"

namespace wombat {
namespace {

/// Sizes have 32 bits in the format.
constexpr size_t kSizeMax = std::numeric_limits<uint32_t>::max();

const char* place_of(Bytes bytes) { return bytes.empty() ? "" : bytes.data(); }

class SnappyCompressor final : public Compressor {
 public:
  bool compress(Bytes raw, size_t out_size_max, std::string* out) override {
    if (raw.size() > kSizeMax) return false;
    // The library knows no bound: it wants room for the worst case.
    size_t size = snappy_max_compressed_length(raw.size());
    if (scratch_.size() < size) scratch_.resize(size);
    if (snappy_compress(place_of(raw), raw.size(), scratch_.data(), &size) != SNAPPY_OK) return false;
    if (size >= out_size_max) return false;
    out->append(scratch_, 0, size);
    return true;
  }

 private:
  std::string scratch_;
};

class SnappyDecompressor final : public Decompressor {
 public:
  bool decompress(Bytes packed, const Dictionary* dictionary, char* out, size_t raw_size) override {
    size_t size = 0;
    if (dictionary != nullptr || packed.empty() ||
        snappy_uncompressed_length(packed.data(), packed.size(), &size) != SNAPPY_OK || size != raw_size) {
      return false;
    }
    char nothing = 0;
    return snappy_uncompress(packed.data(), packed.size(), raw_size == 0 ? &nothing : out, &size) ==
               SNAPPY_OK &&
           size == raw_size;
  }
};

class SnappyCodec final : public Codec {
 public:
  CodecId id() const override { return CodecId::kSnappy; }
  int level_max() const override { return 0; }
  std::unique_ptr<Compressor> new_compressor(int, Bytes) const override {
    return std::make_unique<SnappyCompressor>();
  }
  std::unique_ptr<Decompressor> new_decompressor() const override {
    return std::make_unique<SnappyDecompressor>();
  }
};

}  // namespace

const Codec* snappy_codec() { return &immortal<SnappyCodec>(); }

}  // namespace wombat

#else

namespace wombat {

const Codec* snappy_codec() { return nullptr; }

}  // namespace wombat

#endif
