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
  /// Size of the frame if it were laid out now.
  uint64_t frame_size() const { return empty() ? 0 : frame_size_of(total()); }
  /// Size of the frame with one more entry.
  uint64_t frame_size_with(Bytes key, Tag tag, Bytes value) const {
    return frame_size_of(total_with(key, tag, value));
  }
  Bytes first_key() const { return key_at(0); }
  Bytes last_key() const { return key_at(rows() - 1); }

  /// Entries come in entry order. `hash` is hash_key(key).
  void add(Bytes key, Tag tag, Bytes value, uint64_t hash);
  /// Lays the block out: appends the frame to `frame`, and the first part of the header line with the
  /// fingerprints to `line`. Only the flags of compression and continuation are left to the caller.
  BlockShape finish(std::string* frame, std::string* line) const;
  void clear();

 private:
  /// What decides the size of a frame.
  struct Total {
    uint64_t rows = 0;
    uint64_t key_bytes = 0;
    uint64_t value_bytes = 0;
    size_t prefix_size = 0;
    size_t key_size = 0;  // of the first entry
    size_t value_size = 0;
    bool keys_vary = false;
    bool values_vary = false;
    Timestamp timestamp_min = 0;
    Timestamp timestamp_max = 0;
    bool settled = true;  // all are puts with timestamp 0
  };
  const Total& total() const { return total_; }
  Total total_with(Bytes key, Tag tag, Bytes value) const;
  static BlockShape shape_of(const Total& total);
  static uint64_t frame_size_of(const Total& total);
  Bytes key_at(size_t row) const {
    const size_t start = row == 0 ? 0 : key_ends_[row - 1];
    return Bytes(keys_).substr(start, key_ends_[row] - start);
  }
  void append_keys(const BlockShape& shape, std::string* frame) const;
  void append_tags(const BlockShape& shape, std::string* frame) const;
  void append_values(const BlockShape& shape, std::string* frame) const;

  Total total_;
  std::string keys_;
  std::vector<uint32_t> key_ends_;
  std::string values_;
  std::vector<uint32_t> value_ends_;
  std::vector<Tag> tags_;
  std::string fingerprints_;
};

}  // namespace wombat
