/* Transactions through wombat.h: what each call promises, which orders of calls are refused, and the anomalies that
 * docs/transactions.md permits or excludes at each level. */
#include <stdint.h>
#include <time.h>

#include "transaction_calls.h"

static void sees_its_own_writes_and_hides_them(void) {
  wombat_db* const db = open_test("own", "");
  wombat_txn* txn;
  uint64_t timestamp = 0;
  put_text(db, "a", "1");
  put_text(db, "c", "3");
  txn = begin(db, 0, 0);
  CHECK_OK(put(txn, "b", "2"));
  CHECK_OK(delete_key(txn, "a"));
  CHECK_OK(put(txn, "c", "4"));
  CHECK_TEXT(get(txn, "a"), "(none)");
  CHECK_TEXT(get(txn, "b"), "2");
  CHECK_TEXT(get(txn, "c"), "4");
  CHECK_TEXT(keys_of(txn, NULL, NULL, WOMBAT_FORWARD), "b c ");
  CHECK_TEXT(keys_of(txn, NULL, NULL, WOMBAT_BACKWARD), "c b ");
  CHECK_TEXT(get_text(db, "a"), "1");
  CHECK_TEXT(get_text(db, "b"), "(none)");
  CHECK_OK(wombat_txn_commit(txn, NULL, &timestamp, &error));
  CHECK(timestamp != 0);
  wombat_txn_destroy(txn);
  CHECK_TEXT(get_text(db, "a"), "(none)");
  CHECK_TEXT(get_text(db, "b"), "2");
  CHECK_TEXT(get_text(db, "c"), "4");
  CHECK_OK(wombat_close(db, &error));
}

static void rolls_back(void) {
  wombat_db* const db = open_test("rollback", "");
  wombat_txn* txn = begin(db, 0, 0);
  CHECK_OK(put(txn, "a", "1"));
  CHECK_OK(wombat_txn_rollback(txn, &error));
  CHECK_STATUS(put(txn, "a", "2"), WOMBAT_TXN_ENDED);
  CHECK_STATUS(wombat_txn_rollback(txn, &error), WOMBAT_TXN_ENDED);
  CHECK_STATUS(wombat_txn_commit(txn, NULL, NULL, &error), WOMBAT_TXN_ENDED);
  CHECK_TEXT(get(txn, "a"), "TXN_ENDED");
  wombat_txn_destroy(txn);
  wombat_txn_destroy(txn);
  wombat_txn_destroy(NULL);
  txn = begin(db, 0, 0);
  CHECK_OK(put(txn, "b", "1"));
  wombat_txn_destroy(txn);
  CHECK_TEXT(get_text(db, "a"), "(none)");
  CHECK_TEXT(get_text(db, "b"), "(none)");
  CHECK_STATUS(put(txn, "b", "1"), WOMBAT_CLOSED);
  CHECK_OK(wombat_close(db, &error));
}

static void savepoints_undo_writes(void) {
  wombat_db* const db = open_test("savepoints", "");
  wombat_txn* const txn = begin(db, 0, 0);
  CHECK_STATUS(wombat_txn_rollback_to_savepoint(txn, &error), WOMBAT_NOT_FOUND);
  CHECK_OK(put(txn, "a", "1"));
  CHECK_OK(wombat_txn_set_savepoint(txn, &error));
  CHECK_OK(put(txn, "a", "2"));
  CHECK_OK(wombat_txn_set_savepoint(txn, &error));
  CHECK_OK(put(txn, "b", "3"));
  CHECK_OK(wombat_txn_rollback_to_savepoint(txn, &error));
  CHECK_TEXT(get(txn, "b"), "(none)");
  CHECK_TEXT(get(txn, "a"), "2");
  CHECK_OK(wombat_txn_set_savepoint(txn, &error));
  CHECK_OK(put(txn, "c", "4"));
  CHECK_OK(wombat_txn_release_savepoint(txn, &error));
  CHECK_OK(wombat_txn_rollback_to_savepoint(txn, &error));
  CHECK_TEXT(get(txn, "a"), "1");
  CHECK_TEXT(get(txn, "c"), "(none)");
  CHECK_OK(commit(txn));
  CHECK_TEXT(get_text(db, "a"), "1");
  CHECK_OK(wombat_close(db, &error));
}

