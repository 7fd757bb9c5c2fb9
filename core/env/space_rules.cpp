#include "env/space_rules.h"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

namespace wombat {

bool writes_in_place(int descriptor) {
  struct statfs facts;
  if (::fstatfs(descriptor, &facts) != 0) return false;
  switch (static_cast<uint64_t>(facts.f_type)) {
    case EXT4_SUPER_MAGIC:  // and ext2, ext3
    case XFS_SUPER_MAGIC:
    case TMPFS_MAGIC:
      return true;
    default:
      return false;
  }
}

bool exceeds_file_size_limit(uint64_t size) {
  rlimit limit;
  return ::getrlimit(RLIMIT_FSIZE, &limit) != 0 || size > limit.rlim_cur;
}

}  // namespace wombat
