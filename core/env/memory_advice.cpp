#include "env/memory_advice.h"

#include <sys/mman.h>

namespace wombat {

void advise_huge_pages(void* memory, size_t size) noexcept {
#ifdef MADV_HUGEPAGE
  static_cast<void>(::madvise(memory, size, MADV_HUGEPAGE));
#endif
}

}  // namespace wombat
