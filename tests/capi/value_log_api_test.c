/* Values in value files: written, read whole and in parts, shown by iterators, overwritten, reclaimed, found again. */
#include "capi_check.h"

#include <dirent.h>
#include <pthread.h>

enum { kSizeMax = 400000 };
static const char kOptions[] = "value_log.threshold=100; value_log.file_size=64KiB; wal.sync=os";

static wombat_db* db;
static char expected[kSizeMax];
static char found[kSizeMax];

/* The value of a key, a different one each time that it is written. */
static size_t fill(int key, int turn) {
  static const size_t kSizes[] = {0, 1, 99, 100, 101, 4096, 65536, 65537, 131072, 300001};
  const size_t size = kSizes[(key + turn) % (int)COUNT_OF(kSizes)];
  uint32_t state = (uint32_t)(key * 7919 + turn * 104729 + 1);
  for (size_t i = 0; i < size; ++i) {
    state = state * 1664525u + 1013904223u;
    expected[i] = (char)(state >> 24);
  }
  return size;
}

static size_t key_of(int key, char* text) { return (size_t)snprintf(text, 32, "key %05d", key); }

static void put(int key, int turn) {
  char text[32];
  const size_t key_size = key_of(key, text);
  const size_t size = fill(key, turn);
  CHECK_OK(wombat_put(db, text, key_size, expected, size, NULL, &error));
}

static void check_get(int key, int turn) {
  char text[32];
  const size_t key_size = key_of(key, text);
  const size_t size = fill(key, turn);
  size_t found_size = 7;
  CHECK_OK(wombat_get(db, text, key_size, NULL, found, sizeof found, &found_size, &error));
  CHECK_NUMBER(found_size, size);
  CHECK(memcmp(found, expected, size) == 0);
  CHECK_OK(wombat_exists(db, text, key_size, NULL, &error));
  if (size == 0) return;
  CHECK_STATUS(wombat_get(db, text, key_size, NULL, found, size - 1, &found_size, &error),
               WOMBAT_BUFFER_TOO_SMALL);
  CHECK_NUMBER(found_size, size);
}

static void check_part(int key, int turn, uint64_t offset, size_t capacity) {
  char text[32];
  const size_t key_size = key_of(key, text);
  const size_t size = fill(key, turn);
  size_t part = 7;
  uint64_t whole = 7;
  size_t wanted = offset < size ? size - (size_t)offset : 0;
  if (wanted > capacity) wanted = capacity;
  CHECK_OK(wombat_get_part(db, text, key_size, offset, NULL, found, capacity, &part, &whole, &error));
  CHECK_NUMBER(whole, size);
  CHECK_NUMBER(part, wanted);
  CHECK(memcmp(found, expected + (wanted == 0 ? 0 : offset), wanted) == 0);
}

static void check_all(int count, int turn) {
  for (int key = 0; key < count; ++key) {
    check_get(key, turn);
    check_part(key, turn, 0, 10);
    check_part(key, turn, 65530, 20);
    check_part(key, turn, 65536, 65536);
    check_part(key, turn, 100000, 200000);
    check_part(key, turn, 300000, 5);
    check_part(key, turn, UINT64_MAX, 5);
  }
}

static void check_rows(int count, int turn, uint32_t flags) {
  wombat_iterator_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = flags;
  wombat_iterator* rows = NULL;
  CHECK_OK(wombat_iterator_create(db, &options, &rows, &error));
  CHECK_STATUS(wombat_iterator_value(rows, NULL, NULL, &error), WOMBAT_END);
  for (int forward = 1; forward >= 0; --forward) {
    for (int i = 0; i < count; ++i) {
      const void* value = NULL;
      const void* again = NULL;
      size_t size = 7;
      size_t size_again = 7;
      CHECK_OK(forward ? wombat_iterator_next(rows, NULL, NULL, &value, &size, &error)
                       : wombat_iterator_prev(rows, NULL, NULL, &value, &size, &error));
      CHECK_OK(wombat_iterator_value(rows, &again, &size_again, &error));
      const size_t wanted = fill(forward ? i : count - 1 - i, turn);
      if (flags == WOMBAT_READ_KEYS_ONLY) {
        CHECK_NUMBER(size, 0);
      } else {
        CHECK_NUMBER(size, wanted);
        CHECK(flags == 0 || wanted < 100 || value == NULL);
        CHECK(flags != 0 || memcmp(value, expected, wanted) == 0);
      }
      CHECK_NUMBER(size_again, wanted);
      CHECK(wanted == 0 || memcmp(again, expected, wanted) == 0);
    }
    CHECK_STATUS(forward ? wombat_iterator_next(rows, NULL, NULL, NULL, NULL, &error)
                         : wombat_iterator_prev(rows, NULL, NULL, NULL, NULL, &error),
                 WOMBAT_END);
  }
  wombat_iterator_destroy(rows);
}

