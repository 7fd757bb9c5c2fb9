/* Keys of typed parts: the vectors that all languages share, and every outcome of every function. */
#include <inttypes.h>

#include "capi_check.h"

enum { kKeyMax = 200 };

typedef struct part {
  char kind[10];
  char value[80];
  unsigned char bytes[kKeyMax]; /* of text, bytes, fixed and uuid */
  size_t size;
} part;

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of hexadecimal text up to its end or a space; hyphens are left out. */
static size_t read_hex(const char* text, unsigned char* to) {
  size_t size = 0;
  while (*text != '\0' && *text != ' ' && *text != '\n') {
    if (*text == '-') {
      ++text;
      continue;
    }
    to[size++] = (unsigned char)(hex_digit(text[0]) * 16 + hex_digit(text[1]));
    text += 2;
  }
  return size;
}

static uint32_t width_of(const part* p) {
  if (strcmp(p->kind, "bool") == 0) return 1;
  if (strcmp(p->kind, "time") == 0) return 8;
  return (uint32_t)atoi(p->kind + 1) / 8;
}

static int is_signed(const part* p) { return p->kind[0] == 'i' || strcmp(p->kind, "time") == 0; }
static int is_unsigned(const part* p) {
  return strcmp(p->kind, "bool") == 0 || (p->kind[0] == 'u' && p->kind[1] != 'u');
}
static int is_escaped(const part* p) { return strcmp(p->kind, "text") == 0 || strcmp(p->kind, "bytes") == 0; }

static double real_of(const part* p) {
  double value;
  uint64_t bits = strtoull(p->value, NULL, 16);
  memcpy(&value, &bits, sizeof value);
  return value;
}

static wombat_status append(const part* p, void* key, size_t capacity, size_t* size) {
  if (is_signed(p)) {
    return wombat_key_append_signed(strtoll(p->value, NULL, 10), width_of(p), key, capacity, size, &error);
  }
  if (is_unsigned(p)) {
    return wombat_key_append_unsigned(strtoull(p->value, NULL, 10), width_of(p), key, capacity, size, &error);
  }
  if (strcmp(p->kind, "real") == 0) return wombat_key_append_real(real_of(p), key, capacity, size, &error);
  if (is_escaped(p)) return wombat_key_append_bytes(p->bytes, p->size, key, capacity, size, &error);
  return wombat_key_append_fixed(p->bytes, p->size, key, capacity, size, &error);
}

static void check_read(const part* p, const void* key, size_t key_size, size_t* position) {
  if (is_signed(p)) {
    int64_t value;
    CHECK_OK(wombat_key_read_signed(key, key_size, width_of(p), position, &value, &error));
    CHECK(value == strtoll(p->value, NULL, 10));
  } else if (is_unsigned(p)) {
    uint64_t value;
    CHECK_OK(wombat_key_read_unsigned(key, key_size, width_of(p), position, &value, &error));
    CHECK(value == strtoull(p->value, NULL, 10));
  } else if (strcmp(p->kind, "real") == 0) {
    double value;
    const double expected = real_of(p);
    CHECK_OK(wombat_key_read_real(key, key_size, position, &value, &error));
    CHECK(memcmp(&value, &expected, sizeof value) == 0);
  } else if (is_escaped(p)) {
    unsigned char bytes[kKeyMax];
    size_t size;
    CHECK_OK(wombat_key_read_bytes(key, key_size, position, bytes, sizeof bytes, &size, &error));
    CHECK(size == p->size && memcmp(bytes, p->bytes, size) == 0);
  } else {
    const void* bytes;
    CHECK_OK(wombat_key_read_fixed(key, key_size, p->size, position, &bytes, &error));
    CHECK(p->size == 0 || memcmp(bytes, p->bytes, p->size) == 0);
  }
}

