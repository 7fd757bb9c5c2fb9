#include "codec/zlib_codec.h"

#ifdef WOMBAT_HAVE_ZLIB

#include <zlib.h>

#include <limits>
#include <new>

namespace wombat {
namespace {

constexpr int kLevelDefault = 6;

/// zlib counts in 32 bits; no block is that large.
constexpr size_t kStreamSizeMax = std::numeric_limits<uInt>::max();

Bytef* input_of(Bytes bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

class ZlibCodec final : public Codec {
 public:
  CodecId id() const override { return CodecId::kZlib; }
  bool compress(Bytes raw, int level, size_t out_size_max, std::string* out) const override;
  bool decompress(Bytes packed, char* out, size_t raw_size) const override;
};

bool ZlibCodec::compress(Bytes raw, int level, size_t out_size_max, std::string* out) const {
  if (raw.size() > kStreamSizeMax || out_size_max == 0) return false;
  const size_t room = out_size_max - 1 < raw.size() + 64 ? out_size_max - 1 : raw.size() + 64;
  const size_t old_size = out->size();
  out->resize(old_size + room);

  z_stream stream{};
  if (deflateInit(&stream, level < 1 || level > 9 ? kLevelDefault : level) != Z_OK) throw std::bad_alloc();
  stream.next_in = input_of(raw);
  stream.avail_in = static_cast<uInt>(raw.size());
  stream.next_out = reinterpret_cast<Bytef*>(out->data() + old_size);
  stream.avail_out = static_cast<uInt>(room < kStreamSizeMax ? room : kStreamSizeMax);
  const int outcome = deflate(&stream, Z_FINISH);
  const size_t written = stream.total_out;
  deflateEnd(&stream);
  if (outcome != Z_STREAM_END) return false;
  out->resize(old_size + written);
  return true;
}

bool ZlibCodec::decompress(Bytes packed, char* out, size_t raw_size) const {
  if (packed.size() > kStreamSizeMax || raw_size > kStreamSizeMax) return false;
  z_stream stream{};
  stream.next_in = input_of(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  Bytef nothing = 0;  // inflate wants an address even for no bytes
  stream.next_out = raw_size == 0 ? &nothing : reinterpret_cast<Bytef*>(out);
  stream.avail_out = static_cast<uInt>(raw_size);
  const int outcome = inflate(&stream, Z_FINISH);
  const bool exact = stream.avail_in == 0 && stream.avail_out == 0;
  inflateEnd(&stream);
  if (outcome == Z_MEM_ERROR) throw std::bad_alloc();
  return outcome == Z_STREAM_END && exact;
}

}  // namespace

const Codec* zlib_codec() {
  // Built in place and never destroyed: no exit handler keeps the library from being unloaded.
  alignas(ZlibCodec) static char place[sizeof(ZlibCodec)];
  static const Codec* const codec = new (place) ZlibCodec;
  return codec;
}

}  // namespace wombat

#else

namespace wombat {

const Codec* zlib_codec() { return nullptr; }

}  // namespace wombat

#endif
