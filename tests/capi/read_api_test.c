/* Point reads, pins, packed look-ups and snapshots. */
#include "capi_check.h"

static wombat_db* db;

static void test_get(void) {
  char buffer[20];
  size_t size = 99;
  put_text(db, "key", "value");
  CHECK_OK(wombat_get(db, "key", 3, NULL, buffer, 5, &size, &error));
  CHECK(size == 5 && memcmp(buffer, "value", 5) == 0);
  memset(buffer, 'z', sizeof buffer);
  CHECK_STATUS(wombat_get(db, "key", 3, NULL, buffer, 4, &size, &error), WOMBAT_BUFFER_TOO_SMALL);
  CHECK(size == 5 && buffer[0] == 'z');
  CHECK_STATUS(wombat_get(db, "key", 3, NULL, NULL, 0, &size, &error), WOMBAT_BUFFER_TOO_SMALL);
  CHECK_NUMBER(size, 5);
  CHECK_OK(wombat_get(db, "key", 3, NULL, buffer, sizeof buffer, NULL, &error));
  CHECK_STATUS(wombat_get(db, "kez", 3, NULL, buffer, sizeof buffer, &size, &error), WOMBAT_NOT_FOUND);
  CHECK_NUMBER(size, 0);
  size = 99;
  CHECK_STATUS(wombat_get(NULL, "key", 3, NULL, buffer, sizeof buffer, &size, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_NUMBER(size, 0);
  CHECK_STATUS(wombat_get(db, NULL, 3, NULL, buffer, sizeof buffer, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_get(db, "key", 3, NULL, NULL, 20, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_exists(db, "key", 3, NULL, &error));
  CHECK_STATUS(wombat_exists(db, "ke", 2, NULL, &error), WOMBAT_NOT_FOUND);
  CHECK_STATUS(wombat_exists(db, NULL, 2, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_exists(NULL, "ke", 2, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  char* key = calloc(1, 65536);
  CHECK_STATUS(wombat_exists(db, key, 65536, NULL, &error), WOMBAT_TOO_LARGE);
  free(key);

  wombat_read_options options = {0};
  CHECK_STATUS(wombat_get(db, "key", 3, &options, buffer, sizeof buffer, &size, &error),
               WOMBAT_INVALID_ARGUMENT);
  options.size = sizeof options;
  options.flags = 64;
  CHECK_STATUS(wombat_exists(db, "key", 3, &options, &error), WOMBAT_UNSUPPORTED);
  options.flags = WOMBAT_READ_KEEP_CACHE | WOMBAT_READ_KEYS_ONLY;
  CHECK_OK(wombat_exists(db, "key", 3, &options, &error));
}

static void test_pins(void) {
  wombat_pin* pin = NULL;
  const void* value = &error;
  size_t size = 0;
  CHECK_STATUS(wombat_pin_create(NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_pin_create(&pin, &error));
  put_text(db, "pinned", "in a memtable");
  CHECK_OK(wombat_get_pinned(db, "pinned", 6, NULL, pin, &value, &size, &error));
  CHECK(size == 13 && memcmp(value, "in a memtable", 13) == 0);
  CHECK_OK(wombat_flush(db, NULL, &error));
  put_text(db, "pinned", "newer");
  CHECK(memcmp(value, "in a memtable", 13) == 0); /* stays where it lies */
  CHECK_STATUS(wombat_get_pinned(db, "absent", 6, NULL, pin, &value, &size, &error), WOMBAT_NOT_FOUND);
  CHECK(value == NULL && size == 0);
  CHECK_OK(wombat_get_pinned(db, "key", 3, NULL, pin, &value, NULL, &error));
  CHECK_OK(wombat_get_pinned(db, "key", 3, NULL, pin, NULL, &size, &error));
  CHECK_NUMBER(size, 5);
  CHECK_STATUS(wombat_get_pinned(db, "key", 3, NULL, NULL, &value, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_get_pinned(NULL, "key", 3, NULL, pin, &value, &size, &error), WOMBAT_INVALID_ARGUMENT);
  wombat_pin_release(pin);
  wombat_pin_release(pin);
  wombat_pin_release(NULL);

  /* A pin outlives its database. */
  wombat_db* other = open_test("pins", "");
  put_text(other, "kept", "still readable");
  CHECK_OK(wombat_flush(other, NULL, &error));
  CHECK_OK(wombat_get_pinned(other, "kept", 4, NULL, pin, &value, &size, &error));
  CHECK_OK(wombat_close(other, &error));
  CHECK(size == 14 && memcmp(value, "still readable", 14) == 0);
  CHECK_STATUS(wombat_get_pinned(other, "kept", 4, NULL, pin, &value, &size, &error), WOMBAT_CLOSED);
  wombat_pin_destroy(pin);
  wombat_pin_destroy(pin);
  wombat_pin_destroy(NULL);
  CHECK_STATUS(wombat_get_pinned(db, "key", 3, NULL, pin, &value, &size, &error), WOMBAT_CLOSED);
}

static void test_multi_get(void) {
  const void* keys[] = {"key", "absent", "", "pinned"};
  const size_t sizes[] = {3, 6, 0, 6};
  const void* values[4];
  size_t value_sizes[4];
  wombat_status statuses[4];
  wombat_pin* pin = NULL;
  CHECK_OK(wombat_pin_create(&pin, &error));
  CHECK_OK(wombat_multi_get(db, 4, keys, sizes, NULL, pin, values, value_sizes, statuses, &error));
  CHECK(statuses[0] == WOMBAT_OK && value_sizes[0] == 5 && memcmp(values[0], "value", 5) == 0);
  CHECK(statuses[1] == WOMBAT_NOT_FOUND && values[1] == NULL && value_sizes[1] == 0);
  CHECK(statuses[2] == WOMBAT_NOT_FOUND);
  CHECK(statuses[3] == WOMBAT_OK && value_sizes[3] == 5 && memcmp(values[3], "newer", 5) == 0);
  CHECK_OK(wombat_multi_get(db, 0, NULL, NULL, NULL, pin, NULL, NULL, NULL, &error));
  CHECK_STATUS(wombat_multi_get(db, 4, NULL, sizes, NULL, pin, values, value_sizes, statuses, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_multi_get(db, 4, keys, sizes, NULL, NULL, values, value_sizes, statuses, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_multi_get(NULL, 4, keys, sizes, NULL, pin, values, value_sizes, statuses, &error),
               WOMBAT_INVALID_ARGUMENT);
  wombat_pin_destroy(pin);
}

/* More keys than go side by side, among them values that are too large to be copied. */
static void test_multi_get_of_many(void) {
  enum { kCount = 100, kLarge = 3000 };
  static char keys[kCount][8];
  static char large[kLarge];
  const void* pointers[kCount];
  size_t sizes[kCount];
  const void* values[kCount];
  size_t value_sizes[kCount];
  wombat_status statuses[kCount];
  wombat_pin* pin = NULL;
  wombat_db* other = open_test("many", "table.block_size=1KiB");
  CHECK_OK(wombat_pin_create(&pin, &error));
  for (int i = 0; i < kCount; ++i) {
    snprintf(keys[i], sizeof keys[i], "m%03d", i);
    pointers[i] = keys[i];
    sizes[i] = 4;
    if (i % 3 == 0) continue;
    memset(large, 'a' + i % 26, sizeof large);
    CHECK_OK(wombat_put(other, keys[i], 4, large, i % 3 == 1 ? kLarge : i, NULL, &error));
    if (i == 60) CHECK_OK(wombat_flush(other, NULL, &error));
  }
  CHECK_OK(
      wombat_multi_get(other, kCount, pointers, sizes, NULL, pin, values, value_sizes, statuses, &error));
  for (int i = 0; i < kCount; ++i) CHECK_OK(wombat_delete(other, keys[i], 4, NULL, &error));
  CHECK_OK(wombat_close(other, &error));
  for (int i = 0; i < kCount; ++i) {
    memset(large, 'a' + i % 26, sizeof large);
    const size_t expected = i % 3 == 0 ? 0 : i % 3 == 1 ? kLarge : (size_t)i;
    CHECK_NUMBER(statuses[i], i % 3 == 0 ? WOMBAT_NOT_FOUND : WOMBAT_OK);
    CHECK_NUMBER(value_sizes[i], expected);
    CHECK(expected == 0 ? values[i] == NULL : memcmp(values[i], large, expected) == 0);
  }
  wombat_pin_destroy(pin);
}

static uint32_t number_at(const char* bytes) {
  const unsigned char* b = (const unsigned char*)bytes;
  return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void test_packed(void) {
  const char keys[] = "\3\0\0\0key\6\0\0\0absent\6\0\0\0pinned";
  const size_t keys_size = sizeof keys - 1;
  char buffer[100];
  size_t used = 0;
  size_t done = 0;
  CHECK_OK(wombat_multi_get_packed(db, keys, keys_size, NULL, buffer, sizeof buffer, &used, &done, &error));
  CHECK(used == 3 * 8 + 10 && done == 3);
  CHECK((int32_t)number_at(buffer) == WOMBAT_OK && number_at(buffer + 4) == 5);
  CHECK(memcmp(buffer + 8, "value", 5) == 0);
  CHECK((int32_t)number_at(buffer + 13) == WOMBAT_NOT_FOUND && number_at(buffer + 17) == 0);
  CHECK(memcmp(buffer + 29, "newer", 5) == 0);
  for (size_t capacity = 0; capacity < used; ++capacity) {
    size_t part = 0;
    const wombat_status status =
        wombat_multi_get_packed(db, keys, keys_size, NULL, buffer, capacity, &part, &done, &error);
    if (capacity < 13) {
      CHECK_STATUS(status, WOMBAT_BUFFER_TOO_SMALL);
      CHECK(part == 13 && done == 0);
    } else {
      CHECK_OK(status);
      CHECK(done == (capacity < 21 ? 1u : 2u) && part == (done == 1 ? 13u : 21u));
    }
  }
  CHECK_STATUS(
      wombat_multi_get_packed(db, keys, keys_size - 1, NULL, buffer, sizeof buffer, &used, &done, &error),
      WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("17");
  CHECK_STATUS(wombat_multi_get_packed(db, NULL, 5, NULL, buffer, sizeof buffer, &used, &done, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_multi_get_packed(db, keys, keys_size, NULL, NULL, 5, &used, &done, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_multi_get_packed(db, NULL, 0, NULL, NULL, 0, &used, &done, &error));
  CHECK(used == 0 && done == 0);
}

static void test_snapshots(void) {
  wombat_snapshot* first = NULL;
  wombat_snapshot* second = NULL;
  wombat_read_options options = {0};
  char buffer[20];
  size_t size = 0;
  options.size = sizeof options;
  CHECK_STATUS(wombat_snapshot_create(NULL, &first, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_snapshot_create(db, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  put_text(db, "s", "1");
  CHECK_OK(wombat_snapshot_create(db, &first, &error));
  put_text(db, "s", "2");
  CHECK_OK(wombat_snapshot_create(db, &second, &error));
  CHECK_OK(wombat_delete(db, "s", 1, NULL, &error));
  CHECK(wombat_snapshot_timestamp(first) != 0);
  CHECK(wombat_snapshot_timestamp(first) < wombat_snapshot_timestamp(second));
  CHECK_NUMBER(wombat_snapshot_timestamp(NULL), 0);
  for (int round = 0; round < 2; ++round) { /* before and after a compaction */
    options.snapshot = first;
    CHECK_OK(wombat_get(db, "s", 1, &options, buffer, sizeof buffer, &size, &error));
    CHECK(size == 1 && buffer[0] == '1');
    options.snapshot = second;
    CHECK_OK(wombat_get(db, "s", 1, &options, buffer, sizeof buffer, &size, &error));
    CHECK(size == 1 && buffer[0] == '2');
    CHECK_TEXT(get_text(db, "s"), "(none)");
    CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  }
  wombat_db* other = open_test("other", "");
  CHECK_STATUS(wombat_get(other, "s", 1, &options, buffer, sizeof buffer, &size, &error),
               WOMBAT_INVALID_ARGUMENT);
  wombat_snapshot* of_other = NULL;
  CHECK_OK(wombat_snapshot_create(other, &of_other, &error));
  CHECK_OK(wombat_close(other, &error));
  CHECK_NUMBER(wombat_snapshot_timestamp(of_other), 0);
  options.snapshot = of_other;
  CHECK(wombat_get(db, "s", 1, &options, buffer, sizeof buffer, &size, &error) < 0);
  wombat_snapshot_release(of_other);
  wombat_snapshot_release(first);
  wombat_snapshot_release(first);
  wombat_snapshot_release(NULL);
  options.snapshot = first;
  CHECK_STATUS(wombat_get(db, "s", 1, &options, buffer, sizeof buffer, &size, &error), WOMBAT_CLOSED);
  CHECK_NUMBER(wombat_snapshot_timestamp(first), 0);
  wombat_snapshot_release(second);
}

int main(void) {
  db = open_test("read", "");
  test_get();
  test_pins();
  test_multi_get();
  test_multi_get_of_many();
  test_packed();
  test_snapshots();
  CHECK_OK(wombat_close(db, &error));
  return finish_tests("read_api_test");
}
