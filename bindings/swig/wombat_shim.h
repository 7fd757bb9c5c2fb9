/* wombat_shim.h - wombat.h for callers without structs and output pointers: what the Java, Go and C# layers call.
 *
 * Private: compiled into the native part of each binding, seen only by the hand-written layer above it, and changed
 * together with that. Every function is one function of wombat.h (or two that are always called together); its
 * meaning, errors and thread rule are documented there. What differs is the shape of the calls:
 *
 * Handles are the pointers of wombat.h as integers. 0 is NULL.
 * Bytes are an address and a size. `const void *` is read by the call, `void *` is written. A size of -1 says that
 *   there are no bytes at all where wombat.h takes NULL (bounds and prefixes). Texts end with a zero byte.
 * Results are one int64_t:
 *     0 or more               success: the handle, size or count that the call gives, else 0
 *     WOMBAT_SHIM_NONE        the normal "no": the key is absent, the iterator is at its end, there is no savepoint
 *     any other negative one  a failure, to be handed to wombat_shim_take_error exactly once
 *   So a call that succeeds touches no memory for its outcome, and a failure carries its message without a
 *   thread-local variable.
 * Buffers: a call that fills one returns the size of the whole result. When that is more than the capacity, nothing
 *   was written. Texts are written with a zero byte behind them that does not count: their result must be less than the
 *   capacity.
 * Option structs come as their members; 0 is the default of each.
 */
#ifndef WOMBAT_SHIM_H
#define WOMBAT_SHIM_H

#include <stdint.h>

enum { WOMBAT_SHIM_NONE = -1 };

/* Size of the record that wombat_shim_take_error writes: a wombat_error. */
enum { WOMBAT_SHIM_ERROR_SIZE = 512 };

/* Writes the wombat_error behind a failure into `error` and frees it. */
void wombat_shim_take_error(int64_t failure, void* error);

/* 1 or 0 */
int64_t wombat_shim_feature(const void* name);

/* Options */
int64_t wombat_shim_options_create(void);
int64_t wombat_shim_options_create_preset(const void* preset);
int64_t wombat_shim_options_copy(int64_t options);
int64_t wombat_shim_options_set(int64_t options, const void* name, const void* value);
int64_t wombat_shim_options_set_integer(int64_t options, const void* name, int64_t value);
int64_t wombat_shim_options_parse(int64_t options, const void* text);
int64_t wombat_shim_options_get(int64_t options, const void* name, void* buffer, int64_t capacity);
/* `value` is 8 bytes. */
int64_t wombat_shim_options_get_integer(int64_t options, const void* name, void* value);
/* Messages of databases opened with `options` go to `log`, a queue made by wombat_shim_log_create. */
int64_t wombat_shim_options_set_log(int64_t options, int64_t log);
void wombat_shim_options_destroy(int64_t options);
/* Writes lines: name, type, is_mutable, is_supported, is_per_keyspace, minimum, maximum, default, choices, help. */
int64_t wombat_shim_option_describe(int64_t index, void* buffer, int64_t capacity);

/* Log queue: messages wait here until a thread of the language takes them, so that no thread of the library ever
 * enters a virtual machine. It holds the newest 1000 messages. The creator holds it until wombat_shim_log_close, and
 * must close the databases that use it before. */
int64_t wombat_shim_log_create(void);
/* Waits for a message and writes { level i32, text }. NONE: the queue was closed and is empty; it is gone. A message
 * that does not fit is cut. One thread only. */
int64_t wombat_shim_log_take(int64_t log, void* buffer, int64_t capacity);
void wombat_shim_log_close(int64_t log);

/* Database */
int64_t wombat_shim_open(const void* path, int64_t options);
int64_t wombat_shim_close(int64_t db);
int64_t wombat_shim_destroy(const void* path);
int64_t wombat_shim_get_option(int64_t db, const void* name, void* buffer, int64_t capacity);
int64_t wombat_shim_set_option(int64_t db, const void* name, const void* value);

