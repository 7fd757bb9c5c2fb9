/* Prepared transactions: durable, in nobody's way but of those they conflict with, decided later. */
#include <sys/wait.h>
#include <unistd.h>

#include "transaction_calls.h"

static const char* prepared_names(wombat_db* db) {
  static char text[256];
  CHECK_OK(wombat_prepared_list(db, text, sizeof text, NULL, &error));
  return text;
}

static void prepare(wombat_db* db, const char* name, const char* read_key, const char* write_key) {
  wombat_txn* const txn = begin(db, 0, 0);
  if (read_key != NULL) get(txn, read_key);
  CHECK_OK(put(txn, write_key, name));
  CHECK_OK(wombat_txn_prepare(txn, name, &error));
  CHECK_STATUS(put(txn, "late", "1"), WOMBAT_TXN_ENDED);
  wombat_txn_destroy(txn);
}

static void waits_for_a_decision(void) {
  wombat_db* db = open_test("decision", "");
  uint64_t timestamp = 0;
  CHECK_TEXT(prepared_names(db), "");
  prepare(db, "first", NULL, "a");
  prepare(db, "second", NULL, "b");
  CHECK_TEXT(prepared_names(db), "first\nsecond\n");
  CHECK_TEXT(get_text(db, "a"), "(none)");
  CHECK_OK(wombat_prepared_commit(db, "first", &timestamp, &error));
  CHECK(timestamp != 0);
  CHECK_TEXT(get_text(db, "a"), "first");
  CHECK_OK(wombat_prepared_rollback(db, "second", &error));
  CHECK_TEXT(get_text(db, "b"), "(none)");
  CHECK_TEXT(prepared_names(db), "");
  CHECK_STATUS(wombat_prepared_commit(db, "first", NULL, &error), WOMBAT_DOES_NOT_EXIST);
  CHECK_STATUS(wombat_prepared_rollback(db, "never", &error), WOMBAT_DOES_NOT_EXIST);
  CHECK_OK(wombat_close(db, &error));
}

static void keeps_what_it_needs_as_it_is(void) {
  wombat_db* const db = open_test("claims", "");
  wombat_txn* txn;
  put_text(db, "read", "0");
  prepare(db, "it", "read", "written");
  CHECK_STATUS(wombat_put(db, "read", 4, "1", 1, NULL, &error), WOMBAT_CONFLICT);
  CHECK_MESSAGE("prepared transaction 'it'");
  CHECK_STATUS(wombat_delete(db, "written", 7, NULL, &error), WOMBAT_CONFLICT);
  put_text(db, "other", "1");
  CHECK_TEXT(get_text(db, "written"), "(none)");
  txn = begin(db, 0, 0); /* reads are not held up, and come before it */
  CHECK_TEXT(get(txn, "written"), "(none)");
  CHECK_OK(put(txn, "mine", "1"));
  CHECK_OK(commit(txn));
  txn = begin(db, 0, 0);
  CHECK_TEXT(get(txn, "written"), "(none)");
  CHECK_OK(put(txn, "mine", "2"));
  CHECK_OK(wombat_prepared_commit(db, "it", NULL, &error));
  CHECK_STATUS(commit(txn), WOMBAT_CONFLICT);
  put_text(db, "read", "1");
  put_text(db, "written", "1");
  CHECK_OK(wombat_close(db, &error));
}

