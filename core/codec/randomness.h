/// A cheap guess whether bytes can be compressed at all.
#pragma once

#include "base/bytes.h"

namespace wombat {

/// True when a sample of the bytes has all values about equally often, as what is compressed, encrypted or drawn at
/// random has. Repetitions that are further apart it does not see. Far cheaper than any codec.
bool looks_random(Bytes bytes);

}  // namespace wombat