static void check_batches(int count, int turn, uint32_t flags) {
  static char buffer[kSizeMax + 100];
  wombat_iterator_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = flags;
  wombat_iterator* rows = NULL;
  CHECK_OK(wombat_iterator_create(db, &options, &rows, &error));
  int key = 0;
  size_t used = 0;
  size_t row_count = 0;
  while (wombat_iterator_read_batch(rows, WOMBAT_FORWARD, 0, buffer, sizeof buffer, &used, &row_count,
                                    &error) == WOMBAT_OK) {
    const char* at = buffer;
    for (size_t i = 0; i < row_count; ++i, ++key) {
      uint32_t sizes[2];
      memcpy(sizes, at, sizeof sizes);
      CHECK_NUMBER(sizes[1], fill(key, turn));
      CHECK(memcmp(at + 8 + sizes[0], expected, sizes[1]) == 0);
      at += 8 + sizes[0] + sizes[1];
    }
  }
  CHECK_NUMBER(key, count);
  wombat_iterator_destroy(rows);
}

static double value_property(const char* name) {
  char text[64];
  size_t size = 0;
  CHECK_OK(wombat_property(db, name, text, sizeof text, &size, &error));
  return atof(text);
}

static int count_value_files(const char* name) {
  DIR* const directory = opendir(test_path(name));
  int count = 0;
  for (struct dirent* entry = readdir(directory); entry != NULL; entry = readdir(directory))
    count += strstr(entry->d_name, ".values") != NULL;
  closedir(directory);
  return count;
}

static void check_everything(int count, int turn) {
  check_all(count, turn);
  check_rows(count, turn, 0);
  check_rows(count, turn, WOMBAT_READ_LAZY_VALUES);
  check_rows(count, turn, WOMBAT_READ_KEYS_ONLY);
  check_batches(count, turn, 0);
  check_batches(count, turn, WOMBAT_READ_LAZY_VALUES);
  CHECK_OK(wombat_verify(db, NULL, &error));
}

static void reopen(const char* name) {
  CHECK_OK(wombat_close(db, &error));
  db = open_test(name, kOptions);
}

static void test_life_of_values(void) {
  enum { kCount = 60 };
  db = open_test("life", kOptions);
  for (int key = 0; key < kCount; ++key) put(key, 0);
  check_everything(kCount, 0); /* from the memtable */
  reopen("life");
  check_everything(kCount, 0); /* from the log */
  CHECK_OK(wombat_flush(db, NULL, &error));
  check_everything(kCount, 0); /* from tables */
  for (int turn = 1; turn < 5; ++turn) {
    for (int key = 0; key < kCount; ++key) put(key, turn);
    CHECK_OK(wombat_flush(db, NULL, &error));
    check_everything(kCount, turn);
  }
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_reclaim(db, 1, NULL, &error));
  CHECK_OK(wombat_wait(db, NULL, &error));
  CHECK(value_property("value_log.live_bytes") * 5 > value_property("value_log.bytes") * 4);
  check_everything(kCount, 4);
  reopen("life");
  check_everything(kCount, 4);
  CHECK_STATUS(wombat_reclaim(db, 101, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  for (int key = 0; key < kCount; ++key) {
    char text[32];
    const size_t key_size = key_of(key, text);
    CHECK_OK(wombat_delete(db, text, key_size, NULL, &error));
  }
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_reclaim(db, 0, NULL, &error));
  CHECK_NUMBER(count_value_files("life"), 0);
  CHECK_OK(wombat_close(db, &error));
}