/* T1 and T2 read x; both write it. */
static wombat_status lost_update(wombat_db* db, int32_t isolation, int for_update) {
  wombat_txn* const first = begin(db, isolation, 0);
  wombat_txn* const second = begin(db, isolation, 0);
  get_with(first, "x", for_update);
  get_with(second, "x", for_update);
  CHECK_OK(put(first, "x", "first"));
  CHECK_OK(put(second, "x", "second"));
  CHECK_OK(commit(first));
  return commit(second);
}

/* Each reads both, and deletes one. */
static wombat_status write_skew(wombat_db* db, int32_t isolation) {
  wombat_txn* const first = begin(db, isolation, 0);
  wombat_txn* const second = begin(db, isolation, 0);
  get(first, "x"), get(first, "y"), get(second, "x"), get(second, "y");
  CHECK_OK(delete_key(first, "x"));
  CHECK_OK(delete_key(second, "y"));
  CHECK_OK(commit(first));
  return commit(second);
}

/* Each finds a range empty, and puts a row into it. */
static wombat_status skew_through_a_range(wombat_db* db, int32_t isolation) {
  wombat_txn* const first = begin(db, isolation, 0);
  wombat_txn* const second = begin(db, isolation, 0);
  CHECK_TEXT(keys_of(first, "room/", "room0", WOMBAT_FORWARD), "");
  CHECK_TEXT(keys_of(second, "room/", "room0", WOMBAT_BACKWARD), "");
  CHECK_OK(put(first, "room/1", ""));
  CHECK_OK(put(second, "room/2", ""));
  CHECK_OK(commit(first));
  return commit(second);
}

/* Each finds the other's key absent. */
static wombat_status skew_through_misses(wombat_db* db, int32_t isolation) {
  wombat_txn* const first = begin(db, isolation, 0);
  wombat_txn* const second = begin(db, isolation, 0);
  CHECK_TEXT(get(first, "m2"), "(none)");
  CHECK_TEXT(get(second, "m1"), "(none)");
  CHECK_OK(put(first, "m1", ""));
  CHECK_OK(put(second, "m2", ""));
  CHECK_OK(commit(first));
  return commit(second);
}

static void levels_permit_what_the_table_says(void) {
  const struct {
    int32_t isolation;
    wombat_status lost_update, write_skew, range, misses;
  } levels[] = {
      {WOMBAT_SERIALIZABLE, WOMBAT_CONFLICT, WOMBAT_CONFLICT, WOMBAT_CONFLICT, WOMBAT_CONFLICT},
      {WOMBAT_SNAPSHOT, WOMBAT_CONFLICT, WOMBAT_OK, WOMBAT_OK, WOMBAT_OK},
      {WOMBAT_READ_COMMITTED, WOMBAT_OK, WOMBAT_OK, WOMBAT_OK, WOMBAT_OK},
  };
  size_t i;
  for (i = 0; i < COUNT_OF(levels); ++i) {
    char name[32];
    wombat_db* db;
    snprintf(name, sizeof name, "level%d", (int)levels[i].isolation);
    db = open_test(name, "");
    put_text(db, "x", "0");
    put_text(db, "y", "0");
    CHECK_STATUS(lost_update(db, levels[i].isolation, 0), levels[i].lost_update);
    CHECK_STATUS(lost_update(db, levels[i].isolation, 1), WOMBAT_CONFLICT);
    CHECK_STATUS(write_skew(db, levels[i].isolation), levels[i].write_skew);
    CHECK_STATUS(skew_through_a_range(db, levels[i].isolation), levels[i].range);
    CHECK_STATUS(skew_through_misses(db, levels[i].isolation), levels[i].misses);
    CHECK_OK(wombat_close(db, &error));
  }
}

