/* Handles used wrongly: after their end, twice, of another kind, forged; children that outlive their database; a fork;
 * and many of them, without growth. */
#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/sleeping_threads.h"
#include "capi_check.h"

static long open_descriptors(void) {
  long count = 0;
  DIR* directory = opendir("/proc/self/fd");
  if (directory == NULL) return 0;
  while (readdir(directory) != NULL) ++count;
  closedir(directory);
  return count;
}

/* The address sanitizer keeps freed memory for a while, and looks for leaks itself: always 0 there. */
static long resident_pages(void) {
#ifdef __SANITIZE_ADDRESS__
  return 0;
#endif
  long total = 0;
  long resident = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
  fclose(file);
  return resident;
}

/* Every call on a database handle that must be refused. */
static void check_refused(wombat_db* db, wombat_status expected) {
  char buffer[100];
  size_t size = 0;
  uint64_t number = 0;
  const void* value = NULL;
  wombat_pin* pin = NULL;
  wombat_snapshot* snapshot = NULL;
  wombat_iterator* iterator = NULL;
  wombat_batch* batch = NULL;
  CHECK_OK(wombat_pin_create(&pin, &error));
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_STATUS(wombat_put(db, "k", 1, "v", 1, NULL, &error), expected);
  CHECK_STATUS(wombat_delete(db, "k", 1, NULL, &error), expected);
  CHECK_STATUS(wombat_write(db, batch, NULL, &error), expected);
  CHECK_STATUS(wombat_write_packed(db, NULL, 0, NULL, &error), expected);
  CHECK_STATUS(wombat_sync(db, &error), expected);
  CHECK_STATUS(wombat_get(db, "k", 1, NULL, buffer, sizeof buffer, &size, &error), expected);
  CHECK_STATUS(wombat_exists(db, "k", 1, NULL, &error), expected);
  CHECK_STATUS(wombat_get_expiry(db, "k", 1, NULL, &number, &error), expected);
  CHECK_STATUS(wombat_get_pinned(db, "k", 1, NULL, pin, &value, &size, &error), expected);
  const void* keys[] = {"k"};
  const size_t sizes[] = {1};
  wombat_status status = 0;
  CHECK_STATUS(wombat_multi_get(db, 1, keys, sizes, NULL, pin, &value, &size, &status, &error), expected);
  CHECK_STATUS(wombat_multi_get_packed(db, "\1\0\0\0k", 5, NULL, buffer, sizeof buffer, &size, NULL, &error),
               expected);
  CHECK_STATUS(wombat_snapshot_create(db, &snapshot, &error), expected);
  CHECK_STATUS(wombat_iterator_create(db, NULL, &iterator, &error), expected);
  CHECK(snapshot == NULL && iterator == NULL);
  CHECK_STATUS(wombat_flush(db, NULL, &error), expected);
  CHECK_STATUS(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error), expected);
  CHECK_STATUS(wombat_wait(db, NULL, &error), expected);
  CHECK_STATUS(wombat_verify(db, NULL, &error), expected);
  CHECK_STATUS(wombat_clean_up_logs(db, &number, &error), expected);
  CHECK_STATUS(wombat_approximate_size(db, NULL, 0, NULL, 0, &number, &error), expected);
  CHECK_STATUS(wombat_statistics(db, &number, 1, &size, &error), expected);
  CHECK_STATUS(wombat_report(db, WOMBAT_FORMAT_TEXT, buffer, sizeof buffer, &size, &error), expected);
  CHECK_STATUS(wombat_property(db, "levels", buffer, sizeof buffer, &size, &error), expected);
  CHECK_STATUS(wombat_property_integer(db, "disk.bytes", &number, &error), expected);
  CHECK_STATUS(wombat_get_option(db, "cache.size", buffer, sizeof buffer, &size, &error), expected);
  CHECK_STATUS(wombat_set_option(db, "cache.size", "1MiB", &error), expected);
  wombat_batch_destroy(batch);
  wombat_pin_destroy(pin);
}

