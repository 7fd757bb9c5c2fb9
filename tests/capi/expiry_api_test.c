/* When entries expire: asked of keys and of rows, and set to a given time. */
#include "capi_check.h"

/* Far enough away that no test gets there, and not a whole millisecond. */
static const uint64_t kThen = 32503680000000001u;

static wombat_db* db;

static void put_until(const char* key, const char* value, uint64_t expires_at_us) {
  wombat_batch* batch = NULL;
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_batch_put_until(batch, key, strlen(key), value, strlen(value), expires_at_us, &error));
  CHECK_OK(wombat_write(db, batch, NULL, &error));
  wombat_batch_destroy(batch);
}

/* UINT64_MAX: the key is absent. */
static uint64_t expiry_of(const char* key) {
  uint64_t expiry = 7;
  const wombat_status status = wombat_get_expiry(db, key, strlen(key), NULL, &expiry, &error);
  if (status == WOMBAT_OK) return expiry;
  CHECK_NUMBER(status, WOMBAT_NOT_FOUND);
  CHECK_NUMBER(expiry, 0);
  return UINT64_MAX;
}

static void check_rows(wombat_iterator* iterator, const uint64_t* expected, size_t count) {
  uint64_t expiry = 7;
  for (int forward = 1; forward >= 0; --forward) {
    for (size_t i = 0; i < count; ++i) {
      CHECK_OK(forward ? wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error)
                       : wombat_iterator_prev(iterator, NULL, NULL, NULL, NULL, &error));
      CHECK_OK(wombat_iterator_expiry(iterator, &expiry, &error));
      CHECK_NUMBER(expiry, expected[forward ? i : count - 1 - i]);
      CHECK_OK(wombat_iterator_expiry(iterator, NULL, &error));
    }
    CHECK_STATUS(forward ? wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error)
                         : wombat_iterator_prev(iterator, NULL, NULL, NULL, NULL, &error),
                 WOMBAT_END);
    CHECK_STATUS(wombat_iterator_expiry(iterator, &expiry, &error), WOMBAT_END);
    CHECK_NUMBER(expiry, 0);
  }
}

static void add_one(const char* key) {
  CHECK_OK(wombat_merge(db, "append", key, strlen(key), "+", 1, NULL, &error));
}

/* Values in memory, in level 0 and below it. */
static void test_keys_and_rows(void) {
  const uint64_t expected[] = {kThen, kThen, 0, UINT64_MAX - 1, 0, 0};
  wombat_iterator* iterator = NULL;
  db = open_test("expiry", "");
  put_until("a", "1", kThen);
  put_until("b merged", "1", kThen);
  add_one("b merged");
  put_until("c ever", "1", 0);
  put_until("d last", "1", UINT64_MAX - 1);
  put_until("e over", "1", 1);
  put_until("f over, merged", "1", 1);
  add_one("f over, merged");
  put_text(db, "g plain", "1");
  put_text(db, "h over", "older");
  put_until("h over", "1", 1);
  for (int round = 0; round < 4; ++round) {
    CHECK_NUMBER(expiry_of("a"), kThen);
    CHECK_NUMBER(expiry_of("b merged"), kThen);
    CHECK_NUMBER(expiry_of("c ever"), 0);
    CHECK_NUMBER(expiry_of("d last"), UINT64_MAX - 1);
    CHECK_NUMBER(expiry_of("e over"), UINT64_MAX);
    CHECK_NUMBER(expiry_of("f over, merged"), 0);
    CHECK_NUMBER(expiry_of("g plain"), 0);
    CHECK_NUMBER(expiry_of("h over"), UINT64_MAX);
    CHECK_NUMBER(expiry_of("never written"), UINT64_MAX);
    CHECK_TEXT(get_text(db, "b merged"), "1+");
    CHECK_TEXT(get_text(db, "f over, merged"), "+");
    CHECK_OK(wombat_iterator_create(db, NULL, &iterator, &error));
    CHECK_STATUS(wombat_iterator_expiry(iterator, NULL, &error), WOMBAT_END);
    check_rows(iterator, expected, COUNT_OF(expected));
    wombat_iterator_destroy(iterator);
    if (round == 0) CHECK_OK(wombat_flush(db, NULL, &error));
    if (round == 1) CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
    if (round == 2) CHECK_OK(wombat_delete_range(db, "x", 1, NULL, 0, NULL, &error));
  }
  CHECK_OK(wombat_close(db, &error));
}

