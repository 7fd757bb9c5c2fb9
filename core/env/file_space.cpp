#include "env/file_space.h"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include <algorithm>

#include "env/posix_descriptor.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

namespace wombat {

namespace {

char zeros[kZeroPieceMax];  // not constant, so that the library's file does not hold them

}  // namespace

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

uint64_t write_zeros(int descriptor, uint64_t from, uint64_t to, uint64_t piece_size) {
  while (from < to) {
    const uint64_t size = std::min(to - from, piece_size - from % piece_size);
    const ssize_t written =
        retry_interrupted([&] { return ::pwrite(descriptor, zeros, size, static_cast<off_t>(from)); });
    if (written <= 0) break;
    from += static_cast<uint64_t>(written);
  }
  return from;
}

}  // namespace wombat