/* What a snapshot and an iterator show stays, whatever is reclaimed. */
static void test_readers_hold_files(void) {
  enum { kCount = 40 };
  db = open_test("readers", kOptions);
  for (int key = 0; key < kCount; ++key) put(key, 0);
  CHECK_OK(wombat_flush(db, NULL, &error));
  wombat_iterator* rows = NULL;
  CHECK_OK(wombat_iterator_create(db, NULL, &rows, &error));
  for (int key = 0; key < kCount; ++key) put(key, 1);
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_reclaim(db, 0, NULL, &error));
  for (int key = 0; key < kCount; ++key) {
    const void* value = NULL;
    size_t size = 0;
    CHECK_OK(wombat_iterator_next(rows, NULL, NULL, &value, &size, &error));
    CHECK_NUMBER(size, fill(key, 0));
    CHECK(memcmp(value, expected, size) == 0);
  }
  wombat_iterator_destroy(rows);
  wombat_snapshot* snapshot = NULL;
  CHECK_OK(wombat_snapshot_create(db, &snapshot, &error));
  for (int key = 0; key < kCount; ++key) put(key, 2);
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_reclaim(db, 0, NULL, &error));
  wombat_read_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.snapshot = snapshot;
  for (int key = 0; key < kCount; ++key) {
    char text[32];
    const size_t key_size = key_of(key, text);
    size_t size = 0;
    CHECK_OK(wombat_get(db, text, key_size, &options, found, sizeof found, &size, &error));
    CHECK_NUMBER(size, fill(key, 1));
    CHECK(memcmp(found, expected, size) == 0);
  }
  wombat_snapshot_release(snapshot);
  check_everything(kCount, 2);
  CHECK_OK(wombat_close(db, &error));
}

/* Merges, times to live, batches, pins, many keys at once, transactions. */
static void test_all_ways(void) {
  char big[1000];
  memset(big, 'x', sizeof big);
  db = open_test("ways", kOptions);
  CHECK_OK(wombat_put(db, "m", 1, big, sizeof big, NULL, &error));
  CHECK_OK(wombat_merge(db, "append", "m", 1, "+1", 2, NULL, &error));
  for (int place = 0; place < 3; ++place) {
    size_t size = 0;
    CHECK_OK(wombat_get(db, "m", 1, NULL, found, sizeof found, &size, &error));
    CHECK_NUMBER(size, 1002);
    CHECK(memcmp(found + 998, "xx+1", 4) == 0);
    if (place == 0) CHECK_OK(wombat_flush(db, NULL, &error));
    if (place == 1) CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  }
  wombat_batch* batch = NULL;
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_batch_put_until(batch, "t", 1, big, 500, 32503680000000001u, &error));
  CHECK_OK(wombat_batch_put_until(batch, "gone", 4, big, 500, 1, &error));
  CHECK_OK(wombat_batch_put(batch, "s", 1, "small", 5, &error));
  CHECK_OK(wombat_batch_put(batch, "b", 1, big, 800, &error));
  CHECK_OK(wombat_batch_delete(batch, "none", 4, &error));
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  wombat_batch_destroy(batch);
  for (int place = 0; place < 2; ++place) {
    uint64_t expiry = 0;
    CHECK_OK(wombat_get_expiry(db, "t", 1, NULL, &expiry, &error));
    CHECK(expiry == 32503680000000001u);
    CHECK_STATUS(wombat_exists(db, "gone", 4, NULL, &error), WOMBAT_NOT_FOUND);
    wombat_pin* pin = NULL;
    CHECK_OK(wombat_pin_create(&pin, &error));
    const void* value = NULL;
    size_t size = 0;
    CHECK_OK(wombat_get_pinned(db, "b", 1, NULL, pin, &value, &size, &error));
    CHECK_NUMBER(size, 800);
    CHECK(memcmp(value, big, 800) == 0);
    const void* keys[] = {"b", "s", "t", "gone", "m"};
    const size_t key_sizes[] = {1, 1, 1, 4, 1};
    const void* values[5];
    size_t sizes[5];
    wombat_status statuses[5];
    CHECK_OK(wombat_multi_get(db, 5, keys, key_sizes, NULL, pin, values, sizes, statuses, &error));
    CHECK_NUMBER(sizes[0], 800);
    CHECK_NUMBER(sizes[1], 5);
    CHECK_NUMBER(sizes[2], 500);
    CHECK_NUMBER(statuses[3], WOMBAT_NOT_FOUND);
    CHECK_NUMBER(sizes[4], 1002);
    CHECK(memcmp(values[0], big, 800) == 0 && memcmp(values[2], big, 500) == 0);
    wombat_pin_destroy(pin);
    CHECK_OK(wombat_flush(db, NULL, &error));
  }
  wombat_txn* txn = NULL;
  CHECK_OK(wombat_txn_begin(db, NULL, &txn, &error));
  size_t size = 0;
  CHECK_OK(wombat_txn_get(txn, NULL, "b", 1, found, sizeof found, &size, &error));
  CHECK_NUMBER(size, 800);
  CHECK_OK(wombat_txn_put(txn, NULL, "b", 1, big, 900, 0, &error));
  CHECK_OK(wombat_txn_commit(txn, NULL, NULL, &error));
  wombat_txn_destroy(txn);
  CHECK_OK(wombat_get(db, "b", 1, NULL, found, sizeof found, &size, &error));
  CHECK_NUMBER(size, 900);
  reopen("ways");
  CHECK_OK(wombat_get(db, "b", 1, NULL, found, sizeof found, &size, &error));
  CHECK_NUMBER(size, 900);
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
}

