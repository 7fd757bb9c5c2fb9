/// wombat_codecs: how small each codec makes blocks of realistic entries, and how fast; what prefixes of keys cost. Prints
/// tables in Markdown, as docs/compression.md has them.
///
///   wombat_codecs [PACKAGE_INDEX]   the index as text; without it only documents are compressed
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "codec/codec.h"
#include "codec_corpus.h"
#include "table/block_builder.h"
#include "table/codec_choice.h"

namespace wombat::micro {
namespace {

constexpr size_t kCorpusSize = 8 << 20;
constexpr int kRepeatCount = 5;  // the best one counts
constexpr size_t kDictionarySize = 16 * 1024;
constexpr size_t kBlockSizes[] = {4096, 8192, 16384, 32768};

struct Setting {
  CodecId codec;
  int level;
  bool has_dictionary;
};
constexpr Setting kSettings[] = {
    {CodecId::kSnappy, -1, false}, {CodecId::kLz4, -1, false}, {CodecId::kLz4, 9, false},
    {CodecId::kZlib, 1, false},    {CodecId::kZlib, 6, false}, {CodecId::kZstd, 1, false},
    {CodecId::kZstd, 3, false},    {CodecId::kZstd, 9, false}, {CodecId::kZstd, 19, false},
    {CodecId::kZstd, 3, true},     {CodecId::kZstd, 9, true}};

/// Frames as tables have them, with a timestamp for each entry or, settled, without.
std::vector<std::string> frames_of(const Corpus& corpus, size_t block_size) {
  std::vector<std::string> frames;
  BlockBuilder builder;
  const auto finish = [&] {
    std::string line;
    frames.emplace_back();
    builder.finish(&frames.back(), &line);
    builder.clear();
  };
  const Tag tag = make_tag(0, Kind::kPut);
  for (const auto& [key, value] : corpus.entries) {
    if (!builder.empty() && !builder.fits(key, tag, value, block_size)) finish();
    builder.add(key, tag, value, hash_key(key));
  }
  if (!builder.empty()) finish();
  return frames;
}

uint64_t size_of(const std::vector<std::string>& strings) {
  uint64_t sum = 0;
  for (const std::string& string : strings) sum += string.size();
  return sum;
}

/// Seconds of the best run.
double best_time(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < kRepeatCount; ++i) {
    const auto started = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  }
  return best;
}

std::string train(const Codec& codec, const std::vector<std::string>& frames) {
  std::vector<Bytes> samples;
  const size_t wanted = 100 * kDictionarySize;
  size_t size = 0;
  for (size_t i = 0; i < frames.size() && size < wanted; ++i) {
    samples.push_back(frames[i]);
    size += frames[i].size();
  }
  return codec.train_dictionary(samples, kDictionarySize);
}

void measure(const Corpus& corpus, size_t block_size, const Setting& setting) {
  const Codec* const codec = codec_if_built(setting.codec);
  if (codec == nullptr) return;
  const std::vector<std::string> frames = frames_of(corpus, block_size);
  const std::string dictionary_bytes = setting.has_dictionary ? train(*codec, frames) : "";
  const auto dictionary = codec->load_dictionary(dictionary_bytes);
  const auto compressor = codec->new_compressor(setting.level, dictionary_bytes);
  const auto decompressor = codec->new_decompressor();
  std::vector<std::string> packed(frames.size());
  const double compress_s = best_time([&] {
    for (size_t i = 0; i < frames.size(); ++i) {
      packed[i].clear();
      if (!compressor->compress(frames[i], packed_size_max(frames[i].size()), &packed[i])) packed[i].clear();
    }
  });
  std::string out(block_size * 64, '\0');
  bool good = true;
  const double decompress_s = best_time([&] {
    for (size_t i = 0; i < frames.size(); ++i) {
      if (packed[i].empty()) continue;
      good = good && decompressor->decompress(packed[i], dictionary.get(), out.data(), frames[i].size());
    }
  });
  const double raw = static_cast<double>(size_of(frames));
  double stored = static_cast<double>(dictionary_bytes.size());
  for (size_t i = 0; i < frames.size(); ++i)
    stored += static_cast<double>(packed[i].empty() ? frames[i].size() : packed[i].size() + sizeof(uint32_t));
  std::printf("| %s | %zu KiB | %s%s%s | %.2f | %.0f | %.0f |%s\n", corpus.name.c_str(), block_size / 1024,
              codec_name(setting.codec),
              setting.level < 0 ? "" : (":" + std::to_string(setting.level)).c_str(),
              setting.has_dictionary ? " + dictionary" : "", raw / stored, raw / compress_s / 1e6,
              raw / decompress_s / 1e6, good ? "" : " WRONG");
  std::fflush(stdout);
}

void append_varint(std::string* out, size_t number) {
  for (; number >= 128; number /= 128) out->push_back(static_cast<char>(number % 128 + 128));
  out->push_back(static_cast<char>(number));
}

/// The same entries with each key as what differs from the one before it, every 16th whole, as LevelDB's blocks have it:
/// for comparison.
std::vector<std::string> delta_frames(const Corpus& corpus, const std::vector<std::string>& frames) {
  constexpr size_t kRestartEvery = 16;
  std::vector<std::string> all;
  size_t row = 0;
  for (const std::string& frame : frames) {
    std::string out;
    std::string restarts;
    std::string before;
    for (size_t i = 0; row < corpus.entries.size() && out.size() + restarts.size() < frame.size();
         ++i, ++row) {
      const auto& [key, value] = corpus.entries[row];
      const bool is_restart = i % kRestartEvery == 0;
      if (is_restart) append_le<uint32_t>(&restarts, static_cast<uint32_t>(out.size()));
      const size_t shared = is_restart ? 0 : common_prefix_size(before, key);
      append_varint(&out, shared);
      append_varint(&out, key.size() - shared);
      append_varint(&out, value.size());
      out.append(key, shared).append(value);
      before = key;
    }
    all.push_back(out + restarts);
  }
  return all;
}

uint64_t packed_size(const std::vector<std::string>& frames, CodecId id) {
  const Codec* const codec = codec_if_built(id);
  if (codec == nullptr) return size_of(frames);
  const auto compressor = codec->new_compressor(-1, Bytes());
  uint64_t sum = 0;
  for (const std::string& frame : frames) {
    std::string out;
    sum += compressor->compress(frame, packed_size_max(frame.size()), &out) ? out.size() : frame.size();
  }
  return sum;
}

void compare_keys(const Corpus& corpus, size_t block_size) {
  const std::vector<std::string> frames = frames_of(corpus, block_size);
  const std::vector<std::string> deltas = delta_frames(corpus, frames);
  uint64_t key_bytes = 0;
  uint64_t value_bytes = 0;
  for (const auto& [key, value] : corpus.entries) {
    key_bytes += key.size();
    value_bytes += value.size();
  }
  std::printf("| %s | %zu KiB | %.1f %% |", corpus.name.c_str(), block_size / 1024,
              100.0 * static_cast<double>(key_bytes) / static_cast<double>(key_bytes + value_bytes));
  for (const CodecId id : {CodecId::kNone, CodecId::kLz4, CodecId::kZstd})
    std::printf(" %.1f %% |", 100.0 * (1.0 - static_cast<double>(packed_size(deltas, id)) /
                                                 static_cast<double>(packed_size(frames, id))));
  std::printf("\n");
}

int run(int count, char** arguments) {
  std::vector<Corpus> corpora;
  if (count > 1) {
    std::ifstream file(arguments[1], std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (text.empty()) {
      std::fprintf(stderr, "wombat_codecs: cannot read %s\n", arguments[1]);
      return 1;
    }
    corpora.push_back(package_corpus(text, kCorpusSize));
  }
  corpora.push_back(json_corpus(kCorpusSize, 1));
  for (const Corpus& corpus : corpora) {
    uint64_t bytes = 0;
    for (const auto& [key, value] : corpus.entries) bytes += value.size();
    std::printf("%s: %zu entries, %.0f bytes a value\n", corpus.name.c_str(), corpus.entries.size(),
                static_cast<double>(bytes) / static_cast<double>(corpus.entries.size()));
  }
  std::printf(
      "\n| corpus | block | codec | ratio | compress MB/s | decompress MB/s "
      "|\n|---|---:|---|---:|---:|---:|\n");
  for (const Corpus& corpus : corpora)
    for (const size_t block_size : kBlockSizes)
      for (const Setting& setting : kSettings) measure(corpus, block_size, setting);
  std::printf(
      "\nWhat a delta of every key would save of all bytes of blocks:\n\n"
      "| corpus | block | keys' share | plain | lz4 | zstd |\n|---|---:|---:|---:|---:|---:|\n");
  for (const Corpus& corpus : corpora)
    for (const size_t block_size : kBlockSizes) compare_keys(corpus, block_size);
  return 0;
}

}  // namespace
}  // namespace wombat::micro

int main(int count, char** arguments) { return wombat::micro::run(count, arguments); }
