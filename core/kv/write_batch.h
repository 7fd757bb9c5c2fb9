/// An ordered list of operations that commits as one. Its bytes are the log record: encoded once, when
/// the caller adds to it.
///
/// Record: type u8 (1: batch) | flags u8 | reserved u8 x 2 (0) | count u32 | commit timestamp u64 | operations.
/// Flags: 1: there may be range deletes among the operations; else there are none. 2: the same for merges.
/// Operation: kind u8 | flags u8 (0) | key size u16 | value size u32 | keyspace u32 | key | value.
/// Key and value of each kind: kv/entry.h. Operations on one key apply in order: the last wins, and a merge applies to
/// what those before it have left.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/coding.h"
#include "base/status.h"
#include "kv/entry.h"

namespace wombat {

/// First byte of a log record. docs/file_formats.md describes the others.
enum class LogRecordType : uint8_t { kBatch = 1, kLink = 2, kPrepare = 3, kResolve = 4 };

class WriteBatch {
 public:
  static constexpr size_t kHeaderSize = 16;
  static constexpr size_t kOperationHeaderSize = 12;
  static constexpr uint8_t kHasRanges = 1;  // of the record's flags
  static constexpr uint8_t kHasMerges = 2;
  static constexpr uint8_t kFlagsKnown = kHasRanges | kHasMerges;
  static constexpr uint8_t flags_of(Kind kind) {
    return kind == Kind::kRangeDelete ? kHasRanges : kind == Kind::kMerge ? kHasMerges : uint8_t{0};
  }
  /// Upper bound of all bytes of a batch.
  static constexpr size_t kSizeMax = (size_t{1} << 31) - 64 * 1024;

  /// `operation_bytes`: memory to take at once, operation headers included.
  explicit WriteBatch(size_t operation_bytes = 0);
  /// kTooLarge when key, value or batch pass their limits; the batch is then as before.
  Status put(Bytes key, Bytes value);
  /// The value may be kExpirySize bytes shorter than others.
  Status put_expiring(Bytes key, Bytes value, uint64_t expires_at_us);
  Status remove(Bytes key);
  /// An operation as an entry has it.
  Status add_operation(Kind kind, Bytes key, Bytes value) { return add(kind, key, value); }
  /// `name` has 1 to kMergeNameSizeMax bytes.
  Status merge(Bytes name, Bytes key, Bytes operand);
  /// Everything from `lower` up to and without `upper` (null: to the end), which is greater.
  Status remove_range(Bytes lower, const Bytes* upper);
  /// Adds all operations of `other`, with the keyspaces that stand in them now. `expires_at_us` says of each keyspace when
  /// its puts expire; kNeverExpires: they stay ordinary puts.
  Status append_expiring(const WriteBatch& other,
                         const std::function<uint64_t(uint32_t keyspace)>& expires_at_us);
  /// Adds all operations of `other` behind this batch's.
  Status append(const WriteBatch& other);
  void clear();

  uint32_t count() const { return load_le<uint32_t>(bytes_.data() + 4); }
  size_t size_bytes() const { return bytes_.size(); }
  /// Bytes of keys and values alone.
  uint64_t payload_bytes() const {
    return bytes_.size() - kHeaderSize - kOperationHeaderSize * uint64_t{count()};
  }

  /// Operations added from now on belong to this keyspace; nothing: to the one that the batch will be written to, as
  /// those of a new batch.
  void use_keyspace(std::optional<uint32_t> keyspace);
  std::optional<uint32_t> keyspace() const { return keyspace_; }
  /// Says which keyspace those belong to that were not given one: to be called before each use of record().
  void assign_keyspace(uint32_t keyspace) {
    if (keyspace != assigned_keyspace_) reassign(keyspace);
  }

  /// Marks the present end; savepoints nest.
  void set_savepoint();
  /// Drops everything added since the newest savepoint, and that savepoint. kNotFound when there is none.
  Status rollback_to_savepoint();
  /// Forgets the newest savepoint and keeps the operations. kNotFound when there is none.
  Status release_savepoint();

