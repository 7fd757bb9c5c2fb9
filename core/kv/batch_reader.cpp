#include "kv/expiry.h"
#include "kv/merge_operator.h"
#include "kv/range_set.h"
#include "kv/value_pointer.h"
#include "kv/write_batch.h"

namespace wombat {

namespace {

Status damaged(size_t offset, std::string_view what) {
  return Status::corruption("batch record, byte " + std::to_string(offset) + ": " + std::string(what));
}

Status refused(size_t offset, std::string_view what, uint32_t found) {
  return Status::unsupported("batch record, byte " + std::to_string(offset) + ": " + std::string(what) + " " +
                             std::to_string(found) + " is not supported by this version");
}

/// What is wrong with the value of an operation; null: nothing.
const char* fault_of_value(Kind kind, Bytes key, Bytes value) {
  Bytes first;
  Bytes second;
  bool has_upper = false;
  ValuePointer pointer;
  switch (kind) {
    case Kind::kDelete:
      return value.empty() ? nullptr : "a delete with a value";
    case Kind::kExpiringPut:
      return has_expiry(value) ? nullptr : "an expiring put without a time";
    case Kind::kValuePointer:
    case Kind::kExpiringPointer:
      return read_value_pointer(kind, value, &pointer) ? nullptr : "a damaged pointer to a value";
    case Kind::kMerge:
      return decode_merge(value, &first, &second) ? nullptr : "a merge without an operator's name";
    case Kind::kRangeDelete:
      if (!decode_range_end(value, &first, &has_upper)) return "a range delete without its end";
      return has_upper && compare_bytes(key, first) >= 0 ? "a range delete that ends before it begins"
                                                         : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace

BatchReader::BatchReader(Bytes record) : cursor_(record) {
  const auto type = cursor_.fixed<uint8_t>();
  if (!cursor_.ok()) {
    status_ = damaged(0, "the record is empty");
    return;
  }
  if (type != static_cast<uint8_t>(LogRecordType::kBatch)) {
    status_ = refused(0, "record type", type);
    return;
  }
  const auto flags = cursor_.fixed<uint8_t>();
  const bool reserved_is_zero = cursor_.bytes(2) == Bytes("\0\0", 2);
  const auto count = cursor_.fixed<uint32_t>();
  const auto timestamp = cursor_.fixed<uint64_t>();
  if (!cursor_.ok()) {
    status_ = damaged(0, "the record is shorter than its header");
  } else if (!reserved_is_zero) {
    status_ = damaged(2, "reserved bytes are not zero");
  } else if ((flags & ~WriteBatch::kFlagsKnown) != 0) {
    status_ = refused(1, "record flags", flags);
  } else if (count > cursor_.remaining() / WriteBatch::kOperationHeaderSize) {
    status_ = damaged(4, "the record is too short for " + std::to_string(count) + " operations");
  } else if (timestamp > kTimestampMax) {
    status_ = damaged(8, "the timestamp has more than 56 bits");
  } else {
    count_ = count;
    timestamp_ = timestamp;
    flags_ = flags;
  }
}

bool BatchReader::next(Operation* operation) {
  if (!status_) return false;
  const size_t start = cursor_.position();
  if (seen_ == count_) {
    if (cursor_.remaining() > 0) status_ = damaged(start, "bytes behind the last operation");
    return false;
  }
  const auto kind = cursor_.fixed<uint8_t>();
  const auto flags = cursor_.fixed<uint8_t>();
  const auto key_size = cursor_.fixed<uint16_t>();
  const auto value_size = cursor_.fixed<uint32_t>();
  const auto keyspace = cursor_.fixed<uint32_t>();
  const Bytes key = cursor_.bytes(key_size);
  const Bytes value = cursor_.bytes(value_size);
  if (!cursor_.ok()) {
    status_ = damaged(start, "the operation passes the end of the record");
  } else if (!kind_is_supported(kind)) {
    status_ = refused(start, "operation kind", kind);
  } else if (flags != 0) {
    status_ = refused(start + 1, "operation flag", flags);
  } else if (value_size > kValueSizeMax) {
    status_ = damaged(start + 4, "the value is longer than 1073741823 bytes");
  } else if ((WriteBatch::flags_of(static_cast<Kind>(kind)) & ~flags_) != 0) {
    status_ = damaged(start, "an operation of a kind that the record is said not to have");
  } else if (const char* const fault = fault_of_value(static_cast<Kind>(kind), key, value);
             fault != nullptr) {
    status_ = damaged(start + 4, fault);
  }
  if (!status_) return false;
  *operation = {static_cast<Kind>(kind), keyspace, key, value};
  ++seen_;
  return true;
}

}  // namespace wombat
