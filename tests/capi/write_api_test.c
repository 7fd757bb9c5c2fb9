/* Puts, deletes, batches. */
#include "capi_check.h"

static wombat_db* db;

static void test_limits(void) {
  char* bytes = calloc(1, 70000);
  size_t size = 0;
  char buffer[8];
  CHECK_OK(wombat_put(db, bytes, 65535, "big", 3, NULL, &error));
  CHECK_OK(wombat_get(db, bytes, 65535, NULL, buffer, sizeof buffer, &size, &error));
  CHECK_NUMBER(size, 3);
  CHECK_STATUS(wombat_put(db, bytes, 65536, "big", 3, NULL, &error), WOMBAT_TOO_LARGE);
  CHECK_MESSAGE("65536");
  CHECK_STATUS(wombat_delete(db, bytes, 65536, NULL, &error), WOMBAT_TOO_LARGE);
  CHECK_OK(wombat_delete(db, bytes, 65535, NULL, &error));
  CHECK_STATUS(wombat_exists(db, bytes, 65535, NULL, &error), WOMBAT_NOT_FOUND);
  CHECK_STATUS(wombat_put(db, "k", 1, bytes, (size_t)WOMBAT_VALUE_SIZE_MAX + 1, NULL, &error),
               WOMBAT_TOO_LARGE);
  /* Empty keys and values. */
  CHECK_OK(wombat_put(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_exists(db, NULL, 0, NULL, &error));
  CHECK_OK(wombat_get(db, "", 0, NULL, NULL, 0, &size, &error));
  CHECK_NUMBER(size, 0);
  CHECK_OK(wombat_delete(db, NULL, 0, NULL, &error));
  CHECK_STATUS(wombat_exists(db, "", 0, NULL, &error), WOMBAT_NOT_FOUND);
  /* Zero bytes belong to the key. */
  CHECK_OK(wombat_put(db, "a\0b", 3, "x\0y", 3, NULL, &error));
  CHECK_STATUS(wombat_exists(db, "a", 1, NULL, &error), WOMBAT_NOT_FOUND);
  CHECK_OK(wombat_get(db, "a\0b", 3, NULL, buffer, sizeof buffer, &size, &error));
  CHECK(size == 3 && memcmp(buffer, "x\0y", 3) == 0);
  free(bytes);
}

static void test_arguments(void) {
  wombat_write_options options = {0};
  CHECK_STATUS(wombat_put(NULL, "k", 1, "v", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_put(db, NULL, 1, "v", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("key is NULL");
  CHECK_STATUS(wombat_put(db, "k", 1, NULL, 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("value is NULL");
  CHECK_STATUS(wombat_delete(db, NULL, 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_delete(NULL, "k", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_sync(NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_put(db, "k", 1, "v", 1, &options, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("sizeof(wombat_write_options)");
  options.size = 100000;
  CHECK_STATUS(wombat_put(db, "k", 1, "v", 1, &options, &error), WOMBAT_INVALID_ARGUMENT);
  options.size = sizeof options;
  options.flags = 1u << 31;
  CHECK_STATUS(wombat_put(db, "k", 1, "v", 1, &options, &error), WOMBAT_UNSUPPORTED);
  options.flags = WOMBAT_WRITE_NO_WAIT;
  options.sync = 3;
  CHECK_STATUS(wombat_put(db, "k", 1, "v", 1, &options, &error), WOMBAT_INVALID_ARGUMENT);
  options.sync = -1;
  CHECK_STATUS(wombat_put(db, "k", 1, "v", 1, &options, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_exists(db, "k", 1, NULL, &error), WOMBAT_NOT_FOUND);
  for (int32_t sync = WOMBAT_SYNC_DEFAULT; sync <= WOMBAT_SYNC_NEVER; ++sync) {
    options.sync = sync;
    options.timeout_us = 10000000;
    CHECK_OK(wombat_put(db, "k", 1, "v", 1, &options, &error));
  }
  options.size = sizeof(size_t); /* an older program, which knows no member */
  CHECK_OK(wombat_delete(db, "k", 1, &options, &error));
  struct {
    wombat_write_options known;
    uint64_t later;
  } longer = {{0}, 0};
  longer.known.size = sizeof longer;
  CHECK_OK(wombat_put(db, "k", 1, "v", 1, &longer.known, &error));
  longer.later = 1;
  CHECK_STATUS(wombat_put(db, "k", 1, "v", 1, &longer.known, &error), WOMBAT_UNSUPPORTED);
  CHECK_OK(wombat_sync(db, &error));
}

static void test_batch(void) {
  wombat_batch* batch = NULL;
  CHECK_STATUS(wombat_batch_create(NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_NUMBER(wombat_batch_count(batch), 0);
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  CHECK_OK(wombat_batch_put(batch, "b1", 2, "one", 3, &error));
  CHECK_OK(wombat_batch_put(batch, "b1", 2, "two", 3, &error)); /* later wins */
  CHECK_OK(wombat_batch_put(batch, "b2", 2, "x", 1, &error));
  CHECK_OK(wombat_batch_delete(batch, "b2", 2, &error));
  CHECK_OK(wombat_batch_delete(batch, "b3", 2, &error));
  CHECK_OK(wombat_batch_put(batch, "b3", 2, NULL, 0, &error));
  CHECK_NUMBER(wombat_batch_count(batch), 6);
  CHECK(wombat_batch_size(batch) > 20);
  CHECK_STATUS(wombat_batch_put(batch, NULL, 1, NULL, 0, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_batch_put(batch, "k", 1, NULL, 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_batch_delete(batch, NULL, 1, &error), WOMBAT_INVALID_ARGUMENT);
  char* key = calloc(1, 65536);
  CHECK_STATUS(wombat_batch_put(batch, key, 65536, NULL, 0, &error), WOMBAT_TOO_LARGE);
  CHECK_STATUS(wombat_batch_delete(batch, key, 65536, &error), WOMBAT_TOO_LARGE);
  free(key);
  CHECK_NUMBER(wombat_batch_count(batch), 6); /* as before */
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  CHECK_TEXT(get_text(db, "b1"), "two");
  CHECK_TEXT(get_text(db, "b2"), "(none)");
  CHECK_TEXT(get_text(db, "b3"), "");
  CHECK_NUMBER(wombat_batch_count(batch), 6); /* stays, may be used again */
  put_text(db, "b1", "other");
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  CHECK_TEXT(get_text(db, "b1"), "two");
  CHECK_STATUS(wombat_write(db, NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_write(NULL, batch, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_set_option(db, "limits.batch_entries", "5", &error));
  CHECK_STATUS(wombat_write(db, batch, NULL, &error), WOMBAT_TOO_LARGE);
  CHECK_OK(wombat_set_option(db, "limits.batch_entries", "100", &error));
  CHECK_OK(wombat_set_option(db, "limits.batch_size", "10", &error));
  CHECK_STATUS(wombat_write(db, batch, NULL, &error), WOMBAT_TOO_LARGE);
  CHECK_OK(wombat_set_option(db, "limits.batch_size", "1MiB", &error));
  CHECK_OK(wombat_batch_clear(batch, &error));
  CHECK_NUMBER(wombat_batch_count(batch), 0);

  /* Savepoints nest. */
  CHECK_STATUS(wombat_batch_rollback_to_savepoint(batch, &error), WOMBAT_NOT_FOUND);
  CHECK_STATUS(wombat_batch_release_savepoint(batch, &error), WOMBAT_NOT_FOUND);
  for (int i = 0; i < 3; ++i) {
    CHECK_OK(wombat_batch_set_savepoint(batch, &error));
    CHECK_OK(wombat_batch_put(batch, "s", 1, "v", 1, &error));
  }
  CHECK_OK(wombat_batch_release_savepoint(batch, &error));
  CHECK_NUMBER(wombat_batch_count(batch), 3);
  CHECK_OK(wombat_batch_rollback_to_savepoint(batch, &error));
  CHECK_NUMBER(wombat_batch_count(batch), 1);
  CHECK_OK(wombat_batch_rollback_to_savepoint(batch, &error));
  CHECK_NUMBER(wombat_batch_count(batch), 0);
  CHECK_STATUS(wombat_batch_rollback_to_savepoint(batch, &error), WOMBAT_NOT_FOUND);
  CHECK_OK(wombat_batch_set_savepoint(batch, &error));
  CHECK_OK(wombat_batch_clear(batch, &error));
  CHECK_STATUS(wombat_batch_rollback_to_savepoint(batch, &error), WOMBAT_NOT_FOUND);

  wombat_batch_destroy(batch);
  wombat_batch_destroy(batch);
  wombat_batch_destroy(NULL);
  CHECK_STATUS(wombat_batch_put(batch, "k", 1, "v", 1, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_write(db, batch, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_batch_clear(batch, &error), WOMBAT_CLOSED);
  CHECK_NUMBER(wombat_batch_count(batch), 0);
  CHECK_NUMBER(wombat_batch_size(batch), 0);
  CHECK_NUMBER(wombat_batch_count(NULL), 0);
  CHECK_NUMBER(wombat_batch_size(NULL), 0);
  CHECK_STATUS(wombat_batch_clear(NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_batch_set_savepoint(NULL, &error), WOMBAT_INVALID_ARGUMENT);
}

static size_t pack(char* out, int kind, const char* key, const char* value) {
  const uint32_t key_size = (uint32_t)strlen(key);
  const uint32_t value_size = (uint32_t)strlen(value);
  const unsigned char head[12] = {(unsigned char)kind,       0, 0, 0, (unsigned char)key_size, 0, 0, 0,
                                  (unsigned char)value_size, 0, 0, 0};
  memcpy(out, head, sizeof head);
  memcpy(out + 12, key, key_size);
  memcpy(out + 12 + key_size, value, value_size);
  return 12 + key_size + value_size;
}

static void test_packed(void) {
  char packed[200];
  size_t size = pack(packed, 1, "p1", "one");
  const size_t first = size;
  size += pack(packed + size, 1, "p2", "two");
  size += pack(packed + size, 0, "p1", "");
  CHECK_OK(wombat_write_packed(db, packed, size, NULL, &error));
  CHECK_TEXT(get_text(db, "p1"), "(none)");
  CHECK_TEXT(get_text(db, "p2"), "two");
  CHECK_OK(wombat_write_packed(db, NULL, 0, NULL, &error));
  CHECK_STATUS(wombat_write_packed(db, NULL, 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_write_packed(NULL, packed, size, NULL, &error), WOMBAT_INVALID_ARGUMENT);

  wombat_batch* batch = NULL;
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_batch_add_packed(batch, packed, size, &error));
  CHECK_NUMBER(wombat_batch_count(batch), 3);
  for (size_t cut = 1; cut < size; ++cut) { /* every length but the whole ones is malformed */
    if (cut == first || cut == first + 17) continue;
    CHECK_STATUS(wombat_batch_add_packed(batch, packed, cut, &error), WOMBAT_INVALID_ARGUMENT);
    CHECK_STATUS(wombat_write_packed(db, packed, cut, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  }
  CHECK_NUMBER(wombat_batch_count(batch), 3);
  packed[first] = 2;
  CHECK_STATUS(wombat_batch_add_packed(batch, packed, size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("17"); /* the byte where the wrong operation begins */
  packed[first] = 1;
  packed[first + 2] = 1;
  CHECK_STATUS(wombat_batch_add_packed(batch, packed, size, &error), WOMBAT_INVALID_ARGUMENT);
  packed[first + 2] = 0;
  memcpy(packed + 4, "\0\0\1", 4); /* a key of 65,536 bytes, which are not there */
  CHECK(wombat_batch_add_packed(batch, packed, size, &error) < 0);
  memcpy(packed + 4, "\xFF\xFF\xFF\xFF", 4);
  CHECK(wombat_batch_add_packed(batch, packed, size, &error) < 0);
  CHECK_NUMBER(wombat_batch_count(batch), 3);
  wombat_batch_destroy(batch);
}

static void test_read_only(void) {
  CHECK_OK(wombat_close(open_test("read_only", ""), &error));
  wombat_db* reader = open_test("read_only", "open.read_only=true");
  CHECK_STATUS(wombat_put(reader, "k", 1, "v", 1, NULL, &error), WOMBAT_READ_ONLY);
  CHECK_STATUS(wombat_delete(reader, "k", 1, NULL, &error), WOMBAT_READ_ONLY);
  CHECK_STATUS(wombat_sync(reader, &error), WOMBAT_READ_ONLY);
  CHECK_STATUS(wombat_flush(reader, NULL, &error), WOMBAT_READ_ONLY);
  CHECK_STATUS(wombat_compact_range(reader, NULL, 0, NULL, 0, NULL, &error), WOMBAT_READ_ONLY);
  CHECK_STATUS(wombat_clean_up_logs(reader, NULL, &error), WOMBAT_READ_ONLY);
  CHECK_OK(wombat_verify(reader, NULL, &error));
  CHECK_OK(wombat_wait(reader, NULL, &error));
  CHECK_OK(wombat_close(reader, &error));
}

int main(void) {
  db = open_test("write", "");
  test_arguments();
  test_limits();
  test_batch();
  test_packed();
  test_read_only();
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
  return finish_tests("write_api_test");
}
