/* A database is closed while other threads write, read, iterate and take snapshots: each call works or answers CLOSED. */
#include <pthread.h>
#include <time.h>

#include "capi_check.h"

enum { kThreadCount = 4 };

static wombat_db* db;
static wombat_status unexpected[kThreadCount];
static wombat_error errors[kThreadCount];
static long written[kThreadCount];

/* Remembers an outcome that is neither OK, nor normal, nor CLOSED; true when the database is closed. */
static int is_over(int thread, wombat_status status) {
  if (status < 0 && status != WOMBAT_CLOSED && unexpected[thread] == WOMBAT_OK) unexpected[thread] = status;
  return status < 0;
}

static void* work(void* argument) {
  const int thread = *(const int*)argument;
  wombat_error* const e = &errors[thread];
  for (long i = 0;; ++i) {
    char key[30];
    char value[300];
    memset(value, 'x', sizeof value);
    const size_t key_size = (size_t)snprintf(key, sizeof key, "%d-%06ld", thread, i);
    wombat_write_options how = {0};
    how.size = sizeof how;
    how.sync = WOMBAT_SYNC_NEVER;
    if (is_over(thread, wombat_put(db, key, key_size, value, sizeof value, &how, e))) return NULL;
    written[thread] = i + 1;
    if (is_over(thread, wombat_get(db, key, key_size, NULL, value, sizeof value, NULL, e))) return NULL;
    if (i % 8 != 0) continue;
    wombat_snapshot* snapshot = NULL;
    wombat_iterator* iterator = NULL;
    wombat_pin* pin = NULL;
    const void* pinned = NULL;
    int over = is_over(thread, wombat_snapshot_create(db, &snapshot, e));
    over |= is_over(thread, wombat_iterator_create(db, NULL, &iterator, e));
    for (int j = 0; j < 20 && !over; ++j)
      over |= is_over(thread, wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, e));
    over |= is_over(thread, wombat_pin_create(&pin, e));
    over |= is_over(thread, wombat_get_pinned(db, key, key_size, NULL, pin, &pinned, NULL, e));
    if (i % 64 == 0 && !over) over |= is_over(thread, wombat_flush(db, NULL, e));
    wombat_iterator_destroy(iterator);
    wombat_snapshot_release(snapshot);
    wombat_pin_destroy(pin);
    if (over) return NULL;
  }
}

static void race(int milliseconds) {
  pthread_t threads[kThreadCount];
  int numbers[kThreadCount];
  db = open_test("race", "memtable.size=64KiB; num_memtables=3");
  for (int i = 0; i < kThreadCount; ++i) {
    numbers[i] = i;
    written[i] = 0;
    CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
  }
  const struct timespec pause = {0, milliseconds * 1000000L};
  nanosleep(&pause, NULL);
  CHECK_OK(wombat_close(db, &error));
  for (int i = 0; i < kThreadCount; ++i) pthread_join(threads[i], NULL);
  for (int i = 0; i < kThreadCount; ++i) {
    CHECK_TEXT(wombat_status_name(unexpected[i]), "OK");
    if (unexpected[i] != WOMBAT_OK) printf("thread %d: %s\n", i, errors[i].message);
  }
  db = open_test("race", "");
  for (int i = 0; i < kThreadCount; ++i) {
    char key[30];
    for (long j = 0; j < written[i]; ++j) {
      const size_t key_size = (size_t)snprintf(key, sizeof key, "%d-%06ld", i, j);
      if (wombat_exists(db, key, key_size, NULL, &error) != WOMBAT_OK)
        CHECK(!"an acknowledged write is lost");
    }
  }
  CHECK_OK(wombat_close(db, &error));
  CHECK_OK(wombat_destroy(test_path("race"), &error));
}

int main(void) {
  for (int i = 0; i < 12; ++i) race(5 + 7 * i);
  return finish_tests("close_race_api_test");
}
