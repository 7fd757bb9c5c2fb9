/* Transactions; their iterators are made in shim_iterator.c. */
#include "shim_internal.h"

int64_t wombat_shim_txn_begin(int64_t db, int32_t isolation, int32_t flags, int64_t timeout_us,
                              int64_t lock_timeout_us, int64_t size_max) {
  wombat_error error;
  wombat_txn* txn;
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  wombat_status status;
  options.isolation = isolation;
  options.flags = (uint32_t)flags;
  options.timeout_us = (uint64_t)timeout_us;
  options.lock_timeout_us = (uint64_t)lock_timeout_us;
  options.size_max = (uint64_t)size_max;
  status = wombat_txn_begin(HANDLE(db, db), &options, &txn, &error);
  return new_handle(status, txn, &error);
}

int64_t wombat_shim_txn_get(int64_t txn, int64_t keyspace, const void* key, int64_t key_size, void* buffer,
                            int64_t capacity) {
  wombat_error error;
  size_t value_size;
  wombat_status status = wombat_txn_get(HANDLE(txn, txn), HANDLE(db, keyspace), key, (size_t)key_size, buffer,
                                        (size_t)capacity, &value_size, &error);
  return amount(status, value_size, &error);
}

int64_t wombat_shim_txn_get_for_update(int64_t txn, int64_t keyspace, const void* key, int64_t key_size,
                                       void* buffer, int64_t capacity) {
  wombat_error error;
  size_t value_size;
  wombat_status status =
      wombat_txn_get_for_update(HANDLE(txn, txn), HANDLE(db, keyspace), key, (size_t)key_size, buffer,
                                (size_t)capacity, &value_size, &error);
  return amount(status, value_size, &error);
}

int64_t wombat_shim_txn_exists(int64_t txn, int64_t keyspace, const void* key, int64_t key_size) {
  wombat_error error;
  return outcome(wombat_txn_exists(HANDLE(txn, txn), HANDLE(db, keyspace), key, (size_t)key_size, &error),
                 &error);
}

int64_t wombat_shim_txn_multi_get_packed(int64_t txn, int64_t keyspace, const void* keys, int64_t keys_size,
                                         void* buffer, int64_t capacity, void* used) {
  wombat_error error;
  size_t used_size = 0;
  size_t done = 0;
  wombat_status status =
      wombat_txn_multi_get_packed(HANDLE(txn, txn), HANDLE(db, keyspace), keys, (size_t)keys_size, buffer,
                                  (size_t)capacity, &used_size, &done, &error);
  store(used, (int64_t)used_size);
  return amount(status, done, &error);
}

int64_t wombat_shim_txn_put(int64_t txn, int64_t keyspace, const void* key, int64_t key_size,
                            const void* value, int64_t value_size, int64_t ttl_ms) {
  wombat_error error;
  return outcome(wombat_txn_put(HANDLE(txn, txn), HANDLE(db, keyspace), key, (size_t)key_size, value,
                                (size_t)value_size, (uint64_t)ttl_ms, &error),
                 &error);
}

int64_t wombat_shim_txn_delete(int64_t txn, int64_t keyspace, const void* key, int64_t key_size) {
  wombat_error error;
  return outcome(wombat_txn_delete(HANDLE(txn, txn), HANDLE(db, keyspace), key, (size_t)key_size, &error),
                 &error);
}

int64_t wombat_shim_txn_delete_range(int64_t txn, int64_t keyspace, const void* lower, int64_t lower_size,
                                     const void* upper, int64_t upper_size) {
  wombat_error error;
  return outcome(wombat_txn_delete_range(HANDLE(txn, txn), HANDLE(db, keyspace),
                                         bytes_or_null(lower, lower_size), size_or_zero(lower_size),
                                         bytes_or_null(upper, upper_size), size_or_zero(upper_size), &error),
                 &error);
}

int64_t wombat_shim_txn_merge(int64_t txn, int64_t keyspace, const void* operator_name, const void* key,
                              int64_t key_size, const void* operand, int64_t operand_size) {
  wombat_error error;
  return outcome(wombat_txn_merge(HANDLE(txn, txn), HANDLE(db, keyspace), (const char*)operator_name, key,
                                  (size_t)key_size, operand, (size_t)operand_size, &error),
                 &error);
}

int64_t wombat_shim_txn_set_savepoint(int64_t txn) {
  wombat_error error;
  return outcome(wombat_txn_set_savepoint(HANDLE(txn, txn), &error), &error);
}

int64_t wombat_shim_txn_rollback_to_savepoint(int64_t txn) {
  wombat_error error;
  return outcome(wombat_txn_rollback_to_savepoint(HANDLE(txn, txn), &error), &error);
}

int64_t wombat_shim_txn_release_savepoint(int64_t txn) {
  wombat_error error;
  return outcome(wombat_txn_release_savepoint(HANDLE(txn, txn), &error), &error);
}

int64_t wombat_shim_txn_commit(int64_t txn, int32_t flags, int32_t sync, int64_t timeout_us) {
  wombat_error error;
  uint64_t timestamp = 0;
  wombat_write_options options = WOMBAT_WRITE_OPTIONS_INIT;
  wombat_status status;
  options.flags = (uint32_t)flags;
  options.sync = sync;
  options.timeout_us = (uint64_t)timeout_us;
  status = wombat_txn_commit(HANDLE(txn, txn), &options, &timestamp, &error);
  return amount(status, (size_t)timestamp, &error);
}

int64_t wombat_shim_txn_rollback(int64_t txn) {
  wombat_error error;
  return outcome(wombat_txn_rollback(HANDLE(txn, txn), &error), &error);
}

void wombat_shim_txn_destroy(int64_t txn) { wombat_txn_destroy(HANDLE(txn, txn)); }

int64_t wombat_shim_txn_prepare(int64_t txn, const void* name) {
  wombat_error error;
  return outcome(wombat_txn_prepare(HANDLE(txn, txn), (const char*)name, &error), &error);
}

int64_t wombat_shim_prepared_list(int64_t db, void* buffer, int64_t capacity) {
  wombat_error error;
  size_t length;
  wombat_status status =
      wombat_prepared_list(HANDLE(db, db), (char*)buffer, (size_t)capacity, &length, &error);
  return amount(status, length, &error);
}

int64_t wombat_shim_prepared_commit(int64_t db, const void* name) {
  wombat_error error;
  uint64_t timestamp = 0;
  wombat_status status = wombat_prepared_commit(HANDLE(db, db), (const char*)name, &timestamp, &error);
  return amount(status, (size_t)timestamp, &error);
}

int64_t wombat_shim_prepared_rollback(int64_t db, const void* name) {
  wombat_error error;
  return outcome(wombat_prepared_rollback(HANDLE(db, db), (const char*)name, &error), &error);
}

int64_t wombat_shim_txn_retry_delay(int64_t db, int32_t retries) {
  wombat_error error;
  uint64_t delay_us = 0;
  wombat_status status = wombat_txn_retry_delay(HANDLE(db, db), (uint32_t)retries, &delay_us, &error);
  return amount(status, (size_t)delay_us, &error);
}
