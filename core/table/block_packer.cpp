#include "table/block_packer.h"

#include <algorithm>

#include "base/coding.h"
#include "codec/randomness.h"
#include "table/codec_choice.h"

namespace wombat {
namespace {

constexpr size_t kChoiceSampleSize = 256 * 1024;
/// What zstd's authors advise: a hundred times as much to learn from as is to be learnt. It waits in memory.
constexpr size_t kSamplesPerDictionary = 100;
constexpr size_t kDictionarySampleSizeMax = 8 * 1024 * 1024;
/// Every so-manieth block is not learnt from, but tells whether the dictionary helps with blocks it has not seen.
constexpr size_t kHeldOutEvery = 4;
/// Where the dictionary saves less than this share of what is stored, it is not worth loading.
constexpr uint64_t kGainShare = 50;

}  // namespace

Result<std::unique_ptr<BlockPacker>> BlockPacker::make(const TableOptions& options) {
  std::unique_ptr<BlockPacker> packer(new BlockPacker(options));
  if (options.picks_codec) {
    packer->sample_size_ = kChoiceSampleSize;
  } else {
    WOMBAT_ASSIGN(const Codec* const codec, codec_by_id(static_cast<uint8_t>(options.codec)));
    packer->use(codec, options.codec_level);
  }
  const bool may_be_zstd = options.picks_codec || options.codec == CodecId::kZstd;
  if (options.dictionary_size_max != 0 && may_be_zstd) {
    packer->sample_size_ = std::clamp(options.dictionary_size_max * kSamplesPerDictionary, kChoiceSampleSize,
                                      kDictionarySampleSizeMax);
  }
  return packer;
}

void BlockPacker::use(const Codec* codec, int level) {
  codec_ = codec;
  level_ = level;
  if (codec != nullptr) compressor_ = codec->new_compressor(level, Bytes());
}

void BlockPacker::learn(const std::vector<Bytes>& frames) {
  if (options_.picks_codec) choose(frames);
  if (options_.dictionary_size_max != 0 && codec() == CodecId::kZstd) learn_dictionary(frames);
  sample_size_ = 0;
}

void BlockPacker::choose(const std::vector<Bytes>& frames) {
  const CodecChoice choice = choose_codec(frames, options_.is_bottom);
  use(codec_if_built(choice.codec), choice.level);
  const bool is_dear = choice.codec == CodecId::kZstd || choice.codec == CodecId::kZlib;
  for (const CodecId cheap : {CodecId::kLz4, CodecId::kSnappy}) {
    const Codec* const codec = codec_if_built(cheap);
    if (is_dear && codec != nullptr && cheap_compressor_ == nullptr)
      cheap_compressor_ = codec->new_compressor(-1, Bytes());
  }
}

void BlockPacker::learn_dictionary(const std::vector<Bytes>& frames) {
  std::vector<Bytes> samples;
  std::vector<Bytes> held_out;
  uint64_t bytes = 0;
  uint64_t held_out_bytes = 0;
  for (size_t i = 0; i < frames.size(); ++i) {
    const bool is_held_out = i % kHeldOutEvery == kHeldOutEvery - 1;
    (is_held_out ? held_out : samples).push_back(frames[i]);
    bytes += frames[i].size();
    held_out_bytes += is_held_out ? frames[i].size() : 0;
  }
  if (held_out_bytes == 0) return;
  std::string trained = codec_->train_dictionary(samples, options_.dictionary_size_max);
  if (trained.empty()) return;
  std::unique_ptr<Compressor> informed = codec_->new_compressor(level_, trained);
  const uint64_t before = stored_size(*compressor_, held_out);
  const uint64_t after = stored_size(*informed, held_out);
  if (after >= before) return;
  // The blocks at hand are all that the table is known to have.
  const uint64_t saved = (before - after) * bytes / held_out_bytes;
  if (saved <= trained.size() || (before - after) * kGainShare < before) return;
  dictionary_ = std::move(trained);
  compressor_ = std::move(informed);
}

uint64_t BlockPacker::stored_size(Compressor& compressor, const std::vector<Bytes>& frames) const {
  uint64_t sum = 0;
  std::string packed;
  for (const Bytes frame : frames)
    sum += pack_with(compressor, frame, &packed) ? packed.size() : frame.size();
  return sum;
}

bool BlockPacker::pack_with(Compressor& compressor, Bytes frame, std::string* packed) const {
  packed->clear();
  append_le<uint32_t>(packed, static_cast<uint32_t>(frame.size()));
  const size_t size_max = packed_size_max(frame.size());
  return size_max > packed->size() && compressor.compress(frame, size_max - packed->size(), packed);
}

/// Bytes without any pattern that a cheap codec makes nothing of either: a dear one need not try. What looks random may
/// still repeat itself, which the cheap one sees.
bool BlockPacker::is_hopeless(Bytes frame, std::string* scratch) {
  return cheap_compressor_ != nullptr && looks_random(frame) &&
         !pack_with(*cheap_compressor_, frame, scratch);
}

bool BlockPacker::pack(Bytes frame, std::string* packed) {
  return compressor_ != nullptr && !is_hopeless(frame, packed) && pack_with(*compressor_, frame, packed);
}

}  // namespace wombat
