/* Range deletes, merges and puts that expire, in transactions and beside them. */
#include <time.h>

#include "transaction_calls.h"

static wombat_status clear(wombat_txn* txn, const char* lower, const char* upper) {
  return wombat_txn_delete_range(txn, NULL, lower, lower == NULL ? 0 : strlen(lower), upper,
                                 upper == NULL ? 0 : strlen(upper), &error);
}

static wombat_status append(wombat_txn* txn, const char* key, const char* operand) {
  return wombat_txn_merge(txn, NULL, "append:,", key, strlen(key), operand, strlen(operand), &error);
}

static wombat_status clear_plainly(wombat_db* db, const char* lower, const char* upper) {
  return wombat_delete_range(db, lower, strlen(lower), upper, upper == NULL ? 0 : strlen(upper), NULL,
                             &error);
}

static void deletes_ranges(void) {
  wombat_db* const db = open_test("ranges", "");
  wombat_txn* txn;
  put_text(db, "a", "1");
  put_text(db, "b", "2");
  put_text(db, "c", "3");
  put_text(db, "d", "4");
  txn = begin(db, 0, 0);
  CHECK_OK(put(txn, "bb", "5"));
  CHECK_OK(clear(txn, "b", "d"));
  CHECK_OK(put(txn, "c", "6"));
  CHECK_STATUS(clear(txn, "d", "d"), WOMBAT_INVALID_ARGUMENT);
  CHECK_TEXT(get(txn, "b"), "(none)");
  CHECK_TEXT(get(txn, "bb"), "(none)");
  CHECK_TEXT(get(txn, "c"), "6");
  CHECK_TEXT(keys_of(txn, NULL, NULL, WOMBAT_FORWARD), "a c d ");
  CHECK_TEXT(keys_of(txn, NULL, NULL, WOMBAT_BACKWARD), "d c a ");
  CHECK_OK(wombat_txn_set_savepoint(txn, &error));
  CHECK_OK(clear(txn, NULL, NULL));
  CHECK_TEXT(keys_of(txn, NULL, NULL, WOMBAT_FORWARD), "");
  CHECK_OK(wombat_txn_rollback_to_savepoint(txn, &error));
  CHECK_TEXT(keys_of(txn, NULL, NULL, WOMBAT_FORWARD), "a c d ");
  CHECK_OK(commit(txn));
  CHECK_TEXT(get_text(db, "a"), "1");
  CHECK_TEXT(get_text(db, "b"), "(none)");
  CHECK_TEXT(get_text(db, "bb"), "(none)");
  CHECK_TEXT(get_text(db, "c"), "6");
  CHECK_TEXT(get_text(db, "d"), "4");
  CHECK_OK(wombat_close(db, &error));
}

/* What stands in memory, and what stands in tables: `flushes` says which. */
static void range_deletes_of_others_are_conflicts(int flushes) {
  wombat_db* const db = open_test(flushes ? "range-conflicts-tables" : "range-conflicts", "");
  wombat_txn* reader;
  wombat_txn* scanner;
  wombat_txn* elsewhere;
  wombat_txn* clearer;
  put_text(db, "b", "2");
  put_text(db, "y", "9");
  if (flushes) CHECK_OK(wombat_flush(db, NULL, &error));
  reader = begin(db, 0, 0);
  scanner = begin(db, 0, 0);
  elsewhere = begin(db, 0, 0);
  clearer = begin(db, WOMBAT_SNAPSHOT, 0);
  CHECK_TEXT(get(reader, "b"), "2");
  CHECK_TEXT(keys_of(scanner, "a", "bb", WOMBAT_FORWARD), "b ");
  CHECK_TEXT(keys_of(elsewhere, "x", "z", WOMBAT_FORWARD), "y ");
  CHECK_OK(put(reader, "r", ""));
  CHECK_OK(put(scanner, "s", ""));
  CHECK_OK(put(elsewhere, "t", ""));
  CHECK_OK(clear(clearer, "ba", "bb"));
  CHECK_OK(clear_plainly(db, "b", "c"));
  if (flushes) CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_STATUS(commit(reader), WOMBAT_CONFLICT);
  CHECK_STATUS(commit(scanner), WOMBAT_CONFLICT);
  CHECK(strstr(error.message, "keys from \"b\" to \"c\"") != NULL);
  CHECK_OK(commit(elsewhere));
  CHECK_STATUS(commit(clearer), WOMBAT_CONFLICT);
  /* And one that deletes a range finds what others have put into it. */
  clearer = begin(db, 0, 0);
  CHECK_OK(clear(clearer, "m", "n"));
  put_text(db, "mm", "new");
  CHECK_STATUS(commit(clearer), WOMBAT_CONFLICT);
  CHECK_TEXT(get_text(db, "mm"), "new");
  CHECK_OK(wombat_close(db, &error));
}