static void test_wrong_handles(void) {
  wombat_db* db = open_test("wrong", "");
  wombat_batch* batch = NULL;
  wombat_cancel* cancel = NULL;
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_cancel_create(&cancel, &error));
  check_refused(NULL, WOMBAT_INVALID_ARGUMENT);
  check_refused((wombat_db*)batch, WOMBAT_CLOSED);
  check_refused((wombat_db*)&error, WOMBAT_CLOSED);
  for (uintptr_t forged = 1; forged != 0; forged <<= 1) {
    if ((wombat_db*)(forged | 1) != db) check_refused((wombat_db*)(forged | 1), WOMBAT_CLOSED);
  }
  check_refused((wombat_db*)UINTPTR_MAX, WOMBAT_CLOSED);
  CHECK_STATUS(wombat_batch_put((wombat_batch*)db, "k", 1, "v", 1, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_write(db, (wombat_batch*)cancel, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_iterator_next((wombat_iterator*)batch, NULL, NULL, NULL, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_cancel_request((wombat_cancel*)db, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_close((wombat_db*)batch, &error), WOMBAT_CLOSED);
  /* What frees does nothing to handles of another kind. */
  wombat_batch_destroy((wombat_batch*)db);
  wombat_pin_destroy((wombat_pin*)db);
  wombat_iterator_destroy((wombat_iterator*)db);
  wombat_snapshot_release((wombat_snapshot*)db);
  wombat_cancel_destroy((wombat_cancel*)db);
  wombat_options_destroy((wombat_options*)db);
  put_text(db, "k", "v");
  CHECK_TEXT(get_text(db, "k"), "v");
  CHECK_OK(wombat_close(db, &error));
  check_refused(db, WOMBAT_CLOSED);
  CHECK_STATUS(wombat_close(db, &error), WOMBAT_CLOSED);
  wombat_db* next = open_test("wrong", ""); /* takes the same place, under another number */
  check_refused(db, WOMBAT_CLOSED);
  CHECK_TEXT(get_text(next, "k"), "v");
  CHECK_OK(wombat_close(next, &error));
  wombat_batch_destroy(batch);
  wombat_cancel_destroy(cancel);
  wombat_cancel_destroy(cancel);
}

static void test_children(void) {
  wombat_db* db = open_test("children", "");
  wombat_snapshot* snapshot = NULL;
  wombat_iterator* iterator = NULL;
  wombat_pin* pin = NULL;
  const void* value = NULL;
  size_t size = 0;
  put_text(db, "k", "value");
  CHECK_OK(wombat_snapshot_create(db, &snapshot, &error));
  CHECK_OK(wombat_iterator_create(db, NULL, &iterator, &error));
  CHECK_OK(wombat_iterator_first(iterator, NULL, NULL, NULL, NULL, &error));
  CHECK_OK(wombat_pin_create(&pin, &error));
  CHECK_OK(wombat_get_pinned(db, "k", 1, NULL, pin, &value, &size, &error));
  CHECK_OK(wombat_close(db, &error));
  CHECK(size == 5 && memcmp(value, "value", 5) == 0);
  CHECK_STATUS(wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error), WOMBAT_CLOSED);
  CHECK_NUMBER(wombat_snapshot_timestamp(snapshot), 0);
  wombat_snapshot_release(snapshot);
  wombat_iterator_destroy(iterator);
  wombat_iterator_destroy(iterator);
  wombat_pin_destroy(pin);
}

static void in_forked_child(wombat_db* db, wombat_iterator* iterator, wombat_snapshot* snapshot,
                            wombat_pin* pin) {
  check_refused(db, WOMBAT_FORKED);
  CHECK_STATUS(wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error), WOMBAT_FORKED);
  CHECK_STATUS(wombat_iterator_expiry(iterator, NULL, &error), WOMBAT_FORKED);
  wombat_snapshot_release(snapshot);
  wombat_iterator_destroy(iterator);
  wombat_pin_destroy(pin);
  CHECK_OK(wombat_close(db, &error));
  wombat_db* other = open_test("of_child", "");
  put_text(other, "child", "yes");
  CHECK_OK(wombat_flush(other, NULL, &error));
  CHECK_TEXT(get_text(other, "child"), "yes");
  CHECK_OK(wombat_close(other, &error));
}

static void test_fork(void) {
  wombat_db* db = open_test("forked", "");
  wombat_snapshot* snapshot = NULL;
  wombat_iterator* iterator = NULL;
  wombat_pin* pin = NULL;
  const void* value = NULL;
  put_text(db, "k", "before");
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_OK(wombat_snapshot_create(db, &snapshot, &error));
  CHECK_OK(wombat_iterator_create(db, NULL, &iterator, &error));
  CHECK_OK(wombat_pin_create(&pin, &error));
  CHECK_OK(wombat_get_pinned(db, "k", 1, NULL, pin, &value, NULL, &error));
  fflush(stdout);
  let_other_threads_sleep();
  const pid_t child = fork();
  if (child == 0) {
    in_forked_child(db, iterator, snapshot, pin);
    fflush(stdout);
    _exit(check_failures() == 0 ? 0 : 1);
  }
  int how = 0;
  CHECK(waitpid(child, &how, 0) == child && how == 0);
  put_text(db, "l", "after");
  CHECK_TEXT(get_text(db, "k"), "before");
  CHECK_OK(wombat_iterator_next(iterator, NULL, NULL, NULL, NULL, &error));
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_OK(wombat_verify(db, NULL, &error));
  wombat_pin_destroy(pin);
  wombat_iterator_destroy(iterator);
  wombat_snapshot_release(snapshot);
  CHECK_OK(wombat_close(db, &error));
  db = open_test("forked", "");
  CHECK_TEXT(get_text(db, "l"), "after");
  CHECK_OK(wombat_close(db, &error));
}

static void use_small_handles(wombat_db* db, int count) {
  for (int i = 0; i < count; ++i) {
    wombat_batch* batch = NULL;
    wombat_pin* pin = NULL;
    wombat_snapshot* snapshot = NULL;
    wombat_iterator* iterator = NULL;
    const void* value = NULL;
    wombat_status worst = wombat_batch_create(&batch, &error);
    worst |= wombat_batch_put(batch, "k", 1, "v", 1, &error);
    worst |= wombat_pin_create(&pin, &error);
    worst |= wombat_get_pinned(db, "k", 1, NULL, pin, &value, NULL, &error);
    worst |= wombat_snapshot_create(db, &snapshot, &error);
    worst |= wombat_iterator_create(db, NULL, &iterator, &error);
    worst |= wombat_iterator_first(iterator, NULL, NULL, NULL, NULL, &error);
    wombat_iterator_destroy(iterator);
    wombat_snapshot_release(snapshot);
    wombat_pin_destroy(pin);
    wombat_batch_destroy(batch);
    if (worst != WOMBAT_OK) CHECK_OK(worst);
  }
}

static void test_growth(void) {
  wombat_db* db = open_test("growth", "");
  put_text(db, "k", "v");
  use_small_handles(db, 10000);
  const long pages = resident_pages();
  const long descriptors = open_descriptors();
  use_small_handles(db, 100000);
  CHECK(resident_pages() < pages + 2000); /* a leak of 100 bytes a round would be 2,400 pages */
  CHECK_NUMBER(open_descriptors(), descriptors);
  CHECK_OK(wombat_close(db, &error));

  long pages_before = 0;
  long descriptors_before = 0;
  for (int i = 0; i < 120; ++i) {
    if (i == 20) {
      pages_before = resident_pages();
      descriptors_before = open_descriptors();
    }
    db = open_test("growth", "cache.size=1MiB");
    put_text(db, "k", "v");
    CHECK_OK(wombat_close(db, &error));
  }
  CHECK(resident_pages() < pages_before + 2500);
  CHECK_NUMBER(open_descriptors(), descriptors_before);
}

int main(void) {
  test_wrong_handles();
  test_children();
  test_fork();
  test_growth();
  return finish_tests("handle_api_test");
}
