/// A value in a value file: NNNNNN.values is a file header and records behind each other.
///
/// Record
///        0  u64       digest: checksum of all from byte 8 up to the data, seeded for the record's offset
///        8  u64       checksum of the data, seeded for its offset; 0 when there is a table of chunks
///       16  u32       value size
///       20  u32       stored size: that of the data
///       24  u32       keyspace that the value was written for
///       28  u16       key size
///       30  u8        codec of what is compressed (codec/codec.h)
///       31  u8        0
///           bytes     key
///           table     of a value longer than kValueChunkSize: for each chunk its stored size u32, 0 u32, and its checksum u64,
///                     seeded for its offset
///           data      the value, or its chunks, each of kValueChunkSize bytes but the last
/// Data, or a chunk, that is as long as what it holds is that, else it is compressed. Seeds: ChecksumContext::seed_at().
///
/// A part of a long value is read, and checked, without the rest of it. The key and the keyspace say whose value it was
/// when nothing else is left.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "codec/decompressor_pool.h"
#include "env/file_system.h"
#include "kv/value_pointer.h"

namespace wombat {

inline constexpr size_t kValueRecordHeadSize = 32;
inline constexpr size_t kValueChunkSize = 64 * 1024;
inline constexpr size_t kValueChunkRowSize = 16;

/// Bytes of a record in front of its data.
size_t value_record_front_size(size_t key_size, size_t value_size);
/// Bytes of the whole record.
inline uint64_t value_record_size(size_t key_size, const ValuePointer& pointer) {
  return value_record_front_size(key_size, pointer.value_size) + pointer.stored_size;
}

/// A value as it will lie in a file, wherever that will be. The value is not copied where it is not compressed, and has
/// to live as long as this.
class EncodedValue {
 public:
  /// `codec` null: it is not compressed. Throws std::bad_alloc.
  EncodedValue(uint32_t keyspace, Bytes key, Bytes value, const Codec* codec);
  uint64_t size() const { return front_.size() + data_.size(); }
  /// Fixes the checksums for a record at `offset`; `pointer` points to it then, but for the file.
  void place(const ChecksumContext& context, uint64_t offset, ValuePointer* pointer);
  Bytes front() const { return front_; }
  Bytes data() const { return data_; }

 private:
  void pack(Bytes value, const Codec& codec);

  const size_t key_size_;
  const Bytes value_;
  std::string front_;
  std::string packed_;
  Bytes data_;
};

/// Where a value file's bytes are and what they have to match.
struct ValueSource {
  const ReadableFile& file;
  const std::string& name;
  const ChecksumContext& context;
  DecompressorPool& pool;
};

/// See ValueReader. Reads the file once.
Status read_value(const ValueSource& source, Bytes key, const ValuePointer& pointer, std::string* memory,
                  Bytes* value);
/// Whether `record`, read from where `pointer` points, has the value of `key` in it, which is not compressed.
Status check_value(const ValueSource& source, Bytes key, const ValuePointer& pointer, Bytes record);
Status read_value_part(const ValueSource& source, Bytes key, const ValuePointer& pointer, uint64_t offset,
                       size_t size, std::string* memory, Bytes* part);

/// What stands in front of a value, as `wombat dump-file` shows it.
struct ValueRecordHead {
  uint64_t offset = 0;
  uint64_t size = 0;  // of the record
  uint32_t keyspace = 0;
  uint32_t value_size = 0;
  uint32_t stored_size = 0;
  uint64_t digest = 0;
  uint8_t codec = 0;
  std::string key;
};
/// The record at `offset`, its data unread. kEnd at the end of the file; kCorruption where none begins.
Status read_value_head(const ValueSource& source, uint64_t offset, uint64_t file_size, ValueRecordHead* head);

}  // namespace wombat
