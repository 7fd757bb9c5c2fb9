// Puts, deletes, merges and batches.
#include <algorithm>

#include "db/write_limits.h"
#include "kv/expiry.h"
#include "kv/packed.h"
#include "kv/range_set.h"
#include "merge_callback.h"
#include "request_options.h"

using namespace wombat;

Status wombat::read_write_options(const wombat_write_options* options, WriteRequest* request,
                                  std::optional<uint64_t>* ttl_ms) {
  if (ttl_ms != nullptr) ttl_ms->reset();
  if (options == nullptr) return Status::ok();
  wombat_write_options known;
  WOMBAT_TRY(read_struct(options, "wombat_write_options", &known));
  if ((known.flags & ~uint32_t{WOMBAT_WRITE_NO_WAIT}) != 0) {
    return Status::unsupported("wombat_write_options.flags has a bit that this version does not know");
  }
  if (known.sync < WOMBAT_SYNC_DEFAULT || known.sync > WOMBAT_SYNC_NEVER) {
    return Status::invalid_argument("wombat_write_options.sync is " + std::to_string(known.sync) +
                                    "; expected WOMBAT_SYNC_...");
  }
  request->sync = static_cast<SyncChoice>(known.sync);
  request->no_wait = (known.flags & WOMBAT_WRITE_NO_WAIT) != 0;
  if (known.timeout_us != 0) request->deadline = Deadline::after(system_clock().now_us(), known.timeout_us);
  if (known.ttl_ms != 0 && ttl_ms != nullptr) *ttl_ms = known.ttl_ms;
  return Status::ok();
}

uint64_t wombat::expiry_of_put(const Tree& tree, std::optional<uint64_t> ttl_ms) {
  const uint64_t lifetime_ms = ttl_ms.value_or(static_cast<uint64_t>(tree.setting(OptionId::kTtlDefault)));
  if (lifetime_ms == 0 || lifetime_ms == WOMBAT_TTL_NONE) [[likely]]
    return kNeverExpires;
  return expiry_after(tree.db().read_rules().now_us(), lifetime_ms);
}

Status wombat::read_range(const void* lower, size_t lower_size, const void* upper, size_t upper_size,
                          Bytes* from, Bytes* to, bool* has_upper) {
  WOMBAT_TRY(read_bytes(lower, lower_size, "lower", from));
  WOMBAT_TRY(read_bytes(upper, upper_size, "upper", to));
  WOMBAT_TRY(check_key_size(lower_size));
  WOMBAT_TRY(check_key_size(upper_size));
  *has_upper = upper != nullptr;
  if (*has_upper && compare_bytes(*from, *to) >= 0)
    return Status::invalid_argument("lower is not less than upper: no key lies between them");
  return Status::ok();
}

