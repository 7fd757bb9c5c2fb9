/* Batches. */
#include "shim_internal.h"

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

int64_t wombat_shim_batch_put_ttl(int64_t batch, const void* key, int64_t key_size, const void* value,
                                  int64_t value_size, int64_t ttl_ms) {
  wombat_error error;
  return outcome(wombat_batch_put_ttl(HANDLE(batch, batch), key, (size_t)key_size, value, (size_t)value_size,
                                      (uint64_t)ttl_ms, &error),
                 &error);
}

int64_t wombat_shim_batch_put_until(int64_t batch, const void* key, int64_t key_size, const void* value,
                                    int64_t value_size, int64_t expires_at_us) {
  wombat_error error;
  return outcome(wombat_batch_put_until(HANDLE(batch, batch), key, (size_t)key_size, value,
                                        (size_t)value_size, (uint64_t)expires_at_us, &error),
                 &error);
}

int64_t wombat_shim_batch_delete(int64_t batch, const void* key, int64_t key_size) {
  wombat_error error;
  return outcome(wombat_batch_delete(HANDLE(batch, batch), key, (size_t)key_size, &error), &error);
}

int64_t wombat_shim_batch_delete_range(int64_t batch, const void* lower, int64_t lower_size,
                                       const void* upper, int64_t upper_size) {
  wombat_error error;
  return outcome(wombat_batch_delete_range(HANDLE(batch, batch), bytes_or_null(lower, lower_size),
                                           size_or_zero(lower_size), bytes_or_null(upper, upper_size),
                                           size_or_zero(upper_size), &error),
                 &error);
}

int64_t wombat_shim_batch_merge(int64_t batch, const void* operator_name, const void* key, int64_t key_size,
                                const void* operand, int64_t operand_size) {
  wombat_error error;
  return outcome(wombat_batch_merge(HANDLE(batch, batch), (const char*)operator_name, key, (size_t)key_size,
                                    operand, (size_t)operand_size, &error),
                 &error);
}

int64_t wombat_shim_batch_use_keyspace(int64_t batch, int64_t keyspace) {
  wombat_error error;
  return outcome(wombat_batch_use_keyspace(HANDLE(batch, batch), HANDLE(db, keyspace), &error), &error);
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
