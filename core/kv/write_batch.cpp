#include "kv/write_batch.h"

#include <algorithm>

namespace wombat {

WriteBatch::WriteBatch(size_t operation_bytes) {
  bytes_.reserve(kHeaderSize + operation_bytes);
  clear();
}

void WriteBatch::clear() {
  bytes_.assign(kHeaderSize, '\0');
  bytes_[0] = static_cast<char>(LogRecordType::kBatch);
  savepoints_.clear();
}

Status WriteBatch::put(Bytes key, Bytes value) { return add(Kind::kPut, key, value); }

Status WriteBatch::remove(Bytes key) { return add(Kind::kDelete, key, Bytes()); }

// All memory is taken here, so that what follows cannot throw half-way.
void WriteBatch::make_room(size_t more) {
  const size_t needed = bytes_.size() + more;
  if (needed > bytes_.capacity()) bytes_.reserve(std::max(needed, std::min(2 * bytes_.capacity(), kSizeMax)));
}

Status WriteBatch::add(Kind kind, Bytes key, Bytes value) {
  if (key.size() > kKeySizeMax) return {Code::kTooLarge, "the key is longer than 65535 bytes"};
  if (value.size() > kValueSizeMax) return {Code::kTooLarge, "the value is longer than 1073741823 bytes"};
  const size_t size = kOperationHeaderSize + key.size() + value.size();
  if (size > kSizeMax - bytes_.size()) return {Code::kTooLarge, "the batch would pass its limit of 2 GiB"};
  make_room(size);

  char header[kOperationHeaderSize] = {};
  header[0] = static_cast<char>(kind);
  store_le<uint16_t>(header + 2, static_cast<uint16_t>(key.size()));
  store_le<uint32_t>(header + 4, static_cast<uint32_t>(value.size()));
  bytes_.append(header, sizeof header).append(key).append(value);
  store_count(count() + 1);
  return Status::ok();
}

Status WriteBatch::append(const WriteBatch& other) {
  const size_t size = other.bytes_.size() - kHeaderSize;
  if (size > kSizeMax - bytes_.size()) return {Code::kTooLarge, "the batch would pass its limit of 2 GiB"};
  const uint32_t both = count() + other.count();
  make_room(size);
  // Taken after the memory may have moved: `other` may be this batch.
  bytes_.append(other.bytes_.data() + kHeaderSize, size);
  store_count(both);
  return Status::ok();
}

void WriteBatch::set_savepoint() { savepoints_.push_back({bytes_.size(), count()}); }

Status WriteBatch::rollback_to_savepoint() {
  if (savepoints_.empty()) return {Code::kNotFound, "the batch has no savepoint"};
  bytes_.resize(savepoints_.back().size);
  store_count(savepoints_.back().count);
  savepoints_.pop_back();
  return Status::ok();
}

Status WriteBatch::release_savepoint() {
  if (savepoints_.empty()) return {Code::kNotFound, "the batch has no savepoint"};
  savepoints_.pop_back();
  return Status::ok();
}

}  // namespace wombat