namespace {

Status check_merges(const Db& db, const WriteRequest& request) {
  OperationWalker walker(request.operations());
  while (!walker.at_end()) {
    const OperationWalker::Operation operation = walker.next();
    Bytes name;
    Bytes operand;
    if (operation.kind == Kind::kMerge && decode_merge(operation.value, &name, &operand))
      WOMBAT_TRY(check_merge(*db.read_rules().operators, name, operand));
  }
  return Status::ok();
}

Status write_checked(Db& db, const Tree::CallScope& call, const WriteRequest& request) {
  WOMBAT_TRY(check_write_limits(db, request));
  if (request.may_have_merges()) [[unlikely]]
    WOMBAT_TRY(check_merges(db, request));
  return db.write(call, request);
}

/// One operation, in the keyspace of the handle; a put may become one that expires.
Status commit_single(wombat_db* handle, Kind kind, Bytes key, Bytes value,
                     const wombat_write_options* options, Bytes in_front = Bytes()) {
  Place place;
  std::optional<Tree::CallScope> call;
  WOMBAT_TRY(enter_call(handle, &place, &call));
  WriteRequest request;
  request.tree = place.tree;
  std::optional<uint64_t> ttl_ms;
  if (options != nullptr) WOMBAT_TRY(read_write_options(options, &request, &ttl_ms));
  const uint64_t expires_at_us = kind == Kind::kPut ? expiry_of_put(*place.tree, ttl_ms) : kNeverExpires;
  char time[kExpirySize];
  if (expires_at_us != kNeverExpires) [[unlikely]] {
    kind = Kind::kExpiringPut;
    store_le<uint64_t>(time, expires_at_us);
    in_front = Bytes(time, sizeof time);
    WOMBAT_TRY(check_value_size(value.size(), kValueSizeMax - kExpirySize));
  }
  SingleWrite write(kind, key, value, in_front);
  write.assign_keyspace(place.tree->id());
  request.record = write.record();
  return write_checked(*place.db, *call, request);
}

/// Of a write to the keyspace of the handle alone.
Status commit(wombat_db* handle, WriteBatch& batch, const wombat_write_options* options) {
  Place place;
  std::optional<Tree::CallScope> call;
  WOMBAT_TRY(enter_call(handle, &place, &call));
  batch.assign_keyspace(place.tree->id());
  WriteRequest request;
  request.tree = place.tree;
  std::optional<uint64_t> ttl_ms;
  WOMBAT_TRY(read_write_options(options, &request, &ttl_ms));
  const uint64_t expires_at_us = expiry_of_put(*place.tree, ttl_ms);
  WriteBatch expiring;
  if (expires_at_us != kNeverExpires) [[unlikely]]
    WOMBAT_TRY(expiring.append_expiring(batch, [&](uint32_t) { return expires_at_us; }));
  request.record = expires_at_us == kNeverExpires ? batch.record() : expiring.record();
  return write_checked(*place.db, *call, request);
}

/// Of a batch that names keyspaces. They are kept until it is written.
Status commit_to_several(wombat_db* handle, BatchObject& object, const wombat_write_options* options) {
  SharedPlace place;
  WOMBAT_TRY(share_database(handle, &place));
  std::vector<std::shared_ptr<Tree>> kept;
  std::vector<Tree*> trees = {place.tree.get()};
  for (const std::weak_ptr<Tree>& known : object.trees) {
    std::shared_ptr<Tree> tree = known.lock();
    if (tree == nullptr) return Status(Code::kDropped, "a keyspace of the batch was dropped");
    // Its database cannot have gone before this one if it is the same.
    if (!place.db->owns(*tree))
      return Status::invalid_argument("the batch has operations for a keyspace of another database");
    if (tree == place.tree) continue;
    trees.push_back(tree.get());
    kept.push_back(std::move(tree));
  }
  const Tree::CallScope call(*place.tree);
  WOMBAT_TRY(call.check());
  object.batch.assign_keyspace(place.tree->id());
  WriteRequest request;
  request.tree = place.tree.get();
  request.trees = trees;
  std::optional<uint64_t> ttl_ms;
  WOMBAT_TRY(read_write_options(options, &request, &ttl_ms));
  std::vector<uint64_t> expires_at_us;  // of puts to each of the trees
  for (const Tree* tree : trees) expires_at_us.push_back(expiry_of_put(*tree, ttl_ms));
  const bool none_expires = std::all_of(expires_at_us.begin(), expires_at_us.end(),
                                        [](uint64_t time_us) { return time_us == kNeverExpires; });
  WriteBatch expiring;
  if (!none_expires) {
    WOMBAT_TRY(expiring.append_expiring(object.batch, [&](uint32_t keyspace) {
      const auto is_it = [&](const Tree* tree) { return tree->id() == keyspace; };
      const auto tree = std::find_if(trees.begin(), trees.end(), is_it);
      return tree == trees.end() ? kNeverExpires : expires_at_us[static_cast<size_t>(tree - trees.begin())];
    }));
  }
  request.record = none_expires ? object.batch.record() : expiring.record();
  return write_checked(*place.db, call, request);
}

Status add_packed(const void* operations, size_t operations_size, WriteBatch* batch) {
  Bytes bytes;
  WOMBAT_TRY(read_bytes(operations, operations_size, "operations", &bytes));
  PackedOperationReader reader(bytes);
  PackedOperationReader::Operation operation;
  while (reader.next(&operation)) {
    WOMBAT_TRY(operation.kind == Kind::kPut ? batch->put(operation.key, operation.value)
                                            : batch->remove(operation.key));
  }
  return reader.status();
}

template <typename Change>
wombat_status change_batch(wombat_batch* handle, wombat_error* error, Change change) {
  return guarded(error, [&] {
    BatchObject* object = nullptr;
    WOMBAT_TRY(resolve(handle, &object));
    return change(object->batch);
  });
}

}  // namespace

