/// Reads a journal from start to end and tells a torn tail from damage.
///
/// Let p be the first bad fragment and W the largest synced offset in any valid fragment of the file (the
/// reader looks ahead to the end) or in `durable_size`. p < W: bytes known to be durable are damaged:
/// kCorruption. p >= W: the tail was never durable: the journal ends at p, and dropped_bytes() says how many
/// non-zero bytes were ignored.
///
/// What remains undecidable is damage to the last record that was synced, as long as nothing behind it
/// carries its offset: JournalWriter::mark_synced and the caller's `durable_size` close that gap.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "env/file_header.h"
#include "env/file_system.h"

namespace wombat {

struct Fragment;

class JournalReader {
 public:
  /// Reads and checks the file header. `name` is for messages. `durable_size`: bytes that another file knows
  /// to be durable (0: nothing known), always at the end of a record; a file shorter than that is
  /// kCorruption. It is no upper bound: who knows that nothing beyond it counts stops when position() has
  /// reached it. `identity`, when given, is what the header must say of database and file number. With it an
  /// unreadable header is judged like any other bytes: when nothing in the file was ever durable it makes an
  /// empty journal (a log whose first write was lost with the crash), otherwise kCorruption. Without it an
  /// unreadable header is always a failure.
  static Result<std::unique_ptr<JournalReader>> open(std::unique_ptr<ReadableFile> file, std::string name,
                                                     FileKind kind, uint64_t durable_size = 0,
                                                     const FileHeader* identity = nullptr);

  const FileHeader& header() const { return header_; }

  /// The next record, valid until the next call. False at the end (torn tail included); check status(). After
  /// std::bad_alloc the same record can be asked for again.
  bool next(Bytes* record);
  const Status& status() const { return status_; }
  /// File offset just behind the last record returned (kFileHeaderSize at first).
  uint64_t position() const { return position_; }
  /// Largest synced offset met in the whole file; valid after the end was reached.
  uint64_t synced_watermark() const { return watermark_; }
  /// After the end: bytes behind position() that were not zero padding and were ignored as never durable.
  uint64_t dropped_bytes() const { return dropped_bytes_; }

 private:
  JournalReader() = default;

  Status read_header(FileKind kind, const FileHeader* identity);
  bool next_fragment(uint64_t* offset, Fragment* fragment, const char** fault);
  const char* order_fault(const Fragment& fragment, bool in_record) const;
  void end(uint64_t offset, const char* fault);
  Status scan(uint64_t start);
  void scan_block(Bytes block, uint64_t offset);
  Status load(uint64_t offset);
  bool load_or_end(uint64_t offset);
  Bytes loaded(uint64_t from, uint64_t to) const;

  std::unique_ptr<ReadableFile> file_;
  std::string name_;
  FileHeader header_;
  ChecksumContext context_;
  Status status_;
  uint64_t file_size_ = 0;
  uint64_t durable_size_ = 0;
  uint64_t position_ = kFileHeaderSize;
  uint64_t watermark_ = 0;
  uint64_t dropped_bytes_ = 0;
  uint32_t record_number_ = 0;
  bool ended_ = false;
  std::unique_ptr<char[]> chunk_;  // the part of the file in memory
  uint64_t chunk_start_ = 0;
  bool chunk_is_loaded_ = false;
  std::string record_;  // a record of several fragments, put together
};

}  // namespace wombat
