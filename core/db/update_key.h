/// Reading and writing one key as one step: what compare-and-set and its kind are made of.
#pragma once

#include <functional>
#include <string>

#include "db/db.h"

namespace wombat {

/// What is to become of a key.
struct KeyUpdate {
  Kind kind = Kind::kPut;
  std::string value;
};

/// Reads `key` and writes what `decide` makes of its value (null: absent), unless somebody else has changed the key
/// meanwhile: then again. A failure of `decide`, or kMismatch, ends it; nothing is written then. `request` says how to
/// write. `decide` may be called several times.
Status update_key(Tree& tree, Bytes key, const WriteRequest& request,
                  const std::function<Status(const Bytes* value, KeyUpdate* update)>& decide);

}  // namespace wombat
