#include "codec/lz4_codec.h"

#ifdef WOMBAT_HAVE_LZ4

#include <lz4.h>
#include <lz4hc.h>

#include <algorithm>

#include "base/immortal.h"

namespace wombat {
namespace {

constexpr int kLevelMax = LZ4HC_CLEVEL_MAX;
constexpr int kHighLevelMin = LZ4HC_CLEVEL_MIN;

/// Never null: of no bytes, too, the library wants the place.
const char* place_of(Bytes bytes) { return bytes.empty() ? "" : bytes.data(); }

class Lz4Compressor final : public Compressor {
 public:
  explicit Lz4Compressor(int level)
      : level_(std::min(level, kLevelMax)),
        state_(new char[static_cast<size_t>(is_high() ? LZ4_sizeofStateHC() : LZ4_sizeofState())]) {}
  bool compress(Bytes raw, size_t out_size_max, std::string* out) override;

 private:
  bool is_high() const { return level_ >= kHighLevelMin; }

  const int level_;
  const std::unique_ptr<char[]> state_;  // memory from new[] is aligned for any type
};

bool Lz4Compressor::compress(Bytes raw, size_t out_size_max, std::string* out) {
  if (raw.size() > LZ4_MAX_INPUT_SIZE || out_size_max < 2) return false;
  const auto raw_size = static_cast<int>(raw.size());
  const size_t room = std::min(out_size_max - 1, static_cast<size_t>(LZ4_compressBound(raw_size)));
  const size_t old_size = out->size();
  out->resize(old_size + room);
  char* const to = out->data() + old_size;
  const auto capacity = static_cast<int>(room);
  const int written =
      is_high() ? LZ4_compress_HC_extStateHC(state_.get(), place_of(raw), to, raw_size, capacity, level_)
                : LZ4_compress_fast_extState(state_.get(), place_of(raw), to, raw_size, capacity, 1);
  if (written <= 0) return false;
  out->resize(old_size + static_cast<size_t>(written));
  return true;
}

class Lz4Decompressor final : public Decompressor {
 public:
  bool decompress(Bytes packed, const Dictionary* dictionary, char* out, size_t raw_size) override {
    if (dictionary != nullptr || packed.empty() || packed.size() > LZ4_MAX_INPUT_SIZE ||
        raw_size > LZ4_MAX_INPUT_SIZE) {
      return false;
    }
    char nothing = 0;
    return LZ4_decompress_safe(packed.data(), raw_size == 0 ? &nothing : out, static_cast<int>(packed.size()),
                               static_cast<int>(raw_size)) == static_cast<int>(raw_size);
  }
};

class Lz4Codec final : public Codec {
 public:
  CodecId id() const override { return CodecId::kLz4; }
  int level_max() const override { return kLevelMax; }
  std::unique_ptr<Compressor> new_compressor(int level, Bytes) const override {
    return std::make_unique<Lz4Compressor>(level);
  }
  std::unique_ptr<Decompressor> new_decompressor() const override {
    return std::make_unique<Lz4Decompressor>();
  }
};

}  // namespace

const Codec* lz4_codec() { return &immortal<Lz4Codec>(); }

}  // namespace wombat

#else

namespace wombat {

const Codec* lz4_codec() { return nullptr; }

}  // namespace wombat

#endif