static void reads_are_of_one_moment_but_for_read_committed(void) {
  const int32_t levels[] = {WOMBAT_SERIALIZABLE, WOMBAT_SNAPSHOT, WOMBAT_READ_COMMITTED};
  size_t i;
  for (i = 0; i < COUNT_OF(levels); ++i) {
    const int is_of_one_moment = levels[i] != WOMBAT_READ_COMMITTED;
    wombat_db* const db = open_test(is_of_one_moment ? "moment" : "moments", "");
    wombat_txn* txn;
    put_text(db, "x", "old");
    CHECK_OK(wombat_delete(db, "y", 1, NULL, &error));
    txn = begin(db, levels[i], WOMBAT_TXN_READ_ONLY);
    CHECK_TEXT(get(txn, "x"), "old");
    put_text(db, "x", "new");
    put_text(db, "y", "new");
    CHECK_TEXT(get(txn, "x"), is_of_one_moment ? "old" : "new");
    CHECK_TEXT(keys_of(txn, "x", "z", WOMBAT_FORWARD), is_of_one_moment ? "x " : "x y ");
    CHECK_STATUS(put(txn, "x", "1"), WOMBAT_READ_ONLY);
    CHECK_STATUS(delete_key(txn, "x"), WOMBAT_READ_ONLY);
    CHECK_OK(commit(txn));
    CHECK_OK(wombat_close(db, &error));
  }
}

static void a_conflict_names_the_key_and_the_commit(void) {
  wombat_db* const db = open_test("names", "");
  wombat_txn* txn = begin(db, 0, 0);
  get(txn, "apple");
  put_text(db, "apple", "plain puts count");
  CHECK_OK(put(txn, "pear", "1"));
  CHECK_STATUS(commit(txn), WOMBAT_CONFLICT);
  CHECK_MESSAGE("key \"apple\" changed in commit ");
  CHECK_NUMBER(error.retryable, 1);
  CHECK_TEXT(get_text(db, "pear"), "(none)");

  /* Only reading, or writing what nobody has touched, is no reason. */
  txn = begin(db, 0, 0);
  get(txn, "apple");
  put_text(db, "apple", "again");
  CHECK_OK(commit(txn));
  txn = begin(db, 0, 0);
  put_text(db, "apple", "and again");
  CHECK_OK(put(txn, "pear", "1"));
  CHECK_OK(commit(txn));
  CHECK_OK(wombat_close(db, &error));
}

static void a_transaction_may_be_older_than_flushes_and_compactions(void) {
  wombat_db* const db = open_test("old", "memtable.size=65536;txn.timeout_ms=0");
  wombat_txn* clean;
  wombat_txn* spoilt;
  wombat_txn* scanner;
  char key[16];
  char value[512];
  int i;
  memset(value, 'v', sizeof value);
  put_text(db, "a-read", "1");
  clean = begin(db, 0, 0);
  spoilt = begin(db, 0, 0);
  scanner = begin(db, 0, 0);
  get(clean, "a-read");
  get(spoilt, "b-read");
  keys_of(scanner, "c", "d", WOMBAT_FORWARD);
  CHECK_OK(put(clean, "a-write", "1"));
  CHECK_OK(put(spoilt, "b-write", "1"));
  CHECK_OK(put(scanner, "c-write", "1"));
  put_text(db, "b-read", "1");
  put_text(db, "c5", "1");
  CHECK_OK(wombat_delete(db, "c5", 2, NULL, &error));
  for (i = 0; i < 2000; ++i) {
    snprintf(key, sizeof key, "z%06d", i);
    CHECK_OK(wombat_put(db, key, strlen(key), value, sizeof value, NULL, &error));
  }
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(commit(clean));
  CHECK_STATUS(commit(spoilt), WOMBAT_CONFLICT);
  CHECK_MESSAGE("\"b-read\"");
  CHECK_STATUS(commit(scanner), WOMBAT_CONFLICT);
  CHECK_MESSAGE("\"c5\"");
  CHECK_OK(wombat_close(db, &error));
}

