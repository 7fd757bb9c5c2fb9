/// Advice to the operating system about memory.
#pragma once

#include <cstddef>

namespace wombat {

/// Asks for huge pages behind [memory, memory + size), aligned to 2 MiB. Only advice: nothing depends on it.
void advise_huge_pages(void* memory, size_t size) noexcept;

/// Asks the allocator to give back what nobody uses: of the whole process, so not often.
void return_free_memory() noexcept;

}  // namespace wombat
