/* Iterators against a model: a sorted list and a position in it. */
#include "capi_check.h"

enum { kKeyCount = 300, kValueMax = 60 };

static char present[kKeyCount]; /* version of the value under key number i; 0: absent */
static unsigned seed = 1;

static unsigned draw(unsigned limit) {
  seed = seed * 1103515245u + 12345u;
  return (seed >> 8) % limit;
}

static void key_text(int number, char* text) { snprintf(text, 16, "key%05d", number); }

static size_t value_text(int number, char* text) {
  const size_t size = (size_t)(number * 7 + present[number]) % kValueMax;
  memset(text, 'a' + present[number] % 26, size);
  return size;
}

/* Where the model stands: a key number, or one of these. */
enum { kNew = -100, kBefore = -1, kBehind = kKeyCount };

static int model_step(int at, int forward, int low, int high) {
  int i = forward ? (at == kNew ? low : at + 1) : (at == kNew ? high - 1 : at - 1);
  if (at == kBefore) i = forward ? low : kBefore;
  if (at == kBehind) i = forward ? kBehind : high - 1;
  for (; i >= low && i < high; i += forward ? 1 : -1)
    if (present[i]) return i;
  return forward ? kBehind : kBefore;
}

static void check_row(int at, int keys_only, const void* key, size_t key_size, const void* value,
                      size_t value_size) {
  char text[16];
  char expected[kValueMax];
  key_text(at, text);
  CHECK(key_size == 8 && memcmp(key, text, 8) == 0);
  const size_t size = keys_only ? 0 : value_text(at, expected);
  CHECK(value_size == size && (size == 0 || memcmp(value, expected, size) == 0));
}

