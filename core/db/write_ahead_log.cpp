#include "db/write_ahead_log.h"

#include <algorithm>

namespace wombat {

Status WriteAheadLog::make_file(uint64_t number, LogFile* file) {
  FileHeader header;
  header.kind = FileKind::kLog;
  header.database_id = database_id_;
  header.file_number = number;
  header.incarnation = tree_.incarnation();
  WOMBAT_ASSIGN(std::unique_ptr<WritableFile> created,
                directory_.create_file(file_name(FileKind::kLog, number)));
  created->expect_small_appends();
  file->number = number;
  file->writer = std::make_unique<JournalWriter>(std::move(created), header);
  WOMBAT_TRY(file->writer->sync());
  WOMBAT_TRY(directory_.sync());
  statistics_.add(Counter::kLogFiles);
  return Status::ok();
}

Status WriteAheadLog::create_file(LogFile* file) {
  LogFile created;
  WOMBAT_TRY(make_file(tree_.new_file_number(), &created));
  VersionEdit edit;
  edit.sealed_logs.emplace_back(created.number, 0);
  WOMBAT_TRY(tree_.apply(std::move(edit)));
  *file = std::move(created);
  return Status::ok();
}

Status WriteAheadLog::begin(uint64_t number, const LogLink& link) {
  WOMBAT_TRY(make_file(number, &active_file_));
  active_ = active_file_.writer.get();
  active_number_.store(number);
  active_->add(link.encode());
  return active_->sync();
}

Status WriteAheadLog::append(Bytes head, Bytes body) {
  const uint64_t before = active_->good_size();
  return note_flush(before, active_->append(head, body));
}

Status WriteAheadLog::flush() {
  const uint64_t before = active_->good_size();
  return note_flush(before, active_->flush());
}

Status WriteAheadLog::note_flush(uint64_t size_before, Status flushed) {
  if (!flushed) is_broken_ = true;
  logged_bytes_.store(logged_bytes() + active_->good_size() - size_before, std::memory_order_relaxed);
  return flushed;
}

Status WriteAheadLog::sync() {
  WOMBAT_TRY(flush());
  if (unsealed_count_.load(std::memory_order_acquire) != 0) WOMBAT_TRY(seal_older());
  statistics_.add(Counter::kLogSyncs);
  WOMBAT_TRY(sync_before_());
  return active_->sync();
}

Status WriteAheadLog::rotate(Timestamp last_timestamp) {
  LogFile next;
  {
    std::lock_guard lock(spare_mutex_);
    next = std::move(spare_);
    spare_ = LogFile();
    // Under the lock, so that logs are used in the order of their numbers.
    if (next.writer == nullptr) WOMBAT_TRY(create_file(&next));
  }
  // What this could throw is thrown before anything changes.
  {
    std::lock_guard lock(files_mutex_);
    old_files_.reserve(old_files_.size() + 1);
    unsealed_.reserve(unsealed_.size() + 1);
  }
  LogLink link;
  link.previous_number = active_file_.number;
  link.previous_size = active_->good_size();
  link.last_timestamp = last_timestamp;
  next.writer->add(link.encode());
  if (Status flushed = next.writer->flush(); !flushed) return flushed;

  {
    std::lock_guard lock(files_mutex_);
    old_files_.push_back(active_file_.number);
    unsealed_.push_back(std::move(active_file_));
    unsealed_count_.store(unsealed_.size(), std::memory_order_release);
  }
  active_file_ = std::move(next);
  active_ = active_file_.writer.get();
  active_number_.store(active_file_.number);
  is_broken_ = false;
  return Status::ok();
}

Status WriteAheadLog::prepare_spare() {
  std::lock_guard lock(spare_mutex_);
  if (spare_.writer != nullptr) return Status::ok();
  return create_file(&spare_);
}

Status WriteAheadLog::seal_older() {
  std::lock_guard lock(seal_mutex_);
  WOMBAT_TRY(seal_failure_);
  if (unsealed_count_.load(std::memory_order_acquire) != 0) {
    seal_failure_ = sync_before_();
    WOMBAT_TRY(seal_failure_);
  }
  while (unsealed_count_.load(std::memory_order_acquire) != 0) {
    JournalWriter* writer = nullptr;
    {
      std::lock_guard files_lock(files_mutex_);
      writer = unsealed_.front().writer.get();
    }
    // A journal whose append failed refuses a plain sync; its good part must be durable all the same.
    Status sealed = writer->sync_good_part();
    if (sealed) sealed = writer->close();
    if (!sealed) {
      seal_failure_ = sealed;
      return sealed;
    }
    std::lock_guard files_lock(files_mutex_);
    unsealed_.erase(unsealed_.begin());
    unsealed_count_.store(unsealed_.size(), std::memory_order_release);
  }
  return Status::ok();
}

std::vector<uint64_t> WriteAheadLog::take_files_below(uint64_t number) {
  std::lock_guard lock(files_mutex_);
  std::vector<uint64_t> taken;
  const auto is_below = [&](uint64_t file) { return file < number; };
  std::copy_if(old_files_.begin(), old_files_.end(), std::back_inserter(taken), is_below);
  std::erase_if(old_files_, is_below);
  return taken;
}

void WriteAheadLog::add_old_file(uint64_t number) {
  std::lock_guard lock(files_mutex_);
  old_files_.push_back(number);
}

size_t WriteAheadLog::file_count() const {
  std::lock_guard lock(files_mutex_);
  return old_files_.size() + 1;
}

Status WriteAheadLog::close(uint64_t* number, uint64_t* size) {
  *number = 0;
  if (active_ == nullptr) return Status::ok();
  WOMBAT_TRY(seal_older());
  WOMBAT_TRY(sync_before_());
  if (is_broken_) {
    WOMBAT_TRY(active_->sync_good_part());
  } else {
    WOMBAT_TRY(sync());
    *number = active_file_.number;
    *size = active_->good_size();
  }
  std::lock_guard lock(spare_mutex_);
  spare_ = LogFile();
  return active_->close();
}

}  // namespace wombat
