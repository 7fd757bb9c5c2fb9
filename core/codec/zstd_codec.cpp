#include "codec/zstd_codec.h"

#ifdef WOMBAT_HAVE_ZSTD

#include <zdict.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <new>

#include "base/immortal.h"

namespace wombat {
namespace {

constexpr int kLevelDefault = 3;
constexpr int kLevelMax = 22;
/// Fewer samples teach nothing, and the library refuses smaller dictionaries.
constexpr size_t kSampleCountMin = 8;
constexpr size_t kDictionarySizeMin = 256;

struct Release {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};

template <typename T>
std::unique_ptr<T, Release> owned(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return std::unique_ptr<T, Release>(made);
}

/// Whether a call succeeded. Throws when it was for want of memory that it did not.
bool succeeded(size_t outcome) {
  if (ZSTD_getErrorCode(outcome) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  return ZSTD_isError(outcome) == 0;
}

class ZstdCompressor final : public Compressor {
 public:
  ZstdCompressor(int level, Bytes dictionary) : context_(owned(ZSTD_createCCtx())) {
    const int effort = level < 1 ? kLevelDefault : std::min(level, kLevelMax);
    succeeded(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, effort));
    // The table knows which dictionary it is; the block has a checksum.
    succeeded(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_dictIDFlag, 0));
    if (dictionary.empty()) return;
    dictionary_ = owned(ZSTD_createCDict(dictionary.data(), dictionary.size(), effort));
    succeeded(ZSTD_CCtx_refCDict(context_.get(), dictionary_.get()));
  }

  bool compress(Bytes raw, size_t out_size_max, std::string* out) override {
    if (out_size_max == 0) return false;
    const size_t room = std::min(out_size_max - 1, ZSTD_compressBound(raw.size()));
    const size_t old_size = out->size();
    out->resize(old_size + room);
    const size_t written =
        ZSTD_compress2(context_.get(), out->data() + old_size, room, raw.data(), raw.size());
    if (!succeeded(written)) return false;
    out->resize(old_size + written);
    return true;
  }

 private:
  std::unique_ptr<ZSTD_CDict, Release> dictionary_;  // outlives the context that refers to it
  std::unique_ptr<ZSTD_CCtx, Release> context_;
};

class ZstdDictionary final : public Dictionary {
 public:
  explicit ZstdDictionary(std::unique_ptr<ZSTD_DDict, Release> loaded) : loaded_(std::move(loaded)) {}
  size_t memory_usage() const override { return ZSTD_sizeof_DDict(loaded_.get()); }
  const ZSTD_DDict* loaded() const { return loaded_.get(); }

 private:
  std::unique_ptr<ZSTD_DDict, Release> loaded_;
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() : context_(owned(ZSTD_createDCtx())) {}
  bool decompress(Bytes packed, const Dictionary* dictionary, char* out, size_t raw_size) override {
    const ZSTD_DDict* const loaded =
        dictionary == nullptr ? nullptr : static_cast<const ZstdDictionary*>(dictionary)->loaded();
    if (packed.empty()) return false;  // the library takes no frame at all for one of no bytes
    const size_t written =
        ZSTD_decompress_usingDDict(context_.get(), out, raw_size, packed.data(), packed.size(), loaded);
    return succeeded(written) && written == raw_size;
  }

 private:
  std::unique_ptr<ZSTD_DCtx, Release> context_;
};

class ZstdCodec final : public Codec {
 public:
  CodecId id() const override { return CodecId::kZstd; }
  int level_max() const override { return kLevelMax; }
  std::unique_ptr<Compressor> new_compressor(int level, Bytes dictionary) const override {
    return std::make_unique<ZstdCompressor>(level, dictionary);
  }
  std::unique_ptr<Decompressor> new_decompressor() const override {
    return std::make_unique<ZstdDecompressor>();
  }
  std::string train_dictionary(const std::vector<Bytes>& samples, size_t size_max) const override;
  std::unique_ptr<Dictionary> load_dictionary(Bytes bytes) const override;
};

std::string ZstdCodec::train_dictionary(const std::vector<Bytes>& samples, size_t size_max) const {
  if (samples.size() < kSampleCountMin || size_max < kDictionarySizeMin) return "";
  std::string joined;
  std::vector<size_t> sizes;
  sizes.reserve(samples.size());
  for (const Bytes sample : samples) {
    joined.append(sample);
    sizes.push_back(sample.size());
  }
  std::string dictionary(size_max, '\0');
  const size_t size = ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), joined.data(), sizes.data(),
                                            static_cast<unsigned>(sizes.size()));
  dictionary.resize(succeeded(size) ? size : 0);
  return dictionary;
}

std::unique_ptr<Dictionary> ZstdCodec::load_dictionary(Bytes bytes) const {
  // The library takes any bytes for a dictionary; those that were trained have a head.
  if (ZDICT_getDictID(bytes.data(), bytes.size()) == 0) return nullptr;
  std::unique_ptr<ZSTD_DDict, Release> loaded(ZSTD_createDDict(bytes.data(), bytes.size()));
  if (loaded != nullptr) return std::make_unique<ZstdDictionary>(std::move(loaded));
  // Damage, or no memory: it does not say which.
  if (succeeded(ZDICT_getDictHeaderSize(bytes.data(), bytes.size()))) throw std::bad_alloc();
  return nullptr;
}

}  // namespace

const Codec* zstd_codec() { return &immortal<ZstdCodec>(); }

}  // namespace wombat

#else

namespace wombat {

const Codec* zstd_codec() { return nullptr; }

}  // namespace wombat

#endif
