/* A program as a user writes it, built against an installed Wombat: every step checked, in plain C99. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wombat.h>

static wombat_error error;

static void expect(wombat_status status, wombat_status wanted, const char *what) {
  if (status != wanted) {
    fprintf(stderr, "%s: got %s, wanted %s: %s\n", what, wombat_status_name(status), wombat_status_name(wanted),
            status < 0 ? error.message : "");
    exit(1);
  }
}

static void put(wombat_db *db, const char *key, const char *value) {
  expect(wombat_put(db, key, strlen(key), value, strlen(value), NULL, &error), WOMBAT_OK, key);
}

static void expect_scan(wombat_db *db, const char *wanted) {
  wombat_iterator *rows;
  const void *key, *value;
  size_t key_size, value_size;
  wombat_status status;
  char seen[200] = "";

  expect(wombat_iterator_create(db, NULL, &rows, &error), WOMBAT_OK, "iterator");
  status = wombat_iterator_first(rows, &key, &key_size, &value, &value_size, &error);
  while (status == WOMBAT_OK) {
    size_t length = strlen(seen);
    snprintf(seen + length, sizeof seen - length, "%.*s=%.*s ", (int)key_size, (const char *)key, (int)value_size,
             (const char *)value);
    status = wombat_iterator_next(rows, &key, &key_size, &value, &value_size, &error);
  }
  expect(status, WOMBAT_END, "scan");
  wombat_iterator_destroy(rows);
  if (strcmp(seen, wanted) != 0) {
    fprintf(stderr, "scan: got \"%s\", wanted \"%s\"\n", seen, wanted);
    exit(1);
  }
}

int main(int argc, char **argv) {
  wombat_db *db;
  char value[16];
  size_t value_size;

  if (argc != 2) {
    fprintf(stderr, "usage: consumer DIRECTORY\n");
    return 2;
  }
  if (wombat_version_number() != WOMBAT_VERSION_NUMBER) {
    fprintf(stderr, "the library is %s, the header another version\n", wombat_version_string());
    return 1;
  }
  expect(wombat_open(argv[1], NULL, &db, &error), WOMBAT_OK, "open");
  put(db, "ada", "1815");
  put(db, "grace", "1906");
  put(db, "alan", "1912");
  expect(wombat_delete(db, "alan", 4, NULL, &error), WOMBAT_OK, "delete");
  expect(wombat_get(db, "alan", 4, NULL, value, sizeof value, &value_size, &error), WOMBAT_NOT_FOUND, "get deleted");
  expect_scan(db, "ada=1815 grace=1906 ");
  expect(wombat_close(db, &error), WOMBAT_OK, "close");

  expect(wombat_open(argv[1], NULL, &db, &error), WOMBAT_OK, "open again");
  expect(wombat_get(db, "ada", 3, NULL, value, sizeof value, &value_size, &error), WOMBAT_OK, "get after reopening");
  if (value_size != 4 || memcmp(value, "1815", 4) != 0) {
    fprintf(stderr, "get after reopening: wrong value\n");
    return 1;
  }
  expect_scan(db, "ada=1815 grace=1906 ");
  expect(wombat_close(db, &error), WOMBAT_OK, "close again");
  expect(wombat_destroy(argv[1], &error), WOMBAT_OK, "destroy");
  printf("wombat %s works\n", wombat_version_string());
  return 0;
}
