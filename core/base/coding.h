/// Fixed-width little-endian integers, and a cursor that reads them without ever passing the end.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/bytes.h"

namespace wombat {

template <typename T>
inline T little_endian(T value) {
  if constexpr (std::endian::native == std::endian::big) {
    T swapped = 0;
    for (size_t i = 0; i < sizeof(T); ++i)
      swapped = static_cast<T>((swapped << 8) | ((value >> (8 * i)) & 0xFF));
    return swapped;
  }
  return value;
}

/// Reads sizeof(T) bytes at `from`, which need not be aligned.
template <typename T>
inline T load_le(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return little_endian(value);
}

template <typename T>
inline void store_le(char* to, T value) {
  value = little_endian(value);
  std::memcpy(to, &value, sizeof(T));
}

template <typename T>
inline void append_le(std::string* out, T value) {
  char buffer[sizeof(T)];
  store_le(buffer, value);
  out->append(buffer, sizeof(T));
}

/// u32 size, then the bytes.
inline void append_sized(std::string* out, Bytes bytes) {
  append_le<uint32_t>(out, static_cast<uint32_t>(bytes.size()));
  out->append(bytes);
}

/// Bounds-checked reader. After the first failed read everything fails and `ok()` is false, so that a decoder
/// may read all fields and ask once.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : rest_(bytes), size_(bytes.size()) {}

  bool ok() const { return ok_; }
  size_t remaining() const { return rest_.size(); }
  size_t position() const { return size_ - rest_.size(); }
  bool at_end() const { return ok_ && rest_.empty(); }

  /// Returns 0 when fewer than sizeof(T) bytes are left.
  template <typename T>
  T fixed() {
    if (!ok_ || sizeof(T) > rest_.size()) return fail<T>();
    const T value = load_le<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return value;
  }

  /// Returns an empty view when fewer than `size` bytes are left.
  Bytes bytes(size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return Bytes();
    }
    const Bytes taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  /// What append_sized wrote.
  Bytes sized() { return bytes(fixed<uint32_t>()); }

 private:
  template <typename T>
  T fail() {
    ok_ = false;
    return 0;
  }

  Bytes rest_;
  size_t size_;
  bool ok_ = true;
};

}  // namespace wombat
