#include "env/memory_advice.h"

#include <sys/mman.h>
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace wombat {

void advise_huge_pages(void* memory, size_t size) noexcept {
#ifdef MADV_HUGEPAGE
  static_cast<void>(::madvise(memory, size, MADV_HUGEPAGE));
#endif
}

void return_free_memory() noexcept {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
  static_cast<void>(::malloc_trim(0));
#endif
}

}  // namespace wombat