/* Keyspaces: their handles are handles of databases. Lists have a line end behind each name. */
int64_t wombat_shim_keyspace_create(int64_t db, const void* name, int64_t options);
int64_t wombat_shim_keyspace_open(int64_t db, const void* name);
int64_t wombat_shim_keyspace_list(int64_t db, void* buffer, int64_t capacity);
int64_t wombat_shim_keyspace_rename(int64_t db, const void* name, const void* new_name);
int64_t wombat_shim_keyspace_drop(int64_t db, const void* name);

/* Writing */
int64_t wombat_shim_put(int64_t db, const void* key, int64_t key_size, const void* value, int64_t value_size,
                        int32_t flags, int32_t sync, int64_t timeout_us, int64_t ttl_ms);
int64_t wombat_shim_delete(int64_t db, const void* key, int64_t key_size, int32_t flags, int32_t sync,
                           int64_t timeout_us);
int64_t wombat_shim_delete_range(int64_t db, const void* lower, int64_t lower_size, const void* upper,
                                 int64_t upper_size, int32_t flags, int32_t sync, int64_t timeout_us);
int64_t wombat_shim_merge(int64_t db, const void* operator_name, const void* key, int64_t key_size,
                          const void* operand, int64_t operand_size, int32_t flags, int32_t sync,
                          int64_t timeout_us);
/* NONE: the key is there. */
int64_t wombat_shim_put_if_absent(int64_t db, const void* key, int64_t key_size, const void* value,
                                  int64_t value_size, int32_t flags, int32_t sync, int64_t timeout_us,
                                  int64_t ttl_ms);
/* `expected` and `desired` may have size -1. NONE: the value is another. */
int64_t wombat_shim_compare_and_set(int64_t db, const void* key, int64_t key_size, const void* expected,
                                    int64_t expected_size, const void* desired, int64_t desired_size,
                                    int32_t flags, int32_t sync, int64_t timeout_us, int64_t ttl_ms);
/* `before` is 8 bytes. */
int64_t wombat_shim_fetch_add(int64_t db, const void* key, int64_t key_size, int64_t delta, int32_t flags,
                              int32_t sync, int64_t timeout_us, int64_t ttl_ms, void* before);
int64_t wombat_shim_batch_create(void);
int64_t wombat_shim_batch_put(int64_t batch, const void* key, int64_t key_size, const void* value,
                              int64_t value_size);
int64_t wombat_shim_batch_put_ttl(int64_t batch, const void* key, int64_t key_size, const void* value,
                                  int64_t value_size, int64_t ttl_ms);
/* `expires_at_us` 0: never. */
int64_t wombat_shim_batch_put_until(int64_t batch, const void* key, int64_t key_size, const void* value,
                                    int64_t value_size, int64_t expires_at_us);
int64_t wombat_shim_batch_delete(int64_t batch, const void* key, int64_t key_size);
int64_t wombat_shim_batch_delete_range(int64_t batch, const void* lower, int64_t lower_size,
                                       const void* upper, int64_t upper_size);
int64_t wombat_shim_batch_merge(int64_t batch, const void* operator_name, const void* key, int64_t key_size,
                                const void* operand, int64_t operand_size);
/* What is added from now on belongs to `keyspace`; 0: to that of the handle given to wombat_shim_write. */
int64_t wombat_shim_batch_use_keyspace(int64_t batch, int64_t keyspace);
int64_t wombat_shim_batch_add_packed(int64_t batch, const void* operations, int64_t operations_size);
int64_t wombat_shim_batch_clear(int64_t batch);
int64_t wombat_shim_batch_count(int64_t batch);
int64_t wombat_shim_batch_size(int64_t batch);
int64_t wombat_shim_batch_set_savepoint(int64_t batch);
int64_t wombat_shim_batch_rollback_to_savepoint(int64_t batch);
int64_t wombat_shim_batch_release_savepoint(int64_t batch);
void wombat_shim_batch_destroy(int64_t batch);
int64_t wombat_shim_write(int64_t db, int64_t batch, int32_t flags, int32_t sync, int64_t timeout_us,
                          int64_t ttl_ms);