static void check_vector(part* parts, size_t count, const unsigned char* expected, size_t expected_size) {
  unsigned char key[kKeyMax];
  size_t size = 0;
  size_t needed = 0;
  size_t position = 0;
  for (size_t i = 0; i < count; ++i) CHECK_OK(append(&parts[i], key, sizeof key, &size));
  CHECK(size == expected_size && memcmp(key, expected, size) == 0);
  for (size_t i = 0; i < count; ++i) {
    const wombat_status status = append(&parts[i], NULL, 0, &needed);
    CHECK(status == WOMBAT_BUFFER_TOO_SMALL || (status == WOMBAT_OK && parts[i].size == 0));
  }
  CHECK_NUMBER(needed, expected_size);
  for (size_t i = 0; i < count; ++i) check_read(&parts[i], key, size, &position);
  CHECK_NUMBER(position, size);
}

static void test_vectors(void) {
  char line[1000];
  unsigned char last[kKeyMax];
  size_t last_size = 0;
  int has_last = 0;
  int vectors = 0;
  FILE* file = fopen(KEY_VECTORS, "r");
  CHECK(file != NULL);
  if (file == NULL) return;
  while (fgets(line, sizeof line, file) != NULL) {
    part parts[10];
    size_t count = 0;
    unsigned char expected[kKeyMax];
    if (line[0] == '#') continue;
    if (line[0] == '\n') {
      has_last = 0;
      continue;
    }
    char* equals = strstr(line, "= ");
    const size_t expected_size = read_hex(equals + 2, expected);
    *equals = '\0';
    for (char* word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
      part* p = &parts[count++];
      memset(p, 0, sizeof *p);
      sscanf(word, "%9[^:]:%79s", p->kind, p->value);
      if (is_escaped(p) || strcmp(p->kind, "fixed") == 0 || strcmp(p->kind, "uuid") == 0) {
        p->size = read_hex(p->value, p->bytes);
      } else {
        p->size = 1;
      }
    }
    check_vector(parts, count, expected, expected_size);
    if (has_last) {
      const int order = memcmp(last, expected, last_size < expected_size ? last_size : expected_size);
      CHECK(order < 0 || (order == 0 && last_size < expected_size));
    }
    memcpy(last, expected, expected_size);
    last_size = expected_size;
    has_last = 1;
    ++vectors;
  }
  fclose(file);
  CHECK(vectors > 100);
}

