/* Snapshots, look-ups and pins. */
#include "shim_internal.h"

static wombat_read_options read_options(int64_t snapshot, int32_t flags, int64_t timeout_us) {
  const read_state state = state_to_read(snapshot, flags);
  wombat_read_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = state.flags;
  options.snapshot = state.snapshot;
  options.as_of_timestamp = state.as_of_timestamp;
  options.as_of_time_us = state.as_of_time_us;
  options.timeout_us = (uint64_t)timeout_us;
  return options;
}

int64_t wombat_shim_snapshot_create(int64_t db) {
  wombat_error error;
  wombat_snapshot* snapshot;
  wombat_status status = wombat_snapshot_create(HANDLE(db, db), &snapshot, &error);
  return new_handle(status, snapshot, &error);
}

int64_t wombat_shim_snapshot_timestamp(int64_t snapshot) {
  return (int64_t)wombat_snapshot_timestamp(HANDLE(snapshot, snapshot));
}

void wombat_shim_snapshot_release(int64_t snapshot) { wombat_snapshot_release(HANDLE(snapshot, snapshot)); }

int64_t wombat_shim_commit_timestamp(int64_t db) {
  wombat_error error;
  uint64_t timestamp = 0;
  wombat_status status = wombat_commit_timestamp(HANDLE(db, db), &timestamp, &error);
  return amount(status, (size_t)timestamp, &error);
}

int64_t wombat_shim_get(int64_t db, const void* key, int64_t key_size, int64_t snapshot, int32_t flags,
                        void* buffer, int64_t capacity) {
  wombat_error error;
  size_t value_size;
  const wombat_read_options options = read_options(snapshot, flags, 0);
  wombat_status status = wombat_get(HANDLE(db, db), key, (size_t)key_size, &options, buffer, (size_t)capacity,
                                    &value_size, &error);
  return amount(status, value_size, &error);
}

int64_t wombat_shim_get_part(int64_t db, const void* key, int64_t key_size, int64_t offset, int64_t snapshot,
                             int32_t flags, void* buffer, int64_t capacity, void* value_size) {
  wombat_error error;
  size_t part_size;
  uint64_t whole_size;
  const wombat_read_options options = read_options(snapshot, flags, 0);
  wombat_status status = wombat_get_part(HANDLE(db, db), key, (size_t)key_size, (uint64_t)offset, &options,
                                         buffer, (size_t)capacity, &part_size, &whole_size, &error);
  store(value_size, (int64_t)whole_size);
  return amount(status, part_size, &error);
}

int64_t wombat_shim_exists(int64_t db, const void* key, int64_t key_size, int64_t snapshot, int32_t flags) {
  wombat_error error;
  const wombat_read_options options = read_options(snapshot, flags, 0);
  return outcome(wombat_exists(HANDLE(db, db), key, (size_t)key_size, &options, &error), &error);
}

int64_t wombat_shim_get_expiry(int64_t db, const void* key, int64_t key_size, int64_t snapshot,
                               int32_t flags) {
  wombat_error error;
  uint64_t expires_at_us = 0;
  const wombat_read_options options = read_options(snapshot, flags, 0);
  wombat_status status =
      wombat_get_expiry(HANDLE(db, db), key, (size_t)key_size, &options, &expires_at_us, &error);
  return expiry(status, expires_at_us, &error);
}

int64_t wombat_shim_pin_create(void) {
  wombat_error error;
  wombat_pin* pin;
  wombat_status status = wombat_pin_create(&pin, &error);
  return new_handle(status, pin, &error);
}

void wombat_shim_pin_release(int64_t pin) { wombat_pin_release(HANDLE(pin, pin)); }

void wombat_shim_pin_destroy(int64_t pin) { wombat_pin_destroy(HANDLE(pin, pin)); }

int64_t wombat_shim_get_pinned(int64_t db, const void* key, int64_t key_size, int64_t snapshot, int32_t flags,
                               int64_t pin, void* address) {
  wombat_error error;
  const void* value = NULL;
  size_t value_size = 0;
  const wombat_read_options options = read_options(snapshot, flags, 0);
  wombat_status status = wombat_get_pinned(HANDLE(db, db), key, (size_t)key_size, &options, HANDLE(pin, pin),
                                           &value, &value_size, &error);
  store(address, (int64_t)(intptr_t)value);
  return amount(status, value_size, &error);
}

void wombat_shim_copy(int64_t address, int64_t size, void* buffer) {
  if (size > 0) memcpy(buffer, (const void*)(intptr_t)address, (size_t)size);
}

int64_t wombat_shim_multi_get_packed(int64_t db, const void* keys, int64_t keys_size, int64_t snapshot,
                                     int32_t flags, int64_t timeout_us, void* buffer, int64_t capacity,
                                     void* used) {
  wombat_error error;
  size_t used_size = 0;
  size_t done = 0;
  const wombat_read_options options = read_options(snapshot, flags, timeout_us);
  wombat_status status = wombat_multi_get_packed(HANDLE(db, db), keys, (size_t)keys_size, &options, buffer,
                                                 (size_t)capacity, &used_size, &done, &error);
  store(used, (int64_t)used_size);
  return amount(status, done, &error);
}
