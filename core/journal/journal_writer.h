/// Appends records to a journal. One thread at a time.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "env/file_header.h"
#include "env/file_system.h"
#include "journal/journal_format.h"

namespace wombat {

class JournalWriter {
 public:
  /// `file` is new and empty. Buffers the header; nothing is written before flush().
  JournalWriter(std::unique_ptr<WritableFile> file, const FileHeader& header);

  /// Encodes `record` (at most kJournalRecordSizeMax bytes) into the buffer as one logical record. Throws
  /// std::bad_alloc, after which the buffer is as before. Does nothing when the journal is broken.
  void add(Bytes record);
  /// The same for a record in two parts, without joining them first.
  void add(Bytes head, Bytes body);
  /// add(), then flush(): a record that is alone is encoded where it goes, when the file allows that.
  Status append(Bytes head, Bytes body);
  /// Hands all buffered bytes to the operating system in one write. After a failure the journal is broken:
  /// every later flush and sync returns the same Status, and good_size() tells how far the file can be
  /// trusted.
  Status flush();
  /// flush(), then makes it durable.
  Status sync();
  /// Makes durable what good_size() covers, also when a flush has failed since. After a failed sync it
  /// returns that failure again: a sync is never retried.
  Status sync_good_part();
  /// To be called after a sync when no record may follow soon: writes an empty record, which carries
  /// synced_size(), without making it durable. Without one, damage to the last synced record cannot be told
  /// from a torn tail. Does nothing when there is no memory for it; a failure to write it breaks the journal.
  void mark_synced() noexcept;
  /// flush() unless the journal is broken, then close. Does not sync. Reports what fails now, not what has
  /// been reported before. Idempotent.
  Status close();

  /// It accepts nothing more.
  bool is_broken() const { return !status_.is_ok(); }
  /// Bytes of file plus buffer.
  uint64_t size() const { return flushed_size_ + buffer_.size(); }
  /// Bytes that whole records handed over successfully occupy.
  uint64_t good_size() const { return flushed_size_; }
  /// Bytes known to be durable.
  uint64_t synced_size() const { return synced_size_; }

 private:
  bool append_in_place(Bytes head, Bytes body);
  void append_fragment(FragmentType type, size_t payload_size, Bytes* head, Bytes* body);
  void fail(Status status) noexcept;
  void drop_buffer() noexcept;

  std::unique_ptr<WritableFile> file_;
  ChecksumContext context_;
  std::string buffer_;
  uint64_t flushed_size_ = 0;
  uint64_t synced_size_ = 0;
  uint32_t record_number_ = 0;
  Status status_;  // a failure: the journal is broken
  bool sync_has_failed_ = false;
};

}  // namespace wombat
