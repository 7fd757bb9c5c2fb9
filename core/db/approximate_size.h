/// How much of the files of a version lies in a stretch of keys, without reading any.
#pragma once

#include "version/version.h"

namespace wombat {

/// Bytes in `first_level` and deeper ones of tables with keys from `*lower` up to `*upper`; null: no bound. Tables that are
/// not open and lie across a bound count in full. Inside an epoch, or while the version is held.
uint64_t approximate_size(const Version& version, uint32_t first_level, const Bytes* lower,
                          const Bytes* upper);

}  // namespace wombat
