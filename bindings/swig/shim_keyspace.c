/* Keyspaces. */
#include "shim_internal.h"

int64_t wombat_shim_keyspace_create(int64_t db, const void* name, int64_t options) {
  wombat_error error;
  return outcome(wombat_keyspace_create(HANDLE(db, db), (const char*)name, HANDLE(options, options), &error),
                 &error);
}

int64_t wombat_shim_keyspace_open(int64_t db, const void* name) {
  wombat_error error;
  wombat_db* keyspace;
  wombat_status status = wombat_keyspace_open(HANDLE(db, db), (const char*)name, &keyspace, &error);
  return new_handle(status, keyspace, &error);
}

int64_t wombat_shim_keyspace_list(int64_t db, void* buffer, int64_t capacity) {
  wombat_error error;
  size_t length;
  wombat_status status =
      wombat_keyspace_list(HANDLE(db, db), (char*)buffer, (size_t)capacity, &length, &error);
  return amount(status, length, &error);
}

int64_t wombat_shim_keyspace_rename(int64_t db, const void* name, const void* new_name) {
  wombat_error error;
  return outcome(wombat_keyspace_rename(HANDLE(db, db), (const char*)name, (const char*)new_name, &error),
                 &error);
}

int64_t wombat_shim_keyspace_drop(int64_t db, const void* name) {
  wombat_error error;
  return outcome(wombat_keyspace_drop(HANDLE(db, db), (const char*)name, &error), &error);
}
