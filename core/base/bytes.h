/// Byte strings: how every layer passes keys and values about without owning them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wombat {

/// A view of bytes. Compares bytewise (as unsigned char), may hold zero bytes, may be empty.
using Bytes = std::string_view;

inline Bytes as_bytes(const void* data, size_t size) { return Bytes(static_cast<const char*>(data), size); }

/// Three-way bytewise order: negative, zero, positive.
inline int compare_bytes(Bytes a, Bytes b) { return a.compare(b); }

inline size_t common_prefix_size(Bytes a, Bytes b) {
  const size_t limit = a.size() < b.size() ? a.size() : b.size();
  size_t i = 0;
  while (i < limit && a[i] == b[i]) ++i;
  return i;
}

/// The smallest byte string greater than every string that starts with `prefix`; empty when there is none
/// (the prefix is empty or holds only 0xFF bytes).
std::string prefix_successor(Bytes prefix);

/// Printable form for messages and tools: bytes outside ' '..'~' and the backslash become \xNN; cut after
/// `size_max` input bytes with "...".
std::string escape_bytes(Bytes bytes, size_t size_max = 64);

}  // namespace wombat
