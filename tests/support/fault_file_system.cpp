#include "support/fault_file_system.h"

#include <utility>

#include "support/allocation_exempt.h"
#include "support/fault_handles.h"

namespace wombat {

FaultFileSystem::FaultFileSystem(FileSystem* base) : base_(base), core_(std::make_shared<FaultCore>()) {}

Result<std::unique_ptr<Directory>> FaultFileSystem::open_directory(const std::string& path,
                                                                   DirectoryMode mode) {
  using Handle = std::unique_ptr<Directory>;
  WOMBAT_ASSIGN(Handle directory,
                run_result<Handle>(core_.get(), core_->make_call(CallKind::kOpenDirectory, path),
                                   [&] { return base_->open_directory(path, mode); }));
  AllocationExempt exempt;
  return Handle(std::make_unique<FaultDirectory>(core_, std::move(directory)));
}

Status FaultFileSystem::remove_directory(const std::string& path) {
  return run_call(core_.get(), core_->make_call(CallKind::kRemoveDirectory, path),
                  [&] { return base_->remove_directory(path); });
}

}  // namespace wombat
