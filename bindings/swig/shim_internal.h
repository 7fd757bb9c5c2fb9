/* What the source files of the shim share: how handles, outcomes and failures become integers. */
#ifndef WOMBAT_SHIM_INTERNAL_H
#define WOMBAT_SHIM_INTERNAL_H

#include <stddef.h>
#include <string.h>

#include "wombat.h"
#include "wombat_shim.h"

/* A handle of wombat.h from its integer. */
#define HANDLE(type, number) ((wombat_##type*)(uintptr_t)(number))

/* The number that stands for a failure until wombat_shim_take_error is asked about it. */
int64_t wombat_shim_failure(const wombat_error* error);

/* A result that says nothing more than how the call ended. */
static inline int64_t outcome(wombat_status status, const wombat_error* error) {
  if (status == WOMBAT_OK) return 0;
  return status > 0 ? WOMBAT_SHIM_NONE : wombat_shim_failure(error);
}

static inline int64_t new_handle(wombat_status status, const void* handle, const wombat_error* error) {
  return status == WOMBAT_OK ? (int64_t)(uintptr_t)handle : wombat_shim_failure(error);
}

/* A result that is a size or count; of a buffer that was too small, the size it needs. */
static inline int64_t amount(wombat_status status, size_t size, const wombat_error* error) {
  if (status == WOMBAT_OK || status == WOMBAT_BUFFER_TOO_SMALL) return (int64_t)size;
  return outcome(status, error);
}

/* A time of expiry. */
static inline int64_t expiry(wombat_status status, uint64_t expires_at_us, const wombat_error* error) {
  if (status != WOMBAT_OK) return outcome(status, error);
  return expires_at_us > INT64_MAX ? INT64_MAX : (int64_t)expires_at_us;
}

static inline void store(void* to, int64_t number) { memcpy(to, &number, sizeof number); }

/* wombat.h tells "no bytes" from "zero bytes" by the pointer, the shim by the size. */
static inline const void* bytes_or_null(const void* data, int64_t size) {
  if (size < 0) return NULL;
  return size == 0 ? "" : data;
}

static inline size_t size_or_zero(int64_t size) { return size < 0 ? 0 : (size_t)size; }

static inline wombat_task_options task_options(int64_t timeout_us, int64_t cancel, int64_t progress,
                                               int64_t user_data) {
  wombat_task_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.timeout_us = (uint64_t)timeout_us;
  options.cancel = HANDLE(cancel, cancel);
  options.progress = (wombat_progress_function)(intptr_t)progress;
  options.user_data = (void*)(intptr_t)user_data;
  return options;
}

/* The state that a read is about: a snapshot or a time, as WOMBAT_SHIM_AS_OF_... in `flags` say. */
typedef struct read_state {
  uint32_t flags; /* those of wombat.h */
  const wombat_snapshot* snapshot;
  uint64_t as_of_timestamp;
  uint64_t as_of_time_us;
} read_state;

static inline read_state state_to_read(int64_t snapshot, int32_t flags) {
  read_state state = {0, NULL, 0, 0};
  const int32_t as_of = flags & (WOMBAT_SHIM_AS_OF_TIMESTAMP | WOMBAT_SHIM_AS_OF_TIME);
  state.flags = (uint32_t)(flags & ~as_of);
  if (as_of == 0) state.snapshot = HANDLE(snapshot, snapshot);
  if (as_of & WOMBAT_SHIM_AS_OF_TIMESTAMP) state.as_of_timestamp = (uint64_t)snapshot;
  if (as_of & WOMBAT_SHIM_AS_OF_TIME) state.as_of_time_us = (uint64_t)snapshot;
  return state;
}

#endif
