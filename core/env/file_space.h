/// Space behind the end of a file: what must hold before it is taken, and how. For the posix_*.cpp files and their helpers.
#pragma once

#include <cstdint>

namespace wombat {

/// True on file systems that write allocated space in place, so that writing a page again needs no new space.
bool writes_in_place(int descriptor);

/// Beyond this limit the kernel answers with a signal.
bool exceeds_file_size_limit(uint64_t size);

/// Writes zeros to [from, to), in pieces that end at multiples of `piece_size` (at most kZeroPieceMax): the page cache
/// keeps them in such pieces. Returns how far it came.
uint64_t write_zeros(int descriptor, uint64_t from, uint64_t to, uint64_t piece_size);
inline constexpr uint64_t kZeroPieceMax = 128 * 1024;

}  // namespace wombat
