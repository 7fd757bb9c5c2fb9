/* Old states: read by commit or by time, kept for as long as history.retention_s says, through flushes, compactions and
 * reopening; and refused where they may have been lost. */
#include <stdint.h>
#include <time.h>

#include "capi_check.h"

static uint64_t commit_of(wombat_db* db) {
  uint64_t timestamp = 0;
  CHECK_OK(wombat_commit_timestamp(db, &timestamp, &error));
  return timestamp;
}

static uint64_t wall_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void sleep_ms(long ms) {
  const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&pause, NULL);
}

/* What was there then; "(none)", or the name of a failure. */
static const char* get_as_of(wombat_db* db, const char* key, uint64_t timestamp, uint64_t time_us) {
  static char texts[8][64];
  static size_t turn;
  char* const text = texts[turn++ % 8];
  wombat_read_options options = WOMBAT_READ_OPTIONS_INIT;
  size_t size = 0;
  wombat_status status;
  options.as_of_timestamp = timestamp;
  options.as_of_time_us = time_us;
  status = wombat_get(db, key, strlen(key), &options, text, 63, &size, &error);
  if (status == WOMBAT_NOT_FOUND) return "(none)";
  if (status != WOMBAT_OK) return wombat_status_name(status);
  text[size] = '\0';
  return text;
}

static int count_as_of(wombat_db* db, uint64_t timestamp) {
  wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
  wombat_iterator* iterator = NULL;
  int count = 0;
  options.as_of_timestamp = timestamp;
  CHECK_OK(wombat_iterator_create(db, &options, &iterator, &error));
  while (wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error) == WOMBAT_OK) ++count;
  wombat_iterator_destroy(iterator);
  return count;
}

static void press(wombat_db* db) {
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
}

static void old_states_are_kept(void) {
  const char* const path = test_path("kept");
  wombat_db* db = open_test("kept", "history.retention_s=3600");
  wombat_options* options = NULL;
  uint64_t first, second, third, at_first, at_second;
  int round;
  put_text(db, "a", "1");
  put_text(db, "b", "1");
  first = commit_of(db);
  sleep_ms(250);
  at_first = wall_us();
  put_text(db, "a", "2");
  CHECK_OK(wombat_delete(db, "b", 1, NULL, &error));
  second = commit_of(db);
  sleep_ms(250);
  at_second = wall_us();
  put_text(db, "a", "3");
  put_text(db, "c", "3");
  third = commit_of(db);
  sleep_ms(250);
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_set(options, "history.retention_s", "3600", &error));
  for (round = 0; round < 3; ++round) {
    CHECK_TEXT(get_as_of(db, "a", first, 0), "1");
    CHECK_TEXT(get_as_of(db, "b", first, 0), "1");
    CHECK_TEXT(get_as_of(db, "c", first, 0), "(none)");
    CHECK_TEXT(get_as_of(db, "a", second, 0), "2");
    CHECK_TEXT(get_as_of(db, "b", second, 0), "(none)");
    CHECK_TEXT(get_as_of(db, "a", third, 0), "3");
    CHECK_TEXT(get_as_of(db, "a", 0, at_first), "1");
    CHECK_TEXT(get_as_of(db, "a", 0, at_second), "2");
    CHECK_TEXT(get_as_of(db, "b", 0, at_second), "(none)");
    CHECK_TEXT(get_as_of(db, "a", 0, wall_us() + 1000000), "3");
    CHECK_NUMBER(count_as_of(db, first), 2);
    CHECK_NUMBER(count_as_of(db, second), 1);
    CHECK_NUMBER(count_as_of(db, third), 2);
    if (round == 0) press(db);
    if (round == 1) {
      CHECK_OK(wombat_close(db, &error));
      CHECK_OK(wombat_open(path, options, &db, &error));
    }
  }
  CHECK_STATUS(wombat_status_is_retryable(WOMBAT_TOO_OLD), 0);
  CHECK_TEXT(get_as_of(db, "a", commit_of(db) + 1000, 0), "INVALID_ARGUMENT");
  CHECK_TEXT(get_as_of(db, "a", first, at_first), "INVALID_ARGUMENT");
  CHECK_TEXT(get_as_of(db, "a", 0, 1), "TOO_OLD");

  CHECK_OK(wombat_set_option(db, "history.retention_s", "0", &error));
  press(db);
  CHECK_TEXT(get_as_of(db, "a", first, 0), "TOO_OLD");
  CHECK_TEXT(get_as_of(db, "a", 0, at_first), "TOO_OLD");
  CHECK_TEXT(get_as_of(db, "a", commit_of(db), 0), "3");
  CHECK_OK(wombat_set_option(db, "history.retention_s", "3600", &error));
  CHECK_TEXT(get_as_of(db, "a", first, 0), "TOO_OLD");
  CHECK_OK(wombat_close(db, &error));
  wombat_options_destroy(options);
}

