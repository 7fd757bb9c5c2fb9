/* Writes. */
#include "shim_internal.h"

static wombat_write_options write_options(int32_t flags, int32_t sync, int64_t timeout_us, int64_t ttl_ms) {
  wombat_write_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = (uint32_t)flags;
  options.sync = sync;
  options.timeout_us = (uint64_t)timeout_us;
  options.ttl_ms = (uint64_t)ttl_ms;
  return options;
}

int64_t wombat_shim_put(int64_t db, const void* key, int64_t key_size, const void* value, int64_t value_size,
                        int32_t flags, int32_t sync, int64_t timeout_us, int64_t ttl_ms) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us, ttl_ms);
  return outcome(
      wombat_put(HANDLE(db, db), key, (size_t)key_size, value, (size_t)value_size, &options, &error), &error);
}

int64_t wombat_shim_delete(int64_t db, const void* key, int64_t key_size, int32_t flags, int32_t sync,
                           int64_t timeout_us) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us, 0);
  return outcome(wombat_delete(HANDLE(db, db), key, (size_t)key_size, &options, &error), &error);
}

int64_t wombat_shim_delete_range(int64_t db, const void* lower, int64_t lower_size, const void* upper,
                                 int64_t upper_size, int32_t flags, int32_t sync, int64_t timeout_us) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us, 0);
  return outcome(
      wombat_delete_range(HANDLE(db, db), bytes_or_null(lower, lower_size), size_or_zero(lower_size),
                          bytes_or_null(upper, upper_size), size_or_zero(upper_size), &options, &error),
      &error);
}

int64_t wombat_shim_merge(int64_t db, const void* operator_name, const void* key, int64_t key_size,
                          const void* operand, int64_t operand_size, int32_t flags, int32_t sync,
                          int64_t timeout_us) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us, 0);
  return outcome(wombat_merge(HANDLE(db, db), (const char*)operator_name, key, (size_t)key_size, operand,
                              (size_t)operand_size, &options, &error),
                 &error);
}

int64_t wombat_shim_put_if_absent(int64_t db, const void* key, int64_t key_size, const void* value,
                                  int64_t value_size, int32_t flags, int32_t sync, int64_t timeout_us,
                                  int64_t ttl_ms) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us, ttl_ms);
  return outcome(wombat_put_if_absent(HANDLE(db, db), key, (size_t)key_size, value, (size_t)value_size,
                                      &options, &error),
                 &error);
}

int64_t wombat_shim_compare_and_set(int64_t db, const void* key, int64_t key_size, const void* expected,
                                    int64_t expected_size, const void* desired, int64_t desired_size,
                                    int32_t flags, int32_t sync, int64_t timeout_us, int64_t ttl_ms) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us, ttl_ms);
  return outcome(
      wombat_compare_and_set(HANDLE(db, db), key, (size_t)key_size, bytes_or_null(expected, expected_size),
                             size_or_zero(expected_size), bytes_or_null(desired, desired_size),
                             size_or_zero(desired_size), &options, &error),
      &error);
}

int64_t wombat_shim_fetch_add(int64_t db, const void* key, int64_t key_size, int64_t delta, int32_t flags,
                              int32_t sync, int64_t timeout_us, int64_t ttl_ms, void* before) {
  wombat_error error;
  int64_t number = 0;
  const wombat_write_options options = write_options(flags, sync, timeout_us, ttl_ms);
  wombat_status status =
      wombat_fetch_add(HANDLE(db, db), key, (size_t)key_size, delta, &options, &number, &error);
  store(before, number);
  return outcome(status, &error);
}

int64_t wombat_shim_write(int64_t db, int64_t batch, int32_t flags, int32_t sync, int64_t timeout_us,
                          int64_t ttl_ms) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us, ttl_ms);
  return outcome(wombat_write(HANDLE(db, db), HANDLE(batch, batch), &options, &error), &error);
}

int64_t wombat_shim_write_packed(int64_t db, const void* operations, int64_t operations_size, int32_t flags,
                                 int32_t sync, int64_t timeout_us, int64_t ttl_ms) {
  wombat_error error;
  const wombat_write_options options = write_options(flags, sync, timeout_us, ttl_ms);
  return outcome(wombat_write_packed(HANDLE(db, db), operations, (size_t)operations_size, &options, &error),
                 &error);
}

int64_t wombat_shim_sync(int64_t db) {
  wombat_error error;
  return outcome(wombat_sync(HANDLE(db, db), &error), &error);
}
