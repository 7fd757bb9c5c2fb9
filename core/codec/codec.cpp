#include "codec/codec.h"

#include "codec/zlib_codec.h"

namespace wombat {
namespace {

/// Null: reserved, not in this build.
const Codec* implementation(CodecId id) {
  switch (id) {
    case CodecId::kZlib:
      return zlib_codec();
    case CodecId::kNone:
    case CodecId::kLz4:
    case CodecId::kZstd:
    case CodecId::kSnappy:
      break;
  }
  return nullptr;
}

constexpr CodecId kAllCodecs[] = {CodecId::kNone, CodecId::kZlib, CodecId::kLz4, CodecId::kZstd,
                                  CodecId::kSnappy};

Status missing(CodecId id) {
  return Status::unsupported("this build has no codec " + std::string(codec_name(id)));
}

}  // namespace

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
    const Codec* const codec = implementation(known);
    if (codec == nullptr && known != CodecId::kNone) return missing(known);
    return codec;
  }
  return Status::corruption("codec number " + std::to_string(id) + " is not known");
}

Result<CodecId> codec_id_by_name(std::string_view name) {
  for (const CodecId known : kAllCodecs) {
    if (name != codec_name(known)) continue;
    if (implementation(known) == nullptr && known != CodecId::kNone) return missing(known);
    return known;
  }
  return Status::invalid_argument("no codec is called \"" + escape_bytes(name) + "\"");
}

}  // namespace wombat
