/// Collects the entries of one block and lays them out. Knows nothing of files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "kv/entry.h"
#include "table/block_shape.h"

namespace wombat {

class BlockBuilder {
 public:
  bool empty() const { return tags_.empty(); }
  size_t rows() const { return tags_.size(); }
  /// No frame of these entries is larger.
  uint64_t frame_size_bound() const {
    return kFrameBoundFixed + total_.rows * kFrameBoundRow + total_.key_bytes + total_.value_bytes;
  }
  /// Whether the frame would have at most `size_max` bytes with one more entry.
  bool fits(Bytes key, Tag tag, Bytes value, uint64_t size_max) const;
  /// From now on tags are stored even where all entries are settled puts.
  void store_all_tags() { stores_all_tags_ = true; }
  Bytes first_key() const { return key_at(0); }
  Bytes last_key() const { return key_at(rows() - 1); }

  /// Entries come in entry order. `hash` is hash_key(key).
  void add(Bytes key, Tag tag, Bytes value, uint64_t hash);
  /// Lays the block out: appends the frame to `frame`, and the first part of the header line with the
  /// fingerprints to `line`. Only the flags of compression and continuation are left to the caller.
  BlockShape finish(std::string* frame, std::string* line) const;
  void clear();

 private:
  /// What a frame may have beside its keys and values: a tag and two offsets a row, one more element in each array
  /// of offsets, and the timestamp that narrow tags refer to.
  static constexpr uint64_t kFrameBoundRow = sizeof(Tag) + 2 * sizeof(uint32_t);
  static constexpr uint64_t kFrameBoundFixed = 2 * sizeof(uint32_t) + sizeof(Timestamp);

  /// What decides the size of a frame.
  struct Total {
    uint64_t rows = 0;
    uint64_t key_bytes = 0;
    uint64_t value_bytes = 0;
    size_t key_size = 0;  // of the first entry
    size_t value_size = 0;
    bool keys_vary = false;
    bool values_vary = false;
    Timestamp timestamp_min = 0;
    Timestamp timestamp_max = 0;
    bool settled = true;  // all are puts with timestamp 0
  };
  void include(Bytes key, Tag tag, Bytes value, Total* total) const;
  static BlockShape shape_of(const Total& total, size_t prefix_size);
  static uint64_t frame_size_of(const Total& total, size_t prefix_size);
  /// Of what all keys from the first one to `last` begin with: keys ascend, so these two decide.
  size_t prefix_size_to(Bytes last) const;
  Bytes key_at(size_t row) const {
    const size_t start = row == 0 ? 0 : key_ends_[row - 1];
    return Bytes(keys_).substr(start, key_ends_[row] - start);
  }
  void append_keys(const BlockShape& shape, std::string* frame) const;
  void append_tags(const BlockShape& shape, std::string* frame) const;
  void append_values(const BlockShape& shape, std::string* frame) const;

  Total total_;
  bool stores_all_tags_ = false;
  std::string keys_;
  std::vector<uint32_t> key_ends_;
  std::string values_;
  std::vector<uint32_t> value_ends_;
  std::vector<Tag> tags_;
  std::string fingerprints_;
};

}  // namespace wombat
