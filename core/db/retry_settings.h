/// How often and with what pauses a transaction of a database is tried again: options retry.*.
#pragma once

#include "txn/retry_policy.h"

namespace wombat {

class Db;

RetryPolicy retry_policy_of(const Db& db);

}  // namespace wombat