/* A time to live becomes a time: now and that much more. */
static void test_time_to_live(void) {
  wombat_write_options options = WOMBAT_WRITE_OPTIONS_INIT;
  uint64_t first = 0;
  db = open_test("ttl", "");
  options.ttl_ms = 3600000;
  CHECK_OK(wombat_put(db, "first", 5, "1", 1, &options, &error));
  options.ttl_ms = 7200000;
  CHECK_OK(wombat_put(db, "second", 6, "1", 1, &options, &error));
  first = expiry_of("first");
  CHECK(first > 1700000000000000u + 3600000000u && first < kThen);
  CHECK(expiry_of("second") - first >= 3600000000u && expiry_of("second") - first < 3660000000u);
  options.ttl_ms = WOMBAT_TTL_NONE - 1;
  CHECK_OK(wombat_put(db, "first", 5, "1", 1, &options, &error));
  CHECK_NUMBER(expiry_of("first"), UINT64_MAX - 1);
  options.ttl_ms = 1;
  CHECK_OK(wombat_put(db, "first", 5, "1", 1, &options, &error));
  while (expiry_of("first") != UINT64_MAX) continue;
  /* A put without end is not given the time to live of the database. */
  CHECK_OK(wombat_set_option(db, "ttl.default_ms", "3600000", &error));
  put_until("ever", "1", 0);
  put_until("ever too", "1", UINT64_MAX);
  put_until("then", "1", kThen);
  put_text(db, "by default", "1");
  CHECK_NUMBER(expiry_of("ever"), 0);
  CHECK_NUMBER(expiry_of("ever too"), 0);
  CHECK_NUMBER(expiry_of("then"), kThen);
  CHECK(expiry_of("by default") > first);
  CHECK_OK(wombat_close(db, &error));
}

/* The row that a batch of rows ended on, whether or not the iterator has looked further. */
static void test_after_read_batch(void) {
  char buffer[1000];
  size_t used = 0;
  size_t count = 0;
  uint64_t expiry = 0;
  wombat_iterator* iterator = NULL;
  db = open_test("batches", "");
  for (int i = 0; i < 9; ++i) {
    const char key[] = {(char)('a' + i), 0};
    put_until(key, "v", i % 3 == 0 ? 0 : kThen + (uint64_t)i);
  }
  for (int forward = 0; forward < 2; ++forward) {
    const int32_t direction = forward ? WOMBAT_FORWARD : WOMBAT_BACKWARD;
    CHECK_OK(wombat_iterator_create(db, NULL, &iterator, &error));
    CHECK_STATUS(wombat_iterator_read_batch(iterator, direction, 0, buffer, 9, &used, &count, &error),
                 WOMBAT_BUFFER_TOO_SMALL);
    CHECK_STATUS(wombat_iterator_expiry(iterator, &expiry, &error), WOMBAT_END);
    for (int row = 0; row < 9;) {
      /* Rows of 10 bytes: as many as fit, or as were asked for, or one that does not fit. */
      const size_t capacity = row % 4 == 0 ? 25 : row % 4 == 2 ? sizeof buffer : 10;
      const wombat_status status = wombat_iterator_read_batch(iterator, direction, row % 4 == 2 ? 2 : 0,
                                                              buffer, capacity, &used, &count, &error);
      CHECK_OK(status);
      row += (int)count;
      for (int again = 0; again < 3; ++again) {
        const int at = forward ? row - 1 : 9 - row;
        CHECK_OK(wombat_iterator_expiry(iterator, &expiry, &error));
        CHECK_NUMBER(expiry, at % 3 == 0 ? 0 : kThen + (uint64_t)at);
        if (again == 1 && row < 9)
          CHECK_STATUS(wombat_iterator_read_batch(iterator, direction, 0, buffer, 9, &used, &count, &error),
                       WOMBAT_BUFFER_TOO_SMALL);
      }
    }
    CHECK_STATUS(wombat_iterator_read_batch(iterator, direction, 0, buffer, 9, &used, &count, &error),
                 WOMBAT_END);
    wombat_iterator_destroy(iterator);
  }
  CHECK_OK(wombat_close(db, &error));
}

