/* Keyspaces: names, handles, batches over several, drops while in use. */
#include <pthread.h>
#include <time.h>

#include "capi_check.h"

static wombat_db* db;

static wombat_db* open_keyspace(const char* name) {
  wombat_db* keyspace = NULL;
  CHECK_OK(wombat_keyspace_open(db, name, &keyspace, &error));
  return keyspace;
}

static const char* list(void) {
  static char text[2000];
  CHECK_OK(wombat_keyspace_list(db, text, sizeof text, NULL, &error));
  return text;
}

static const char* property(wombat_db* handle, const char* name) {
  static char text[400];
  CHECK_OK(wombat_property(handle, name, text, sizeof text, NULL, &error));
  return text;
}

static void test_names(void) {
  char long_name[300];
  size_t length = 0;
  memset(long_name, 'n', sizeof long_name);
  long_name[256] = '\0';
  CHECK_TEXT(list(), "default\n");
  CHECK_STATUS(wombat_keyspace_create(db, "", NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_create(db, "default", NULL, &error), WOMBAT_ALREADY_EXISTS);
  CHECK_STATUS(wombat_keyspace_create(db, "two\nlines", NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_create(db, "\xff", NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_create(db, "\xc3", NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_create(db, long_name, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_create(db, NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_create(NULL, "n", NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_open(db, "n", NULL, &error), WOMBAT_INVALID_ARGUMENT);
  long_name[255] = '\0';
  CHECK_OK(wombat_keyspace_create(db, long_name, NULL, &error));
  CHECK_OK(wombat_keyspace_drop(db, long_name, &error));
  CHECK_OK(wombat_keyspace_create(db, "z\xc3\xbcge", NULL, &error));
  CHECK_OK(wombat_keyspace_create(db, "a b", NULL, &error));
  CHECK_TEXT(list(), "default\na b\nz\xc3\xbcge\n");
  CHECK_STATUS(wombat_keyspace_list(db, NULL, 0, &length, &error), WOMBAT_BUFFER_TOO_SMALL);
  CHECK_NUMBER(length, 18);
  CHECK_STATUS(wombat_keyspace_create(db, "a b", NULL, &error), WOMBAT_ALREADY_EXISTS);
  CHECK_STATUS(wombat_keyspace_rename(db, "a b", "z\xc3\xbcge", &error), WOMBAT_ALREADY_EXISTS);
  CHECK_STATUS(wombat_keyspace_rename(db, "absent", "b", &error), WOMBAT_DOES_NOT_EXIST);
  CHECK_STATUS(wombat_keyspace_rename(db, "default", "b", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_rename(db, "a b", "", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_drop(db, "default", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_keyspace_drop(db, "absent", &error), WOMBAT_DOES_NOT_EXIST);
  CHECK_OK(wombat_keyspace_rename(db, "a b", "c", &error));
  CHECK_OK(wombat_keyspace_rename(db, "c", "c", &error));
  CHECK_OK(wombat_keyspace_drop(db, "c", &error));
  CHECK_OK(wombat_keyspace_drop(db, "z\xc3\xbcge", &error));
  CHECK_TEXT(list(), "default\n");
  CHECK_NUMBER(wombat_feature("keyspaces"), 1);
}

static void test_rows(void) {
  wombat_db* one;
  wombat_db* two;
  wombat_batch* batch = NULL;
  wombat_snapshot* snapshot = NULL;
  wombat_read_options at = WOMBAT_READ_OPTIONS_INIT;
  char buffer[10];
  size_t size = 0;
  CHECK_OK(wombat_keyspace_create(db, "one", NULL, &error));
  CHECK_OK(wombat_keyspace_create(db, "two", NULL, &error));
  one = open_keyspace("one");
  two = open_keyspace("two");
  put_text(db, "k", "default");
  put_text(one, "k", "first");
  CHECK_TEXT(get_text(db, "k"), "default");
  CHECK_TEXT(get_text(one, "k"), "first");
  CHECK_TEXT(get_text(two, "k"), "(none)");
  CHECK_OK(wombat_snapshot_create(two, &snapshot, &error));
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_batch_put(batch, "k", 1, "here", 4, &error));
  CHECK_OK(wombat_batch_use_keyspace(batch, one, &error));
  CHECK_OK(wombat_batch_put(batch, "k", 1, "there", 5, &error));
  CHECK_OK(wombat_batch_use_keyspace(batch, db, &error));
  CHECK_OK(wombat_batch_delete(batch, "k", 1, &error));
  CHECK_OK(wombat_batch_use_keyspace(batch, NULL, &error));
  CHECK_OK(wombat_batch_put(batch, "m", 1, "here", 4, &error));
  CHECK_OK(wombat_write(two, batch, NULL, &error));
  CHECK_TEXT(get_text(db, "k"), "(none)");
  CHECK_TEXT(get_text(one, "k"), "there");
  CHECK_TEXT(get_text(two, "k"), "here");
  CHECK_TEXT(get_text(two, "m"), "here");
  /* The same batch by another handle. */
  CHECK_OK(wombat_write(one, batch, NULL, &error));
  CHECK_TEXT(get_text(one, "m"), "here");
  CHECK_TEXT(get_text(one, "k"), "there"); /* the second operation on it wins */
  CHECK_OK(wombat_batch_clear(batch, &error));
  CHECK_OK(wombat_batch_put(batch, "n", 1, "cleared", 7, &error));
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  CHECK_TEXT(get_text(db, "n"), "cleared");
  wombat_batch_destroy(batch);
  at.snapshot = snapshot;
  CHECK_OK(wombat_get(one, "k", 1, &at, buffer, sizeof buffer, &size, &error));
  CHECK(size == 5 && memcmp(buffer, "first", 5) == 0);
  CHECK_STATUS(wombat_get(two, "k", 1, &at, buffer, sizeof buffer, &size, &error), WOMBAT_NOT_FOUND);
  wombat_snapshot_release(snapshot);
  CHECK_OK(wombat_flush(two, NULL, &error));
  CHECK_TEXT(property(two, "tables.count"), "1");
  CHECK_TEXT(property(one, "tables.count"), "0");
  CHECK_TEXT(property(one, "keyspace.name"), "one");
  CHECK_TEXT(property(one, "keyspaces.count"), "3");
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_TEXT(property(one, "tables.count"), "1");
  CHECK_OK(wombat_compact_range(one, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_wait(one, NULL, &error));
  CHECK_OK(wombat_verify(one, NULL, &error));
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_TEXT(get_text(one, "k"), "there");
  CHECK_OK(wombat_close(one, &error));
  CHECK_STATUS(wombat_put(one, "k", 1, "v", 1, NULL, &error), WOMBAT_CLOSED);
  CHECK_OK(wombat_close(two, &error));
  CHECK_OK(wombat_put(db, "k", 1, "open", 4, NULL, &error));
}

static void test_options(void) {
  wombat_options* options = NULL;
  wombat_db* small;
  char text[40];
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_parse(options, "memtable.size=64KiB; cache.size=1MiB", &error));
  CHECK_STATUS(wombat_keyspace_create(db, "small", options, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("cache.size belongs to the whole database");
  wombat_options_destroy(options);
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_parse(options, "memtable.size=64KiB; filter.bits_per_key=0", &error));
  CHECK_OK(wombat_keyspace_create(db, "small", options, &error));
  wombat_options_destroy(options);
  small = open_keyspace("small");
  CHECK_OK(wombat_get_option(small, "memtable.size", text, sizeof text, NULL, &error));
  CHECK_TEXT(text, "65536");
  CHECK_OK(wombat_get_option(db, "memtable.size", text, sizeof text, NULL, &error));
  CHECK_TEXT(text, "67108864");
  CHECK_TEXT(property(small, "keyspace.options"), "filter.bits_per_key=0\nmemtable.size=65536\n");
  CHECK_OK(wombat_set_option(small, "memtable.size", "128KiB", &error));
  CHECK_TEXT(property(small, "keyspace.options"), "filter.bits_per_key=0\nmemtable.size=131072\n");
  CHECK_TEXT(property(db, "keyspace.options"), "");
  CHECK_STATUS(wombat_set_option(small, "cache.size", "1MiB", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_set_option(small, "memtable.size", "1", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_set_option(db, "table.size", "1MiB", &error));
  CHECK_OK(wombat_get_option(small, "table.size", text, sizeof text, NULL, &error));
  CHECK_TEXT(text, "1048576");
  put_text(small, "k", "kept");
  CHECK_OK(wombat_close(small, &error));
  CHECK_OK(wombat_close(db, &error));
  db = open_test("keyspaces", "");
  CHECK_TEXT(list(), "default\none\nsmall\ntwo\n");
  small = open_keyspace("small");
  CHECK_OK(wombat_get_option(small, "memtable.size", text, sizeof text, NULL, &error));
  CHECK_TEXT(text, "131072");
  CHECK_OK(wombat_get_option(small, "filter.bits_per_key", text, sizeof text, NULL, &error));
  CHECK_TEXT(text, "0");
  CHECK_TEXT(get_text(small, "k"), "kept");
  CHECK_OK(wombat_close(small, &error));
}

static void test_drop(void) {
  wombat_db* one = open_keyspace("one");
  wombat_db* two = open_keyspace("two");
  wombat_iterator* iterator = NULL;
  wombat_pin* pin = NULL;
  wombat_batch* batch = NULL;
  const void* bytes = NULL;
  size_t size = 0;
  put_text(one, "k", "row");
  CHECK_OK(wombat_iterator_create(one, NULL, &iterator, &error));
  CHECK_OK(wombat_pin_create(&pin, &error));
  CHECK_OK(wombat_get_pinned(one, "k", 1, NULL, pin, &bytes, &size, &error));
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_batch_use_keyspace(batch, one, &error));
  CHECK_OK(wombat_batch_put(batch, "b", 1, "b", 1, &error));
  CHECK_OK(wombat_batch_use_keyspace(batch, two, &error));
  CHECK_OK(wombat_batch_put(batch, "b", 1, "b", 1, &error));
  CHECK_OK(wombat_keyspace_drop(two, "one", &error));
  CHECK(memcmp(bytes, "row", 3) == 0);
  CHECK_OK(wombat_iterator_first(iterator, &bytes, &size, NULL, NULL, &error));
  CHECK_NUMBER(size, 1);
  CHECK_STATUS(wombat_put(one, "k", 1, "v", 1, NULL, &error), WOMBAT_DROPPED);
  CHECK_STATUS(wombat_get(one, "k", 1, NULL, NULL, 0, NULL, &error), WOMBAT_DROPPED);
  CHECK_STATUS(wombat_get_expiry(one, "k", 1, NULL, NULL, &error), WOMBAT_DROPPED);
  CHECK_OK(wombat_iterator_expiry(iterator, NULL, &error));
  CHECK_STATUS(wombat_iterator_create(one, NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_flush(one, NULL, &error), WOMBAT_DROPPED);
  CHECK_STATUS(wombat_set_option(one, "memtable.size", "1MiB", &error), WOMBAT_DROPPED);
  CHECK_STATUS(wombat_batch_use_keyspace(batch, one, &error), WOMBAT_DROPPED);
  CHECK_STATUS(wombat_write(two, batch, NULL, &error), WOMBAT_DROPPED);
  CHECK_TEXT(get_text(two, "b"), "(none)");
  CHECK_OK(wombat_close(one, &error));
  CHECK_STATUS(wombat_keyspace_open(db, "one", &one, &error), WOMBAT_DOES_NOT_EXIST);
  CHECK(one == NULL);
  CHECK_OK(wombat_keyspace_create(db, "one", NULL, &error));
  one = open_keyspace("one");
  CHECK_TEXT(get_text(one, "k"), "(none)");
  CHECK_STATUS(wombat_write(two, batch, NULL, &error), WOMBAT_DROPPED);
  wombat_iterator_destroy(iterator);
  wombat_pin_destroy(pin);
  wombat_batch_destroy(batch);
  /* The database ends before its keyspaces' handles. */
  CHECK_OK(wombat_close(db, &error));
  CHECK_STATUS(wombat_get(two, "m", 1, NULL, NULL, 0, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_put(two, "m", 1, "v", 1, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_keyspace_list(two, NULL, 0, NULL, &error), WOMBAT_CLOSED);
  CHECK_OK(wombat_close(two, &error));
  CHECK_OK(wombat_close(one, &error));
  db = open_test("keyspaces", "");
}

enum { kThreads = 4, kRounds = 60 };

/* Makes, uses and drops keyspaces whose names others use as well. */
static void* churn(void* argument) {
  const int thread = *(const int*)argument;
  wombat_error e;
  long unexpected = 0;
  for (int i = 0; i < kRounds; ++i) {
    char name[20];
    wombat_db* keyspace = NULL;
    snprintf(name, sizeof name, "t%d", (i + thread) % 3);
    wombat_status status = wombat_keyspace_create(db, name, NULL, &e);
    if (status != WOMBAT_OK && status != WOMBAT_ALREADY_EXISTS) ++unexpected;
    status = wombat_keyspace_open(db, name, &keyspace, &e);
    if (status != WOMBAT_OK) {
      if (status != WOMBAT_DOES_NOT_EXIST) ++unexpected;
      continue;
    }
    for (int j = 0; j < 20; ++j) {
      status = wombat_put(keyspace, name, 2, "value", 5, NULL, &e);
      if (status != WOMBAT_OK && status != WOMBAT_DROPPED) ++unexpected;
      status = wombat_get(keyspace, name, 2, NULL, NULL, 0, NULL, &e);
      if (status < 0 && status != WOMBAT_DROPPED) ++unexpected;
    }
    if (i % 7 == 0) {
      status = wombat_flush(keyspace, NULL, &e);
      if (status != WOMBAT_OK && status != WOMBAT_DROPPED) ++unexpected;
    }
    if (i % 2 == 0) {
      status = wombat_keyspace_drop(db, name, &e);
      if (status != WOMBAT_OK && status != WOMBAT_DOES_NOT_EXIST) ++unexpected;
    }
    wombat_close(keyspace, &e);
  }
  return (void*)unexpected;
}

static void test_threads(void) {
  pthread_t threads[kThreads];
  int numbers[kThreads];
  for (int i = 0; i < kThreads; ++i) {
    numbers[i] = i;
    CHECK(pthread_create(&threads[i], NULL, churn, &numbers[i]) == 0);
  }
  for (int i = 0; i < kThreads; ++i) {
    void* unexpected = NULL;
    pthread_join(threads[i], &unexpected);
    CHECK(unexpected == NULL);
  }
}

static void check_rich_rows(wombat_db* keyspace) {
  CHECK_TEXT(get_text(db, "a"), "1,2");
  CHECK_TEXT(get_text(db, "b"), "1");
  CHECK_TEXT(get_text(db, "c"), "(none)");
  CHECK_TEXT(get_text(keyspace, "a"), "(none)");
  CHECK_TEXT(get_text(keyspace, "b"), "3");
  CHECK_TEXT(get_text(keyspace, "c"), "(none)");
  CHECK_TEXT(get_text(keyspace, "short"), "(none)");
}

/* Range deletes, merges and times to live in a batch over several keyspaces; read from memory, from the log and from
 * tables. */
static void test_rich_writes(void) {
  wombat_batch* batch = NULL;
  wombat_options* options = NULL;
  wombat_db* keyspace;
  const struct timespec pause = {0, 30 * 1000000};
  db = open_test("rich", "");
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_parse(options, "ttl.default_ms=20", &error));
  CHECK_OK(wombat_keyspace_create(db, "side", options, &error));
  wombat_options_destroy(options);
  keyspace = open_keyspace("side");
  put_text(db, "a", "1");
  put_text(db, "b", "1");
  put_text(keyspace, "short", "1");
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_batch_put(batch, "c", 1, "1", 1, &error));
  CHECK_OK(wombat_batch_merge(batch, "append:,", "a", 1, "2", 1, &error));
  CHECK_OK(wombat_batch_use_keyspace(batch, keyspace, &error));
  CHECK_OK(wombat_batch_put(batch, "a", 1, "1", 1, &error));
  CHECK_OK(wombat_batch_delete_range(batch, NULL, 0, NULL, 0, &error));
  CHECK_OK(wombat_batch_put_ttl(batch, "b", 1, "3", 1, WOMBAT_TTL_NONE, &error));
  CHECK_OK(wombat_batch_put(batch, "c", 1, "4", 1, &error));
  CHECK_OK(wombat_batch_use_keyspace(batch, NULL, &error));
  CHECK_OK(wombat_batch_delete_range(batch, "c", 1, "d", 1, &error));
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  wombat_batch_destroy(batch);
  nanosleep(&pause, NULL);
  check_rich_rows(keyspace);
  for (int round = 0; round < 3; ++round) {
    CHECK_OK(wombat_close(keyspace, &error));
    CHECK_OK(wombat_close(db, &error));
    db = open_test("rich", "");
    keyspace = open_keyspace("side");
    check_rich_rows(keyspace);
    if (round == 0) CHECK_OK(wombat_flush(db, NULL, &error));
    if (round == 1) CHECK_OK(wombat_compact_range(keyspace, NULL, 0, NULL, 0, NULL, &error));
  }
  /* A memtable that holds nothing but a range delete is one to flush, too. */
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_OK(wombat_delete_range(keyspace, "b", 1, NULL, 0, NULL, &error));
  CHECK_OK(wombat_flush(keyspace, NULL, &error));
  CHECK_TEXT(get_text(keyspace, "b"), "(none)");
  CHECK_TEXT(get_text(db, "b"), "1");
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_OK(wombat_close(keyspace, &error));
  CHECK_OK(wombat_close(db, &error));
}

int main(void) {
  test_rich_writes();
  db = open_test("keyspaces", "");
  test_names();
  test_rows();
  test_options();
  test_drop();
  test_threads();
  CHECK_OK(wombat_close(db, &error));
  return finish_tests("keyspace_api_test");
}