static void only_what_an_iterator_went_over_counts(void) {
  wombat_db* const db = open_test("scans", "");
  const char* const keys[] = {"b", "d", "f", "h"};
  const struct {
    const char* write;
    wombat_status forward, backward;
  } cases[] = {
      {"a", WOMBAT_OK, WOMBAT_OK},
      {"b5", WOMBAT_OK, WOMBAT_OK},
      {"c", WOMBAT_CONFLICT, WOMBAT_OK},
      {"d", WOMBAT_CONFLICT, WOMBAT_CONFLICT},
      {"e", WOMBAT_CONFLICT, WOMBAT_CONFLICT},
      {"f", WOMBAT_CONFLICT, WOMBAT_CONFLICT},
      {"f5", WOMBAT_OK, WOMBAT_CONFLICT},
      {"g5", WOMBAT_OK, WOMBAT_OK},
      {"h", WOMBAT_OK, WOMBAT_OK},
  };
  size_t i;
  int backward;
  for (i = 0; i < COUNT_OF(cases); ++i) {
    for (backward = 0; backward < 2; ++backward) {
      wombat_iterator* iterator;
      wombat_txn* txn;
      const void* key;
      size_t key_size;
      size_t k;
      for (k = 0; k < COUNT_OF(keys); ++k) put_text(db, keys[k], "0");
      CHECK_OK(wombat_delete(db, "a", 1, NULL, &error));
      CHECK_OK(wombat_delete(db, "b5", 2, NULL, &error));
      CHECK_OK(wombat_delete(db, "c", 1, NULL, &error));
      CHECK_OK(wombat_delete(db, "e", 1, NULL, &error));
      CHECK_OK(wombat_delete(db, "f5", 2, NULL, &error));
      CHECK_OK(wombat_delete(db, "g5", 2, NULL, &error));
      txn = begin(db, 0, 0);
      CHECK_OK(wombat_txn_iterator_create(txn, NULL, NULL, &iterator, &error));
      if (backward) { /* from g down to d */
        CHECK_OK(wombat_iterator_seek_for_prev(iterator, "g", 1, &key, &key_size, NULL, NULL, &error));
        CHECK_OK(wombat_iterator_prev(iterator, &key, &key_size, NULL, NULL, &error));
      } else { /* from c up to f */
        CHECK_OK(wombat_iterator_seek(iterator, "c", 1, &key, &key_size, NULL, NULL, &error));
        CHECK_OK(wombat_iterator_next(iterator, &key, &key_size, NULL, NULL, &error));
      }
      CHECK(key_size == 1 && *(const char*)key == (backward ? 'd' : 'f'));
      if (i % 2 == 0) wombat_iterator_destroy(iterator);
      put_text(db, cases[i].write, "1");
      CHECK_OK(put(txn, "result", "1"));
      CHECK_STATUS(wombat_txn_commit(txn, NULL, NULL, &error),
                   backward ? cases[i].backward : cases[i].forward);
      if (i % 2 != 0) {
        CHECK_STATUS(wombat_iterator_next(iterator, &key, &key_size, NULL, NULL, &error), WOMBAT_TXN_ENDED);
        wombat_txn_destroy(txn);
        wombat_iterator_destroy(iterator);
      } else {
        wombat_txn_destroy(txn);
      }
    }
  }
  CHECK_OK(wombat_close(db, &error));
}

