#include "env/zeroed_tail.h"

#include <algorithm>

#include "env/file_space.h"

namespace wombat {
namespace {

/// A file gets as many zeros as it has bytes, within these bounds: a small one stays small, and a long one is not
/// held up for long by any sync.
constexpr uint64_t kSizeMin = 4 * 1024;
constexpr uint64_t kZerosMin = 16 * 1024;
constexpr uint64_t kZerosMax = 256 * 1024;
/// With more than this between two syncs the metadata's share no longer counts.
constexpr uint64_t kUnsyncedSizeMax = 64 * 1024;
/// Not larger: the page cache would hold the zeros in pieces of that size, each sync would count and perhaps write
/// a whole piece (measured: 43 KB a sync of one record with pieces of 64 KiB), and small writes into large pieces
/// are slow.
constexpr uint64_t kPieceSize = 4 * 1024;

}  // namespace

void ZeroedTail::prepare(uint64_t size, uint64_t file_end) {
  const uint64_t appended = size - prepared_size_;
  prepared_size_ = size;
  if (is_refused_ || size < kSizeMin || appended > kUnsyncedSizeMax) return;
  // The next sync will be asked for about as much as this one.
  if (size + appended <= file_end) return;
  const uint64_t zeros = std::clamp(size - size % kZerosMin, kZerosMin, kZerosMax);
  const uint64_t end = file_end - file_end % kZerosMin + zeros;
  if (end <= file_end) return;
  if (!writes_in_place(descriptor_) || exceeds_file_size_limit(end)) {
    is_refused_ = true;
    return;
  }
  end_ = write_zeros(descriptor_, file_end, end, kPieceSize);
  is_refused_ = end_ < end;
}

}  // namespace wombat