static void test_append_failures(void) {
  char key[4];
  size_t size = 3;
  CHECK_STATUS(wombat_key_append_signed(1, 3, key, sizeof key, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("expected 1, 2, 4 or 8");
  CHECK_STATUS(wombat_key_append_signed(-129, 1, key, sizeof key, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_key_append_signed(128, 1, key, sizeof key, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_key_append_unsigned(256, 1, key, sizeof key, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("256 does not fit into 1 bytes");
  CHECK_STATUS(wombat_key_append_fixed(NULL, 1, key, sizeof key, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_key_append_bytes(NULL, 1, key, sizeof key, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_key_append_real(1, NULL, 9, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_key_append_real(1, key, sizeof key, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_NUMBER(size, 3);
  memset(key, 'z', sizeof key);
  CHECK_STATUS(wombat_key_append_unsigned(7, 2, key, sizeof key, &size, &error), WOMBAT_BUFFER_TOO_SMALL);
  CHECK_NUMBER(size, 5);
  CHECK(key[3] == 'z');
  CHECK_STATUS(wombat_key_append_unsigned(7, 1, key, sizeof key, &size, &error), WOMBAT_BUFFER_TOO_SMALL);
  CHECK_NUMBER(size, 6);
  size = SIZE_MAX;
  CHECK_STATUS(wombat_key_append_unsigned(7, 1, key, sizeof key, &size, &error), WOMBAT_TOO_LARGE);
  CHECK(size == SIZE_MAX);
  size = 0;
  CHECK_OK(wombat_key_append_unsigned(7, 4, key, sizeof key, &size, &error));
  CHECK_NUMBER(size, 4);
}

static void test_read_failures(void) {
  size_t position = 0;
  size_t size = 9;
  int64_t number = 5;
  char bytes[10];
  CHECK_STATUS(wombat_key_read_signed("", 0, 4, &position, &number, &error), WOMBAT_END);
  CHECK_STATUS(wombat_key_read_signed("abc", 3, 4, &position, &number, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("byte 0: 4 bytes expected, 3 are there");
  CHECK_STATUS(wombat_key_read_signed("abcd", 4, 5, &position, &number, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_key_read_signed(NULL, 4, 4, &position, &number, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_key_read_signed("abcd", 4, 4, NULL, &number, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK(number == 5);
  CHECK_OK(wombat_key_read_unsigned("abcd", 4, 4, &position, NULL, &error));
  CHECK_NUMBER(position, 4);
  CHECK_STATUS(wombat_key_read_real("abcd", 4, &position, NULL, &error), WOMBAT_END);
  CHECK_STATUS(wombat_key_read_fixed("abcd", 4, 1, &position, NULL, &error), WOMBAT_END);
  CHECK_OK(wombat_key_read_fixed("abcd", 4, 0, &position, NULL, &error));
  position = 5;
  CHECK_STATUS(wombat_key_read_fixed("abcd", 4, 0, &position, NULL, &error), WOMBAT_INVALID_ARGUMENT);

  position = 1;
  CHECK_STATUS(wombat_key_read_bytes("-ab", 3, &position, bytes, 10, &size, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("byte 1: its end, 00 01, is missing");
  CHECK_NUMBER(size, 0);
  CHECK_STATUS(wombat_key_read_bytes("-ab\0", 4, &position, bytes, 10, &size, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_key_read_bytes("-a\0b\0\1", 6, &position, bytes, 10, &size, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("byte 3: FF or 01 expected");
  CHECK_STATUS(wombat_key_read_bytes("-a\0\xff\0\1", 6, &position, bytes, 1, &size, &error),
               WOMBAT_BUFFER_TOO_SMALL);
  CHECK_NUMBER(size, 2);
  CHECK_STATUS(wombat_key_read_bytes("-a\0\xff\0\1", 6, &position, NULL, 1, &size, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_NUMBER(position, 1);
  CHECK_OK(wombat_key_read_bytes("-a\0\xff\0\1", 6, &position, bytes, 2, &size, &error));
  CHECK(size == 2 && memcmp(bytes, "a\0", 2) == 0);
  CHECK_STATUS(wombat_key_read_bytes("-a\0\xff\0\1", 6, &position, bytes, 2, &size, &error), WOMBAT_END);
}

/* Keys of a database are in the order of their values. */
static void test_database(void) {
  wombat_db* db = open_test("keys", "wal.sync=os");
  wombat_iterator* rows = NULL;
  const void* key;
  size_t key_size;
  int64_t last = INT64_MIN;
  uint64_t seed = 42;
  for (int i = 0; i < 1000; ++i) {
    char bytes[20];
    size_t size = 0;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    CHECK_OK(wombat_key_append_bytes("n", 1, bytes, sizeof bytes, &size, &error));
    CHECK_OK(wombat_key_append_signed((int64_t)seed >> (seed % 60), 8, bytes, sizeof bytes, &size, &error));
    CHECK_OK(wombat_put(db, bytes, size, NULL, 0, NULL, &error));
  }
  CHECK_OK(wombat_iterator_create(db, NULL, &rows, &error));
  while (wombat_iterator_next(rows, &key, &key_size, NULL, NULL, &error) == WOMBAT_OK) {
    size_t position = 3;
    int64_t value = 0;
    CHECK_OK(wombat_key_read_signed(key, key_size, 8, &position, &value, &error));
    CHECK(value > last);
    last = value;
  }
  wombat_iterator_destroy(rows);
  CHECK_OK(wombat_close(db, &error));
}

int main(void) {
  test_vectors();
  test_append_failures();
  test_read_failures();
  test_database();
  return finish_tests("key_api_test");
}