int64_t wombat_shim_write_packed(int64_t db, const void* operations, int64_t operations_size, int32_t flags,
                                 int32_t sync, int64_t timeout_us, int64_t ttl_ms);
int64_t wombat_shim_sync(int64_t db);

/* Reading */

/* Flags that say what the argument `snapshot` of a read is, when it is not a snapshot: the time of which to read. */
enum {
  WOMBAT_SHIM_AS_OF_TIMESTAMP = 1 << 28, /* a commit timestamp */
  WOMBAT_SHIM_AS_OF_TIME = 1 << 29       /* microseconds since 1970 */
};

int64_t wombat_shim_snapshot_create(int64_t db);
int64_t wombat_shim_snapshot_timestamp(int64_t snapshot);
void wombat_shim_snapshot_release(int64_t snapshot);
int64_t wombat_shim_commit_timestamp(int64_t db);
int64_t wombat_shim_get(int64_t db, const void* key, int64_t key_size, int64_t snapshot, int32_t flags,
                        void* buffer, int64_t capacity);
/* Gives how many bytes were copied; `value_size`, 8 bytes, becomes the size of the whole value. `offset` is not negative. */
int64_t wombat_shim_get_part(int64_t db, const void* key, int64_t key_size, int64_t offset, int64_t snapshot,
                             int32_t flags, void* buffer, int64_t capacity, void* value_size);
int64_t wombat_shim_exists(int64_t db, const void* key, int64_t key_size, int64_t snapshot, int32_t flags);
/* Gives microseconds since 1970, the last that fits where it is later; 0: never. NONE: the key is absent. */
int64_t wombat_shim_get_expiry(int64_t db, const void* key, int64_t key_size, int64_t snapshot,
                               int32_t flags);
int64_t wombat_shim_pin_create(void);
void wombat_shim_pin_release(int64_t pin);
void wombat_shim_pin_destroy(int64_t pin);
/* Gives the size of the value; `address`, 8 bytes, becomes where it lies. */
int64_t wombat_shim_get_pinned(int64_t db, const void* key, int64_t key_size, int64_t snapshot, int32_t flags,
                               int64_t pin, void* address);
/* Copies `size` bytes that lie at `address`, inside a pinned value. */
void wombat_shim_copy(int64_t address, int64_t size, void* buffer);
/* Gives how many keys were answered. `used`, 8 bytes, becomes the bytes written; when the result is 0, the bytes that
 * the first answer needs. */
int64_t wombat_shim_multi_get_packed(int64_t db, const void* keys, int64_t keys_size, int64_t snapshot,
                                     int32_t flags, int64_t timeout_us, void* buffer, int64_t capacity,
                                     void* used);

/* Iterating */

/* Where wombat_shim_iterator_read begins. */
enum {
  WOMBAT_SHIM_CONTINUE = 0, /* behind the row that the iterator stands on */
  WOMBAT_SHIM_FIRST = 1,
  WOMBAT_SHIM_LAST = 2,
  WOMBAT_SHIM_SEEK = 3,
  WOMBAT_SHIM_SEEK_FOR_PREV = 4
};

int64_t wombat_shim_iterator_create(int64_t db, int64_t snapshot, int32_t flags, const void* lower,
                                    int64_t lower_size, const void* upper, int64_t upper_size,
                                    const void* prefix, int64_t prefix_size, int64_t readahead_size);
/* Added to the direction of wombat_shim_iterator_read, for an iterator with WOMBAT_READ_LAZY_VALUES: a row whose value was left
 * in a value file has bit 31 of its value size set, and no value follows. */
