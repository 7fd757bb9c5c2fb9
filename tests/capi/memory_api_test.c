/* Databases in memory. */
#include "capi_check.h"

static wombat_db* open_memory(void) {
  wombat_db* db = NULL;
  wombat_options* options = NULL;
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_parse(options, "memtable.size=64KiB; table.size=64KiB; levels.base_size=256KiB",
                                &error));
  CHECK_OK(wombat_open(WOMBAT_IN_MEMORY, options, &db, &error));
  wombat_options_destroy(options);
  return db;
}

static void test_paths(void) {
  wombat_db* db = NULL;
  wombat_options* options = NULL;
  CHECK_STATUS(wombat_open(":memory:name", NULL, &db, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("has no name");
  CHECK_STATUS(wombat_destroy(":memory:", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_set(options, "open.read_only", "true", &error));
  CHECK_STATUS(wombat_open(":memory:", options, &db, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_options_set(options, "open.read_only", "false", &error));
  CHECK_OK(wombat_options_set(options, "open.create_if_missing", "false", &error));
  CHECK_STATUS(wombat_open(":memory:", options, &db, &error), WOMBAT_DOES_NOT_EXIST);
  CHECK(db == NULL);
  CHECK_OK(wombat_options_set(options, "open.create_if_missing", "true", &error));
  CHECK_OK(wombat_options_set(options, "open.fail_if_exists", "true", &error));
  CHECK_OK(wombat_open(":memory:", options, &db, &error));
  CHECK_OK(wombat_close(db, &error));
  wombat_options_destroy(options);
}

static void test_each_is_new(void) {
  wombat_db* one = open_memory();
  wombat_db* other = open_memory();
  CHECK_OK(wombat_put(one, "a", 1, "1", 1, NULL, &error));
  CHECK_TEXT(get_text(one, "a"), "1");
  CHECK_TEXT(get_text(other, "a"), "(none)");
  CHECK_OK(wombat_close(one, &error));
  one = open_memory();
  CHECK_TEXT(get_text(one, "a"), "(none)");
  CHECK_OK(wombat_close(one, &error));
  CHECK_OK(wombat_close(other, &error));
}

/* Through every part of the engine: tables, levels, keyspaces, snapshots, transactions. */
static void test_whole_engine(void) {
  wombat_db* db = open_memory();
  wombat_db* side = NULL;
  wombat_snapshot* snapshot = NULL;
  wombat_txn* txn = NULL;
  char key[20];
  char value[500];
  memset(value, 'v', sizeof value);
  CHECK_OK(wombat_keyspace_create(db, "side", NULL, &error));
  CHECK_OK(wombat_keyspace_open(db, "side", &side, &error));
  for (int i = 0; i < 3000; ++i) {
    snprintf(key, sizeof key, "key%06d", i * 7919 % 3000);
    CHECK_OK(wombat_put(i % 3 == 0 ? side : db, key, 9, value, sizeof value, NULL, &error));
    if (i == 1500) CHECK_OK(wombat_snapshot_create(db, &snapshot, &error));
  }
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_wait(db, NULL, &error));
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_OK(wombat_sync(db, &error));
  CHECK_OK(wombat_txn_begin(db, NULL, &txn, &error));
  CHECK_OK(wombat_txn_put(txn, NULL, "txn", 3, "1", 1, 0, &error));
  CHECK_OK(wombat_txn_commit(txn, NULL, NULL, &error));
  wombat_txn_destroy(txn);
  CHECK_TEXT(get_text(db, "txn"), "1");
  CHECK_OK(wombat_keyspace_drop(db, "side", &error));
  CHECK_OK(wombat_close(side, &error));
  wombat_iterator* rows = NULL;
  wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
  CHECK_OK(wombat_iterator_create(db, &options, &rows, &error));
  int count = 0;
  for (wombat_status moved = wombat_iterator_first(rows, NULL, NULL, NULL, NULL, &error); moved == WOMBAT_OK;
       moved = wombat_iterator_next(rows, NULL, NULL, NULL, NULL, &error))
    ++count;
  CHECK_NUMBER(count, 2001);
  wombat_snapshot_release(snapshot);
  CHECK_OK(wombat_close(db, &error)); /* before its iterator */
  CHECK_STATUS(wombat_iterator_first(rows, NULL, NULL, NULL, NULL, &error), WOMBAT_CLOSED);
  wombat_iterator_destroy(rows);
}

int main(void) {
  test_paths();
  test_each_is_new();
  test_whole_engine();
  return finish_tests("memory_api_test");
}