static void merges(void) {
  wombat_db* const db = open_test("merges", "");
  wombat_txn* txn = begin(db, 0, 0);
  put_text(db, "there", "1");
  CHECK_OK(wombat_txn_rollback(txn, &error));
  wombat_txn_destroy(txn);
  txn = begin(db, 0, 0);
  CHECK_OK(append(txn, "there", "2"));
  CHECK_OK(append(txn, "there", "3"));
  CHECK_OK(append(txn, "absent", "x"));
  CHECK_OK(put(txn, "own", "p"));
  CHECK_OK(append(txn, "own", "q"));
  CHECK_OK(delete_key(txn, "gone"));
  CHECK_OK(append(txn, "gone", "z"));
  CHECK_STATUS(wombat_txn_merge(txn, NULL, "no such", "k", 1, "", 0, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_txn_merge(txn, NULL, "int64_add", "k", 1, "short", 5, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_TEXT(get(txn, "there"), "1,2,3");
  CHECK_TEXT(get(txn, "absent"), "x");
  CHECK_TEXT(get(txn, "own"), "p,q");
  CHECK_TEXT(get(txn, "gone"), "z");
  CHECK_TEXT(keys_of(txn, NULL, NULL, WOMBAT_FORWARD), "absent gone own there ");
  CHECK_OK(commit(txn));
  CHECK_TEXT(get_text(db, "there"), "1,2,3");
  CHECK_TEXT(get_text(db, "absent"), "x");
  CHECK_TEXT(get_text(db, "own"), "p,q");
  CHECK_TEXT(get_text(db, "gone"), "z");
  txn = begin(db, 0, 0);
  CHECK_OK(clear(txn, NULL, NULL));
  CHECK_OK(append(txn, "there", "4"));
  CHECK_TEXT(get(txn, "there"), "4");
  CHECK_TEXT(keys_of(txn, NULL, NULL, WOMBAT_BACKWARD), "there ");
  CHECK_OK(commit(txn));
  CHECK_TEXT(get_text(db, "there"), "4");
  CHECK_TEXT(get_text(db, "own"), "(none)");
  /* A merge is a write: of two, one is too late. */
  txn = begin(db, 0, 0);
  CHECK_OK(append(txn, "there", "5"));
  put_text(db, "there", "other");
  CHECK_STATUS(commit(txn), WOMBAT_CONFLICT);
  /* One that cannot be worked out fails where it is met. */
  txn = begin(db, 0, 0);
  CHECK_OK(wombat_txn_merge(txn, NULL, "int64_add", "there", 5, "\1\0\0\0\0\0\0\0", 8, &error));
  CHECK_TEXT(get(txn, "there"), "MERGE_FAILED");
  {
    wombat_iterator* rows = NULL;
    CHECK_OK(wombat_txn_iterator_create(txn, NULL, NULL, &rows, &error));
    CHECK_STATUS(wombat_iterator_first(rows, NULL, NULL, NULL, NULL, &error), WOMBAT_MERGE_FAILED);
    CHECK_STATUS(wombat_iterator_next(rows, NULL, NULL, NULL, NULL, &error), WOMBAT_MERGE_FAILED);
    CHECK_STATUS(wombat_iterator_seek(rows, "u", 1, NULL, NULL, NULL, NULL, &error), WOMBAT_END);
    wombat_iterator_destroy(rows);
  }
  wombat_txn_destroy(txn);
  CHECK_OK(wombat_close(db, &error));
}

static void pause_ms(long milliseconds) {
  const struct timespec pause = {0, milliseconds * 1000000};
  nanosleep(&pause, NULL);
}

static void puts_may_expire(void) {
  wombat_db* const db = open_test("expiring", "ttl.default_ms=20");
  wombat_txn* txn = begin(db, 0, 0);
  CHECK_OK(wombat_txn_put(txn, NULL, "default", 7, "1", 1, 0, &error));
  CHECK_OK(wombat_txn_put(txn, NULL, "long", 4, "2", 1, 3600000, &error));
  CHECK_OK(wombat_txn_put(txn, NULL, "ever", 4, "3", 1, WOMBAT_TTL_NONE, &error));
  CHECK_TEXT(get(txn, "long"), "2");
  CHECK_TEXT(get(txn, "ever"), "3");
  pause_ms(30);
  CHECK_TEXT(get(txn, "default"), "(none)");
  CHECK_TEXT(keys_of(txn, NULL, NULL, WOMBAT_FORWARD), "ever long ");
  CHECK_OK(append(txn, "default", "9"));
  CHECK_TEXT(get(txn, "default"), "9");
  CHECK_OK(commit(txn));
  CHECK_TEXT(get_text(db, "default"), "9");
  CHECK_TEXT(get_text(db, "long"), "2");
  CHECK_TEXT(get_text(db, "ever"), "3");
  /* Single calls as well. */
  CHECK_OK(wombat_put_if_absent(db, "once", 4, "1", 1, NULL, &error));
  pause_ms(30);
  CHECK_TEXT(get_text(db, "once"), "(none)");
  CHECK_OK(wombat_put_if_absent(db, "once", 4, "2", 1, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
}

int main(void) {
  deletes_ranges();
  range_deletes_of_others_are_conflicts(0);
  range_deletes_of_others_are_conflicts(1);
  merges();
  puts_may_expire();
  return finish_tests("transaction_kinds_api_test");
}