static void without_retention_the_past_is_gone_after_a_job(void) {
  wombat_db* const db = open_test("gone", "");
  wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
  wombat_iterator* iterator = NULL;
  uint64_t first;
  put_text(db, "a", "1");
  first = commit_of(db);
  put_text(db, "a", "2");
  press(db);
  CHECK_TEXT(get_as_of(db, "a", first, 0), "TOO_OLD");
  CHECK_MESSAGE("history.retention_s is 0");
  options.as_of_timestamp = first;
  CHECK_STATUS(wombat_iterator_create(db, &options, &iterator, &error), WOMBAT_TOO_OLD);
  CHECK(iterator == NULL);
  CHECK_OK(wombat_close(db, &error));
}

static void what_is_older_than_the_retention_goes(void) {
  wombat_db* const db = open_test("short", "history.retention_s=1");
  uint64_t first;
  put_text(db, "a", "1");
  first = commit_of(db);
  sleep_ms(300);
  put_text(db, "a", "2");
  CHECK_TEXT(get_as_of(db, "a", first, 0), "1");
  sleep_ms(1500);
  put_text(db, "a", "3");
  press(db);
  CHECK_TEXT(get_as_of(db, "a", first, 0), "TOO_OLD");
  CHECK_TEXT(get_text(db, "a"), "3");
  CHECK_OK(wombat_close(db, &error));
}

/* Writes of all kinds, with jobs between them that may drop, fold or zero nothing that an old commit shows. */
static void all_kinds_of_writes_are_kept(void) {
  enum { kCommits = 300, kKeys = 4 };
  static const char* const keys[kKeys] = {"a", "b", "c", "d"};
  static char seen[kCommits][kKeys][64];
  static uint64_t commits[kCommits];
  wombat_db* db = open_test("kinds", "history.retention_s=3600");
  wombat_write_options lasting = WOMBAT_WRITE_OPTIONS_INIT;
  uint32_t drawn = 1;
  int i, k, round;
  lasting.ttl_ms = 3600000;
  CHECK_OK(wombat_delete(db, "a", 1, NULL, &error));
  sleep_ms(250); /* until the first mark: after the next open, history begins there */
  for (i = 0; i < kCommits; ++i) {
    char value[16];
    const char* key;
    const char* upper;
    drawn = drawn * 1664525 + 1013904223;
    key = keys[drawn >> 16 & 3];
    snprintf(value, sizeof value, "%d", i);
    switch (drawn >> 20 & 7) {
      case 0:
        put_text(db, key, value);
        break;
      case 1:
        upper = key[0] == 'b' ? NULL : key[0] == 'd' ? "e" : "d";
        CHECK_OK(wombat_delete_range(db, key, 1, upper, upper == NULL ? 0 : 1, NULL, &error));
        break;
      case 2:
        CHECK_OK(wombat_put(db, key, 1, value, strlen(value), &lasting, &error));
        break;
      case 3:
        CHECK_OK(wombat_delete(db, key, 1, NULL, &error));
        break;
      default:
        CHECK_OK(wombat_merge(db, "bytes_max", key, 1, value, strlen(value), NULL, &error));
    }
    commits[i] = commit_of(db);
    for (k = 0; k < kKeys; ++k) strcpy(seen[i][k], get_text(db, keys[k]));
    if (i % 37 == 36) CHECK_OK(wombat_flush(db, NULL, &error));
    if (i % 90 == 89) press(db);
  }
  for (round = 0; round < 3; ++round) {
    for (i = 0; i < kCommits; ++i) {
      int count = 0;
      for (k = 0; k < kKeys; ++k) {
        CHECK_TEXT(get_as_of(db, keys[k], commits[i], 0), seen[i][k]);
        count += strcmp(seen[i][k], "(none)") != 0;
      }
      CHECK_NUMBER(count_as_of(db, commits[i]), count);
    }
    if (round == 1) {
      CHECK_OK(wombat_close(db, &error));
      db = open_test("kinds", "history.retention_s=3600");
    }
    press(db);
  }
  CHECK_OK(wombat_close(db, &error));
}

