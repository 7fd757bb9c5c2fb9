/* The C part of exchange_test.sh, which says what rows there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wombat.h>

enum { kRows = 100, kKeyMax = 200 };

static const unsigned char kId[16] = {0x01, 0x8f, 0x6d, 0x3e, 0x7c, 0x00, 0x7a, 0xbc,
                                      0x8d, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab};

static wombat_error error;

static void need(wombat_status status, const char* what) {
  if (status == WOMBAT_OK) return;
  fprintf(stderr, "%s: %s: %s\n", what, wombat_status_name(status), status < 0 ? error.message : "");
  exit(1);
}

static size_t make_key(const char* language, int i, unsigned char* key) {
  size_t size = 0;
  const unsigned char tail[2] = {0, (unsigned char)i};
  need(wombat_key_append_bytes(language, strlen(language), key, kKeyMax, &size, &error), "text");
  need(wombat_key_append_signed(i * 7919 - 400000, 8, key, kKeyMax, &size, &error), "number");
  need(wombat_key_append_signed(i * 1000000LL, 8, key, kKeyMax, &size, &error), "time");
  need(wombat_key_append_real(i / 8.0 - 5, key, kKeyMax, &size, &error), "real");
  need(wombat_key_append_unsigned((uint64_t)i % 2, 1, key, kKeyMax, &size, &error), "bool");
  need(wombat_key_append_fixed(kId, sizeof kId, key, kKeyMax, &size, &error), "uuid");
  need(wombat_key_append_bytes(tail, sizeof tail, key, kKeyMax, &size, &error), "bytes");
  return size;
}

static size_t make_value(const char* language, int i, char* value) {
  return (size_t)snprintf(value, kKeyMax, "%s:%d", language, i);
}

static void write_rows(wombat_db* db, const char* language) {
  for (int i = 0; i < kRows; ++i) {
    unsigned char key[kKeyMax];
    char value[kKeyMax];
    const size_t key_size = make_key(language, i, key);
    need(wombat_put(db, key, key_size, value, make_value(language, i, value), NULL, &error), "put");
  }
}

static wombat_status merge_text(void* user_data, wombat_txn* txn) {
  wombat_status status = wombat_txn_merge(txn, user_data, "append:-", "text", 4, "a", 1, NULL);
  if (status != WOMBAT_OK) return status;
  return wombat_txn_merge(txn, user_data, "append:-", "text", 4, "b", 1, NULL);
}

static void write_kinds(wombat_db* db, const char* language) {
  wombat_write_options an_hour = WOMBAT_WRITE_OPTIONS_INIT;
  wombat_db* keyspace;
  an_hour.ttl_ms = 3600000;
  need(wombat_keyspace_create(db, language, NULL, &error), "create keyspace");
  need(wombat_keyspace_open(db, language, &keyspace, &error), "open keyspace");
  need(wombat_put(keyspace, "expires", 7, "later", 5, &an_hour, &error), "put");
  need(wombat_put(keyspace, "stays", 5, "here", 4, NULL, &error), "put");
  need(wombat_put(keyspace, "gone", 4, "here", 4, NULL, &error), "put");
  need(wombat_delete_range(keyspace, "gone", 4, "gonf", 4, NULL, &error), "delete range");
  need(wombat_merge(keyspace, "int64_add", "sum", 3, "\x28\0\0\0\0\0\0\0", 8, NULL, &error), "merge");
  need(wombat_merge(keyspace, "int64_add", "sum", 3, "\x02\0\0\0\0\0\0\0", 8, NULL, &error), "merge");
  need(wombat_txn_run(db, NULL, merge_text, keyspace, NULL, NULL, &error), "transaction");
  need(wombat_close(keyspace, &error), "close keyspace");
}

/* What a language that does not know keyspaces has not written is not missed. */
static void check_kinds(wombat_db* db, const char* language) {
  static const struct {
    const char* key;
    const char* value;
    size_t value_size;
  } rows[] = {
      {"expires", "later", 5}, {"stays", "here", 4}, {"sum", "\x2a\0\0\0\0\0\0\0", 8}, {"text", "a-b", 3}};
  wombat_db* keyspace;
  wombat_iterator* iterator;
  const void* key;
  const void* value;
  size_t key_size;
  size_t value_size;
  size_t i;
  wombat_status status = wombat_keyspace_open(db, language, &keyspace, &error);
  if (status == WOMBAT_DOES_NOT_EXIST) return;
  need(status, "open keyspace");
  need(wombat_iterator_create(keyspace, NULL, &iterator, &error), "iterator");
  for (i = 0; i < sizeof rows / sizeof *rows; ++i) {
    status = wombat_iterator_next(iterator, &key, &key_size, &value, &value_size, &error);
    if (status != WOMBAT_OK || key_size != strlen(rows[i].key) || memcmp(key, rows[i].key, key_size) != 0 ||
        value_size != rows[i].value_size || memcmp(value, rows[i].value, value_size) != 0) {
      fprintf(stderr, "keyspace %s has another row than %s\n", language, rows[i].key);
      exit(1);
    }
  }
  if (wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error) != WOMBAT_END) {
    fprintf(stderr, "keyspace %s has more rows\n", language);
    exit(1);
  }
  wombat_iterator_destroy(iterator);
  need(wombat_close(keyspace, &error), "close keyspace");
}

static void check_rows(wombat_db* db, const char* language) {
  unsigned char prefix[kKeyMax];
  size_t prefix_size = 0;
  wombat_iterator_options options;
  wombat_iterator* rows;
  const void* key;
  const void* value;
  size_t key_size;
  size_t value_size;
  int count = 0;
  need(wombat_key_append_bytes(language, strlen(language), prefix, kKeyMax, &prefix_size, &error), "text");
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.prefix = prefix;
  options.prefix_size = prefix_size;
  need(wombat_iterator_create(db, &options, &rows, &error), "iterator");
  while (wombat_iterator_next(rows, &key, &key_size, &value, &value_size, &error) == WOMBAT_OK) {
    unsigned char expected[kKeyMax];
    char expected_value[kKeyMax];
    const size_t expected_size = make_key(language, count, expected);
    const size_t expected_value_size = make_value(language, count, expected_value);
    if (key_size != expected_size || memcmp(key, expected, key_size) != 0 ||
        value_size != expected_value_size || memcmp(value, expected_value, value_size) != 0) {
      fprintf(stderr, "row %d of %s is another\n", count, language);
      exit(1);
    }
    ++count;
  }
  wombat_iterator_destroy(rows);
  if (count != kRows) {
    fprintf(stderr, "%s has %d rows\n", language, count);
    exit(1);
  }
}

int main(int count, char** arguments) {
  wombat_db* db;
  if (count < 4) return 2;
  need(wombat_open(arguments[2], NULL, &db, &error), "open");
  if (strcmp(arguments[1], "leave") == 0) return 0;
  if (strcmp(arguments[1], "write") == 0) {
    write_rows(db, arguments[3]);
    write_kinds(db, arguments[3]);
  } else {
    for (int i = 3; i < count; ++i) {
      check_rows(db, arguments[i]);
      check_kinds(db, arguments[i]);
    }
  }
  need(wombat_close(db, &error), "close");
  return 0;
}
