#include "env/latched_directory.h"

#include "env/file_names.h"

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

LatchedDirectory::NewFile LatchedDirectory::prepared(const std::string& name, NewFile file) const {
  if (!leaves_page_cache_ || !file) return file;
  const std::optional<FileName> parsed = parse_file_name(name);
  if (parsed && (parsed->kind == FileKind::kTable || parsed->kind == FileKind::kValueLog))
    file.value()->leave_page_cache();
  return file;
}

}  // namespace wombat
