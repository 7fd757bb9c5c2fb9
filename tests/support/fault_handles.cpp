#include "support/fault_handles.h"

#include "support/allocation_exempt.h"
#include "support/unsynced_loss.h"

namespace wombat {

namespace {

/// How much of a failing write reaches the file.
size_t arriving_size(const FileCall& call, FaultKind fault, size_t size) {
  if (fault == FaultKind::kFailedButTookEffect) return size;
  if (fault == FaultKind::kShortWrite) return size / 2;
  switch (call.index % 3) {
    case 0:
      return 0;
    case 1:
      return size / 2;
    default:
      return size == 0 ? 0 : size - 1;
  }
}

}  // namespace

FaultWritableFile::FaultWritableFile(std::shared_ptr<FaultCore> core, std::unique_ptr<WritableFile> base,
                                     std::string directory, std::string name)
    : core_(std::move(core)),
      base_(std::move(base)),
      directory_(std::move(directory)),
      name_(std::move(name)) {}

FaultWritableFile::~FaultWritableFile() {
  if (!is_open_) return;
  const std::unique_lock<std::mutex> order = core_->in_order();
  base_.reset();
  FileCall call = core_->make_call(CallKind::kClose, directory_, name_);
  call.is_abandoned = true;
  static_cast<void>(core_->finish(call, Status::ok()));
}

Status FaultWritableFile::append(Bytes bytes) {
  FileCall call = core_->make_call(CallKind::kAppend, directory_, name_, base_->size(), bytes.size());
  const FaultCore::Turn turn = core_->begin(&call);
  if (turn.fault != FaultKind::kNone) return write_partly(call, turn.fault, bytes);
  return core_->finish(call, base_->append(bytes));
}

Status FaultWritableFile::write_at(uint64_t offset, Bytes bytes) {
  FileCall call = core_->make_call(CallKind::kWriteAt, directory_, name_, offset, bytes.size());
  const FaultCore::Turn turn = core_->begin(&call);
  if (turn.fault != FaultKind::kNone) return write_partly(call, turn.fault, bytes);
  return core_->finish(call, base_->write_at(offset, bytes));
}

Status FaultWritableFile::write_partly(const FileCall& call, FaultKind fault, Bytes bytes) {
  // write_at, so that the append position stays at size(), where a failed append leaves it.
  static_cast<void>(base_->write_at(call.offset, bytes.substr(0, arriving_size(call, fault, bytes.size()))));
  return core_->fail(call, fault);
}

Status FaultWritableFile::sync() {
  FileCall call = core_->make_call(CallKind::kSync, directory_, name_);
  const FaultCore::Turn turn = core_->begin(&call);
  if (turn.fault == FaultKind::kNone) {
    return core_->finish(call, pretends_to_sync_ ? Status::ok() : base_->sync());
  }
  if (turn.fault == FaultKind::kFailedButTookEffect) static_cast<void>(base_->sync());
  if (turn.fault == FaultKind::kSyncLosesPages) {
    auto* const loss = dynamic_cast<UnsyncedLoss*>(base_.get());
    pretends_to_sync_ = loss == nullptr;
    if (loss != nullptr) loss->lose_unsynced();
  }
  return core_->fail(call, turn.fault);
}

Status FaultWritableFile::close() {
  if (!is_open_) return Status::ok();
  FileCall call = core_->make_call(CallKind::kClose, directory_, name_);
  const FaultCore::Turn turn = core_->begin(&call);
  is_open_ = false;
  const Status status = base_->close();
  if (turn.fault != FaultKind::kNone) return core_->fail(call, turn.fault);
  return core_->finish(call, status);
}

FaultReadableFile::FaultReadableFile(std::shared_ptr<FaultCore> core, std::unique_ptr<ReadableFile> base,
                                     std::string directory, std::string name)
    : core_(std::move(core)),
      base_(std::move(base)),
      directory_(std::move(directory)),
      name_(std::move(name)) {}

Result<size_t> FaultReadableFile::read_at(uint64_t offset, size_t size, char* out) const {
  FileCall call = core_->make_call(CallKind::kRead, directory_, name_, offset, size);
  const FaultCore::Turn turn = core_->begin(&call);
  if (turn.fault != FaultKind::kNone && turn.fault != FaultKind::kShortRead)
    return core_->fail(call, turn.fault);
  Result<size_t> result = base_->read_at(offset, size, out);
  static_cast<void>(core_->finish(call, result.status()));
  if (turn.fault == FaultKind::kShortRead && result) return result.value() / 2;
  return result;
}

Result<RawAccess> FaultReadableFile::hold() const {
  constexpr int kClosed = 1 << 20;  // above what a process may have
  return core_->pretends_descriptors() ? RawAccess{kClosed, 1} : RawAccess{};
}

Result<uint64_t> FaultReadableFile::size() const {
  return run_result<uint64_t>(core_.get(), core_->make_call(CallKind::kSize, directory_, name_),
                              [&] { return base_->size(); });
}

FaultDirectory::FaultDirectory(std::shared_ptr<FaultCore> core, std::unique_ptr<Directory> base)
    : core_(std::move(core)), base_(std::move(base)) {}

FileCall FaultDirectory::make_call(CallKind kind, const std::string& name) const {
  return core_->make_call(kind, base_->path(), name);
}

Result<std::unique_ptr<WritableFile>> FaultDirectory::create_file(const std::string& name) {
  using Handle = std::unique_ptr<WritableFile>;
  WOMBAT_ASSIGN(Handle file, run_result<Handle>(core_.get(), make_call(CallKind::kCreate, name),
                                                [&] { return base_->create_file(name); }));
  AllocationExempt exempt;
  return Handle(std::make_unique<FaultWritableFile>(core_, std::move(file), base_->path(), name));
}

Result<std::unique_ptr<ReadableFile>> FaultDirectory::open_file(const std::string& name) {
  using Handle = std::unique_ptr<ReadableFile>;
  WOMBAT_ASSIGN(Handle file, run_result<Handle>(core_.get(), make_call(CallKind::kOpen, name),
                                                [&] { return base_->open_file(name); }));
  AllocationExempt exempt;
  return Handle(std::make_unique<FaultReadableFile>(core_, std::move(file), base_->path(), name));
}

Status FaultDirectory::rename_file(const std::string& from, const std::string& to) {
  FileCall call = make_call(CallKind::kRename, from);
  {
    AllocationExempt exempt;
    call.new_name = to;
  }
  return run_call(core_.get(), std::move(call), [&] { return base_->rename_file(from, to); });
}

Status FaultDirectory::remove_file(const std::string& name) {
  return run_call(core_.get(), make_call(CallKind::kRemove, name), [&] { return base_->remove_file(name); });
}

Result<std::vector<std::string>> FaultDirectory::list() {
  return run_result<std::vector<std::string>>(core_.get(), make_call(CallKind::kList),
                                              [&] { return base_->list(); });
}

Result<uint64_t> FaultDirectory::file_size(const std::string& name) {
  return run_result<uint64_t>(core_.get(), make_call(CallKind::kSize, name),
                              [&] { return base_->file_size(name); });
}

Status FaultDirectory::sync() {
  FileCall call = make_call(CallKind::kDirectorySync);
  const FaultCore::Turn turn = core_->begin(&call);
  if (turn.fault == FaultKind::kNone) return core_->finish(call, base_->sync());
  if (turn.fault == FaultKind::kFailedButTookEffect) static_cast<void>(base_->sync());
  if (turn.fault == FaultKind::kSyncLosesPages) {
    if (auto* const loss = dynamic_cast<UnsyncedLoss*>(base_.get())) loss->lose_unsynced();
  }
  return core_->fail(call, turn.fault);
}

Result<std::unique_ptr<DirectoryLock>> FaultDirectory::lock(const std::string& name) {
  return run_result<std::unique_ptr<DirectoryLock>>(core_.get(), make_call(CallKind::kLock, name),
                                                    [&] { return base_->lock(name); });
}

Result<uint64_t> FaultDirectory::free_space() {
  return run_result<uint64_t>(core_.get(), make_call(CallKind::kFreeSpace),
                              [&] { return base_->free_space(); });
}

}  // namespace wombat
