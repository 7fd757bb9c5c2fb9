/// Reads a journal from start to end and tells a torn tail from damage.
///
/// Let p be the first bad fragment and W the largest synced offset in any valid fragment of the file (the reader looks
/// ahead to the end) or in `durable_size`. p < W: bytes known to be durable are damaged: kCorruption. p >= W: the tail was
/// never durable: the journal ends at p, and dropped_bytes() says how many non-zero bytes were ignored.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "env/file_header.h"
#include "env/file_system.h"

namespace wombat {

class JournalReader {
 public:
  /// Reads and checks the file header. `name` is for messages. `durable_size`: bytes that another file knows to be
  /// durable (0: nothing known); a file shorter than that is kCorruption.
  static Result<std::unique_ptr<JournalReader>> open(std::unique_ptr<ReadableFile> file, std::string name,
                                                     FileKind kind, uint64_t durable_size = 0);

  const FileHeader& header() const { return header_; }

  /// The next record, valid until the next call. False at the end (torn tail included); check status().
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

  std::unique_ptr<ReadableFile> file_;
  std::string name_;
  FileHeader header_;
  Status status_;
  uint64_t position_ = kFileHeaderSize;
  uint64_t watermark_ = 0;
  uint64_t dropped_bytes_ = 0;
  // The author of the implementation adds what it needs.
};

}  // namespace wombat
