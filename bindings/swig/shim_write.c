/* Writes and batches. */
#include "shim_internal.h"

static wombat_write_options write_options(int32_t flags, int32_t sync, int64_t timeout_us) {
  wombat_write_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = (uint32_t)flags;
  options.sync = sync;
  options.timeout_us = (uint64_t)timeout_us;
  return options;
}

int64_t wombat_shim_put(int64_t db, const void* key, int64_t key_size, const void* value, int64_t value_size,
                        int32_t flags, int32_t sync, int64_t timeout_us) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us);
  return outcome(
      wombat_put(HANDLE(db, db), key, (size_t)key_size, value, (size_t)value_size, &options, &error), &error);
}

int64_t wombat_shim_delete(int64_t db, const void* key, int64_t key_size, int32_t flags, int32_t sync,
                           int64_t timeout_us) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us);
  return outcome(wombat_delete(HANDLE(db, db), key, (size_t)key_size, &options, &error), &error);
}

int64_t wombat_shim_batch_create(void) {
  wombat_error error;
  wombat_batch* batch;
  wombat_status status = wombat_batch_create(&batch, &error);
  return new_handle(status, batch, &error);
}

int64_t wombat_shim_batch_put(int64_t batch, const void* key, int64_t key_size, const void* value,
                              int64_t value_size) {
  wombat_error error;
  return outcome(
      wombat_batch_put(HANDLE(batch, batch), key, (size_t)key_size, value, (size_t)value_size, &error),
      &error);
}

int64_t wombat_shim_batch_delete(int64_t batch, const void* key, int64_t key_size) {
  wombat_error error;
  return outcome(wombat_batch_delete(HANDLE(batch, batch), key, (size_t)key_size, &error), &error);
}

int64_t wombat_shim_batch_add_packed(int64_t batch, const void* operations, int64_t operations_size) {
  wombat_error error;
  return outcome(wombat_batch_add_packed(HANDLE(batch, batch), operations, (size_t)operations_size, &error),
                 &error);
}

int64_t wombat_shim_batch_clear(int64_t batch) {
  wombat_error error;
  return outcome(wombat_batch_clear(HANDLE(batch, batch), &error), &error);
}

int64_t wombat_shim_batch_count(int64_t batch) { return (int64_t)wombat_batch_count(HANDLE(batch, batch)); }

int64_t wombat_shim_batch_size(int64_t batch) { return (int64_t)wombat_batch_size(HANDLE(batch, batch)); }

int64_t wombat_shim_batch_set_savepoint(int64_t batch) {
  wombat_error error;
  return outcome(wombat_batch_set_savepoint(HANDLE(batch, batch), &error), &error);
}

int64_t wombat_shim_batch_rollback_to_savepoint(int64_t batch) {
  wombat_error error;
  return outcome(wombat_batch_rollback_to_savepoint(HANDLE(batch, batch), &error), &error);
}

int64_t wombat_shim_batch_release_savepoint(int64_t batch) {
  wombat_error error;
  return outcome(wombat_batch_release_savepoint(HANDLE(batch, batch), &error), &error);
}

void wombat_shim_batch_destroy(int64_t batch) { wombat_batch_destroy(HANDLE(batch, batch)); }

int64_t wombat_shim_write(int64_t db, int64_t batch, int32_t flags, int32_t sync, int64_t timeout_us) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us);
  return outcome(wombat_write(HANDLE(db, db), HANDLE(batch, batch), &options, &error), &error);
}

int64_t wombat_shim_write_packed(int64_t db, const void* operations, int64_t operations_size, int32_t flags,
                                 int32_t sync, int64_t timeout_us) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us);
  return outcome(wombat_write_packed(HANDLE(db, db), operations, (size_t)operations_size, &options, &error),
                 &error);
}

int64_t wombat_shim_sync(int64_t db) {
  wombat_error error;
  return outcome(wombat_sync(HANDLE(db, db), &error), &error);
}
