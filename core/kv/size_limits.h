/// How large keys and values may be.
#pragma once

#include "base/status.h"
#include "kv/entry.h"

namespace wombat {

Status key_too_large(size_t size, size_t size_max);
inline Status check_key_size(size_t size, size_t size_max = kKeySizeMax) {
  return size <= size_max ? Status::ok() : key_too_large(size, size_max);
}
Status check_value_size(size_t size, size_t size_max = kValueSizeMax);

}  // namespace wombat
