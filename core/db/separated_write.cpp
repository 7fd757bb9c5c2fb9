#include "db/separated_write.h"

#include "db/db.h"
#include "vlog/value_appender.h"

namespace wombat {

namespace {

/// The part of an operation's value that the user gave.
Bytes user_value(const OperationWalker::Operation& operation) {
  return operation.kind == Kind::kExpiringPut ? without_expiry(operation.value) : operation.value;
}

bool is_put(Kind kind) { return kind == Kind::kPut || kind == Kind::kExpiringPut; }

const Tree& tree_of(const WriteRequest& request, uint32_t keyspace) {
  for (const Tree* const tree : request.trees)
    if (tree->id() == keyspace) return *tree;
  return *request.tree;
}

uint64_t threshold_of(const Tree& tree) {
  const int64_t threshold = tree.setting(OptionId::kValueLogThreshold);
  return threshold == 0 ? UINT64_MAX : static_cast<uint64_t>(threshold);
}

}  // namespace

Status SeparatedWrite::separate(Db& db, const WriteRequest& request) {
  std::deque<EncodedValue> values;
  size_t index = 0;
  for (OperationWalker walker(request.operations()); !walker.at_end(); ++index) {
    const OperationWalker::Operation operation = walker.next();
    if (!is_put(operation.kind)) continue;
    const Bytes value = user_value(operation);
    const Tree& tree = tree_of(request, operation.keyspace);
    if (value.size() < threshold_of(tree)) continue;
    values.emplace_back(operation.keyspace, operation.key, value, tree.value_codec());
    operations_.push_back(index);
  }
  if (values.empty()) return Status::ok();
  pointers_.resize(values.size());
  WOMBAT_TRY(db.append_values(values, pointers_.data(), &file_));
  build_record(request);
  return Status::ok();
}

void SeparatedWrite::build_record(const WriteRequest& request) {
  record_.reserve(request.record.size() / 4 + pointers_.size() * 128);
  record_.assign(request.record.substr(0, WriteBatch::kHeaderSize));
  uint64_t separated_bytes = 0;
  size_t index = 0;
  size_t done = 0;
  for (OperationWalker walker(request.operations()); !walker.at_end(); ++index) {
    const OperationWalker::Operation operation = walker.next();
    const char* const head = operation.key.data() - WriteBatch::kOperationHeaderSize;
    if (done == operations_.size() || operations_[done] != index) {
      record_.append(head, WriteBatch::kOperationHeaderSize + operation.key.size() + operation.value.size());
      continue;
    }
    const ValuePointer& pointer = pointers_[done++];
    const bool expires = operation.kind == Kind::kExpiringPut;
    const size_t value_size = ValuePointer::kSize + (expires ? kExpirySize : 0);
    const size_t start = record_.size();
    record_.append(head, WriteBatch::kOperationHeaderSize);
    record_[start] = static_cast<char>(expires ? Kind::kExpiringPointer : Kind::kValuePointer);
    store_le<uint32_t>(record_.data() + start + 4, static_cast<uint32_t>(value_size));
    record_.append(operation.key);
    if (expires) record_.append(operation.value.substr(0, kExpirySize));
    append_value_pointer(pointer, &record_);
    separated_bytes += pointer.value_size - ValuePointer::kSize;
  }
  request_ = request;
  request_.record = record_;
  request_.value_files = {&file_, 1};
  request_.separated_bytes = separated_bytes;
}

}  // namespace wombat
