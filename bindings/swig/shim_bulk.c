/* Bulk loading. */
#include <stdio.h>
#include <stdlib.h>

#include "shim_internal.h"

int64_t wombat_shim_builder_open(const void* path, int64_t options) {
  wombat_error error;
  wombat_builder* builder;
  wombat_status status = wombat_builder_open((const char*)path, HANDLE(options, options), &builder, &error);
  return new_handle(status, builder, &error);
}

int64_t wombat_shim_builder_put(int64_t builder, const void* key, int64_t key_size, const void* value,
                                int64_t value_size) {
  wombat_error error;
  return outcome(
      wombat_builder_put(HANDLE(builder, builder), key, (size_t)key_size, value, (size_t)value_size, &error),
      &error);
}

int64_t wombat_shim_builder_put_until(int64_t builder, const void* key, int64_t key_size, const void* value,
                                      int64_t value_size, int64_t expires_at_us) {
  wombat_error error;
  return outcome(wombat_builder_put_until(HANDLE(builder, builder), key, (size_t)key_size, value,
                                          (size_t)value_size, (uint64_t)expires_at_us, &error),
                 &error);
}

int64_t wombat_shim_builder_delete(int64_t builder, const void* key, int64_t key_size) {
  wombat_error error;
  return outcome(wombat_builder_delete(HANDLE(builder, builder), key, (size_t)key_size, &error), &error);
}

int64_t wombat_shim_builder_size(int64_t builder, void* bytes) {
  wombat_error error;
  uint64_t entries = 0;
  uint64_t size = 0;
  wombat_status status = wombat_builder_size(HANDLE(builder, builder), &entries, &size, &error);
  store(bytes, (int64_t)size);
  return amount(status, (size_t)entries, &error);
}

int64_t wombat_shim_builder_finish(int64_t builder) {
  wombat_error error;
  return outcome(wombat_builder_finish(HANDLE(builder, builder), &error), &error);
}

void wombat_shim_builder_destroy(int64_t builder) { wombat_builder_destroy(HANDLE(builder, builder)); }

static int64_t no_memory(size_t bytes) {
  wombat_error error;
  memset(&error, 0, sizeof error);
  error.status = WOMBAT_NO_MEMORY;
  error.retryable = 1;
  snprintf(error.message, sizeof error.message, "no %zu bytes for the paths of the files", bytes);
  return wombat_shim_failure(&error);
}

int64_t wombat_shim_ingest(int64_t db, const void* paths, int64_t count, int32_t removes_files,
                           int64_t timeout_us, int64_t cancel, int64_t progress, int64_t user_data) {
  wombat_error error;
  const wombat_task_options options = task_options(timeout_us, cancel, progress, user_data);
  const size_t bytes = ((size_t)count + 1) * sizeof(const char*);
  const char** const starts = (const char**)malloc(bytes);
  const char* at = (const char*)paths;
  size_t i;
  wombat_status status;
  if (starts == NULL) return no_memory(bytes);
  for (i = 0; i < (size_t)count; ++i) {
    starts[i] = at;
    at += strlen(at) + 1;
  }
  status = wombat_ingest(HANDLE(db, db), starts, (size_t)count,
                         removes_files ? WOMBAT_INGEST_REMOVE_FILES : 0, &options, &error);
  free((void*)starts);
  return outcome(status, &error);
}
