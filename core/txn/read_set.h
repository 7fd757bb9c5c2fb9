/// What a transaction has read and must find unchanged when it commits: keys, absent ones included, and ranges.
///
/// Keys are few as a rule and are met again soon: they lie one behind the other in one piece of memory, and a hash
/// table is made only when there are many.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kv/entry.h"
#include "txn/range_map.h"

namespace wombat {

/// Not synchronised.
class ReadSet {
 public:
  /// The key was read at `at`: a version later than that is a conflict. Of several readings the earliest counts.
  void add_key(uint32_t keyspace, Bytes key, Timestamp at);
  /// All of the range was looked at, at the time at which the transaction began.
  void add_range(const KeyRange& range) { ranges_.add(range); }
  void clear();

  bool is_empty() const { return keys_.empty() && ranges_.is_empty(); }
  size_t key_count() const { return keys_.size(); }
  const RangeMap& ranges() const { return ranges_; }
  bool contains(uint32_t keyspace, Bytes key) const {
    return find(keyspace, key, hash_of(keyspace, key)) != kNone || ranges_.contains(keyspace, key);
  }
  bool overlaps(const KeyRange& range) const;
  size_t size_bytes() const { return bytes_.size() + keys_.size() * sizeof(Key) + ranges_.size_bytes(); }

  struct KeyView {
    uint32_t keyspace;
    Bytes key;
    Timestamp at;
    uint64_t key_hash;  // hash_key(key)
  };
  KeyView key(size_t index) const {
    const Key& key = keys_[index];
    return {key.keyspace, Bytes(bytes_).substr(key.offset, key.size), key.at,
            key.hash ^ mark_of(key.keyspace)};
  }

 private:
  struct Key {
    uint64_t hash;
    Timestamp at;
    size_t offset;
    uint32_t keyspace;
    uint16_t size;
  };
  static constexpr size_t kNone = ~size_t{0};
  static constexpr size_t kLinearMax = 12;
  static constexpr size_t kBytesAtFirst = 240;  // one piece of memory does for the keys of most transactions

  /// What tells the hashes of equal keys in several keyspaces apart.
  static uint64_t mark_of(uint32_t keyspace) { return keyspace * uint64_t{0x9E3779B97F4A7C15}; }
  static uint64_t hash_of(uint32_t keyspace, Bytes key);
  size_t find(uint32_t keyspace, Bytes key, uint64_t hash) const;
  void index_keys(size_t slot_count);

  std::string bytes_;
  std::vector<Key> keys_;
  std::vector<uint32_t> slots_;  // open addressing; index + 1, or 0; empty while there are few keys
  RangeMap ranges_;
};

}  // namespace wombat