static uint32_t number_at(const char* bytes) {
  const unsigned char* b = (const unsigned char*)bytes;
  return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* One read_batch, and the same in the model. Returns where the model then stands. */
static int check_batch(wombat_iterator* iterator, int at, int forward, int low, int high, int keys_only) {
  char buffer[600];
  const size_t capacity = draw(4) == 0 ? draw(80) : draw(sizeof buffer);
  const size_t limit = draw(3) == 0 ? 0 : 1 + draw(8);
  size_t used = 0;
  size_t count = 0;
  const wombat_status status = wombat_iterator_read_batch(
      iterator, forward ? WOMBAT_FORWARD : WOMBAT_BACKWARD, limit, buffer, capacity, &used, &count, &error);
  size_t expected_count = 0;
  size_t offset = 0;
  int stands = at;
  for (;;) {
    const int next = model_step(stands, forward, low, high);
    const int is_row = next >= low && next < high;
    if (!is_row && expected_count == 0) {
      CHECK_STATUS(status, WOMBAT_END);
      CHECK(used == 0 && count == 0);
      return next;
    }
    if (!is_row || (limit != 0 && expected_count == limit)) break;
    char value[kValueMax];
    const size_t size = 16 + (keys_only ? 0 : value_text(next, value));
    if (offset + size > capacity) {
      if (expected_count != 0) break;
      CHECK_STATUS(status, WOMBAT_BUFFER_TOO_SMALL);
      CHECK(used == size && count == 0);
      return at; /* has not moved */
    }
    if (status == WOMBAT_OK && offset + size <= used) {
      CHECK_NUMBER(number_at(buffer + offset), 8);
      CHECK_NUMBER(number_at(buffer + offset + 4), size - 16);
      check_row(next, keys_only, buffer + offset + 8, 8, buffer + offset + 16, size - 16);
    }
    offset += size;
    ++expected_count;
    stands = next;
  }
  CHECK_OK(status);
  CHECK_NUMBER(count, expected_count);
  CHECK_NUMBER(used, offset);
  return stands;
}

static void walk(wombat_db* db, const wombat_snapshot* snapshot, int steps) {
  wombat_iterator* iterator = NULL;
  wombat_iterator_options options = {0};
  char lower[16];
  char upper[16];
  const int has_lower = draw(2) == 0;
  const int has_upper = draw(2) == 0;
  const int low = has_lower ? (int)draw(kKeyCount) : 0;
  const int high = has_upper ? low + (int)draw((unsigned)(kKeyCount - low)) : kKeyCount;
  key_text(low, lower);
  key_text(high, upper);
  options.size = sizeof options;
  options.snapshot = snapshot;
  options.flags = draw(3) == 0 ? WOMBAT_READ_KEYS_ONLY : draw(2) == 0 ? WOMBAT_READ_KEEP_CACHE : 0;
  options.lower = has_lower ? lower : NULL;
  options.lower_size = has_lower ? 8 : 0;
  options.upper = has_upper ? upper : NULL;
  options.upper_size = has_upper ? 8 : 0;
  const int keys_only = options.flags == WOMBAT_READ_KEYS_ONLY;
  CHECK_OK(wombat_iterator_create(db, &options, &iterator, &error));
  int at = kNew;
  for (int i = 0; i < steps; ++i) {
    const void* key = NULL;
    const void* value = NULL;
    size_t key_size = 0;
    size_t value_size = 0;
    wombat_status status;
    char target[16];
    const int number = (int)draw(kKeyCount);
    key_text(number, target);
    switch (draw(9)) {
      case 0:
        status = wombat_iterator_first(iterator, &key, &key_size, &value, &value_size, &error);
        at = model_step(kBefore, 1, low, high);
        break;
      case 1:
        status = wombat_iterator_last(iterator, &key, &key_size, &value, &value_size, &error);
        at = model_step(kBehind, 0, low, high);
        break;
      case 2:
        status = wombat_iterator_seek(iterator, target, 8, &key, &key_size, &value, &value_size, &error);
        at = number < low     ? model_step(kBefore, 1, low, high)
             : number >= high ? kBehind
                              : model_step(number - 1 < low ? kBefore : number - 1, 1, low, high);
        break;
      case 3:
        status =
            wombat_iterator_seek_for_prev(iterator, target, 8, &key, &key_size, &value, &value_size, &error);
        at = number >= high ? model_step(kBehind, 0, low, high)
             : number < low ? kBefore
                            : model_step(number + 1 >= high ? kBehind : number + 1, 0, low, high);
        break;
      case 4:
      case 5:
        status = wombat_iterator_next(iterator, &key, &key_size, &value, &value_size, &error);
        at = model_step(at, 1, low, high);
        break;
      case 6:
        status = wombat_iterator_prev(iterator, &key, &key_size, &value, &value_size, &error);
        at = model_step(at, 0, low, high);
        break;
      default:
        at = check_batch(iterator, at, (int)draw(2), low, high, keys_only);
        continue;
    }
    const int is_row = at >= low && at < high;
    CHECK_STATUS(status, is_row ? WOMBAT_OK : WOMBAT_END);
    if (is_row && status == WOMBAT_OK) check_row(at, keys_only, key, key_size, value, value_size);
    if (!is_row) CHECK(key_size == 0 && value_size == 0);
  }
  wombat_iterator_destroy(iterator);
}

static void test_model(void) {
  wombat_db* db = open_test("model", "memtable.size=16KiB; table.size=4KiB; table.block_size=1KiB");
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 120; ++i) {
      const int number = (int)draw(kKeyCount);
      char key[16];
      char value[kValueMax];
      key_text(number, key);
      if (draw(3) == 0) {
        present[number] = 0;
        CHECK_OK(wombat_delete(db, key, 8, NULL, &error));
      } else {
        present[number] = (char)(1 + round);
        const size_t size = value_text(number, value);
        CHECK_OK(wombat_put(db, key, 8, value, size, NULL, &error));
      }
    }
    if (round % 3 == 1) CHECK_OK(wombat_flush(db, NULL, &error));
    if (round % 6 == 5) CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
    wombat_snapshot* snapshot = NULL;
    CHECK_OK(wombat_snapshot_create(db, &snapshot, &error));
    CHECK_OK(wombat_put(db, "key99999", 8, "later", 5, NULL, &error));
    for (int i = 0; i < 15; ++i) walk(db, snapshot, 100);
    wombat_snapshot_release(snapshot);
    CHECK_OK(wombat_delete(db, "key99999", 8, NULL, &error));
    for (int i = 0; i < 15; ++i) walk(db, NULL, 100);
  }
  CHECK_OK(wombat_close(db, &error));
}

static int count_rows(wombat_db* db, const wombat_iterator_options* options) {
  wombat_iterator* iterator = NULL;
  int count = 0;
  CHECK_OK(wombat_iterator_create(db, options, &iterator, &error));
  while (wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error) == WOMBAT_OK) ++count;
  wombat_iterator_destroy(iterator);
  return count;
}

