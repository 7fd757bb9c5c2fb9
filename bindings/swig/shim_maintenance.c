/* Long calls. */
#include "shim_internal.h"

int64_t wombat_shim_cancel_create(void) {
  wombat_error error;
  wombat_cancel* cancel;
  wombat_status status = wombat_cancel_create(&cancel, &error);
  return new_handle(status, cancel, &error);
}

int64_t wombat_shim_cancel_request(int64_t cancel) {
  wombat_error error;
  return outcome(wombat_cancel_request(HANDLE(cancel, cancel), &error), &error);
}

void wombat_shim_cancel_destroy(int64_t cancel) { wombat_cancel_destroy(HANDLE(cancel, cancel)); }

int64_t wombat_shim_flush(int64_t db, int64_t timeout_us, int64_t cancel, int64_t progress,
                          int64_t user_data) {
  wombat_error error;
  const wombat_task_options options = task_options(timeout_us, cancel, progress, user_data);
  return outcome(wombat_flush(HANDLE(db, db), &options, &error), &error);
}

int64_t wombat_shim_compact_range(int64_t db, const void* lower, int64_t lower_size, const void* upper,
                                  int64_t upper_size, int64_t timeout_us, int64_t cancel, int64_t progress,
                                  int64_t user_data) {
  wombat_error error;
  const wombat_task_options options = task_options(timeout_us, cancel, progress, user_data);
  return outcome(
      wombat_compact_range(HANDLE(db, db), bytes_or_null(lower, lower_size), size_or_zero(lower_size),
                           bytes_or_null(upper, upper_size), size_or_zero(upper_size), &options, &error),
      &error);
}

int64_t wombat_shim_compaction_pause(int64_t db, int64_t timeout_us, int64_t cancel, int64_t progress,
                                     int64_t user_data) {
  wombat_error error;
  const wombat_task_options options = task_options(timeout_us, cancel, progress, user_data);
  return outcome(wombat_compaction_pause(HANDLE(db, db), &options, &error), &error);
}

int64_t wombat_shim_compaction_resume(int64_t db) {
  wombat_error error;
  return outcome(wombat_compaction_resume(HANDLE(db, db), &error), &error);
}

int64_t wombat_shim_wait(int64_t db, int64_t timeout_us, int64_t cancel, int64_t progress,
                         int64_t user_data) {
  wombat_error error;
  const wombat_task_options options = task_options(timeout_us, cancel, progress, user_data);
  return outcome(wombat_wait(HANDLE(db, db), &options, &error), &error);
}

int64_t wombat_shim_verify(int64_t db, int64_t timeout_us, int64_t cancel, int64_t progress,
                           int64_t user_data) {
  wombat_error error;
  const wombat_task_options options = task_options(timeout_us, cancel, progress, user_data);
  return outcome(wombat_verify(HANDLE(db, db), &options, &error), &error);
}

int64_t wombat_shim_reclaim(int64_t db, int32_t dead_percent, int64_t timeout_us, int64_t cancel,
                            int64_t progress, int64_t user_data) {
  wombat_error error;
  const wombat_task_options options = task_options(timeout_us, cancel, progress, user_data);
  return outcome(wombat_reclaim(HANDLE(db, db), (uint32_t)dead_percent, &options, &error), &error);
}

int64_t wombat_shim_clean_up_logs(int64_t db) {
  wombat_error error;
  uint64_t removed = 0;
  wombat_status status = wombat_clean_up_logs(HANDLE(db, db), &removed, &error);
  return amount(status, (size_t)removed, &error);
}

int64_t wombat_shim_approximate_size(int64_t db, const void* lower, int64_t lower_size, const void* upper,
                                     int64_t upper_size) {
  wombat_error error;
  uint64_t size = 0;
  wombat_status status =
      wombat_approximate_size(HANDLE(db, db), bytes_or_null(lower, lower_size), size_or_zero(lower_size),
                              bytes_or_null(upper, upper_size), size_or_zero(upper_size), &size, &error);
  return amount(status, (size_t)size, &error);
}