static void test_snapshots_and_transactions(void) {
  const uint64_t expected[] = {0, kThen, kThen + 1, kThen + 2, 0};
  wombat_snapshot* snapshot = NULL;
  wombat_read_options then = WOMBAT_READ_OPTIONS_INIT;
  wombat_iterator* iterator = NULL;
  wombat_txn* txn = NULL;
  uint64_t expiry = 0;
  db = open_test("views", "");
  put_until("b", "1", kThen);
  put_until("c", "1", kThen + 1);
  put_until("d", "1", kThen + 2);
  put_until("e", "1", kThen + 3);
  put_until("z gone", "1", kThen + 4);
  CHECK_OK(wombat_snapshot_create(db, &snapshot, &error));
  CHECK_OK(wombat_txn_begin(db, NULL, &txn, &error));
  put_text(db, "b", "2");
  then.snapshot = snapshot;
  CHECK_OK(wombat_get_expiry(db, "b", 1, &then, &expiry, &error));
  CHECK_NUMBER(expiry, kThen);
  CHECK_NUMBER(expiry_of("b"), 0);
  wombat_snapshot_release(snapshot);
  CHECK_STATUS(wombat_get_expiry(db, "b", 1, &then, &expiry, &error), WOMBAT_CLOSED);
  /* Own rows: new, merged on one of the database, put over one, deleted. */
  CHECK_OK(wombat_txn_put(txn, NULL, "a", 1, "own", 3, 0, &error));
  CHECK_OK(wombat_txn_merge(txn, NULL, "append", "d", 1, "+", 1, &error));
  CHECK_OK(wombat_txn_put(txn, NULL, "e", 1, "own", 3, WOMBAT_TTL_NONE, &error));
  CHECK_OK(wombat_txn_delete(txn, NULL, "z gone", 6, &error));
  CHECK_OK(wombat_txn_iterator_create(txn, NULL, NULL, &iterator, &error));
  CHECK_STATUS(wombat_iterator_expiry(iterator, &expiry, &error), WOMBAT_END);
  check_rows(iterator, expected, COUNT_OF(expected));
  wombat_iterator_destroy(iterator);
  CHECK_OK(wombat_txn_put(txn, NULL, "f", 1, "own", 3, 3600000, &error));
  CHECK_OK(wombat_txn_merge(txn, NULL, "append", "f", 1, "+", 1, &error));
  CHECK_OK(wombat_txn_iterator_create(txn, NULL, NULL, &iterator, &error));
  CHECK_OK(wombat_iterator_last(iterator, NULL, NULL, NULL, NULL, &error));
  CHECK_OK(wombat_iterator_expiry(iterator, &expiry, &error));
  CHECK(expiry > 1700000000000000u && expiry < kThen);
  CHECK_OK(wombat_txn_rollback(txn, &error));
  CHECK_STATUS(wombat_iterator_expiry(iterator, &expiry, &error), WOMBAT_TXN_ENDED);
  CHECK_NUMBER(expiry, 0);
  wombat_txn_destroy(txn);
  wombat_iterator_destroy(iterator);
  CHECK_OK(wombat_close(db, &error));
}

static void test_abuse(void) {
  static char large[WOMBAT_KEY_SIZE_MAX + 1u];
  uint64_t expiry = 7;
  wombat_batch* batch = NULL;
  wombat_iterator* iterator = NULL;
  wombat_read_options options = WOMBAT_READ_OPTIONS_INIT;
  db = open_test("abuse", "");
  put_until("k", "1", kThen);
  CHECK_OK(wombat_get_expiry(db, "k", 1, NULL, NULL, NULL));
  CHECK_STATUS(wombat_get_expiry(NULL, "k", 1, NULL, &expiry, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_NUMBER(expiry, 0);
  CHECK_STATUS(wombat_get_expiry(db, NULL, 1, NULL, &expiry, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_get_expiry(db, NULL, 0, NULL, &expiry, &error), WOMBAT_NOT_FOUND);
  CHECK_STATUS(wombat_get_expiry(db, large, sizeof large, NULL, &expiry, &error), WOMBAT_TOO_LARGE);
  options.size = 3;
  CHECK_STATUS(wombat_get_expiry(db, "k", 1, &options, &expiry, &error), WOMBAT_INVALID_ARGUMENT);
  options.size = sizeof options;
  options.flags = 1u << 30;
  CHECK_STATUS(wombat_get_expiry(db, "k", 1, &options, &expiry, &error), WOMBAT_UNSUPPORTED);
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_STATUS(wombat_batch_put_until(NULL, "k", 1, "v", 1, 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_batch_put_until(batch, NULL, 1, "v", 1, 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_batch_put_until(batch, "k", 1, NULL, 1, 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_batch_put_until(batch, large, sizeof large, "v", 1, 1, &error), WOMBAT_TOO_LARGE);
  CHECK_STATUS(wombat_batch_put_until(batch, "k", 1, large, WOMBAT_VALUE_SIZE_MAX - 7, 1, &error),
               WOMBAT_TOO_LARGE);
  CHECK_NUMBER(wombat_batch_count(batch), 0);
  CHECK_STATUS(wombat_iterator_expiry(NULL, &expiry, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_iterator_expiry((wombat_iterator*)batch, &expiry, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_batch_put_until((wombat_batch*)db, "k", 1, "v", 1, 1, &error), WOMBAT_CLOSED);
  CHECK_OK(wombat_iterator_create(db, NULL, &iterator, &error));
  CHECK_OK(wombat_iterator_first(iterator, NULL, NULL, NULL, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
  expiry = 7;
  CHECK_STATUS(wombat_iterator_expiry(iterator, &expiry, &error), WOMBAT_CLOSED);
  CHECK_NUMBER(expiry, 0);
  CHECK_STATUS(wombat_get_expiry(db, "k", 1, NULL, &expiry, &error), WOMBAT_CLOSED);
  wombat_iterator_destroy(iterator);
  CHECK_STATUS(wombat_iterator_expiry(iterator, &expiry, &error), WOMBAT_CLOSED);
  wombat_batch_destroy(batch);
  CHECK_STATUS(wombat_batch_put_until(batch, "k", 1, "v", 1, 1, &error), WOMBAT_CLOSED);
}

int main(void) {
  test_keys_and_rows();
  test_time_to_live();
  test_after_read_batch();
  test_snapshots_and_transactions();
  test_abuse();
  return finish_tests("expiry_api_test");
}