static void test_prefix(void) {
  wombat_db* db = open_test("prefix", "");
  wombat_iterator_options options = {0};
  options.size = sizeof options;
  CHECK_NUMBER(count_rows(db, NULL), 0);
  CHECK_OK(wombat_put(db, "", 0, "empty", 5, NULL, &error));
  put_text(db, "a", "1");
  put_text(db, "ab", "2");
  put_text(db, "abc", "3");
  put_text(db, "ac", "4");
  CHECK_OK(wombat_put(db, "\xFF", 1, "5", 1, NULL, &error));
  CHECK_OK(wombat_put(db, "\xFF\xFF", 2, "6", 1, NULL, &error));
  CHECK_NUMBER(count_rows(db, NULL), 7);
  options.prefix = "ab";
  options.prefix_size = 2;
  CHECK_NUMBER(count_rows(db, &options), 2);
  options.lower = "abb";
  options.lower_size = 3;
  CHECK_NUMBER(count_rows(db, &options), 1);
  options.upper = "abc";
  options.upper_size = 3;
  CHECK_NUMBER(count_rows(db, &options), 0);
  options.lower = options.upper = NULL;
  options.lower_size = options.upper_size = 0;
  options.prefix = "\xFF";
  options.prefix_size = 1;
  CHECK_NUMBER(count_rows(db, &options), 2);
  options.prefix = "";
  options.prefix_size = 0;
  CHECK_NUMBER(count_rows(db, &options), 7);
  options.prefix = NULL;
  options.upper = ""; /* nothing is less than the empty key */
  CHECK_NUMBER(count_rows(db, &options), 0);
  options.lower = "b";
  options.lower_size = 1;
  options.upper = "a";
  options.upper_size = 1;
  wombat_iterator* iterator = (wombat_iterator*)db;
  CHECK_STATUS(wombat_iterator_create(db, &options, &iterator, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK(iterator == NULL);
  CHECK_OK(wombat_close(db, &error));
}

static void test_arguments(void) {
  wombat_db* db = open_test("arguments", "");
  wombat_iterator* iterator = NULL;
  wombat_iterator_options options = {0};
  char buffer[100];
  size_t used = 9;
  size_t count = 9;
  put_text(db, "k", "v");
  CHECK_STATUS(wombat_iterator_create(NULL, NULL, &iterator, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_iterator_create(db, NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_iterator_create(db, &options, &iterator, &error), WOMBAT_INVALID_ARGUMENT);
  options.size = sizeof options;
  options.flags = 8;
  CHECK_STATUS(wombat_iterator_create(db, &options, &iterator, &error), WOMBAT_UNSUPPORTED);
  options.flags = 0;
  options.lower_size = 4;
  CHECK_STATUS(wombat_iterator_create(db, &options, &iterator, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_iterator_create(db, NULL, &iterator, &error));
  CHECK_STATUS(wombat_iterator_seek(iterator, NULL, 4, NULL, NULL, NULL, NULL, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_iterator_seek(iterator, NULL, 0, NULL, NULL, NULL, NULL, &error));
  CHECK_STATUS(wombat_iterator_seek_for_prev(iterator, NULL, 4, NULL, NULL, NULL, NULL, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_iterator_read_batch(iterator, 2, 0, buffer, sizeof buffer, &used, &count, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK(used == 0 && count == 0);
  CHECK_STATUS(wombat_iterator_read_batch(iterator, 0, 0, NULL, 10, &used, &count, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_iterator_first(iterator, NULL, NULL, NULL, NULL, &error));
  CHECK_STATUS(wombat_iterator_first(NULL, NULL, NULL, NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_iterator_next(NULL, NULL, NULL, NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_iterator_read_batch(NULL, 0, 0, buffer, 1, NULL, NULL, &error),
               WOMBAT_INVALID_ARGUMENT);
  /* An iterator shows one moment for all its life. */
  put_text(db, "l", "later");
  CHECK_STATUS(wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error), WOMBAT_END);
  CHECK_OK(wombat_close(db, &error));
  CHECK_STATUS(wombat_iterator_first(iterator, NULL, NULL, NULL, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_iterator_read_batch(iterator, 0, 0, buffer, sizeof buffer, &used, &count, &error),
               WOMBAT_CLOSED);
  wombat_iterator_destroy(iterator);
  CHECK_STATUS(wombat_iterator_create(db, NULL, &iterator, &error), WOMBAT_CLOSED);
  CHECK(iterator == NULL);
  wombat_iterator_destroy(NULL);
}

int main(void) {
  const char* const given = getenv("WOMBAT_TEST_SEED");
  seed = given != NULL ? (unsigned)strtoul(given, NULL, 0) : 4711;
  printf("replay with WOMBAT_TEST_SEED=%u\n", seed);
  test_model();
  test_prefix();
  test_arguments();
  return finish_tests("iterator_api_test");
}
