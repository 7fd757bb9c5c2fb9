/// Snappy's block format. It knows one effort. Without a checksum of its own.
#pragma once

#include "codec/codec.h"

namespace wombat {

/// Lives for ever; null when this build lacks snappy.
const Codec* snappy_codec();

}  // namespace wombat
