/// The handles that FaultFileSystem gives out, and how all of them run a call.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "env/file_system.h"
#include "support/fault_core.h"

namespace wombat {

/// Runs `real`, or fails in its place. For calls that either happen or do not.
template <typename Real>
Status run_call(FaultCore* core, FileCall call, const Real& real) {
  const FaultCore::Turn turn = core->begin(&call);
  if (turn.fault == FaultKind::kNone) return core->finish(call, real());
  if (turn.fault == FaultKind::kFailedButTookEffect) static_cast<void>(real());
  return core->fail(call, turn.fault);
}

/// The same for calls with a result. A handle that came from a call that took effect but failed is closed.
template <typename T, typename Real>
Result<T> run_result(FaultCore* core, FileCall call, const Real& real) {
  const FaultCore::Turn turn = core->begin(&call);
  if (turn.fault == FaultKind::kNone) {
    Result<T> result = real();
    static_cast<void>(core->finish(call, result.status()));
    return result;
  }
  if (turn.fault == FaultKind::kFailedButTookEffect) static_cast<void>(real());
  return core->fail(call, turn.fault);
}

class FaultWritableFile : public WritableFile {
 public:
  FaultWritableFile(std::shared_ptr<FaultCore> core, std::unique_ptr<WritableFile> base,
                    std::string directory, std::string name);
  ~FaultWritableFile() override;

  Status append(Bytes bytes) override;
  Status write_at(uint64_t offset, Bytes bytes) override;
  Status sync() override;
  Status close() override;
  uint64_t size() const override { return base_->size(); }
  void expect_small_appends() override { base_->expect_small_appends(); }

 private:
  Status write_partly(const FileCall& call, FaultKind fault, Bytes bytes);

  std::shared_ptr<FaultCore> core_;
  std::unique_ptr<WritableFile> base_;
  std::string directory_;
  std::string name_;
  bool is_open_ = true;
  bool pretends_to_sync_ = false;  // pages were lost above a file system that cannot play that itself
};

class FaultReadableFile : public ReadableFile {
 public:
  FaultReadableFile(std::shared_ptr<FaultCore> core, std::unique_ptr<ReadableFile> base,
                    std::string directory, std::string name);

  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override;
  Result<uint64_t> size() const override;
  void advise(AccessPattern pattern) const override { base_->advise(pattern); }
  Result<RawAccess> hold() const override;

 private:
  std::shared_ptr<FaultCore> core_;
  std::unique_ptr<ReadableFile> base_;
  std::string directory_;
  std::string name_;
};

class FaultDirectory : public Directory {
 public:
  FaultDirectory(std::shared_ptr<FaultCore> core, std::unique_ptr<Directory> base);

  const std::string& path() const override { return base_->path(); }
  Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) override;
  Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) override;
  Status rename_file(const std::string& from, const std::string& to) override;
  Status remove_file(const std::string& name) override;
  Result<std::vector<std::string>> list() override;
  Result<uint64_t> file_size(const std::string& name) override;
  Status sync() override;
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) override;
  Result<uint64_t> free_space() override;

 private:
  FileCall make_call(CallKind kind, const std::string& name = {}) const;

  std::shared_ptr<FaultCore> core_;
  std::unique_ptr<Directory> base_;
};

}  // namespace wombat
