/// Replaces operator new and delete of the program that links it by ones that keep account, so that a test
/// can say how much memory some work took at most. Memory comes from malloc: sanitizers see it.
#pragma once

#include <cstdint>

namespace wombat {

/// Bytes held now.
int64_t allocated_bytes();
/// The largest allocated_bytes() since the last call of reset_allocation_peak().
int64_t allocation_peak_bytes();
void reset_allocation_peak();

}  // namespace wombat
