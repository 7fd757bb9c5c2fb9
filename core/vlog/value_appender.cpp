#include "vlog/value_appender.h"

#include <vector>

namespace wombat {

namespace {

/// Values that are together no longer than this are copied for one call of the system.
constexpr uint64_t kJoinedMax = 64 * 1024;

}  // namespace

Status ValueAppender::begin_file() {
  full_.reserve(full_.size() + 1);  // so that retire_file() takes no memory
  const FileHeader header = store_.header_of(new_number_(), incarnation_);
  std::string bytes;
  encode_file_header(header, &bytes);
  auto growing = std::make_shared<Growing>();
  WOMBAT_ASSIGN(growing->writer,
                store_.directory().create_file(file_name(FileKind::kValueLog, header.file_number)));
  // From here on the file is removed when nobody holds it.
  WOMBAT_ASSIGN(growing->file, store_.add_new(header));
  has_new_name_ = true;
  WOMBAT_TRY(growing->writer->append(bytes));
  growing->file->set_size(growing->writer->size());
  growing_ = std::move(growing);
  return Status::ok();
}

void ValueAppender::retire_file() {
  growing_->file->set_full();
  full_.push_back(std::move(growing_));
  has_full_.store(true, std::memory_order_release);
  growing_ = nullptr;
}

Status ValueAppender::write(WritableFile& writer, const std::deque<EncodedValue>& values, uint64_t size) {
  if (size > kJoinedMax) {
    for (const EncodedValue& value : values) {
      WOMBAT_TRY(writer.append(value.front()));
      WOMBAT_TRY(writer.append(value.data()));
    }
    return Status::ok();
  }
  std::string joined;
  joined.reserve(static_cast<size_t>(size));
  for (const EncodedValue& value : values) joined.append(value.front()).append(value.data());
  return writer.append(joined);
}

Status ValueAppender::append(std::deque<EncodedValue>& values, uint64_t file_size_max, ValuePointer* pointers,
                             ValueFilePtr* file) {
  uint64_t size = 0;
  for (const EncodedValue& value : values) size += value.size();
  std::lock_guard lock(mutex_);
  WOMBAT_TRY(failure_);
  if (growing_ != nullptr && growing_->writer->size() >= file_size_max) retire_file();
  if (growing_ == nullptr) WOMBAT_TRY(begin_file());
  WritableFile& writer = *growing_->writer;
  uint64_t offset = writer.size();
  for (size_t i = 0; i < values.size(); ++i) {
    pointers[i].file = growing_->file->number();
    values[i].place(growing_->file->context(), offset, &pointers[i]);
    offset += values[i].size();
  }
  *file = growing_->file;
  const Status written = write(writer, values, size);
  appended_.fetch_add(size, std::memory_order_release);
  if (!written) {
    retire_file();  // what lies behind its good end is unknown
    return written;
  }
  growing_->file->set_size(writer.size());
  return Status::ok();
}

Status ValueAppender::sync() {
  if (unsynced_bytes() == 0 && !has_full_.load(std::memory_order_acquire)) return Status::ok();
  std::lock_guard sync_lock(sync_mutex_);
  std::vector<GrowingPtr> full;
  GrowingPtr growing;
  bool has_new_name = false;
  uint64_t appended = 0;
  full.reserve(1);  // what begin_file() relies on
  {
    std::lock_guard lock(mutex_);
    WOMBAT_TRY(failure_);
    full.swap(full_);
    growing = growing_;
    has_new_name = std::exchange(has_new_name_, false);
    appended = appended_.load();
  }
  Status synced = sync_files(full, growing, has_new_name);
  if (!synced) give_up(full, growing, synced);
  if (synced || !failure_is_final_) synced_.store(appended, std::memory_order_release);
  full.clear();
  growing = nullptr;
  // Only now: who finds nothing to sync may rely on it that nobody holds files that have ended before.
  std::lock_guard lock(mutex_);
  if (full_.empty()) has_full_.store(false, std::memory_order_release);
  return synced;
}

Status ValueAppender::sync_files(const std::vector<GrowingPtr>& full, const GrowingPtr& growing,
                                 bool has_new_name) {
  for (const GrowingPtr& old : full) {
    WOMBAT_TRY(old->writer->sync());
    static_cast<void>(old->writer->close());  // whatever it says, the bytes are durable
  }
  if (growing != nullptr) WOMBAT_TRY(growing->writer->sync());
  return has_new_name ? store_.directory().sync() : Status::ok();
}

/// After a sync that failed: nothing more goes to these files.
void ValueAppender::give_up(const std::vector<GrowingPtr>& full, const GrowingPtr& growing,
                            const Status& cause) noexcept {
  std::lock_guard lock(mutex_);
  for (const GrowingPtr& old : full) old->file->set_lost();
  if (growing != nullptr) growing->file->set_lost();
  if (growing_ == growing) growing_ = nullptr;
  std::erase(full_, growing);  // another may have retired it meanwhile
  if (failure_is_final_ && failure_) failure_ = cause;
}

void ValueAppender::end_file() noexcept {
  std::lock_guard lock(mutex_);
  if (growing_ != nullptr) retire_file();
}

Status ValueAppender::close() {
  const Status synced = sync();
  std::lock_guard sync_lock(sync_mutex_);
  std::lock_guard lock(mutex_);
  Status closed;
  const auto close_one = [&](const GrowingPtr& growing) {
    if (growing == nullptr) return;
    growing->file->set_full();
    const Status result = growing->writer->close();
    if (closed) closed = result;
  };
  for (const GrowingPtr& old : full_) close_one(old);
  close_one(growing_);
  full_.clear();
  growing_ = nullptr;
  return synced ? closed : synced;
}

}  // namespace wombat
