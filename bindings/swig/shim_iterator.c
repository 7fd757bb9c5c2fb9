/* Iterators: a move and a batch of rows in one crossing. */
#include "shim_internal.h"

static wombat_iterator_options iterator_options(int64_t snapshot, int32_t flags, const void* lower,
                                                int64_t lower_size, const void* upper, int64_t upper_size,
                                                const void* prefix, int64_t prefix_size,
                                                int64_t readahead_size) {
  const read_state state = state_to_read(snapshot, flags);
  wombat_iterator_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = state.flags;
  options.snapshot = state.snapshot;
  options.as_of_timestamp = state.as_of_timestamp;
  options.as_of_time_us = state.as_of_time_us;
  options.lower = bytes_or_null(lower, lower_size);
  options.lower_size = size_or_zero(lower_size);
  options.upper = bytes_or_null(upper, upper_size);
  options.upper_size = size_or_zero(upper_size);
  options.prefix = bytes_or_null(prefix, prefix_size);
  options.prefix_size = size_or_zero(prefix_size);
  options.readahead_size = (size_t)readahead_size;
  return options;
}

int64_t wombat_shim_iterator_create(int64_t db, int64_t snapshot, int32_t flags, const void* lower,
                                    int64_t lower_size, const void* upper, int64_t upper_size,
                                    const void* prefix, int64_t prefix_size, int64_t readahead_size) {
  wombat_error error;
  wombat_iterator* iterator;
  const wombat_iterator_options options = iterator_options(snapshot, flags, lower, lower_size, upper,
                                                           upper_size, prefix, prefix_size, readahead_size);
  wombat_status status = wombat_iterator_create(HANDLE(db, db), &options, &iterator, &error);
  return new_handle(status, iterator, &error);
}

int64_t wombat_shim_txn_iterator_create(int64_t txn, int64_t keyspace, int32_t flags, const void* lower,
                                        int64_t lower_size, const void* upper, int64_t upper_size,
                                        const void* prefix, int64_t prefix_size, int64_t readahead_size) {
  wombat_error error;
  wombat_iterator* iterator;
  const wombat_iterator_options options =
      iterator_options(0, flags, lower, lower_size, upper, upper_size, prefix, prefix_size, readahead_size);
  wombat_status status =
      wombat_txn_iterator_create(HANDLE(txn, txn), HANDLE(db, keyspace), &options, &iterator, &error);
  return new_handle(status, iterator, &error);
}

typedef struct row {
  const void* key;
  const void* value;
  size_t key_size;
  size_t value_size;
} row;

static wombat_status move_to(wombat_iterator* iterator, int32_t move, const void* target, size_t target_size,
                             row* to, wombat_error* error) {
  switch (move) {
    case WOMBAT_SHIM_FIRST:
      return wombat_iterator_first(iterator, &to->key, &to->key_size, &to->value, &to->value_size, error);
    case WOMBAT_SHIM_LAST:
      return wombat_iterator_last(iterator, &to->key, &to->key_size, &to->value, &to->value_size, error);
    case WOMBAT_SHIM_SEEK:
      return wombat_iterator_seek(iterator, target, target_size, &to->key, &to->key_size, &to->value,
                                  &to->value_size, error);
    default:
      return wombat_iterator_seek_for_prev(iterator, target, target_size, &to->key, &to->key_size, &to->value,
                                           &to->value_size, error);
  }
}

static void store_size(char* to, size_t size) {
  int i;
  for (i = 0; i < 4; ++i) to[i] = (char)(unsigned char)(size >> (8 * i));
}

static size_t write_row(const row* from, char* to) {
  store_size(to, from->key_size);
  store_size(to + 4, from->value_size);
  if (from->key_size != 0) memcpy(to + 8, from->key, from->key_size);
  if (from->value_size != 0) memcpy(to + 8 + from->key_size, from->value, from->value_size);
  return 8 + from->key_size + from->value_size;
}

int64_t wombat_shim_iterator_read(int64_t iterator, int32_t move, const void* target, int64_t target_size,
                                  int32_t direction, int64_t row_count_max, void* buffer, int64_t capacity,
                                  void* used) {
  wombat_error error;
  wombat_status status;
  size_t bytes = 0;
  size_t more_bytes = 0;
  size_t more_rows = 0;
  row first;
  store(used, 0);
  if (move == WOMBAT_SHIM_CONTINUE) {
    status = wombat_iterator_read_batch(HANDLE(iterator, iterator), direction, (size_t)row_count_max, buffer,
                                        (size_t)capacity, &more_bytes, &more_rows, &error);
    store(used, (int64_t)more_bytes);
    return amount(status, more_rows, &error);
  }
  status = move_to(HANDLE(iterator, iterator), move, target, (size_t)target_size, &first, &error);
  if (status != WOMBAT_OK) return outcome(status, &error);
  bytes = 8 + first.key_size + first.value_size;
  store(used, (int64_t)bytes);
  if (bytes > (size_t)capacity) return 0;
  write_row(&first, (char*)buffer);
  if (row_count_max == 1) return 1;
  /* A failure behind the first row is met again by the next read; the row comes first. */
  status = wombat_iterator_read_batch(
      HANDLE(iterator, iterator), direction, row_count_max == 0 ? 0 : (size_t)row_count_max - 1,
      (char*)buffer + bytes, (size_t)capacity - bytes, &more_bytes, &more_rows, NULL);
  if (status != WOMBAT_OK) return 1;
  store(used, (int64_t)(bytes + more_bytes));
  return 1 + (int64_t)more_rows;
}

int64_t wombat_shim_iterator_expiry(int64_t iterator, const void* key, int64_t key_size, int32_t direction) {
  wombat_error error;
  wombat_status status;
  uint64_t expires_at_us = 0;
  row found;
  if (key_size >= 0) {
    /* Should the row have expired, the one before it in this direction is as good to continue behind. */
    status = move_to(HANDLE(iterator, iterator),
                     direction == WOMBAT_FORWARD ? WOMBAT_SHIM_SEEK_FOR_PREV : WOMBAT_SHIM_SEEK, key,
                     (size_t)key_size, &found, &error);
    if (status != WOMBAT_OK) return outcome(status, &error);
    if (found.key_size != (size_t)key_size || (key_size != 0 && memcmp(found.key, key, found.key_size) != 0))
      return WOMBAT_SHIM_NONE;
  }
  status = wombat_iterator_expiry(HANDLE(iterator, iterator), &expires_at_us, &error);
  return expiry(status, expires_at_us, &error);
}

void wombat_shim_iterator_destroy(int64_t iterator) { wombat_iterator_destroy(HANDLE(iterator, iterator)); }
