/// The limits of what one commit may hold: options limits.*.
#pragma once

#include "base/status.h"

namespace wombat {

class Db;
struct WriteRequest;

/// kTooLarge when a batch, or a key or value in it, is over a limit of the database.
Status check_write_limits(const Db& db, const WriteRequest& request);

}  // namespace wombat