wombat_status wombat_put(wombat_db* db, const void* key, size_t key_size, const void* value,
                         size_t value_size, const wombat_write_options* options, wombat_error* error) {
  return guarded(error, [&] {
    Bytes key_bytes;
    Bytes value_bytes;
    WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
    WOMBAT_TRY(read_bytes(value, value_size, "value", &value_bytes));
    WOMBAT_TRY(check_key_size(key_size));
    WOMBAT_TRY(check_value_size(value_size));
    return commit_single(db, Kind::kPut, key_bytes, value_bytes, options);
  });
}

wombat_status wombat_delete(wombat_db* db, const void* key, size_t key_size,
                            const wombat_write_options* options, wombat_error* error) {
  return guarded(error, [&] {
    Bytes key_bytes;
    WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
    WOMBAT_TRY(check_key_size(key_size));
    return commit_single(db, Kind::kDelete, key_bytes, Bytes(), options);
  });
}

wombat_status wombat_delete_range(wombat_db* db, const void* lower, size_t lower_size, const void* upper,
                                  size_t upper_size, const wombat_write_options* options,
                                  wombat_error* error) {
  return guarded(error, [&] {
    Bytes from;
    Bytes to;
    bool has_upper = false;
    WOMBAT_TRY(read_range(lower, lower_size, upper, upper_size, &from, &to, &has_upper));
    return commit_single(db, Kind::kRangeDelete, from, encode_range_end(has_upper ? &to : nullptr), options);
  });
}

wombat_status wombat_merge(wombat_db* db, const char* operator_name, const void* key, size_t key_size,
                           const void* operand, size_t operand_size, const wombat_write_options* options,
                           wombat_error* error) {
  return guarded(error, [&] {
    Bytes name;
    Bytes key_bytes;
    Bytes operand_bytes;
    WOMBAT_TRY(read_operator_name(operator_name, &name));
    WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
    WOMBAT_TRY(read_bytes(operand, operand_size, "operand", &operand_bytes));
    WOMBAT_TRY(check_key_size(key_size));
    WOMBAT_TRY(check_value_size(operand_size, kValueSizeMax - 1 - name.size()));
    return commit_single(db, Kind::kMerge, key_bytes, operand_bytes, options, encode_merge(name, Bytes()));
  });
}

wombat_status wombat_batch_create(wombat_batch** batch, wombat_error* error) {
  return guarded(error, [&] {
    if (batch == nullptr) return Status::invalid_argument("batch is NULL");
    *batch = nullptr;
    publish(std::make_unique<BatchObject>(), batch);
    return Status::ok();
  });
}

wombat_status wombat_batch_put(wombat_batch* batch, const void* key, size_t key_size, const void* value,
                               size_t value_size, wombat_error* error) {
  return change_batch(batch, error, [&](WriteBatch& target) {
    Bytes key_bytes;
    Bytes value_bytes;
    WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
    WOMBAT_TRY(read_bytes(value, value_size, "value", &value_bytes));
    return target.put(key_bytes, value_bytes);
  });
}

wombat_status wombat_batch_delete(wombat_batch* batch, const void* key, size_t key_size,
                                  wombat_error* error) {
  return change_batch(batch, error, [&](WriteBatch& target) {
    Bytes key_bytes;
    WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
    return target.remove(key_bytes);
  });
}

wombat_status wombat_batch_put_ttl(wombat_batch* batch, const void* key, size_t key_size, const void* value,
                                   size_t value_size, uint64_t ttl_ms, wombat_error* error) {
  return change_batch(batch, error, [&](WriteBatch& target) {
    Bytes key_bytes;
    Bytes value_bytes;
    WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
    WOMBAT_TRY(read_bytes(value, value_size, "value", &value_bytes));
    if (ttl_ms == 0) return target.put(key_bytes, value_bytes);
    const uint64_t expires_at_us =
        ttl_ms == WOMBAT_TTL_NONE ? kNeverExpires : expiry_after(system_clock().wall_us(), ttl_ms);
    return target.put_expiring(key_bytes, value_bytes, expires_at_us);
  });
}

wombat_status wombat_batch_put_until(wombat_batch* batch, const void* key, size_t key_size, const void* value,
                                     size_t value_size, uint64_t expires_at_us, wombat_error* error) {
  return change_batch(batch, error, [&](WriteBatch& target) {
    Bytes key_bytes;
    Bytes value_bytes;
    WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
    WOMBAT_TRY(read_bytes(value, value_size, "value", &value_bytes));
    return target.put_expiring(key_bytes, value_bytes, expires_at_us == 0 ? kNeverExpires : expires_at_us);
  });
}

