/// Advice to the operating system about memory.
#pragma once

#include <cstddef>

namespace wombat {

/// Asks for huge pages behind [memory, memory + size), aligned to 2 MiB. Only advice: nothing depends on it.
void advise_huge_pages(void* memory, size_t size) noexcept;

}  // namespace wombat