static void conflicts_are_met_at_prepare(void) {
  wombat_db* const db = open_test("conflict", "");
  wombat_txn* txn = begin(db, 0, 0);
  get(txn, "x");
  CHECK_OK(put(txn, "y", "1"));
  put_text(db, "x", "1");
  CHECK_STATUS(wombat_txn_prepare(txn, "late", &error), WOMBAT_CONFLICT);
  wombat_txn_destroy(txn);
  CHECK_TEXT(prepared_names(db), "");
  prepare(db, "name", NULL, "z");
  txn = begin(db, 0, 0);
  CHECK_OK(put(txn, "w", "1"));
  CHECK_STATUS(wombat_txn_prepare(txn, "name", &error), WOMBAT_ALREADY_EXISTS);
  CHECK_OK(wombat_txn_prepare(txn, "another", &error)); /* it went on */
  wombat_txn_destroy(txn);
  CHECK_OK(wombat_prepared_rollback(db, "another", &error));
  txn = begin(db, 0, 0);
  CHECK_OK(put(txn, "w", "1"));
  CHECK_STATUS(wombat_txn_prepare(txn, "", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_txn_prepare(txn, "a\nb", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_txn_prepare(txn, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(commit(txn));
  CHECK_OK(wombat_prepared_rollback(db, "name", &error));
  CHECK_OK(wombat_close(db, &error));
}

static void two_prepared_ones_never_stand_in_each_others_way(void) {
  wombat_db* const db = open_test("beside", "");
  wombat_txn* txn;
  put_text(db, "x", "0");
  put_text(db, "y", "0");
  prepare(db, "first", "x", "y");
  txn = begin(db, 0, 0); /* writes what the first has read */
  CHECK_OK(put(txn, "x", "1"));
  CHECK_STATUS(wombat_txn_prepare(txn, "second", &error), WOMBAT_CONFLICT);
  CHECK_MESSAGE("'first'");
  wombat_txn_destroy(txn);
  txn = begin(db, 0, 0); /* has read what the first writes */
  get(txn, "y");
  CHECK_OK(put(txn, "z", "1"));
  CHECK_STATUS(wombat_txn_prepare(txn, "second", &error), WOMBAT_CONFLICT);
  wombat_txn_destroy(txn);
  prepare(db, "second", "x", "z"); /* both have read x */
  CHECK_OK(wombat_prepared_commit(db, "first", NULL, &error));
  CHECK_OK(wombat_prepared_commit(db, "second", NULL, &error));
  CHECK_TEXT(get_text(db, "y"), "first");
  CHECK_TEXT(get_text(db, "z"), "second");
  CHECK_OK(wombat_close(db, &error));
}

static void survives_flushes_closing_and_the_end_of_the_process(void) {
  const char* const path = test_path("crash");
  wombat_db* db;
  wombat_db* space;
  int state = 0;
  const pid_t child = fork();
  if (child == 0) {
    wombat_txn* txn;
    if (wombat_open(path, NULL, &db, &error) != WOMBAT_OK) _exit(1);
    if (wombat_keyspace_create(db, "space", NULL, &error) != WOMBAT_OK) _exit(2);
    if (wombat_keyspace_open(db, "space", &space, &error) != WOMBAT_OK) _exit(3);
    txn = begin(db, 0, 0);
    get(txn, "read");
    if (put(txn, "a", "1") != WOMBAT_OK) _exit(4);
    if (wombat_txn_put(txn, space, "b", 1, "2", 1, 0, &error) != WOMBAT_OK) _exit(5);
    if (wombat_txn_prepare(txn, "in doubt", &error) != WOMBAT_OK) _exit(6);
    _exit(0); /* nothing is closed */
  }
  waitpid(child, &state, 0);
  CHECK_NUMBER(state, 0);
  CHECK_OK(wombat_open(path, NULL, &db, &error));
  CHECK_TEXT(prepared_names(db), "in doubt\n");
  CHECK_STATUS(wombat_put(db, "read", 4, "1", 1, NULL, &error), WOMBAT_CONFLICT);
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
  CHECK_OK(wombat_open(path, NULL, &db, &error));
  CHECK_TEXT(prepared_names(db), "in doubt\n");
  CHECK_OK(wombat_prepared_commit(db, "in doubt", NULL, &error));
  CHECK_OK(wombat_keyspace_open(db, "space", &space, &error));
  CHECK_TEXT(get_text(db, "a"), "1");
  CHECK_TEXT(get_text(space, "b"), "2");
  CHECK_OK(wombat_close(space, &error));
  CHECK_OK(wombat_close(db, &error));
  CHECK_OK(wombat_open(path, NULL, &db, &error));
  CHECK_TEXT(prepared_names(db), "");
  CHECK_TEXT(get_text(db, "a"), "1");
  CHECK_OK(wombat_close(db, &error));
}

static void the_keyspace_that_holds_them_is_not_shown(void) {
  wombat_db* const db = open_test("hidden", "");
  wombat_db* space = NULL;
  char text[64];
  prepare(db, "it", NULL, "a");
  CHECK_OK(wombat_keyspace_list(db, text, sizeof text, NULL, &error));
  CHECK_TEXT(text, "default\n");
  CHECK_STATUS(wombat_keyspace_open(db, "\x01system", &space, &error), WOMBAT_DOES_NOT_EXIST);
  CHECK_STATUS(wombat_keyspace_drop(db, "\x01system", &error), WOMBAT_DOES_NOT_EXIST);
  CHECK_OK(wombat_close(db, &error));
}

static void what_it_meant_for_a_dropped_keyspace_goes_with_it(void) {
  wombat_db* const db = open_test("dropped", "");
  wombat_db* space = NULL;
  wombat_txn* txn;
  CHECK_OK(wombat_keyspace_create(db, "space", NULL, &error));
  CHECK_OK(wombat_keyspace_open(db, "space", &space, &error));
  txn = begin(db, 0, 0);
  CHECK_OK(put(txn, "a", "1"));
  CHECK_OK(wombat_txn_put(txn, space, "b", 1, "2", 1, 0, &error));
  CHECK_OK(wombat_txn_prepare(txn, "it", &error));
  wombat_txn_destroy(txn);
  CHECK_OK(wombat_keyspace_drop(db, "space", &error));
  CHECK_OK(wombat_prepared_commit(db, "it", NULL, &error));
  CHECK_TEXT(get_text(db, "a"), "1");
  CHECK_OK(wombat_close(space, &error));
  CHECK_OK(wombat_close(db, &error));
}

static void holds_writes_of_all_kinds(void) {
  wombat_db* db = open_test("kinds", "");
  wombat_txn* txn;
  put_text(db, "a", "1");
  put_text(db, "b", "2");
  put_text(db, "m", "3");
  txn = begin(db, 0, 0);
  CHECK_OK(wombat_txn_delete_range(txn, NULL, "a", 1, "c", 1, &error));
  CHECK_OK(put(txn, "b", "4"));
  CHECK_OK(wombat_txn_merge(txn, NULL, "append:,", "m", 1, "5", 1, &error));
  CHECK_OK(wombat_txn_put(txn, NULL, "t", 1, "6", 1, 3600000, &error));
  CHECK_OK(wombat_txn_prepare(txn, "all", &error));
  wombat_txn_destroy(txn);
  /* Its range is its own until it is decided, and so are its keys for ranges of others. */
  CHECK_STATUS(wombat_put(db, "aa", 2, "", 0, NULL, &error), WOMBAT_CONFLICT);
  CHECK_STATUS(wombat_delete_range(db, "l", 1, "n", 1, NULL, &error), WOMBAT_CONFLICT);
  CHECK_STATUS(wombat_delete_range(db, "bb", 2, "d", 1, NULL, &error), WOMBAT_CONFLICT);
  CHECK_OK(wombat_delete_range(db, "u", 1, NULL, 0, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
  db = open_test("kinds", "");
  CHECK_TEXT(get_text(db, "a"), "1");
  CHECK_STATUS(wombat_put(db, "aa", 2, "", 0, NULL, &error), WOMBAT_CONFLICT);
  CHECK_OK(wombat_prepared_commit(db, "all", NULL, &error));
  CHECK_TEXT(get_text(db, "a"), "(none)");
  CHECK_TEXT(get_text(db, "b"), "4");
  CHECK_TEXT(get_text(db, "m"), "3,5");
  CHECK_TEXT(get_text(db, "t"), "6");
  CHECK_OK(wombat_close(db, &error));
}

int main(void) {
  holds_writes_of_all_kinds();
  waits_for_a_decision();
  keeps_what_it_needs_as_it_is();
  conflicts_are_met_at_prepare();
  two_prepared_ones_never_stand_in_each_others_way();
  survives_flushes_closing_and_the_end_of_the_process();
  the_keyspace_that_holds_them_is_not_shown();
  what_it_meant_for_a_dropped_keyspace_goes_with_it();
  return finish_tests("prepared_api_test");
}
