/// Packed layouts: many keys, rows, results or operations in one caller's buffer. They are part of the ABI
/// and the same in all languages. Integers are little-endian, nothing is padded or aligned.
///
/// Row: key size u32 | value size u32 | key | value.          Key: key size u32 | key.
/// Result: status i32 | value size u32 | value.
/// Operation: kind u8 (0 delete, 1 put) | zero u8 x 3 | key size u32 | value size u32 (0 for a delete) | key
/// | value.
#pragma once

#include "base/coding.h"
#include "base/status.h"
#include "kv/entry.h"

namespace wombat {

/// Appends pieces to a buffer it does not own; a piece that does not fit leaves no trace.
class PackedWriter {
 public:
  PackedWriter(void* buffer, size_t capacity) : buffer_(static_cast<char*>(buffer)), capacity_(capacity) {}
  size_t size_bytes() const { return size_; }
  size_t count() const { return count_; }

 protected:
  /// Where a piece of `size` bytes goes, or null when the buffer is too full for it.
  char* take(size_t size) {
    if (size > capacity_ - size_) return nullptr;
    char* const to = buffer_ + size_;
    size_ += size;
    ++count_;
    return to;
  }
  static char* copy(char* to, Bytes bytes) {
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    return to + bytes.size();
  }

 private:
  char* buffer_;
  size_t capacity_;
  size_t size_ = 0;
  size_t count_ = 0;
};

/// Each try_add returns false, and writes nothing, when the rest of the buffer is too small.
class PackedRowWriter : public PackedWriter {
 public:
  using PackedWriter::PackedWriter;
  static size_t size_of(Bytes key, Bytes value) { return 8 + key.size() + value.size(); }
  bool try_add(Bytes key, Bytes value) {
    char* const to = take(size_of(key, value));
    if (to == nullptr) return false;
    store_le<uint32_t>(to, static_cast<uint32_t>(key.size()));
    store_le<uint32_t>(to + 4, static_cast<uint32_t>(value.size()));
    copy(copy(to + 8, key), value);
    return true;
  }
};

class PackedKeyWriter : public PackedWriter {
 public:
  using PackedWriter::PackedWriter;
  static size_t size_of(Bytes key) { return 4 + key.size(); }
  bool try_add(Bytes key);
};

class PackedResultWriter : public PackedWriter {
 public:
  using PackedWriter::PackedWriter;
  static size_t size_of(Bytes value) { return 8 + value.size(); }
  bool try_add(Code status, Bytes value);
};

class PackedOperationWriter : public PackedWriter {
 public:
  using PackedWriter::PackedWriter;
  static size_t size_of(Bytes key, Bytes value) { return 12 + key.size() + value.size(); }
  bool try_add(Kind kind, Bytes key, Bytes value);
};

/// Walks pieces without trusting them. What is malformed is the caller's: kInvalidArgument, naming the byte.
class PackedReader {
 public:
  explicit PackedReader(Bytes bytes) : cursor_(bytes) {}
  const Status& status() const { return status_; }
  /// Where the next piece begins.
  size_t position() const { return cursor_.position(); }

 protected:
  /// False at the end and after a failure.
  bool more() const { return status_.is_ok() && cursor_.remaining() > 0; }
  /// Closes a piece that began at `start`: false when it passed the end.
  bool complete(size_t start, const char* piece);
  void fail(size_t offset, const std::string& what);

  Cursor cursor_;

 private:
  Status status_;
};

/// Each next() returns false at the end and on malformed bytes: check status().
class PackedRowReader : public PackedReader {
 public:
  using PackedReader::PackedReader;
  bool next(Bytes* key, Bytes* value);
};

class PackedKeyReader : public PackedReader {
 public:
  using PackedReader::PackedReader;
  bool next(Bytes* key);
};

class PackedResultReader : public PackedReader {
 public:
  using PackedReader::PackedReader;
  bool next(int32_t* status, Bytes* value);
};

class PackedOperationReader : public PackedReader {
 public:
  using PackedReader::PackedReader;
  struct Operation {
    Kind kind = Kind::kPut;
    Bytes key;
    Bytes value;
  };
  bool next(Operation* operation);
};

}  // namespace wombat
