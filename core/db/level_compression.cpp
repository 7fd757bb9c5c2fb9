#include "db/level_compression.h"

#include <algorithm>
#include <charconv>

#include "version/version.h"

namespace wombat {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t start = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(start);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

Status bad_effort(std::string_view text, std::string_view expected) {
  return Status::invalid_argument("expected " + std::string(expected) + ", found '" + escape_bytes(text) +
                                  "'");
}

}  // namespace

Result<LevelCompression> parse_codec(std::string_view text) {
  const size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  LevelCompression found;
  found.picks_codec = name == "auto";
  if (!found.picks_codec) {
    const Result<CodecId> id = codec_id_by_name(name);
    if (!id && id.status().code() == Code::kInvalidArgument)
      return bad_effort(name, "none, zlib, lz4, zstd, snappy or auto");
    WOMBAT_TRY(id.status());
    found.codec = id.value();
  }
  if (colon == text.size()) return found;
  const std::string_view effort = text.substr(colon + 1);
  const Codec* const codec = codec_if_built(found.codec);
  const int level_max = codec == nullptr ? 0 : codec->level_max();
  if (level_max == 0) return bad_effort(text, std::string(name) + " without an effort");
  const auto [end, error] = std::from_chars(effort.data(), effort.data() + effort.size(), found.level);
  if (error != std::errc() || end != effort.data() + effort.size() || found.level < 1 ||
      found.level > level_max) {
    return bad_effort(text, std::string(name) + " with an effort from 1 to " + std::to_string(level_max));
  }
  return found;
}

Result<std::vector<LevelCompression>> parse_level_compressions(std::string_view text) {
  std::vector<LevelCompression> all;
  for (bool more = !trimmed(text).empty(); more;) {
    const size_t comma = text.find(',');
    more = comma != std::string_view::npos;
    if (all.size() == kLevelCountMax) {
      return Status::invalid_argument("expected at most " + std::to_string(kLevelCountMax) +
                                      " levels, found more");
    }
    WOMBAT_ASSIGN(const LevelCompression one, parse_codec(trimmed(text.substr(0, comma))));
    all.push_back(one);
    text.remove_prefix(more ? comma + 1 : text.size());
  }
  return all;
}

Result<LevelCompression> compression_of_level(uint32_t level, std::string_view per_level,
                                              std::string_view codec, int effort) {
  WOMBAT_ASSIGN(const std::vector<LevelCompression> levels, parse_level_compressions(per_level));
  if (!levels.empty()) return levels[std::min<size_t>(level, levels.size() - 1)];
  WOMBAT_ASSIGN(LevelCompression everywhere, parse_codec(codec));
  everywhere.level = effort;
  return everywhere;
}

}  // namespace wombat
