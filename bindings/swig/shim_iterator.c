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

/* Puts a row behind `*used` bytes if it fits; a value that was left has no address. */
static int pack_row(const row* from, char* buffer, size_t capacity, size_t* used) {
  const int is_left = from->value == NULL && from->value_size != 0;
  row packed = *from;
  size_t size;
  if (is_left) packed.value_size = 0;
  size = 8 + packed.key_size + packed.value_size;
  if (size > capacity - *used) {
    if (*used == 0) *used = size;
    return 0;
  }
  write_row(&packed, buffer + *used);
  if (is_left) store_size(buffer + *used + 4, from->value_size | (size_t)1 << 31);
  *used += size;
  return 1;
}

static wombat_status step(wombat_iterator* iterator, int is_forward, row* to, wombat_error* error) {
  return is_forward
             ? wombat_iterator_next(iterator, &to->key, &to->key_size, &to->value, &to->value_size, error)
             : wombat_iterator_prev(iterator, &to->key, &to->key_size, &to->value, &to->value_size, error);
}

/* As wombat_shim_iterator_read, by single steps: wombat_iterator_read_batch would read what is to be left. An end or a failure behind
 * the first row is met again by the next read. */
static int64_t read_leaving_values(wombat_iterator* iterator, int32_t move, const void* target,
                                   size_t target_size, int is_forward, size_t row_count_max, char* buffer,
                                   size_t capacity, void* used) {
  wombat_error error;
  wombat_status status;
  size_t bytes = 0;
  size_t count = 0;
  row found;
  int is_full = 0;
  store(used, 0);
  do {
    status = count == 0 && move != WOMBAT_SHIM_CONTINUE
                 ? move_to(iterator, move, target, target_size, &found, &error)
                 : step(iterator, is_forward, &found, &error);
    if (status != WOMBAT_OK) break;
    is_full = !pack_row(&found, buffer, capacity, &bytes);
    if (is_full) break;
    ++count;
  } while (count != row_count_max);
  store(used, (int64_t)bytes);
  if (count == 0 && !is_full) return outcome(status, &error);
  if (count == 0 && move != WOMBAT_SHIM_CONTINUE) return 0;
  if (is_full) step(iterator, !is_forward, &found, NULL);
  return (int64_t)count;
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
  if (direction & WOMBAT_SHIM_LEAVE_VALUES) {
    return read_leaving_values(HANDLE(iterator, iterator), move, target, (size_t)target_size,
                               direction == (WOMBAT_FORWARD | WOMBAT_SHIM_LEAVE_VALUES),
                               (size_t)row_count_max, (char*)buffer, (size_t)capacity, used);
  }
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

/* Back to a row that was read before. WOMBAT_END: it has expired meanwhile; the iterator then stands on the one before it in this
 * direction, which is as good to continue behind. */
static wombat_status go_back_to(wombat_iterator* iterator, const void* key, size_t key_size,
                                int32_t direction, wombat_error* error) {
  row found;
  wombat_status status =
      move_to(iterator, direction == WOMBAT_FORWARD ? WOMBAT_SHIM_SEEK_FOR_PREV : WOMBAT_SHIM_SEEK, key,
              key_size, &found, error);
  if (status != WOMBAT_OK) return status;
  return found.key_size == key_size && (key_size == 0 || memcmp(found.key, key, key_size) == 0) ? WOMBAT_OK
                                                                                                : WOMBAT_END;
}

int64_t wombat_shim_iterator_expiry(int64_t iterator, const void* key, int64_t key_size, int32_t is_there,
                                    int32_t direction) {
  wombat_error error;
  uint64_t expires_at_us = 0;
  wombat_status status = WOMBAT_END;
  if (is_there) status = wombat_iterator_expiry(HANDLE(iterator, iterator), &expires_at_us, &error);
  if (status == WOMBAT_END) {
    status = go_back_to(HANDLE(iterator, iterator), key, (size_t)key_size, direction, &error);
    if (status == WOMBAT_OK)
      status = wombat_iterator_expiry(HANDLE(iterator, iterator), &expires_at_us, &error);
  }
  return expiry(status, expires_at_us, &error);
}

int64_t wombat_shim_iterator_value(int64_t iterator, const void* key, int64_t key_size, int32_t is_there,
                                   int32_t direction, void* buffer, int64_t capacity) {
  wombat_error error;
  const void* value = NULL;
  size_t value_size = 0;
  wombat_status status = WOMBAT_END;
  if (is_there) status = wombat_iterator_value(HANDLE(iterator, iterator), &value, &value_size, &error);
  if (status == WOMBAT_END) {
    status = go_back_to(HANDLE(iterator, iterator), key, (size_t)key_size, direction, &error);
    if (status == WOMBAT_OK)
      status = wombat_iterator_value(HANDLE(iterator, iterator), &value, &value_size, &error);
  }
  if (status == WOMBAT_OK && value_size != 0 && value_size <= (size_t)capacity)
    memcpy(buffer, value, value_size);
  return amount(status, value_size, &error);
}

void wombat_shim_iterator_destroy(int64_t iterator) { wombat_iterator_destroy(HANDLE(iterator, iterator)); }
