#include "base/coding.h"
#include "model/history_runner.h"

namespace wombat {

namespace {

std::string pack(const std::vector<ModelOperation>& operations) {
  std::string packed;
  for (const ModelOperation& operation : operations) {
    const bool is_put = operation.kind == ModelOperation::Kind::kPut;
    append_le<uint32_t>(&packed, is_put ? 1 : 0);
    append_le<uint32_t>(&packed, static_cast<uint32_t>(operation.key.size()));
    append_le<uint32_t>(&packed, is_put ? static_cast<uint32_t>(operation.value.size()) : 0);
    packed += operation.key;
    if (is_put) packed += operation.value;
  }
  return packed;
}

struct BatchOwner {
  wombat_batch* handle = nullptr;
  ~BatchOwner() { wombat_batch_destroy(handle); }
};

}  // namespace

void HistoryRunner::put() {
  const std::string key = keys_.key(random_);
  const std::string value = random_value(random_);
  const wombat_write_options options = random_write_options();
  apply({ModelOperation::put(key, value)});
  check("wombat_put", wombat_put(db_, key.data(), key.size(), value.data(), value.size(), &options, &error_));
}

void HistoryRunner::erase() {
  const std::string key = keys_.key(random_);
  const wombat_write_options options = random_write_options();
  apply({ModelOperation::erase(key)});
  check("wombat_delete", wombat_delete(db_, key.data(), key.size(), &options, &error_));
}

/// With keys that come twice, also as put and delete.
std::vector<ModelOperation> HistoryRunner::random_operations(size_t count_max) {
  std::vector<ModelOperation> operations;
  const size_t count = random_.below(count_max);
  for (size_t i = 0; i < count; ++i) {
    std::string key = keys_.key(random_);
    if (!operations.empty() && random_.one_in(4)) key = operations[random_.below(operations.size())].key;
    operations.push_back(random_.below(3) != 0 ? ModelOperation::put(std::move(key), random_value(random_))
                                               : ModelOperation::erase(std::move(key)));
  }
  return operations;
}

std::vector<ModelOperation> HistoryRunner::random_rich_operations(size_t count_max) {
  std::vector<ModelOperation> operations = random_operations(count_max);
  for (ModelOperation& operation : operations) {
    if (random_.one_in(3)) operation = random_rich_operation();
  }
  return operations;
}

ModelOperation HistoryRunner::random_rich_operation() {
  const uint64_t drawn = random_.below(10);
  if (drawn < 5) return random_merge(keys_.key(random_), false);
  if (drawn < 8)
    return ModelOperation::put_expiring(keys_.key(random_), random_value(random_), 1 + random_.below(4));
  std::string lower = keys_.near_key(random_);
  if (random_.one_in(20)) return ModelOperation::erase_from(lower);
  // Mostly few keys, or nothing would ever be old.
  std::string upper = random_.one_in(8) ? keys_.near_key(random_) : lower + "z";
  if (upper < lower) std::swap(lower, upper);
  if (upper == lower) upper += '\0';
  if (upper.size() > WOMBAT_KEY_SIZE_MAX) return ModelOperation::erase(lower);
  return ModelOperation::erase_range(lower, upper);
}

/// Of numbers only where there is a number, for good.
ModelOperation HistoryRunner::random_merge(std::string key, bool may_be_of_numbers) {
  static const char* const kOfBytes[] = {"append", "append:,",      "bytes_min", "bytes_max",
                                         "bit_or", "set_if_absent", "test_join"};
  static const char* const kOfNumbers[] = {"int64_add", "int64_min", "int64_max"};
  const std::optional<std::string> value = expected_value(key, ModelDatabase::kLatest);
  const bool is_number = may_be_of_numbers && value && value->size() == 8 && !expires(key);
  if (is_number && random_.below(4) != 0) {
    std::string operand(8, '\0');
    for (char& byte : operand) byte = static_cast<char>(random_.below(256));
    return ModelOperation::merge(kOfNumbers[random_.below(3)], std::move(key), std::move(operand));
  }
  return ModelOperation::merge(kOfBytes[random_.below(std::size(kOfBytes))], std::move(key),
                               random_value(random_).substr(0, 200));
}

void HistoryRunner::put_expiring() {
  const std::string key = keys_.key(random_);
  const std::string value = random_.one_in(4) ? std::string(8, '7') : random_value(random_);
  wombat_write_options options = random_write_options();
  const uint64_t ticks = 1 + random_.below(4);
  options.ttl_ms = ticks * kTickMicros / 1000;
  apply({ModelOperation::put_expiring(key, value, ticks)});
  check("wombat_put", wombat_put(db_, key.data(), key.size(), value.data(), value.size(), &options, &error_));
}

void HistoryRunner::merge() {
  const ModelOperation operation = random_merge(keys_.key(random_), true);
  const Bytes key = operation.key;
  const Bytes operand = operation.value;
  const wombat_write_options options = random_write_options();
  apply({operation});
  check("wombat_merge", wombat_merge(db_, operation.merge_operator.c_str(), key.data(), key.size(),
                                     operand.data(), operand.size(), &options, &error_));
}

void HistoryRunner::erase_range() {
  ModelOperation operation = random_rich_operation();
  while (operation.kind != ModelOperation::Kind::kDeleteRange) operation = random_rich_operation();
  const wombat_write_options options = random_write_options();
  apply({operation});
  check("wombat_delete_range",
        wombat_delete_range(db_, operation.key.data(), operation.key.size(),
                            operation.has_end ? operation.value.data() : nullptr,
                            operation.has_end ? operation.value.size() : 0, &options, &error_));
}

void HistoryRunner::add_to_batch(wombat_batch* batch, const ModelOperation& operation) {
  const Bytes key = operation.key;
  const Bytes value = operation.value;
  switch (operation.kind) {
    case ModelOperation::Kind::kPut:
      check("wombat_batch_put_ttl",
            wombat_batch_put_ttl(batch, key.data(), key.size(), value.data(), value.size(),
                                 operation.ticks * kTickMicros / 1000, &error_));
      break;
    case ModelOperation::Kind::kDelete:
      check("wombat_batch_delete", wombat_batch_delete(batch, key.data(), key.size(), &error_));
      break;
    case ModelOperation::Kind::kDeleteRange:
      check(
          "wombat_batch_delete_range",
          wombat_batch_delete_range(batch, key.data(), key.size(), operation.has_end ? value.data() : nullptr,
                                    operation.has_end ? value.size() : 0, &error_));
      break;
    case ModelOperation::Kind::kMerge:
      check("wombat_batch_merge", wombat_batch_merge(batch, operation.merge_operator.c_str(), key.data(),
                                                     key.size(), value.data(), value.size(), &error_));
      break;
  }
}

void HistoryRunner::write_batch() {
  BatchOwner batch;
  check("wombat_batch_create", wombat_batch_create(&batch.handle, &error_));
  std::vector<ModelOperation> operations;
  std::vector<size_t> savepoints;
  for (const ModelOperation& operation : random_rich_operations(random_.one_in(20) ? 300 : 12)) {
    add_to_batch(batch.handle, operation);
    operations.push_back(operation);
    if (random_.one_in(6)) {
      check("wombat_batch_set_savepoint", wombat_batch_set_savepoint(batch.handle, &error_));
      savepoints.push_back(operations.size());
    }
    if (random_.one_in(12)) {
      const bool rolls_back = random_.one_in(2);
      const wombat_status status = rolls_back ? wombat_batch_rollback_to_savepoint(batch.handle, &error_)
                                              : wombat_batch_release_savepoint(batch.handle, &error_);
      check("savepoint", status);
      require((status == WOMBAT_NOT_FOUND) == savepoints.empty(), "a savepoint is there or not");
      if (savepoints.empty()) continue;
      if (rolls_back) operations.resize(savepoints.back(), ModelOperation::erase(""));
      savepoints.pop_back();
    }
  }
  require(wombat_batch_count(batch.handle) == operations.size(), "wrong wombat_batch_count");
  const wombat_write_options options = random_write_options();
  apply(operations);
  check("wombat_write", wombat_write(db_, batch.handle, &options, &error_));
}

void HistoryRunner::write_packed() {
  const std::vector<ModelOperation> operations = random_operations(20);
  const std::string packed = pack(operations);
  const wombat_write_options options = random_write_options();
  apply(operations);
  check("wombat_write_packed", wombat_write_packed(db_, packed.data(), packed.size(), &options, &error_));
}

}  // namespace wombat
