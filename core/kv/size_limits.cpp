#include "kv/size_limits.h"

namespace wombat {

Status key_too_large(size_t size, size_t size_max) {
  return Status(Code::kTooLarge, "the key has " + std::to_string(size) + " bytes; at most " +
                                     std::to_string(size_max) + " are allowed");
}

Status check_value_size(size_t size, size_t size_max) {
  if (size <= size_max) return Status::ok();
  return Status(Code::kTooLarge, "the value has " + std::to_string(size) + " bytes; at most " +
                                     std::to_string(size_max) + " are allowed");
}

}  // namespace wombat
