/* Tables built outside of a database, and databases that take them in. */
#include <stdint.h>

#include "capi_check.h"

static wombat_db* db;

static const char* build(const char* name, const char* first, const char* second) {
  wombat_builder* builder = NULL;
  const char* path = test_path(name);
  CHECK_OK(wombat_builder_open(path, NULL, &builder, &error));
  CHECK_OK(wombat_builder_put(builder, first, strlen(first), name, strlen(name), &error));
  CHECK_OK(wombat_builder_put(builder, second, strlen(second), name, strlen(name), &error));
  CHECK_OK(wombat_builder_finish(builder, &error));
  wombat_builder_destroy(builder);
  return path;
}

static void test_builder(void) {
  wombat_builder* builder = NULL;
  wombat_builder* second = NULL;
  uint64_t entries = 7;
  uint64_t bytes = 7;
  CHECK_STATUS(wombat_builder_open(NULL, NULL, &builder, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_builder_open("", NULL, &builder, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_builder_open("x", NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_builder_open(test_path("no/such"), NULL, &builder, &error), WOMBAT_DOES_NOT_EXIST);
  CHECK_STATUS(wombat_builder_open(test_path("000001.table"), NULL, &builder, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK(builder == NULL);
  CHECK_OK(wombat_builder_open(test_path("b"), NULL, &builder, &error));
  CHECK_STATUS(wombat_builder_open(test_path("b"), NULL, &second, &error), WOMBAT_ALREADY_EXISTS);
  CHECK_OK(wombat_builder_size(builder, &entries, &bytes, &error));
  CHECK_NUMBER(entries, 0);
  CHECK_STATUS(wombat_builder_finish(builder, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_builder_put(builder, "b", 1, "1", 1, &error));
  CHECK_STATUS(wombat_builder_put(builder, "b", 1, "2", 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("key \"b\" does not come after \"b\"");
  CHECK_STATUS(wombat_builder_delete(builder, "a", 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("key \"a\" does not come after \"b\"");
  CHECK_STATUS(wombat_builder_put(builder, NULL, 1, "2", 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_builder_put(builder, "c", 1, NULL, WOMBAT_VALUE_SIZE_MAX + 1, &error),
               WOMBAT_INVALID_ARGUMENT);
  static char long_key[WOMBAT_KEY_SIZE_MAX + 1];
  memset(long_key, 'x', sizeof long_key);
  CHECK_STATUS(wombat_builder_put(builder, long_key, sizeof long_key, "2", 1, &error), WOMBAT_TOO_LARGE);
  CHECK_OK(wombat_builder_delete(builder, "c", 1, &error));
  CHECK_OK(wombat_builder_put_until(builder, "d", 1, "4", 1, 0, &error));
  CHECK_OK(wombat_builder_put_until(builder, "e", 1, "5", 1, UINT64_C(4000000000000000), &error));
  CHECK_OK(wombat_builder_put_until(builder, "f", 1, "6", 1, 1, &error)); /* expired long ago */
  CHECK_OK(wombat_builder_finish(builder, &error));
  CHECK_STATUS(wombat_builder_finish(builder, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_builder_put(builder, "g", 1, "2", 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_builder_size(builder, &entries, &bytes, &error));
  CHECK_NUMBER(entries, 5);
  CHECK(bytes > 256);
  wombat_builder_destroy(builder);
  wombat_builder_destroy(NULL);
  CHECK_STATUS(wombat_builder_size(builder, NULL, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_builder_put(builder, "g", 1, "2", 1, &error), WOMBAT_CLOSED);

  put_text(db, "c", "old");
  const char* path = test_path("b");
  CHECK_OK(wombat_ingest(db, &path, 1, 0, NULL, &error));
  CHECK_TEXT(get_text(db, "b"), "1");
  CHECK_TEXT(get_text(db, "c"), "(none)");
  CHECK_TEXT(get_text(db, "d"), "4");
  CHECK_TEXT(get_text(db, "e"), "5");
  CHECK_TEXT(get_text(db, "f"), "(none)");
  uint64_t expires_at_us = 0;
  CHECK_OK(wombat_get_expiry(db, "e", 1, NULL, &expires_at_us, &error));
  CHECK(expires_at_us == UINT64_C(4000000000000000));
  CHECK_OK(wombat_get_expiry(db, "d", 1, NULL, &expires_at_us, &error));
  CHECK_NUMBER(expires_at_us, 0);

  /* One that is not finished leaves nothing behind. */
  CHECK_OK(wombat_builder_open(test_path("u"), NULL, &builder, &error));
  CHECK_OK(wombat_builder_put(builder, "a", 1, "1", 1, &error));
  path = test_path("u");
  CHECK_STATUS(wombat_ingest(db, &path, 1, 0, NULL, &error), WOMBAT_CORRUPTION);
  wombat_builder_destroy(builder);
  CHECK_STATUS(wombat_ingest(db, &path, 1, 0, NULL, &error), WOMBAT_MISSING_FILE);
}

static int32_t count_or_cancel(void* user_data, uint64_t done, uint64_t total) {
  int* calls = user_data;
  CHECK(done <= total);
  return --*calls < 0;
}

static void test_ingest(void) {
  const char* paths[2] = {build("one", "k1", "k5"), build("two", "k6", "k9")};
  CHECK_OK(wombat_ingest(db, NULL, 0, 0, NULL, &error));
  CHECK_STATUS(wombat_ingest(db, NULL, 1, 0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_ingest(NULL, paths, 2, 0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_ingest(db, paths, 2, 2, NULL, &error), WOMBAT_UNSUPPORTED);
  const char* holes[2] = {paths[0], NULL};
  CHECK_STATUS(wombat_ingest(db, holes, 2, 0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  const char* twice[2] = {paths[0], paths[0]};
  CHECK_STATUS(wombat_ingest(db, twice, 2, 0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("overlap");
  wombat_task_options task = WOMBAT_TASK_OPTIONS_INIT;
  int calls = 0;
  task.progress = count_or_cancel;
  task.user_data = &calls;
  CHECK_STATUS(wombat_ingest(db, paths, 2, 0, &task, &error), WOMBAT_CANCELLED);
  CHECK_TEXT(get_text(db, "k1"), "(none)");
  calls = 1000;
  CHECK_OK(wombat_ingest(db, paths, 2, WOMBAT_INGEST_REMOVE_FILES, &task, &error));
  CHECK(calls < 1000);
  CHECK_TEXT(get_text(db, "k1"), "one");
  CHECK_TEXT(get_text(db, "k9"), "two");
  CHECK_STATUS(wombat_ingest(db, paths, 2, 0, NULL, &error), WOMBAT_MISSING_FILE);
}

static void test_prepared_transactions_and_transactions(void) {
  wombat_txn* txn = NULL;
  const char* path = build("three", "p1", "p9");
  CHECK_OK(wombat_txn_begin(db, NULL, &txn, &error));
  CHECK_OK(wombat_txn_put(txn, NULL, "p5", 2, "x", 1, 0, &error));
  CHECK_OK(wombat_txn_prepare(txn, "waits", &error));
  wombat_txn_destroy(txn);
  CHECK_STATUS(wombat_ingest(db, &path, 1, 0, NULL, &error), WOMBAT_CONFLICT);
  CHECK_OK(wombat_prepared_rollback(db, "waits", &error));
  CHECK_OK(wombat_txn_begin(db, NULL, &txn, &error));
  CHECK_STATUS(wombat_txn_get(txn, NULL, "p1", 2, NULL, 0, NULL, &error), WOMBAT_NOT_FOUND);
  CHECK_OK(wombat_txn_put(txn, NULL, "q", 1, "x", 1, 0, &error));
  CHECK_OK(wombat_ingest(db, &path, 1, 0, NULL, &error));
  CHECK_STATUS(wombat_txn_get(txn, NULL, "p1", 2, NULL, 0, NULL, &error), WOMBAT_NOT_FOUND);
  CHECK_STATUS(wombat_txn_commit(txn, NULL, NULL, &error), WOMBAT_CONFLICT);
  wombat_txn_destroy(txn);
}

static void test_places(void) {
  const char* path = build("four", "s1", "s2");
  wombat_db* side = NULL;
  wombat_db* memory = NULL;
  wombat_db* reader = NULL;
  wombat_options* options = NULL;
  CHECK_OK(wombat_keyspace_create(db, "side", NULL, &error));
  CHECK_OK(wombat_keyspace_open(db, "side", &side, &error));
  CHECK_OK(wombat_ingest(side, &path, 1, 0, NULL, &error));
  CHECK_TEXT(get_text(side, "s1"), "four");
  CHECK_TEXT(get_text(db, "s1"), "(none)");
  CHECK_OK(wombat_keyspace_drop(db, "side", &error));
  CHECK_STATUS(wombat_ingest(side, &path, 1, 0, NULL, &error), WOMBAT_DROPPED);
  CHECK_OK(wombat_close(side, &error));

  CHECK_OK(wombat_open(WOMBAT_IN_MEMORY, NULL, &memory, &error));
  CHECK_OK(wombat_ingest(memory, &path, 1, 0, NULL, &error));
  CHECK_TEXT(get_text(memory, "s2"), "four");
  CHECK_OK(wombat_close(memory, &error));

  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_set(options, "open.read_only", "true", &error));
  CHECK_OK(wombat_open(test_path("bulk"), options, &reader, &error));
  wombat_options_destroy(options);
  CHECK_STATUS(wombat_ingest(reader, &path, 1, 0, NULL, &error), WOMBAT_READ_ONLY);
  CHECK_OK(wombat_close(reader, &error));
}

int main(void) {
  db = open_test("bulk", "");
  test_builder();
  test_ingest();
  test_prepared_transactions_and_transactions();
  test_places();
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_TEXT(get_text(db, "k9"), "two");
  CHECK_OK(wombat_close(db, &error));
  const char* path = test_path("four");
  CHECK_STATUS(wombat_ingest(db, &path, 1, 0, NULL, &error), WOMBAT_CLOSED);
  db = open_test("bulk", "open.verify_tables=true");
  CHECK_TEXT(get_text(db, "k9"), "two");
  CHECK_OK(wombat_close(db, &error));
  return finish_tests("bulk_api_test");
}