static void handles_may_be_closed_in_any_order(void) {
  wombat_db* db = open_test("order", "");
  wombat_db* other = open_test("other", "");
  wombat_txn* txn = begin(db, 0, 0);
  wombat_txn* failed = NULL;
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  wombat_iterator* iterator;
  wombat_iterator_options iterator_options = WOMBAT_ITERATOR_OPTIONS_INIT;
  wombat_snapshot* snapshot;
  CHECK_STATUS(wombat_txn_get(txn, other, "a", 1, NULL, 0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_snapshot_create(db, &snapshot, &error));
  iterator_options.snapshot = snapshot;
  CHECK_STATUS(wombat_txn_iterator_create(txn, NULL, &iterator_options, &iterator, &error),
               WOMBAT_INVALID_ARGUMENT);
  wombat_snapshot_release(snapshot);
  CHECK_OK(wombat_txn_iterator_create(txn, db, NULL, &iterator, &error));
  CHECK_OK(put(txn, "a", "1"));
  CHECK_OK(wombat_close(db, &error));
  CHECK_STATUS(put(txn, "b", "1"), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_txn_commit(txn, NULL, NULL, &error), WOMBAT_CLOSED);
  wombat_txn_destroy(txn);
  CHECK_STATUS(wombat_iterator_first(iterator, NULL, NULL, NULL, NULL, &error), WOMBAT_TXN_ENDED);
  wombat_iterator_destroy(iterator);

  CHECK_STATUS(wombat_txn_begin(db, NULL, &failed, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_txn_begin(other, NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  options.isolation = 9;
  CHECK_STATUS(wombat_txn_begin(other, &options, &failed, &error), WOMBAT_INVALID_ARGUMENT);
  options.isolation = 0;
  options.flags = 64;
  CHECK_STATUS(wombat_txn_begin(other, &options, &failed, &error), WOMBAT_UNSUPPORTED);
  CHECK(failed == NULL);
  CHECK_OK(wombat_close(other, &error));
}

static void limits_are_kept(void) {
  wombat_db* const db =
      open_test("limits", "txn.max_write_keys=3;txn.max_read_keys=4;limits.batch_entries=2");
  const struct timespec pause = {0, 30000000};
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  wombat_txn* txn = begin(db, 0, 0);
  CHECK_OK(put(txn, "a", "1"));
  CHECK_OK(put(txn, "b", "1"));
  CHECK_OK(put(txn, "c", "1"));
  CHECK_OK(put(txn, "a", "2"));
  CHECK_STATUS(wombat_txn_commit(txn, NULL, NULL, &error), WOMBAT_TOO_LARGE);
  CHECK_MESSAGE("limits.batch_entries");
  CHECK_STATUS(put(txn, "d", "1"), WOMBAT_TOO_LARGE);
  CHECK_MESSAGE("txn.max_write_keys is 3");
  wombat_txn_destroy(txn);
  txn = begin(db, 0, 0);
  get(txn, "1"), get(txn, "2"), get(txn, "3"), get(txn, "4"), get(txn, "4");
  CHECK_TEXT(get(txn, "5"), "TOO_LARGE");
  wombat_txn_destroy(txn);

  options.size_max = 10000;
  CHECK_OK(wombat_txn_begin(db, &options, &txn, &error));
  {
    char value[20000];
    memset(value, 'v', sizeof value);
    CHECK_STATUS(wombat_txn_put(txn, NULL, "a", 1, value, sizeof value, 0, &error), WOMBAT_TOO_LARGE);
  }
  wombat_txn_destroy(txn);

  options = (wombat_txn_options)WOMBAT_TXN_OPTIONS_INIT;
  options.timeout_us = 20000;
  CHECK_OK(wombat_txn_begin(db, &options, &txn, &error));
  CHECK_OK(put(txn, "late", "1"));
  nanosleep(&pause, NULL);
  CHECK_STATUS(wombat_txn_commit(txn, NULL, NULL, &error), WOMBAT_TIMED_OUT);
  CHECK_STATUS(wombat_txn_commit(txn, NULL, NULL, &error), WOMBAT_TXN_ENDED);
  wombat_txn_destroy(txn);
  CHECK_TEXT(get_text(db, "late"), "(none)");
  CHECK_OK(wombat_close(db, &error));
}

static void many_keys_are_read_together(void) {
  wombat_db* const db = open_test("multi", "");
  wombat_txn* const txn = begin(db, 0, 0);
  const unsigned char keys[] = {1, 0, 0, 0, 'a', 1, 0, 0, 0, 'b', 1, 0, 0, 0, 'c'};
  unsigned char results[64];
  size_t used;
  size_t done;
  put_text(db, "c", "later than the begin");
  CHECK_OK(put(txn, "a", "xy"));
  CHECK_OK(wombat_txn_multi_get_packed(txn, NULL, keys, sizeof keys, results, sizeof results, &used, &done,
                                       &error));
  CHECK_NUMBER(done, 3);
  CHECK_NUMBER(used, 8 + 2 + 8 + 8);
  CHECK(results[0] == 0 && results[4] == 2 && results[8] == 'x' && results[10] == WOMBAT_NOT_FOUND &&
        results[18] == WOMBAT_NOT_FOUND);
  CHECK_OK(wombat_txn_multi_get_packed(txn, NULL, keys, sizeof keys, results, 12, &used, &done, &error));
  CHECK_NUMBER(done, 1);
  CHECK_STATUS(wombat_txn_multi_get_packed(txn, NULL, keys, sizeof keys, results, 9, &used, &done, &error),
               WOMBAT_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 10);
  CHECK_STATUS(wombat_txn_exists(txn, NULL, "a", 1, &error), WOMBAT_OK);
  CHECK_STATUS(wombat_txn_exists(txn, NULL, "c", 1, &error), WOMBAT_NOT_FOUND);
  CHECK_STATUS(commit(txn), WOMBAT_CONFLICT);
  CHECK_OK(wombat_close(db, &error));
}

static void rows_come_in_batches_as_well(void) {
  wombat_db* const db = open_test("batches", "");
  wombat_txn* const txn = begin(db, 0, 0);
  wombat_iterator* iterator;
  unsigned char rows[64];
  size_t used;
  size_t count;
  const void* key;
  size_t key_size;
  CHECK_OK(put(txn, "a", "1"));
  CHECK_OK(put(txn, "b", "2"));
  CHECK_OK(put(txn, "c", "3"));
  CHECK_OK(wombat_txn_iterator_create(txn, NULL, NULL, &iterator, &error));
  CHECK_STATUS(wombat_iterator_read_batch(iterator, WOMBAT_FORWARD, 0, rows, 9, &used, &count, &error),
               WOMBAT_BUFFER_TOO_SMALL);
  CHECK_NUMBER(used, 10);
  CHECK_OK(wombat_iterator_read_batch(iterator, WOMBAT_FORWARD, 0, rows, 25, &used, &count, &error));
  CHECK_NUMBER(count, 2);
  CHECK_OK(wombat_iterator_read_batch(iterator, WOMBAT_FORWARD, 0, rows, 64, &used, &count, &error));
  CHECK_NUMBER(count, 1);
  CHECK(rows[8] == 'c');
  CHECK_STATUS(wombat_iterator_read_batch(iterator, WOMBAT_FORWARD, 0, rows, 64, &used, &count, &error),
               WOMBAT_END);
  CHECK_OK(wombat_iterator_prev(iterator, &key, &key_size, NULL, NULL, &error));
  CHECK(*(const char*)key == 'c');
  CHECK_OK(wombat_iterator_read_batch(iterator, WOMBAT_BACKWARD, 1, rows, 64, &used, &count, &error));
  CHECK(rows[8] == 'b');
  CHECK_OK(wombat_iterator_next(iterator, &key, &key_size, NULL, NULL, &error));
  CHECK(*(const char*)key == 'c');
  wombat_iterator_destroy(iterator);
  CHECK_OK(commit(txn));
  CHECK_OK(wombat_close(db, &error));
}

int main(void) {
  sees_its_own_writes_and_hides_them();
  rolls_back();
  savepoints_undo_writes();
  levels_permit_what_the_table_says();
  reads_are_of_one_moment_but_for_read_committed();
  a_conflict_names_the_key_and_the_commit();
  a_transaction_may_be_older_than_flushes_and_compactions();
  only_what_an_iterator_went_over_counts();
  handles_may_be_closed_in_any_order();
  limits_are_kept();
  many_keys_are_read_together();
  rows_come_in_batches_as_well();
  return finish_tests("transaction_api_test");
}
