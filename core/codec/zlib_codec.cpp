#include "codec/zlib_codec.h"

#ifdef WOMBAT_HAVE_ZLIB

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/immortal.h"

namespace wombat {
namespace {

constexpr int kLevelDefault = 6;
constexpr int kLevelMax = 9;

/// zlib counts in 32 bits; no block is that large.
constexpr size_t kStreamSizeMax = std::numeric_limits<uInt>::max();

Bytef* input_of(Bytes bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

class ZlibCompressor final : public Compressor {
 public:
  explicit ZlibCompressor(int level) {
    const int effort = level < 1 ? kLevelDefault : std::min(level, kLevelMax);
    if (deflateInit(&stream_, effort) != Z_OK) throw std::bad_alloc();
  }
  ~ZlibCompressor() override { deflateEnd(&stream_); }
  bool compress(Bytes raw, size_t out_size_max, std::string* out) override;

 private:
  z_stream stream_{};
};

bool ZlibCompressor::compress(Bytes raw, size_t out_size_max, std::string* out) {
  if (raw.size() > kStreamSizeMax || out_size_max == 0) return false;
  const size_t room = std::min<size_t>(out_size_max - 1, deflateBound(&stream_, raw.size()));
  const size_t old_size = out->size();
  out->resize(old_size + room);

  deflateReset(&stream_);
  stream_.next_in = input_of(raw);
  stream_.avail_in = static_cast<uInt>(raw.size());
  stream_.next_out = reinterpret_cast<Bytef*>(out->data() + old_size);
  stream_.avail_out = static_cast<uInt>(std::min(room, kStreamSizeMax));
  if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) return false;
  out->resize(old_size + stream_.total_out);
  return true;
}

class ZlibDecompressor final : public Decompressor {
 public:
  ZlibDecompressor() {
    if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
  }
  ~ZlibDecompressor() override { inflateEnd(&stream_); }
  bool decompress(Bytes packed, const Dictionary* dictionary, char* out, size_t raw_size) override;

 private:
  z_stream stream_{};
};

bool ZlibDecompressor::decompress(Bytes packed, const Dictionary* dictionary, char* out, size_t raw_size) {
  if (dictionary != nullptr || packed.size() > kStreamSizeMax || raw_size > kStreamSizeMax) return false;
  inflateReset(&stream_);
  stream_.next_in = input_of(packed);
  stream_.avail_in = static_cast<uInt>(packed.size());
  Bytef nothing = 0;  // inflate wants an address even for no bytes
  stream_.next_out = raw_size == 0 ? &nothing : reinterpret_cast<Bytef*>(out);
  stream_.avail_out = static_cast<uInt>(raw_size);
  const int outcome = inflate(&stream_, Z_FINISH);
  if (outcome == Z_MEM_ERROR) throw std::bad_alloc();
  return outcome == Z_STREAM_END && stream_.avail_in == 0 && stream_.avail_out == 0;
}

class ZlibCodec final : public Codec {
 public:
  CodecId id() const override { return CodecId::kZlib; }
  int level_max() const override { return kLevelMax; }
  std::unique_ptr<Compressor> new_compressor(int level, Bytes) const override {
    return std::make_unique<ZlibCompressor>(level);
  }
  std::unique_ptr<Decompressor> new_decompressor() const override {
    return std::make_unique<ZlibDecompressor>();
  }
};

}  // namespace

const Codec* zlib_codec() { return &immortal<ZlibCodec>(); }

}  // namespace wombat

#else

namespace wombat {

const Codec* zlib_codec() { return nullptr; }

}  // namespace wombat

#endif