/* The time of the last commit is noted by the close, and a read-only open reads the past without the option. */
static void short_lives_leave_their_times(void) {
  wombat_db* db = open_test("short_lives", "history.retention_s=3600");
  uint64_t at_first, at_second;
  put_text(db, "a", "1");
  CHECK_OK(wombat_close(db, &error));
  sleep_ms(150);
  at_first = wall_us();
  sleep_ms(150);
  db = open_test("short_lives", "history.retention_s=3600");
  put_text(db, "a", "2");
  CHECK_OK(wombat_close(db, &error));
  at_second = wall_us();
  sleep_ms(150);
  db = open_test("short_lives", "open.read_only=true");
  CHECK_TEXT(get_as_of(db, "a", 0, at_first), "1");
  CHECK_TEXT(get_as_of(db, "a", 0, at_second), "2");
  CHECK_TEXT(get_as_of(db, "a", 0, 1), "TOO_OLD");
  CHECK_MESSAGE("the oldest that is kept is that at commit");
  CHECK_OK(wombat_close(db, &error));
  db = open_test("short_lives", "");
  CHECK_TEXT(get_as_of(db, "a", 0, at_first), "TOO_OLD");
  CHECK_OK(wombat_close(db, &error));
}

/* What a compaction has dropped stays refused, though its times may still be noted, and however long the next retention. */
static void what_is_dropped_stays_refused(void) {
  wombat_db* db = open_test("dropped", "history.retention_s=1");
  uint64_t first, last;
  put_text(db, "a", "1");
  first = commit_of(db);
  sleep_ms(300);
  put_text(db, "a", "2");
  sleep_ms(1500);
  put_text(db, "a", "3");
  press(db);
  sleep_ms(300);
  last = commit_of(db);
  put_text(db, "a", "4");
  CHECK_OK(wombat_close(db, &error));
  db = open_test("dropped", "open.read_only=true");
  CHECK_TEXT(get_as_of(db, "a", first, 0), "TOO_OLD");
  CHECK_TEXT(get_as_of(db, "a", last, 0), "3");
  CHECK_OK(wombat_close(db, &error));
  db = open_test("dropped", "history.retention_s=3600");
  CHECK_TEXT(get_as_of(db, "a", first, 0), "TOO_OLD");
  CHECK_TEXT(get_as_of(db, "a", last, 0), "3");
  CHECK_OK(wombat_close(db, &error));
}

int main(void) {
  short_lives_leave_their_times();
  what_is_dropped_stays_refused();
  all_kinds_of_writes_are_kept();
  old_states_are_kept();
  without_retention_the_past_is_gone_after_a_job();
  what_is_older_than_the_retention_goes();
  return finish_tests("history_api_test");
}
