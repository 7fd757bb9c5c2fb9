/// Tells when the background threads of an engine that has no call for it have nothing more to do.
#pragma once

namespace wombat::bench {

/// Waits until, for a while, no other thread of this process was running, ready to run or waiting for the device, and none used the
/// processor. Returns how many seconds of this were only needed to be certain.
double wait_until_quiet();

}  // namespace wombat::bench
