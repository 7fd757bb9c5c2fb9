/// Compresses the blocks of one table: chooses the codec where it is asked to, and trains the dictionary. One thread at
/// a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/table_options.h"

namespace wombat {

class BlockPacker {
 public:
  /// kUnsupported, naming the codec, when this build lacks it.
  static Result<std::unique_ptr<BlockPacker>> make(const TableOptions& options);

  /// About so many bytes of frames learn() wants before the first pack(), or all that the table has when that is less;
  /// 0: it need not be called.
  size_t sample_size() const { return sample_size_; }
  void learn(const std::vector<Bytes>& frames);

  /// Fills `packed` with what is stored of the block in place of its frame. False: it is stored as it is.
  bool pack(Bytes frame, std::string* packed);

  /// Whether blocks that pack() refuses were worth a try.
  bool has_codec() const { return compressor_ != nullptr; }
  CodecId codec() const { return codec_ == nullptr ? CodecId::kNone : codec_->id(); }
  int level() const { return level_; }
  /// Empty: the table has none.
  const std::string& dictionary() const { return dictionary_; }

 private:
  explicit BlockPacker(const TableOptions& options) : options_(options) {}
  void use(const Codec* codec, int level);
  void choose(const std::vector<Bytes>& frames);
  void learn_dictionary(const std::vector<Bytes>& frames);
  bool pack_with(Compressor& compressor, Bytes frame, std::string* packed) const;
  bool is_hopeless(Bytes frame, std::string* scratch);
  uint64_t stored_size(Compressor& compressor, const std::vector<Bytes>& frames) const;

  const TableOptions options_;
  size_t sample_size_ = 0;
  const Codec* codec_ = nullptr;
  int level_ = -1;
  std::string dictionary_;
  std::unique_ptr<Compressor> compressor_;
  std::unique_ptr<Compressor> cheap_compressor_;  // tried first where the codec itself is dear
};

}  // namespace wombat
