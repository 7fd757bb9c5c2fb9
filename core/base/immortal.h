/// Process-wide objects that are never destroyed, so that nothing runs when the library is unloaded.
#pragma once

#include <cstddef>
#include <new>

namespace wombat {

/// The one T of the process, made on first use without taking memory from the heap. Any thread.
template <typename T>
T& immortal() {
  alignas(T) static std::byte storage[sizeof(T)];
  static T* const object = new (storage) T;
  return *object;
}

}  // namespace wombat
