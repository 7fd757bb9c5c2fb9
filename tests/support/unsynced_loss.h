/// Implemented by simulated handles (files and directories) next to the interface of env: lets
/// FaultFileSystem play a kernel that reports a failed sync once and forgets what it could not write.
#pragma once

namespace wombat {

class UnsyncedLoss {
 public:
  virtual ~UnsyncedLoss() = default;
  /// Everything unsynced stays visible but will not survive a crash, whatever is synced later.
  virtual void lose_unsynced() = 0;
};

}  // namespace wombat
