#include "kv/packed.h"

namespace wombat {

bool PackedKeyWriter::try_add(Bytes key) {
  char* const to = take(size_of(key));
  if (to == nullptr) return false;
  store_le<uint32_t>(to, static_cast<uint32_t>(key.size()));
  copy(to + 4, key);
  return true;
}

bool PackedResultWriter::try_add(Code status, Bytes value) {
  char* const to = take(size_of(value));
  if (to == nullptr) return false;
  store_le<int32_t>(to, static_cast<int32_t>(status));
  store_le<uint32_t>(to + 4, static_cast<uint32_t>(value.size()));
  copy(to + 8, value);
  return true;
}

bool PackedOperationWriter::try_add(Kind kind, Bytes key, Bytes value) {
  char* const to = take(size_of(key, value));
  if (to == nullptr) return false;
  store_le<uint32_t>(to, static_cast<uint32_t>(kind));
  store_le<uint32_t>(to + 4, static_cast<uint32_t>(key.size()));
  store_le<uint32_t>(to + 8, static_cast<uint32_t>(value.size()));
  copy(copy(to + 12, key), value);
  return true;
}

void PackedReader::fail(size_t offset, const std::string& what) {
  status_ = Status::invalid_argument("packed bytes, byte " + std::to_string(offset) + ": " + what);
}

bool PackedReader::complete(size_t start, const char* piece) {
  if (cursor_.ok()) return true;
  fail(start, std::string("the ") + piece + " passes the end");
  return false;
}

bool PackedRowReader::next(Bytes* key, Bytes* value) {
  if (!more()) return false;
  const size_t start = position();
  const auto key_size = cursor_.fixed<uint32_t>();
  const auto value_size = cursor_.fixed<uint32_t>();
  *key = cursor_.bytes(key_size);
  *value = cursor_.bytes(value_size);
  return complete(start, "row");
}

bool PackedKeyReader::next(Bytes* key) {
  if (!more()) return false;
  const size_t start = position();
  *key = cursor_.sized();
  return complete(start, "key");
}

bool PackedResultReader::next(int32_t* status, Bytes* value) {
  if (!more()) return false;
  const size_t start = position();
  *status = static_cast<int32_t>(cursor_.fixed<uint32_t>());
  *value = cursor_.sized();
  return complete(start, "result");
}

bool PackedOperationReader::next(Operation* operation) {
  if (!more()) return false;
  const size_t start = position();
  const auto kind = cursor_.fixed<uint8_t>();
  const Bytes zeros = cursor_.bytes(3);
  const auto key_size = cursor_.fixed<uint32_t>();
  const auto value_size = cursor_.fixed<uint32_t>();
  const Bytes key = cursor_.bytes(key_size);
  const Bytes value = cursor_.bytes(value_size);
  if (!complete(start, "operation")) return false;
  if (kind > static_cast<uint8_t>(Kind::kPut)) {
    fail(start, "operation kind " + std::to_string(kind) + " is neither 0 (delete) nor 1 (put)");
  } else if (zeros != Bytes("\0\0\0", 3)) {
    fail(start + 1, "the bytes behind the kind are not zero");
  } else if (kind == static_cast<uint8_t>(Kind::kDelete) && !value.empty()) {
    fail(start + 8, "a delete with a value");
  } else {
    *operation = {static_cast<Kind>(kind), key, value};
  }
  return status().is_ok();
}

}  // namespace wombat