enum { WOMBAT_SHIM_LEAVE_VALUES = 2 };

/* Moves and then reads packed rows (see wombat_iterator_read_batch) in one call. Gives how many rows were written;
 * `used`, 8 bytes, becomes the bytes written, or with 0 rows the bytes that the first one needs: call again with the
 * same move. NONE: no row there. The iterator stands on the last row written. */
int64_t wombat_shim_iterator_read(int64_t iterator, int32_t move, const void* target, int64_t target_size,
                                  int32_t direction, int64_t row_count_max, void* buffer, int64_t capacity,
                                  void* used);
/* When the row of `key` expires, as wombat_shim_get_expiry gives it. `is_there` 1: it is the last one that was read, so that the
 * iterator stands on it, unless it has looked further and seen the end. Else the iterator goes back to it before, and reads in
 * `direction` continue behind it. NONE: it has expired meanwhile. */
int64_t wombat_shim_iterator_expiry(int64_t iterator, const void* key, int64_t key_size, int32_t is_there,
                                    int32_t direction);
/* Copies the value of the row of `key`, which the iterator goes to as wombat_shim_iterator_expiry does. */
int64_t wombat_shim_iterator_value(int64_t iterator, const void* key, int64_t key_size, int32_t is_there,
                                   int32_t direction, void* buffer, int64_t capacity);
void wombat_shim_iterator_destroy(int64_t iterator);

/* Transactions. `keyspace` may be 0. */
int64_t wombat_shim_txn_begin(int64_t db, int32_t isolation, int32_t flags, int64_t timeout_us,
                              int64_t lock_timeout_us, int64_t size_max);
int64_t wombat_shim_txn_get(int64_t txn, int64_t keyspace, const void* key, int64_t key_size, void* buffer,
                            int64_t capacity);
int64_t wombat_shim_txn_get_for_update(int64_t txn, int64_t keyspace, const void* key, int64_t key_size,
                                       void* buffer, int64_t capacity);
int64_t wombat_shim_txn_exists(int64_t txn, int64_t keyspace, const void* key, int64_t key_size);
/* As wombat_shim_multi_get_packed. */
int64_t wombat_shim_txn_multi_get_packed(int64_t txn, int64_t keyspace, const void* keys, int64_t keys_size,
                                         void* buffer, int64_t capacity, void* used);
int64_t wombat_shim_txn_iterator_create(int64_t txn, int64_t keyspace, int32_t flags, const void* lower,
                                        int64_t lower_size, const void* upper, int64_t upper_size,
                                        const void* prefix, int64_t prefix_size, int64_t readahead_size);
int64_t wombat_shim_txn_put(int64_t txn, int64_t keyspace, const void* key, int64_t key_size,
                            const void* value, int64_t value_size, int64_t ttl_ms);
int64_t wombat_shim_txn_delete(int64_t txn, int64_t keyspace, const void* key, int64_t key_size);
int64_t wombat_shim_txn_delete_range(int64_t txn, int64_t keyspace, const void* lower, int64_t lower_size,
                                     const void* upper, int64_t upper_size);
int64_t wombat_shim_txn_merge(int64_t txn, int64_t keyspace, const void* operator_name, const void* key,
                              int64_t key_size, const void* operand, int64_t operand_size);
int64_t wombat_shim_txn_set_savepoint(int64_t txn);
int64_t wombat_shim_txn_rollback_to_savepoint(int64_t txn);
int64_t wombat_shim_txn_release_savepoint(int64_t txn);
/* Gives the commit timestamp. */
int64_t wombat_shim_txn_commit(int64_t txn, int32_t flags, int32_t sync, int64_t timeout_us);
int64_t wombat_shim_txn_rollback(int64_t txn);
void wombat_shim_txn_destroy(int64_t txn);
int64_t wombat_shim_txn_prepare(int64_t txn, const void* name);
int64_t wombat_shim_prepared_list(int64_t db, void* buffer, int64_t capacity);
/* Gives the commit timestamp. */
int64_t wombat_shim_prepared_commit(int64_t db, const void* name);
int64_t wombat_shim_prepared_rollback(int64_t db, const void* name);
/* Gives the microseconds to wait. NONE: there is to be no other attempt. */
int64_t wombat_shim_txn_retry_delay(int64_t db, int32_t retries);

