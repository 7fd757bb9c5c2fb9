/// Memory in whole pages straight from the operating system. What is given back leaves the process at once, where an
/// allocator may keep it for what comes next: a ceiling for memory has to be able to count on that.
#pragma once

#include <cstddef>

namespace wombat {

/// From this size on memory is worth asking the operating system for.
inline constexpr size_t kPageMemoryMin = 128 << 10;

/// `alignment` is a power of two. Zeroed. Null: there is none.
void* take_pages(size_t size, size_t alignment) noexcept;
void give_pages(void* memory, size_t size) noexcept;

}  // namespace wombat
