// Puts, deletes and batches.
#include "db/write_limits.h"
#include "kv/packed.h"
#include "request_options.h"

using namespace wombat;

Status wombat::read_write_options(const wombat_write_options* options, WriteRequest* request) {
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
  if (known.timeout_us != 0) request->deadline.at_us = system_clock().now_us() + known.timeout_us;
  return Status::ok();
}

namespace {

/// Of a write to the keyspace of the handle alone.
template <typename Write>
Status commit(wombat_db* handle, Write& write, const wombat_write_options* options) {
  Place place;
  std::optional<Tree::CallScope> call;
  WOMBAT_TRY(enter_call(handle, &place, &call));
  write.assign_keyspace(place.tree->id());
  WriteRequest request;
  request.record = write.record();
  request.tree = place.tree;
  WOMBAT_TRY(read_write_options(options, &request));
  WOMBAT_TRY(check_write_limits(*place.db, request));
  return place.db->write(*call, request);
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
  request.record = object.batch.record();
  request.tree = place.tree.get();
  request.trees = trees;
  WOMBAT_TRY(read_write_options(options, &request));
  WOMBAT_TRY(check_write_limits(*place.db, request));
  return place.db->write(call, request);
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
    SingleWrite single(Kind::kPut, key_bytes, value_bytes);
    return commit(db, single, options);
  });
}

wombat_status wombat_delete(wombat_db* db, const void* key, size_t key_size,
                            const wombat_write_options* options, wombat_error* error) {
  return guarded(error, [&] {
    Bytes key_bytes;
    WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
    WOMBAT_TRY(check_key_size(key_size));
    SingleWrite single(Kind::kDelete, key_bytes, Bytes());
    return commit(db, single, options);
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
