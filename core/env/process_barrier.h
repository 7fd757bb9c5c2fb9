/// What the operating system does so that readers need no barrier of their own (base/epoch.h).
#pragma once

#include "base/epoch.h"

namespace wombat {

/// False where the system cannot make all threads of the process pass a memory barrier. Of this process: ask again
/// after a fork.
bool find_thread_support(ThreadSupport* support) noexcept;

}  // namespace wombat
