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
  model_.apply({ModelOperation::put(key, value)});
  check("wombat_put", wombat_put(db_, key.data(), key.size(), value.data(), value.size(), &options, &error_));
}

void HistoryRunner::erase() {
  const std::string key = keys_.key(random_);
  const wombat_write_options options = random_write_options();
  model_.apply({ModelOperation::erase(key)});
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

void HistoryRunner::write_batch() {
  BatchOwner batch;
  check("wombat_batch_create", wombat_batch_create(&batch.handle, &error_));
  std::vector<ModelOperation> operations;
  std::vector<size_t> savepoints;
  for (const ModelOperation& operation : random_operations(random_.one_in(20) ? 300 : 12)) {
    const Bytes key = operation.key;
    const Bytes value = operation.value;
    check("wombat_batch_put",
          operation.kind == ModelOperation::Kind::kPut
              ? wombat_batch_put(batch.handle, key.data(), key.size(), value.data(), value.size(), &error_)
              : wombat_batch_delete(batch.handle, key.data(), key.size(), &error_));
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
  model_.apply(operations);
  check("wombat_write", wombat_write(db_, batch.handle, &options, &error_));
}

void HistoryRunner::write_packed() {
  const std::vector<ModelOperation> operations = random_operations(20);
  const std::string packed = pack(operations);
  const wombat_write_options options = random_write_options();
  model_.apply(operations);
  check("wombat_write_packed", wombat_write_packed(db_, packed.data(), packed.size(), &options, &error_));
}

}  // namespace wombat
