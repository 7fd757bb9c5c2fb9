/// A file system that passes everything on to another one, numbers every call, and fails those that it was
/// told to fail. Any thread. Handles may outlive it, but not the file system below.
///
/// Numbered are the calls of env/file_system.h except advise, WritableFile::size, a second close and
/// destructors. What a failing call did: create, open, rename, remove, sync and so on nothing; append and
/// write_at a prefix of nothing, half, or all but one byte, by number of the call; close always closes. A
/// failed sync leaves the bytes unsynced: a later one may succeed (kSyncLosesPages is the opposite).
///
/// FaultPlan (when) and FaultKind (how) are in fault_core.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "env/file_system.h"
#include "support/fault_core.h"

namespace wombat {

class FaultFileSystem : public FileSystem {
 public:
  /// `base` is borrowed.
  explicit FaultFileSystem(FileSystem* base);

  Result<std::unique_ptr<Directory>> open_directory(const std::string& path, DirectoryMode mode) override;
  Status remove_directory(const std::string& path) override;

  /// Several plans may be active; the first one that strikes decides.
  void add_fault(const FaultPlan& plan) { core_->add_fault(plan); }
  /// The disk is well again.
  void clear_faults() { core_->clear_faults(); }
  /// Files that are open for reading say from now on that they have descriptors, of which none can be read: what reads by
  /// descriptor where there is one goes that way, and comes back to calls that are numbered.
  void pretend_descriptors(bool pretends) { core_->pretend_descriptors(pretends); }
  /// Calls so far: the largest index that a plan can name in a repetition of the same run.
  uint64_t call_count() const { return core_->call_count(); }
  /// How often a fault struck.
  uint64_t fault_count() const { return core_->fault_count(); }

  /// Called before each call that changes something or syncs, with its number, on the thread of the call; one
  /// at a time. Must not use this file system. An empty function takes the hook away.
  void set_crash_hook(std::function<void(uint64_t call_index)> hook) {
    core_->set_crash_hook(std::move(hook));
  }
  /// `observer` is borrowed until it is removed or the last handle is destroyed.
  void add_observer(CallObserver* observer) { core_->add_observer(observer); }
  void remove_observer(CallObserver* observer) { core_->remove_observer(observer); }

  void enable_transcript() { core_->enable_transcript(); }
  /// One line a call (describe_call), with " -> CODE" after those that failed.
  std::vector<std::string> transcript() const { return core_->transcript(); }

 private:
  FileSystem* base_;
  std::shared_ptr<FaultCore> core_;
};

}  // namespace wombat