/* The threshold may change, come and go: what lies where stays there. */
static void test_threshold_changes(void) {
  enum { kCount = 30 };
  db = open_test("threshold", "wal.sync=os");
  for (int key = 0; key < kCount; ++key) put(key, 0);
  CHECK_NUMBER(count_value_files("threshold"), 0);
  CHECK_OK(wombat_set_option(db, "value_log.threshold", "100", &error));
  for (int key = 0; key < kCount; key += 2) put(key, 0);
  CHECK(count_value_files("threshold") > 0);
  check_all(kCount, 0);
  CHECK_OK(wombat_set_option(db, "value_log.threshold", "0", &error));
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  check_all(kCount, 0);
  for (int key = 0; key < kCount; ++key) put(key, 1);
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_reclaim(db, 0, NULL, &error));
  CHECK_NUMBER(count_value_files("threshold"), 0);
  CHECK_OK(wombat_wait(db, NULL, &error));
  check_all(kCount, 1);
  CHECK_OK(wombat_close(db, &error));
}

static void* write_and_flush(void* user_data) {
  char value[300];
  unsigned state = *(unsigned*)user_data;
  memset(value, 'w', sizeof value);
  for (int turn = 0; turn < 4; ++turn) {
    for (int i = 0; i < 60; ++i) {
      char text[32];
      state = state * 1664525u + 1013904223u;
      const size_t key_size = key_of((int)(state >> 8) % 100000, text);
      if (wombat_put(db, text, key_size, value, sizeof value, NULL, NULL) != WOMBAT_OK) abort();
    }
    if (wombat_flush(db, NULL, NULL) != WOMBAT_OK) abort();
  }
  return NULL;
}

static void* reclaim_some_times(void* user_data) {
  wombat_task_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.timeout_us = 20000000; /* a hang, not a slow machine */
  int* const failures = (int*)user_data;
  for (uint32_t i = 0; i < 4; ++i) *failures += wombat_reclaim(db, 20 * i, &options, NULL) != WOMBAT_OK;
  return NULL;
}

/* Files that are dead enough when entries that point there are still in memory are live again when these are flushed. Nothing
 * writes those again when the writers have stopped, so nobody may wait for them. */
static void test_reclaim_beside_writers(void) {
  db = open_test("beside", "value_log.threshold=100; value_log.file_size=16KiB; wal.sync=os");
  for (unsigned round = 0; round < 40; ++round) {
    pthread_t writers[2];
    pthread_t reclaimers[2];
    unsigned seeds[2] = {2 * round + 1, 2 * round + 2};
    int failures[2] = {0, 0};
    for (int i = 0; i < 2; ++i) CHECK(pthread_create(&writers[i], NULL, write_and_flush, &seeds[i]) == 0);
    for (int i = 0; i < 2; ++i)
      CHECK(pthread_create(&reclaimers[i], NULL, reclaim_some_times, &failures[i]) == 0);
    for (int i = 0; i < 2; ++i) CHECK(pthread_join(writers[i], NULL) == 0);
    for (int i = 0; i < 2; ++i) CHECK(pthread_join(reclaimers[i], NULL) == 0);
    CHECK_NUMBER(failures[0] + failures[1], 0);
    if (failures[0] + failures[1] != 0) break;
  }
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
}

