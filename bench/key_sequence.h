/// Keys in the order of their use, generated before the clock starts: a measured loop only walks over memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wombat::bench {

/// How entry numbers become keys. Entry i has number 2 * i; odd numbers are keys that are never written, so
/// that a miss lies between present keys and only a filter can reject it early.
enum class KeyFormat {
  kBinary,   // 8 bytes big-endian, then '0': what RocksDB's db_bench writes
  kDecimal,  // digits with leading zeros, as LevelDB's db_bench writes: long common prefixes
};

struct KeyShape {
  size_t size_bytes = 16;
  KeyFormat format = KeyFormat::kBinary;

  /// Whether keys of this size can tell `number_count` numbers apart.
  bool can_hold(uint64_t number_count) const;
  /// Writes size_bytes at `to`.
  void encode(uint64_t number, char* to) const;
};

inline constexpr uint64_t present_number(uint64_t entry) { return entry * 2; }
inline constexpr uint64_t missing_number(uint64_t entry) { return entry * 2 + 1; }

class KeySequence {
 public:
  explicit KeySequence(KeyShape shape) : shape_(shape) {}
  void reserve(size_t count) { bytes_.reserve(count * shape_.size_bytes); }
  void add(uint64_t number);
  /// `more` has keys of the same shape.
  void add_all(const KeySequence& more) { bytes_ += more.bytes_; }

  size_t count() const { return bytes_.size() / shape_.size_bytes; }
  size_t key_size() const { return shape_.size_bytes; }
  const char* key(size_t index) const { return bytes_.data() + index * shape_.size_bytes; }

 private:
  KeyShape shape_;
  std::string bytes_;
};

}  // namespace wombat::bench
