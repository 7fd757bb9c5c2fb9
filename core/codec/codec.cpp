#include "codec/codec.h"

#include "codec/lz4_codec.h"
#include "codec/snappy_codec.h"
#include "codec/zlib_codec.h"
#include "codec/zstd_codec.h"

namespace wombat {
namespace {

Status missing(CodecId id) {
  return Status::unsupported("this build has no codec " + std::string(codec_name(id)));
}

}  // namespace

const Codec* codec_if_built(CodecId id) {
  switch (id) {
    case CodecId::kNone:
      break;
    case CodecId::kZlib:
      return zlib_codec();
    case CodecId::kLz4:
      return lz4_codec();
    case CodecId::kZstd:
      return zstd_codec();
    case CodecId::kSnappy:
      return snappy_codec();
  }
  return nullptr;
}

std::string Codec::train_dictionary(const std::vector<Bytes>&, size_t) const { return ""; }
std::unique_ptr<Dictionary> Codec::load_dictionary(Bytes) const { return nullptr; }

const char* codec_name(CodecId id) {
  switch (id) {
    case CodecId::kNone:
      return "none";
    case CodecId::kZlib:
      return "zlib";
    case CodecId::kLz4:
      return "lz4";
    case CodecId::kZstd:
      return "zstd";
    case CodecId::kSnappy:
      return "snappy";
  }
  return "unknown";
}

Result<const Codec*> codec_by_id(uint8_t id) {
  for (const CodecId known : kAllCodecs) {
    if (static_cast<uint8_t>(known) != id) continue;
    const Codec* const codec = codec_if_built(known);
    if (codec == nullptr && known != CodecId::kNone) return missing(known);
    return codec;
  }
  return Status::corruption("codec number " + std::to_string(id) + " is not known");
}

Result<CodecId> codec_id_by_name(std::string_view name) {
  for (const CodecId known : kAllCodecs) {
    if (name != codec_name(known)) continue;
    if (codec_if_built(known) == nullptr && known != CodecId::kNone) return missing(known);
    return known;
  }
  return Status::invalid_argument("no codec is called \"" + escape_bytes(name) + "\"");
}

}  // namespace wombat
