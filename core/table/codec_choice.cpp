#include "table/codec_choice.h"

namespace wombat {
namespace {

/// So many frames are tried at most, evenly spread.
constexpr size_t kTriedCountMax = 32;

/// Nanoseconds a byte, packing once and unpacking twice, about as measured with blocks of 8 KiB.
struct Candidate {
  CodecId codec;
  int level;
  double cost_ns;
};
constexpr Candidate kCandidates[] = {
    {CodecId::kLz4, -1, 2}, {CodecId::kSnappy, -1, 2.2}, {CodecId::kZstd, 3, 6}, {CodecId::kZlib, 6, 20}};

/// What a nanosecond a byte counts, as a share of the size. Tables of upper levels are soon written again, and are a
/// tenth of the data.
constexpr double kUpperWeight = 0.05;
constexpr double kBottomWeight = 0.005;

uint64_t stored_size(Compressor& compressor, Bytes frame, std::string* scratch) {
  scratch->clear();
  const bool shrinks = compressor.compress(frame, packed_size_max(frame.size()), scratch);
  return shrinks ? scratch->size() : frame.size();
}

}  // namespace

CodecChoice choose_codec(const std::vector<Bytes>& frames, bool is_bottom) {
  const double weight = is_bottom ? kBottomWeight : kUpperWeight;
  const size_t step = 1 + frames.size() / kTriedCountMax;
  CodecChoice best;
  double best_score = 0;
  std::string scratch;
  for (const Candidate& candidate : kCandidates) {
    const Codec* const codec = codec_if_built(candidate.codec);
    if (codec == nullptr) continue;
    // zstd beats it at both, where it is built.
    if (candidate.codec == CodecId::kZlib && codec_if_built(CodecId::kZstd) != nullptr) continue;
    const auto compressor = codec->new_compressor(candidate.level, Bytes());
    uint64_t raw = 0;
    uint64_t stored = 0;
    for (size_t i = 0; i < frames.size(); i += step) {
      raw += frames[i].size();
      stored += stored_size(*compressor, frames[i], &scratch);
    }
    const double ratio = raw == 0 ? 1 : static_cast<double>(stored) / static_cast<double>(raw);
    const double score = ratio + weight * candidate.cost_ns;
    if (best.codec != CodecId::kNone && score >= best_score) continue;
    best = {candidate.codec, candidate.level};
    best_score = score;
  }
  return best;
}

}  // namespace wombat
