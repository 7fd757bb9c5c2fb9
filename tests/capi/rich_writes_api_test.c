/* Puts that expire, merges, range deletes. */
#include "capi_check.h"

static wombat_db* db;

static void store_number(int64_t number, unsigned char* bytes) {
  for (int i = 0; i < 8; ++i) bytes[i] = (unsigned char)((uint64_t)number >> (8 * i));
}

static int64_t number_at(const char* key) {
  unsigned char bytes[8] = {0};
  size_t size = 0;
  uint64_t number = 0;
  CHECK_OK(wombat_get(db, key, strlen(key), NULL, bytes, sizeof bytes, &size, &error));
  CHECK_NUMBER(size, 8);
  for (int i = 8; i > 0; --i) number = number << 8 | bytes[i - 1];
  return (int64_t)number;
}

static void add(const char* key, int64_t number) {
  unsigned char bytes[8];
  store_number(number, bytes);
  CHECK_OK(wombat_merge(db, "int64_add", key, strlen(key), bytes, 8, NULL, &error));
}

/* Values in memory, in level 0 and below it. */
static void test_merges(void) {
  const char* const kSteps[] = {"memory", "flush", "compaction"};
  add("count", 5);
  for (size_t i = 0; i < COUNT_OF(kSteps); ++i) {
    add("count", 10);
    CHECK_OK(wombat_merge(db, "append:,", "list", 4, kSteps[i], strlen(kSteps[i]), NULL, &error));
    if (i == 0) CHECK_OK(wombat_flush(db, NULL, &error));
    if (i == 1) CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
    CHECK_NUMBER(number_at("count"), 5 + 10 * (int64_t)(i + 1));
  }
  CHECK_TEXT(get_text(db, "list"), "memory,flush,compaction");
  CHECK_OK(wombat_delete(db, "list", 4, NULL, &error));
  CHECK_OK(wombat_merge(db, "append", "list", 4, "new", 3, NULL, &error));
  CHECK_TEXT(get_text(db, "list"), "new");
  /* All that read find it. */
  {
    wombat_pin* pin = NULL;
    const void* value = NULL;
    const void* keys[1] = {"list"};
    size_t sizes[1] = {4};
    size_t size = 0;
    wombat_status statuses[1];
    CHECK_OK(wombat_pin_create(&pin, &error));
    CHECK_OK(wombat_get_pinned(db, "list", 4, NULL, pin, &value, &size, &error));
    CHECK(size == 3 && memcmp(value, "new", 3) == 0);
    CHECK_OK(wombat_multi_get(db, 1, keys, sizes, NULL, pin, &value, &size, statuses, &error));
    CHECK(statuses[0] == WOMBAT_OK && size == 3 && memcmp(value, "new", 3) == 0);
    CHECK_OK(wombat_exists(db, "list", 4, NULL, &error));
    wombat_pin_destroy(pin);
  }
}