/* Files in directories of their own, found again without the options, and refused when they are gone. */
static void test_other_directories(void) {
  enum { kCount = 30 };
  db = open_test(
      "apart",
      "value_log.threshold=100; wal.sync=os; value_log.directory=values; cold.directory=cold; cold.level=1");
  for (int key = 0; key < kCount; ++key) put(key, 0);
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_NUMBER(count_value_files("apart"), 0);
  CHECK(count_value_files("apart/values") > 0);
  uint64_t cold_tables = 0;
  CHECK_OK(wombat_property_integer(db, "cold.tables", &cold_tables, &error));
  CHECK(cold_tables > 0);
  check_all(kCount, 0);
  reopen("apart");
  check_all(kCount, 0);
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_STATUS(wombat_set_option(db, "cold.directory", "elsewhere", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_close(db, &error));
}

static void* reclaim_to_the_last_file(void* user_data) {
  int* const problems = (int*)user_data;
  *problems += wombat_reclaim(db, 0, NULL, NULL) != WOMBAT_OK;
  *problems += count_value_files("several") != 0; /* whoever removed them */
  return NULL;
}

/* When the call returns nothing that the database does for itself keeps a dead file; what an iterator keeps is no reason to wait. */
static void test_reclaim_by_several(void) {
  enum { kCount = 40, kThreads = 3 };
  db = open_test("several", kOptions);
  for (int round = 0; round < 10; ++round) {
    for (int key = 0; key < kCount; ++key) {
      put(key, round);
      if (key % 10 == 9) CHECK_OK(wombat_flush(db, NULL, &error));
    }
    wombat_iterator* rows = NULL;
    CHECK_OK(wombat_iterator_create(db, NULL, &rows, &error));
    for (int key = 0; key < kCount; ++key) {
      char text[32];
      const size_t key_size = key_of(key, text);
      CHECK_OK(wombat_delete(db, text, key_size, NULL, &error));
    }
    CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
    if (round % 5 == 0) {
      CHECK_OK(wombat_reclaim(db, 0, NULL, &error));
      CHECK(count_value_files("several") > 0); /* the iterator's */
    }
    wombat_iterator_destroy(rows);
    pthread_t threads[kThreads];
    int problems[kThreads] = {0, 0, 0};
    for (int i = 0; i < kThreads; ++i)
      CHECK(pthread_create(&threads[i], NULL, reclaim_to_the_last_file, &problems[i]) == 0);
    for (int i = 0; i < kThreads; ++i) {
      CHECK(pthread_join(threads[i], NULL) == 0);
      CHECK_NUMBER(problems[i], 0);
    }
  }
  CHECK_OK(wombat_close(db, &error));
}

static void* reclaim_until_closed(void* user_data) {
  wombat_status status = WOMBAT_OK;
  while (status == WOMBAT_OK) status = wombat_reclaim(db, 0, NULL, NULL);
  *(wombat_status*)user_data = status;
  return NULL;
}

static void test_close_ends_reclaim(void) {
  for (int round = 0; round < 10; ++round) {
    db = open_test("closing", kOptions);
    for (int key = 0; key < 20; ++key) put(key, round);
    pthread_t threads[2];
    wombat_status statuses[2] = {WOMBAT_OK, WOMBAT_OK};
    for (int i = 0; i < 2; ++i)
      CHECK(pthread_create(&threads[i], NULL, reclaim_until_closed, &statuses[i]) == 0);
    for (int key = 0; key < 20; ++key) put(key, round + 1);
    CHECK_OK(wombat_flush(db, NULL, &error));
    CHECK_OK(wombat_close(db, &error));
    for (int i = 0; i < 2; ++i) {
      CHECK(pthread_join(threads[i], NULL) == 0);
      CHECK_NUMBER(statuses[i], WOMBAT_CLOSED);
    }
    db = open_test("closing", kOptions);
    check_all(20, round + 1);
    CHECK_OK(wombat_close(db, &error));
  }
}

int main(void) {
  test_reclaim_beside_writers();
  test_reclaim_by_several();
  test_close_ends_reclaim();
  test_life_of_values();
  test_readers_hold_files();
  test_all_ways();
  test_threshold_changes();
  test_other_directories();
  return finish_tests("value_log_api_test");
}
