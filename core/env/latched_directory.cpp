#include "env/latched_directory.h"

namespace wombat {

Status LatchedDirectory::failure() const {
  std::lock_guard lock(failure_mutex_);
  return failure_;
}

Status LatchedDirectory::sync() {
  std::lock_guard lock(sync_mutex_);
  WOMBAT_TRY(failure());
  Status synced = base_->sync();
  if (!synced) {
    std::lock_guard failure_lock(failure_mutex_);
    failure_ = synced;
  }
  return synced;
}

}  // namespace wombat