  void set_timestamp(Timestamp timestamp) { store_le<uint64_t>(bytes_.data() + 8, timestamp); }
  /// The log record.
  Bytes record() const { return bytes_; }

 private:
  Status add(Kind kind, Bytes key, Bytes value, Bytes in_front = Bytes());
  void make_room(size_t more);
  void reassign(uint32_t keyspace);
  void begin_section(std::optional<uint32_t> keyspace, size_t offset);
  void store_count(uint32_t count) { store_le<uint32_t>(bytes_.data() + 4, count); }
  struct Savepoint {
    size_t size;
    uint32_t count;
  };
  /// From here on operations belong to one keyspace. Before the first one no keyspace is named.
  struct Section {
    size_t offset;
    std::optional<uint32_t> keyspace;
  };
  std::string bytes_;
  std::vector<Savepoint> savepoints_;
  std::vector<Section> sections_;
  std::optional<uint32_t> keyspace_;  // of the next operation
  uint32_t assigned_keyspace_ = 0;    // what stands in operations that were not given one
};

/// The record of a batch of one operation, in place when it is small. Key and value are within their limits.
class SingleWrite {
 public:
  /// `in_front`: bytes of the entry's value before `value`.
  SingleWrite(Kind kind, Bytes key, Bytes value, Bytes in_front = Bytes());
  /// Of a batch that is new, operations belong to keyspace 0.
  void assign_keyspace(uint32_t keyspace) {
    if (keyspace != 0) store_le<uint32_t>(operation_ + 8, keyspace);
  }
  SingleWrite(const SingleWrite&) = delete;
  SingleWrite& operator=(const SingleWrite&) = delete;
  Bytes record() const { return record_; }

 private:
  static constexpr size_t kInPlaceMax = 480;
  Bytes record_;
  char* operation_;
  std::unique_ptr<char[]> memory_;
  char in_place_[kInPlaceMax];
};

/// Walks operations that this process has encoded.
class OperationWalker {
 public:
  struct Operation {
    Kind kind;
    uint32_t keyspace;
    Bytes key;
    Bytes value;
  };
  /// The operations of a record, without its head.
  explicit OperationWalker(Bytes operations) : at_(operations.data()), end_(at_ + operations.size()) {}
  bool at_end() const { return at_ == end_; }
  Operation next() {
    const size_t key_size = load_le<uint16_t>(at_ + 2);
    const size_t value_size = load_le<uint32_t>(at_ + 4);
    const char* const key = at_ + WriteBatch::kOperationHeaderSize;
    const Operation operation{static_cast<Kind>(*at_), load_le<uint32_t>(at_ + 8), Bytes(key, key_size),
                              Bytes(key + key_size, value_size)};
    at_ = key + key_size + value_size;
    WOMBAT_ASSERT(at_ <= end_);
    return operation;
  }

 private:
  const char* at_;
  const char* const end_;
};

/// Walks a record without trusting it.
class BatchReader {
 public:
  struct Operation {
    Kind kind = Kind::kPut;
    uint32_t keyspace = 0;
    Bytes key;
    Bytes value;
  };
  /// `record` outlives the reader. Check status() first: a damaged header is kCorruption, an unknown record
  /// type kUnsupported.
  explicit BatchReader(Bytes record);
  Timestamp timestamp() const { return timestamp_; }
  uint32_t count() const { return count_; }
  bool may_have_ranges() const { return (flags_ & WriteBatch::kHasRanges) != 0; }
  /// False at the end and on damage: check status(). An unknown kind or flag is kUnsupported; a
  /// wrong count or length is kCorruption.
  bool next(Operation* operation);
  const Status& status() const { return status_; }

 private:
  Cursor cursor_;
  Timestamp timestamp_ = 0;
  uint32_t count_ = 0;
  uint32_t seen_ = 0;
  uint8_t flags_ = 0;
  Status status_;
};

}  // namespace wombat