static void test_merges_refused(void) {
  wombat_batch* batch = NULL;
  char name[300];
  CHECK_STATUS(wombat_merge(db, "int64_add", "k", 1, "1234567", 7, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("7 bytes");
  CHECK_STATUS(wombat_merge(db, "no_such", "k", 1, "x", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("no_such");
  CHECK_STATUS(wombat_merge(db, NULL, "k", 1, "x", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_merge(db, "", "k", 1, "x", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  memset(name, 'n', sizeof name);
  name[sizeof name - 1] = '\0';
  CHECK_STATUS(wombat_merge(db, name, "k", 1, "x", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_merge(db, "append", NULL, 1, "x", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_merge(db, "append", "k", 1, NULL, 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_STATUS(wombat_batch_merge(batch, "int64_max", "k", 1, "x", 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_NUMBER(wombat_batch_count(batch), 0);
  CHECK_OK(wombat_batch_put(batch, "j", 1, "v", 1, &error));
  CHECK_OK(wombat_batch_merge(batch, "no_such", "k", 1, "x", 1, &error));
  CHECK_STATUS(wombat_write(db, batch, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_exists(db, "j", 1, NULL, &error), WOMBAT_NOT_FOUND);
  wombat_batch_destroy(batch);
  /* A value that is no number. */
  put_text(db, "word", "word");
  add("word", 1);
  {
    char value[8];
    wombat_iterator* iterator = NULL;
    CHECK_STATUS(wombat_get(db, "word", 4, NULL, value, sizeof value, NULL, &error), WOMBAT_MERGE_FAILED);
    CHECK_MESSAGE("word");
    CHECK_OK(wombat_flush(db, NULL, &error));
    CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
    CHECK_STATUS(wombat_get(db, "word", 4, NULL, value, sizeof value, NULL, &error), WOMBAT_MERGE_FAILED);
    CHECK_OK(wombat_iterator_create(db, NULL, &iterator, &error));
    CHECK_STATUS(wombat_iterator_seek(iterator, "word", 4, NULL, NULL, NULL, NULL, &error),
                 WOMBAT_MERGE_FAILED);
    wombat_iterator_destroy(iterator);
  }
  put_text(db, "word", "mended");
  CHECK_TEXT(get_text(db, "word"), "mended");
}

static void test_ranges(void) {
  wombat_batch* batch = NULL;
  wombat_snapshot* snapshot = NULL;
  wombat_read_options then = WOMBAT_READ_OPTIONS_INIT;
  put_text(db, "r1", "one");
  put_text(db, "r2", "two");
  put_text(db, "r3", "three");
  CHECK_OK(wombat_snapshot_create(db, &snapshot, &error));
  then.snapshot = snapshot;
  CHECK_OK(wombat_delete_range(db, "r1", 2, "r3", 2, NULL, &error));
  for (int round = 0; round < 3; ++round) {
    CHECK_TEXT(get_text(db, "r1"), "(none)");
    CHECK_TEXT(get_text(db, "r2"), "(none)");
    CHECK_TEXT(get_text(db, "r3"), "three");
    CHECK_OK(wombat_exists(db, "r1", 2, &then, &error));
    if (round == 0) CHECK_OK(wombat_flush(db, NULL, &error));
    if (round == 1) CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  }
  wombat_snapshot_release(snapshot);
  /* What comes later in a batch stays, what comes earlier goes. */
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_batch_put(batch, "r1", 2, "early", 5, &error));
  CHECK_OK(wombat_batch_delete_range(batch, "r", 1, NULL, 0, &error));
  CHECK_OK(wombat_batch_put(batch, "r2", 2, "late", 4, &error));
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  wombat_batch_destroy(batch);
  CHECK_TEXT(get_text(db, "r1"), "(none)");
  CHECK_TEXT(get_text(db, "r2"), "late");
  CHECK_TEXT(get_text(db, "r3"), "(none)");
  CHECK_STATUS(wombat_delete_range(db, "b", 1, "a", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_delete_range(db, "a", 1, "a", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_delete_range(db, NULL, 0, "", 0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_delete_range(db, NULL, 1, "a", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_delete_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_TEXT(get_text(db, "r2"), "(none)");
  CHECK_TEXT(get_text(db, "count"), "(none)");
}

static void test_expiry(void) {
  wombat_write_options options = WOMBAT_WRITE_OPTIONS_INIT;
  wombat_batch* batch = NULL;
  options.ttl_ms = 3600000;
  CHECK_OK(wombat_put(db, "hour", 4, "stays", 5, &options, &error));
  options.ttl_ms = 1;
  CHECK_OK(wombat_put(db, "moment", 6, "goes", 4, &options, &error));
  put_text(db, "over", "older");
  CHECK_OK(wombat_put(db, "over", 4, "goes", 4, &options, &error));
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_batch_put_ttl(batch, "batch hour", 10, "stays", 5, 3600000, &error));
  CHECK_OK(wombat_batch_put_ttl(batch, "batch moment", 12, "goes", 4, 1, &error));
  CHECK_OK(wombat_batch_put_ttl(batch, "batch ever", 10, "stays", 5, WOMBAT_TTL_NONE, &error));
  CHECK_OK(wombat_batch_put_ttl(batch, "batch plain", 11, "stays", 5, 0, &error));
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  CHECK_OK(wombat_set_option(db, "ttl.default_ms", "1", &error));
  put_text(db, "by default", "goes");
  options.ttl_ms = WOMBAT_TTL_NONE;
  CHECK_OK(wombat_put(db, "not by default", 14, "stays", 5, &options, &error));
  CHECK_OK(wombat_batch_clear(batch, &error));
  CHECK_OK(wombat_batch_put(batch, "batch default", 13, "goes", 4, &error));
  CHECK_OK(wombat_batch_put_ttl(batch, "batch none", 10, "stays", 5, WOMBAT_TTL_NONE, &error));
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  wombat_batch_destroy(batch);
  CHECK_OK(wombat_set_option(db, "ttl.default_ms", "0", &error));
  for (int round = 0; round < 3; ++round) {
    while (wombat_exists(db, "batch default", 13, NULL, &error) == WOMBAT_OK) continue;
    CHECK_TEXT(get_text(db, "hour"), "stays");
    CHECK_TEXT(get_text(db, "moment"), "(none)");
    CHECK_TEXT(get_text(db, "over"), "(none)");
    CHECK_TEXT(get_text(db, "batch hour"), "stays");
    CHECK_TEXT(get_text(db, "batch moment"), "(none)");
    CHECK_TEXT(get_text(db, "batch ever"), "stays");
    CHECK_TEXT(get_text(db, "batch plain"), "stays");
    CHECK_TEXT(get_text(db, "by default"), "(none)");
    CHECK_TEXT(get_text(db, "not by default"), "stays");
    CHECK_TEXT(get_text(db, "batch none"), "stays");
    if (round == 0) CHECK_OK(wombat_flush(db, NULL, &error));
    if (round == 1) CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  }
}

/* Answers with the longer of the two; "fail" fails, "greedy" never has room enough. */
static int64_t longer(void* user_data, const void* key, size_t key_size, const void* value, size_t value_size,
                      const void* operand, size_t operand_size, void* buffer, size_t capacity) {
  const int takes_value = value != NULL && value_size > operand_size;
  const size_t size = takes_value ? value_size : operand_size;
  (void)key;
  (void)key_size;
  ++*(int*)user_data;
  if (operand_size == 4 && memcmp(operand, "fail", 4) == 0) return -1;
  if (operand_size == 6 && memcmp(operand, "greedy", 6) == 0) return (int64_t)capacity + 1;
  if (size <= capacity) memcpy(buffer, takes_value ? value : operand, size);
  return (int64_t)size;
}

static void test_operator_of_the_program(void) {
  wombat_options* options = NULL;
  wombat_db* own = NULL;
  int calls = 0;
  char buffer[2000];
  size_t size = 0;
  memset(buffer, 'x', sizeof buffer);
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_STATUS(wombat_options_set_merge_operator(options, "append", longer, &calls, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_set_merge_operator(options, "append:x", longer, &calls, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_set_merge_operator(options, "", longer, &calls, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_set_merge_operator(options, NULL, longer, &calls, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_set_merge_operator(NULL, "longer", longer, &calls, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_options_set_merge_operator(options, "longer", longer, &calls, &error));
  CHECK_OK(wombat_open(test_path("own"), options, &own, &error));
  CHECK_OK(wombat_merge(own, "longer", "a", 1, "first", 5, NULL, &error));
  CHECK_OK(wombat_merge(own, "longer", "a", 1, "2nd", 3, NULL, &error));
  CHECK_TEXT(get_text(own, "a"), "first");
  CHECK(calls >= 2);
  CHECK_OK(wombat_merge(own, "longer", "a", 1, buffer, 1000, NULL, &error));
  CHECK_OK(wombat_get(own, "a", 1, NULL, buffer, sizeof buffer, &size, &error));
  CHECK_NUMBER(size, 1000);
  CHECK_OK(wombat_merge(own, "longer", "f", 1, "fail", 4, NULL, &error));
  CHECK_STATUS(wombat_exists(own, "f", 1, NULL, &error), WOMBAT_MERGE_FAILED);
  CHECK_OK(wombat_merge(own, "longer", "g", 1, "greedy", 6, NULL, &error));
  CHECK_STATUS(wombat_exists(own, "g", 1, NULL, &error), WOMBAT_MERGE_FAILED);
  CHECK_OK(wombat_close(own, &error));
  /* Without it the merges stay, and say what they need. */
  CHECK_OK(wombat_options_set_merge_operator(options, "longer", NULL, NULL, &error));
  CHECK_OK(wombat_open(test_path("own"), options, &own, &error));
  CHECK_OK(wombat_compact_range(own, NULL, 0, NULL, 0, NULL, &error));
  CHECK_STATUS(wombat_exists(own, "a", 1, NULL, &error), WOMBAT_UNSUPPORTED);
  CHECK_MESSAGE("longer");
  CHECK_STATUS(wombat_merge(own, "longer", "a", 1, "x", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_close(own, &error));
  CHECK_OK(wombat_options_set_merge_operator(options, "longer", longer, &calls, &error));
  CHECK_OK(wombat_open(test_path("own"), options, &own, &error));
  CHECK_OK(wombat_get(own, "a", 1, NULL, buffer, sizeof buffer, &size, &error));
  CHECK_NUMBER(size, 1000);
  CHECK_OK(wombat_verify(own, NULL, &error));
  CHECK_OK(wombat_close(own, &error));
  wombat_options_destroy(options);
}

int main(void) {
  db = open_test("rich", "");
  test_merges();
  test_merges_refused();
  test_ranges();
  test_expiry();
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
  db = open_test("rich", "");
  CHECK_TEXT(get_text(db, "hour"), "stays");
  CHECK_TEXT(get_text(db, "r1"), "(none)");
  CHECK_OK(wombat_close(db, &error));
  test_operator_of_the_program();
  return finish_tests("rich_writes_api_test");
}