wombat_status wombat_batch_merge(wombat_batch* batch, const char* operator_name, const void* key,
                                 size_t key_size, const void* operand, size_t operand_size,
                                 wombat_error* error) {
  return change_batch(batch, error, [&](WriteBatch& target) {
    Bytes name;
    Bytes key_bytes;
    Bytes operand_bytes;
    WOMBAT_TRY(read_operator_name(operator_name, &name));
    WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
    WOMBAT_TRY(read_bytes(operand, operand_size, "operand", &operand_bytes));
    if (is_builtin_merge_operator(name))  // others are known to the database that the batch is written to
      WOMBAT_TRY(check_merge(builtin_merge_operators(), name, operand_bytes));
    return target.merge(name, key_bytes, operand_bytes);
  });
}

wombat_status wombat_batch_delete_range(wombat_batch* batch, const void* lower, size_t lower_size,
                                        const void* upper, size_t upper_size, wombat_error* error) {
  return change_batch(batch, error, [&](WriteBatch& target) {
    Bytes from;
    Bytes to;
    bool has_upper = false;
    WOMBAT_TRY(read_range(lower, lower_size, upper, upper_size, &from, &to, &has_upper));
    return target.remove_range(from, has_upper ? &to : nullptr);
  });
}

wombat_status wombat_batch_add_packed(wombat_batch* batch, const void* operations, size_t operations_size,
                                      wombat_error* error) {
  return change_batch(batch, error, [&](WriteBatch& target) {
    WriteBatch added;
    added.use_keyspace(target.keyspace());
    WOMBAT_TRY(add_packed(operations, operations_size, &added));
    return target.append(added);
  });
}

wombat_status wombat_batch_clear(wombat_batch* batch, wombat_error* error) {
  return guarded(error, [&] {
    BatchObject* object = nullptr;
    WOMBAT_TRY(resolve(batch, &object));
    object->batch.clear();
    object->trees.clear();
    return Status::ok();
  });
}

wombat_status wombat_batch_use_keyspace(wombat_batch* batch, wombat_db* keyspace, wombat_error* error) {
  return guarded(error, [&] {
    BatchObject* object = nullptr;
    WOMBAT_TRY(resolve(batch, &object));
    if (keyspace == nullptr) {
      object->batch.use_keyspace(std::nullopt);
      return Status::ok();
    }
    SharedPlace place;
    WOMBAT_TRY(share_database(keyspace, &place));
    object->add_tree(place.tree);
    object->batch.use_keyspace(place.tree->id());
    return Status::ok();
  });
}

size_t wombat_batch_count(const wombat_batch* batch) {
  const BatchObject* const object = resolve<BatchObject>(batch);
  return object == nullptr ? 0 : object->batch.count();
}

size_t wombat_batch_size(const wombat_batch* batch) {
  const BatchObject* const object = resolve<BatchObject>(batch);
  return object == nullptr ? 0 : object->batch.size_bytes();
}

wombat_status wombat_batch_set_savepoint(wombat_batch* batch, wombat_error* error) {
  return change_batch(batch, error, [](WriteBatch& target) {
    target.set_savepoint();
    return Status::ok();
  });
}

wombat_status wombat_batch_rollback_to_savepoint(wombat_batch* batch, wombat_error* error) {
  return change_batch(batch, error, [](WriteBatch& target) { return target.rollback_to_savepoint(); });
}

wombat_status wombat_batch_release_savepoint(wombat_batch* batch, wombat_error* error) {
  return change_batch(batch, error, [](WriteBatch& target) { return target.release_savepoint(); });
}

void wombat_batch_destroy(wombat_batch* batch) { destroy<BatchObject>(batch); }

wombat_status wombat_write(wombat_db* db, const wombat_batch* batch, const wombat_write_options* options,
                           wombat_error* error) {
  return guarded(error, [&] {
    BatchObject* object = nullptr;
    WOMBAT_TRY(resolve(batch, &object));
    return object->trees.empty() ? commit(db, object->batch, options)
                                 : commit_to_several(db, *object, options);
  });
}

wombat_status wombat_write_packed(wombat_db* db, const void* operations, size_t operations_size,
                                  const wombat_write_options* options, wombat_error* error) {
  return guarded(error, [&] {
    WriteBatch batch;
    WOMBAT_TRY(add_packed(operations, operations_size, &batch));
    return commit(db, batch, options);
  });
}

wombat_status wombat_sync(wombat_db* db, wombat_error* error) {
  return guarded(error, [&] {
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    return place.db->sync();
  });
}
