/// A number that spreads threads over slots and stripes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wombat {

/// In [0, 2^bits), the same for every call of one thread, not unique. It is made from the address of a
/// variable of the thread: no registration, and no destructor that would keep the library from being
/// unloaded.
inline size_t thread_hint(unsigned bits) noexcept {
  // initial-exec: one instruction instead of a call; one byte fits what the loader keeps for libraries opened later.
  static thread_local char anchor __attribute__((tls_model("initial-exec")));
  return static_cast<size_t>((reinterpret_cast<uintptr_t>(&anchor) * 0x9E3779B97F4A7C15ull) >> (64 - bits));
}

}  // namespace wombat