/* Maintenance. `progress` is the address of a wombat_progress_function, or 0. */
int64_t wombat_shim_cancel_create(void);
int64_t wombat_shim_cancel_request(int64_t cancel);
void wombat_shim_cancel_destroy(int64_t cancel);
int64_t wombat_shim_flush(int64_t db, int64_t timeout_us, int64_t cancel, int64_t progress,
                          int64_t user_data);
int64_t wombat_shim_compact_range(int64_t db, const void* lower, int64_t lower_size, const void* upper,
                                  int64_t upper_size, int64_t timeout_us, int64_t cancel, int64_t progress,
                                  int64_t user_data);
int64_t wombat_shim_compaction_pause(int64_t db, int64_t timeout_us, int64_t cancel, int64_t progress,
                                     int64_t user_data);
int64_t wombat_shim_compaction_resume(int64_t db);
int64_t wombat_shim_wait(int64_t db, int64_t timeout_us, int64_t cancel, int64_t progress, int64_t user_data);
int64_t wombat_shim_verify(int64_t db, int64_t timeout_us, int64_t cancel, int64_t progress,
                           int64_t user_data);
int64_t wombat_shim_reclaim(int64_t db, int32_t dead_percent, int64_t timeout_us, int64_t cancel,
                            int64_t progress, int64_t user_data);
int64_t wombat_shim_clean_up_logs(int64_t db);
int64_t wombat_shim_approximate_size(int64_t db, const void* lower, int64_t lower_size, const void* upper,
                                     int64_t upper_size);

/* Bulk loading */
int64_t wombat_shim_builder_open(const void* path, int64_t options);
int64_t wombat_shim_builder_put(int64_t builder, const void* key, int64_t key_size, const void* value,
                                int64_t value_size);
/* `expires_at_us` 0: never. */
int64_t wombat_shim_builder_put_until(int64_t builder, const void* key, int64_t key_size, const void* value,
                                      int64_t value_size, int64_t expires_at_us);
int64_t wombat_shim_builder_delete(int64_t builder, const void* key, int64_t key_size);
/* Gives how many entries were added; `bytes`, 8 bytes, becomes about how large the file is. */
int64_t wombat_shim_builder_size(int64_t builder, void* bytes);
int64_t wombat_shim_builder_finish(int64_t builder);
void wombat_shim_builder_destroy(int64_t builder);
/* `paths` are `count` texts one behind the other, each with its zero byte. `removes_files`: 1 or 0. */
int64_t wombat_shim_ingest(int64_t db, const void* paths, int64_t count, int32_t removes_files,
                           int64_t timeout_us, int64_t cancel, int64_t progress, int64_t user_data);

/* Watching. Names and helps are static; NULL for an index out of range. */
const char* wombat_shim_statistic_name(int64_t index);
const char* wombat_shim_statistic_help(int64_t index);
/* `values` has room for `capacity` numbers of 8 bytes; gives how many were written. */
int64_t wombat_shim_statistics(int64_t db, void* values, int64_t capacity);
int64_t wombat_shim_report(int64_t db, int32_t format, void* buffer, int64_t capacity);
const char* wombat_shim_property_name(int64_t index);
const char* wombat_shim_property_help(int64_t index);
int64_t wombat_shim_property(int64_t db, const void* name, void* buffer, int64_t capacity);
/* `value` is 8 bytes. */
int64_t wombat_shim_property_integer(int64_t db, const void* name, void* value);

#endif
