#include "vlog/value_appender.h"

#include <vector>

namespace wombat {

namespace {

/// Values that are together no longer than this are copied for one call of the system.
constexpr uint64_t kJoinedMax = 64 * 1024;

/// Files that have not ended yet: one that is appended to, and one that rests or has.
constexpr size_t kOpenMax = 2;

}  // namespace

Status ValueAppender::begin_file() {
  full_.reserve(full_.size() + kOpenMax);  // so that retire() takes no memory
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

/// Makes growing_ one that may be appended to.
Status ValueAppender::next_file(uint64_t file_size_max) {
  while (growing_ != nullptr && growing_->writer->size() >= file_size_max) {
    retire(growing_);
    growing_ = std::exchange(rested_, nullptr);
  }
  if (growing_ == nullptr) growing_ = std::exchange(rested_, nullptr);
  return growing_ == nullptr ? begin_file() : Status::ok();
}

void ValueAppender::retire(GrowingPtr& growing) noexcept {
  growing->file->set_full();
  full_.push_back(std::move(growing));
  has_full_.store(true, std::memory_order_release);
  growing = nullptr;
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
  WOMBAT_TRY(next_file(file_size_max));
  WritableFile& writer = *growing_->writer;
  uint64_t offset = writer.size();
  for (size_t i = 0; i < values.size(); ++i) {
    pointers[i].file = growing_->file->number();
    values[i].place(growing_->file->context(), offset, &pointers[i]);
    offset += values[i].size();
  }
  *file = growing_->file;
  growing_->is_dirty = true;
  const Status written = write(writer, values, size);
  appended_.fetch_add(size, std::memory_order_release);
  if (!written) {
    retire(growing_);  // what lies behind its good end is unknown
    return written;
  }
  growing_->file->set_size(writer.size());
  return Status::ok();
}

Status ValueAppender::sync() {
  if (unsynced_bytes() == 0 && !has_full_.load(std::memory_order_acquire)) return Status::ok();
  std::lock_guard sync_lock(sync_mutex_);
  std::vector<GrowingPtr> full;
  bool has_new_name = false;
  uint64_t appended = 0;
  full.reserve(kOpenMax);  // what begin_file() relies on
  {
    std::lock_guard lock(mutex_);
    WOMBAT_TRY(failure_);
    full.swap(full_);
    if (growing_ != nullptr && growing_->is_dirty) {
      resting_ = std::move(growing_);
      growing_ = std::exchange(rested_, nullptr);
    }
    has_new_name = std::exchange(has_new_name_, false);
    appended = appended_.load();
  }
  Status synced = sync_files(full, has_new_name);
  if (synced) {
    end_rest();
  } else {
    give_up(full, synced);
  }
  if (synced || !failure_is_final_) synced_.store(appended, std::memory_order_release);
  full.clear();
  // Only now: who finds nothing to sync may rely on it that nobody holds files that have ended before.
  std::lock_guard lock(mutex_);
  if (full_.empty()) has_full_.store(false, std::memory_order_release);
  return synced;
}

/// resting_ changes under sync_mutex_ only, which is held. Lack of memory is a failure like others: what is durable is
/// unknown.
Status ValueAppender::sync_files(const std::vector<GrowingPtr>& full, bool has_new_name) noexcept {
  try {
    for (const GrowingPtr& old : full) {
      if (old->is_dirty) WOMBAT_TRY(old->writer->sync());
      static_cast<void>(old->writer->close());  // whatever it says, the bytes are durable
    }
    if (resting_ != nullptr) WOMBAT_TRY(resting_->writer->sync());
    return has_new_name ? store_.directory().sync() : Status::ok();
  } catch (const std::bad_alloc&) {
    return Status::no_memory();
  }
}

/// What was synced may be appended to again, unless it was to end meanwhile.
void ValueAppender::end_rest() noexcept {
  std::lock_guard lock(mutex_);
  if (resting_ == nullptr) return;
  resting_->is_dirty = false;
  if (resting_->file->is_full()) {
    retire(resting_);
  } else {
    (growing_ == nullptr ? growing_ : rested_) = std::exchange(resting_, nullptr);
  }
}

/// After a sync that failed: nothing more goes to these files.
void ValueAppender::give_up(const std::vector<GrowingPtr>& full, const Status& cause) noexcept {
  GrowingPtr resting;
  std::lock_guard lock(mutex_);
  resting = std::exchange(resting_, nullptr);
  for (const GrowingPtr& old : full) old->file->set_lost();
  if (resting != nullptr) resting->file->set_lost();
  if (failure_is_final_ && failure_) failure_ = cause;
}

void ValueAppender::end_file() noexcept {
  std::lock_guard lock(mutex_);
  if (growing_ != nullptr) retire(growing_);
  if (rested_ != nullptr) retire(rested_);
  if (resting_ != nullptr) resting_->file->set_full();  // retired when the sync is over
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
  close_one(rested_);
  close_one(growing_);
  full_.clear();
  rested_ = nullptr;
  growing_ = nullptr;
  return synced ? closed : synced;
}

}  // namespace wombat
