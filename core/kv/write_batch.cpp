#include "kv/write_batch.h"

#include <algorithm>

#include "kv/expiry.h"
#include "kv/merge_operator.h"
#include "kv/range_set.h"

namespace wombat {

namespace {

void store_operation_header(Kind kind, size_t key_size, size_t value_size, char* to) {
  std::memset(to, 0, WriteBatch::kOperationHeaderSize);
  to[0] = static_cast<char>(kind);
  store_le<uint16_t>(to + 2, static_cast<uint16_t>(key_size));
  store_le<uint32_t>(to + 4, static_cast<uint32_t>(value_size));
}

void copy_bytes(Bytes from, char* to) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

}  // namespace

WriteBatch::WriteBatch(size_t operation_bytes) {
  bytes_.reserve(kHeaderSize + operation_bytes);
  clear();
}

void WriteBatch::clear() {
  bytes_.assign(kHeaderSize, '\0');
  bytes_[0] = static_cast<char>(LogRecordType::kBatch);
  savepoints_.clear();
  sections_.clear();
  keyspace_.reset();
  assigned_keyspace_ = 0;
}

Status WriteBatch::put(Bytes key, Bytes value) { return add(Kind::kPut, key, value); }

Status WriteBatch::put_expiring(Bytes key, Bytes value, uint64_t expires_at_us) {
  char time[kExpirySize];
  store_le<uint64_t>(time, expires_at_us);
  return add(Kind::kExpiringPut, key, value, Bytes(time, sizeof time));
}

Status WriteBatch::remove(Bytes key) { return add(Kind::kDelete, key, Bytes()); }

Status WriteBatch::merge(Bytes name, Bytes key, Bytes operand) {
  WOMBAT_ASSERT(!name.empty() && name.size() <= kMergeNameSizeMax);
  return add(Kind::kMerge, key, operand, encode_merge(name, Bytes()));
}

Status WriteBatch::remove_range(Bytes lower, const Bytes* upper) {
  if (upper != nullptr && upper->size() > kKeySizeMax)
    return {Code::kTooLarge, "the bound is longer than 65535 bytes"};
  return add(Kind::kRangeDelete, lower, encode_range_end(upper));
}

Status WriteBatch::append_expiring(const WriteBatch& other,
                                   const std::function<uint64_t(uint32_t keyspace)>& expires_at_us) {
  OperationWalker walker(Bytes(other.bytes_).substr(kHeaderSize));
  while (!walker.at_end()) {
    const OperationWalker::Operation operation = walker.next();
    use_keyspace(operation.keyspace);
    const uint64_t time_us = operation.kind == Kind::kPut ? expires_at_us(operation.keyspace) : kNeverExpires;
    WOMBAT_TRY(time_us != kNeverExpires ? put_expiring(operation.key, operation.value, time_us)
                                        : add(operation.kind, operation.key, operation.value));
  }
  return Status::ok();
}

// All memory is taken here, so that what follows cannot throw half-way.
void WriteBatch::make_room(size_t more) {
  const size_t needed = bytes_.size() + more;
  if (needed > bytes_.capacity()) bytes_.reserve(std::max(needed, std::min(2 * bytes_.capacity(), kSizeMax)));
}

Status WriteBatch::add(Kind kind, Bytes key, Bytes value, Bytes in_front) {
  if (key.size() > kKeySizeMax) return {Code::kTooLarge, "the key is longer than 65535 bytes"};
  if (value.size() > kValueSizeMax - in_front.size())
    return {Code::kTooLarge,
            "the value is longer than " + std::to_string(kValueSizeMax - in_front.size()) + " bytes"};
  const size_t size = kOperationHeaderSize + key.size() + in_front.size() + value.size();
  if (size > kSizeMax - bytes_.size()) return {Code::kTooLarge, "the batch would pass its limit of 2 GiB"};
  make_room(size);

  begin_section(keyspace_, bytes_.size());
  char header[kOperationHeaderSize];
  store_operation_header(kind, key.size(), in_front.size() + value.size(), header);
  const uint32_t keyspace = keyspace_.value_or(assigned_keyspace_);
  if (keyspace != 0) store_le<uint32_t>(header + 8, keyspace);
  bytes_.append(header, sizeof header).append(key).append(in_front).append(value);
  bytes_[1] = static_cast<char>(bytes_[1] | flags_of(kind));
  store_count(count() + 1);
  return Status::ok();
}

Status WriteBatch::append(const WriteBatch& other) {
  const size_t size = other.bytes_.size() - kHeaderSize;
  if (size > kSizeMax - bytes_.size()) return {Code::kTooLarge, "the batch would pass its limit of 2 GiB"};
  const uint32_t both = count() + other.count();
  make_room(size);
  const size_t shift = bytes_.size() - kHeaderSize;
  const std::vector<Section> sections = other.sections_;  // it may be this batch
  if (!sections_.empty() || !sections.empty()) {
    sections_.reserve(sections_.size() + sections.size() + 1);
    begin_section(std::nullopt, bytes_.size());
    for (const Section& section : sections) begin_section(section.keyspace, section.offset + shift);
  }
  // Those that were not given a keyspace now say what they say in the other batch.
  const uint32_t assigned = assigned_keyspace_;
  const bool is_assigned_otherwise = other.assigned_keyspace_ != assigned;
  // Taken after the memory may have moved: `other` may be this batch.
  bytes_.append(other.bytes_.data() + kHeaderSize, size);
  bytes_[1] = static_cast<char>(bytes_[1] | other.bytes_[1]);
  store_count(both);
  if (is_assigned_otherwise) reassign(assigned);
  return Status::ok();
}

void WriteBatch::use_keyspace(std::optional<uint32_t> keyspace) { keyspace_ = keyspace; }

/// Notes that operations from `offset` on belong elsewhere than those before. Throws std::bad_alloc before anything
/// changes.
void WriteBatch::begin_section(std::optional<uint32_t> keyspace, size_t offset) {
  const std::optional<uint32_t> before = sections_.empty() ? std::nullopt : sections_.back().keyspace;
  if (keyspace == before) return;
  if (!sections_.empty() && sections_.back().offset == offset) {
    sections_.back().keyspace = keyspace;
  } else {
    sections_.push_back({offset, keyspace});
  }
}

void WriteBatch::reassign(uint32_t keyspace) {
  size_t next_section = 0;
  bool is_named = false;
  for (size_t at = kHeaderSize; at < bytes_.size();) {
    while (next_section < sections_.size() && sections_[next_section].offset <= at)
      is_named = sections_[next_section++].keyspace.has_value();
    char* const operation = bytes_.data() + at;
    if (!is_named) store_le<uint32_t>(operation + 8, keyspace);
    at += kOperationHeaderSize + load_le<uint16_t>(operation + 2) + load_le<uint32_t>(operation + 4);
  }
  assigned_keyspace_ = keyspace;
}

void WriteBatch::set_savepoint() { savepoints_.push_back({bytes_.size(), count()}); }

Status WriteBatch::rollback_to_savepoint() {
  if (savepoints_.empty()) return {Code::kNotFound, "the batch has no savepoint"};
  bytes_.resize(savepoints_.back().size);
  store_count(savepoints_.back().count);
  std::erase_if(sections_, [this](const Section& section) { return section.offset >= bytes_.size(); });
  savepoints_.pop_back();
  return Status::ok();
}

Status WriteBatch::release_savepoint() {
  if (savepoints_.empty()) return {Code::kNotFound, "the batch has no savepoint"};
  savepoints_.pop_back();
  return Status::ok();
}

SingleWrite::SingleWrite(Kind kind, Bytes key, Bytes value, Bytes in_front) {
  const size_t value_size = in_front.size() + value.size();
  const size_t size = WriteBatch::kHeaderSize + WriteBatch::kOperationHeaderSize + key.size() + value_size;
  if (size > kInPlaceMax) memory_ = std::make_unique_for_overwrite<char[]>(size);
  char* const bytes = memory_ != nullptr ? memory_.get() : in_place_;
  std::memset(bytes, 0, WriteBatch::kHeaderSize);
  bytes[0] = static_cast<char>(LogRecordType::kBatch);
  bytes[1] = static_cast<char>(WriteBatch::flags_of(kind));
  store_le<uint32_t>(bytes + 4, 1);
  char* const operation = bytes + WriteBatch::kHeaderSize;
  operation_ = operation;
  store_operation_header(kind, key.size(), value_size, operation);
  char* const key_bytes = operation + WriteBatch::kOperationHeaderSize;
  copy_bytes(key, key_bytes);
  copy_bytes(in_front, key_bytes + key.size());
  copy_bytes(value, key_bytes + key.size() + in_front.size());
  record_ = Bytes(bytes, size);
}

}  // namespace wombat
