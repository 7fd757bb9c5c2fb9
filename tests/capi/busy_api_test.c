/* Writes when background work is behind: refused, timed out or delayed, and nothing that was acknowledged is lost. */
#include <pthread.h>
#include <time.h>

#include "capi_check.h"

enum { kValueSize = 4000 };

static char value[kValueSize];

static wombat_write_options write_options(uint32_t flags, uint64_t timeout_us) {
  wombat_write_options options = {0};
  options.size = sizeof options;
  options.flags = flags;
  options.sync = WOMBAT_SYNC_NEVER;
  options.timeout_us = timeout_us;
  return options;
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static wombat_status put_number(wombat_db* db, int number, const wombat_write_options* options) {
  char key[20];
  snprintf(key, sizeof key, "key%06d", number);
  return wombat_put(db, key, strlen(key), value, sizeof value, options, &error);
}

static int has_number(wombat_db* db, int number) {
  static char found[kValueSize];
  char key[20];
  size_t size = 0;
  snprintf(key, sizeof key, "key%06d", number);
  const wombat_status status = wombat_get(db, key, strlen(key), NULL, found, sizeof found, &size, &error);
  if (status == WOMBAT_NOT_FOUND) return 0;
  CHECK_OK(status);
  return size == sizeof value && memcmp(found, value, size) == 0;
}

/* Flushes take about a quarter of a second each, memtables fill at once, and only two of them are allowed. */
static const char kBehind[] =
    "memtable.size=16KiB; num_memtables=2; compaction.throttle=64KiB; compaction.min_compaction_files=100; "
    "compaction.max_sstables=1000; compaction.stall_sstables=2000";

/* Writes until `options` make a write fail; returns the number that failed. */
static int write_until_refused(wombat_db* db, const wombat_write_options* options, wombat_status expected) {
  for (int i = 0; i < 200; ++i) {
    const wombat_status status = put_number(db, i, options);
    if (status == WOMBAT_OK) continue;
    CHECK_STATUS(status, expected);
    return i;
  }
  CHECK(!"a write was refused");
  return 0;
}

/* All numbers below `count` are there, `count` is not, also after a reopen. */
static void check_intact(wombat_db* db, const char* name, int count) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < count; ++i) CHECK(has_number(db, i));
    CHECK(!has_number(db, count));
    CHECK_OK(wombat_set_option(db, "compaction.throttle", "0", &error));
    CHECK_OK(wombat_verify(db, NULL, &error));
    CHECK_OK(wombat_close(db, &error));
    if (round == 0) db = open_test(name, "");
  }
}

static void test_no_wait_is_busy(void) {
  wombat_db* db = open_test("busy", kBehind);
  const wombat_write_options options = write_options(WOMBAT_WRITE_NO_WAIT, 0);
  const double started = seconds_now();
  const int refused = write_until_refused(db, &options, WOMBAT_BUSY);
  CHECK(refused >= 1);
  CHECK_MESSAGE("the write would have"); /* been delayed, or had to wait */
  CHECK(error.retryable == 1 && error.status == WOMBAT_BUSY);
  CHECK(seconds_now() - started < 5.0);
  CHECK(!has_number(db, refused));
  CHECK_OK(wombat_sync(db, &error)); /* the database goes on */
  check_intact(db, "busy", refused);
}

static void test_deadline_times_out(void) {
  wombat_db* db = open_test("late", kBehind);
  const wombat_write_options options = write_options(0, 20000);
  const int refused = write_until_refused(db, &options, WOMBAT_TIMED_OUT);
  CHECK(refused >= 1);
  CHECK_MESSAGE("time limit");
  CHECK(error.retryable == 1);
  const double started = seconds_now();
  const wombat_status again = put_number(db, refused, &options);
  if (again == WOMBAT_TIMED_OUT) CHECK(seconds_now() - started >= 0.015);
  CHECK(seconds_now() - started < 5.0);
  check_intact(db, "late", again == WOMBAT_OK ? refused + 1 : refused);
}

static void test_patience_is_rewarded(void) {
  wombat_db* db = open_test("patient", kBehind);
  const wombat_write_options hasty = write_options(WOMBAT_WRITE_NO_WAIT, 0);
  const wombat_write_options patient = write_options(0, 0);
  const int refused = write_until_refused(db, &hasty, WOMBAT_BUSY);
  CHECK_OK(put_number(db, refused, &patient)); /* waits for a flush */
  CHECK(has_number(db, refused));
  check_intact(db, "patient", refused + 1);
}

/* A batch that is refused is refused as a whole. */
static void test_refused_batch(void) {
  wombat_db* db = open_test("batch", kBehind);
  const wombat_write_options options = write_options(WOMBAT_WRITE_NO_WAIT, 0);
  const int refused = write_until_refused(db, &options, WOMBAT_BUSY);
  wombat_batch* batch = NULL;
  CHECK_OK(wombat_batch_create(&batch, &error));
  CHECK_OK(wombat_batch_put(batch, "batch1", 6, value, sizeof value, &error));
  CHECK_OK(wombat_batch_delete(batch, "key000000", 9, &error));
  const wombat_status status = wombat_write(db, batch, &options, &error);
  CHECK(status == WOMBAT_BUSY || status == WOMBAT_OK); /* a flush may just have ended */
  CHECK_NUMBER(wombat_batch_count(batch), 2);
  CHECK_TEXT(status == WOMBAT_BUSY ? get_text(db, "batch1") : "(none)", "(none)");
  CHECK(has_number(db, 0) == (status == WOMBAT_BUSY));
  if (status == WOMBAT_BUSY) CHECK_OK(wombat_write(db, batch, NULL, &error)); /* it can be used again */
  wombat_batch_destroy(batch);
  CHECK(!has_number(db, 0));
  for (int i = 1; i < refused; ++i) CHECK(has_number(db, i));
  CHECK_OK(wombat_close(db, &error));
}

/* A write limit of 256 KiB a second: what is refused is not charged. */
static void test_refused_writes_cost_nothing(void) {
  wombat_db* db = open_test("charged", "io.write_throttle=256KiB");
  const wombat_write_options hasty = write_options(WOMBAT_WRITE_NO_WAIT, 0);
  const wombat_write_options late = write_options(0, 1);
  const wombat_write_options patient = write_options(0, 0);
  int written = write_until_refused(db, &hasty, WOMBAT_BUSY);
  CHECK_MESSAGE("delayed");
  for (int i = 0; i < 500; ++i) {
    const wombat_status status = put_number(db, written, i % 2 == 0 ? &hasty : &late);
    CHECK(status == WOMBAT_BUSY || status == WOMBAT_TIMED_OUT || status == WOMBAT_OK);
    if (status == WOMBAT_OK) ++written;
  }
  const double started = seconds_now();
  CHECK_OK(put_number(db, written, &patient));
  CHECK(seconds_now() - started < 2.0); /* 500 writes of 4,000 bytes would take eight seconds */
  check_intact(db, "charged", written + 1);
}

typedef struct {
  wombat_db* db;
  int number;
  wombat_status status;
} waiter;

static void* wait_for_flush(void* argument) {
  waiter* self = argument;
  char key[20];
  const wombat_write_options patient = write_options(0, 0);
  snprintf(key, sizeof key, "key%06d", self->number);
  self->status = wombat_put(self->db, key, strlen(key), value, sizeof value, &patient, NULL);
  return NULL;
}

/* Who may not wait does not wait behind a writer that does, nor longer than its own limit. */
static void test_behind_a_waiting_writer(void) {
  wombat_db* db = open_test("queue", kBehind);
  const wombat_write_options hasty = write_options(WOMBAT_WRITE_NO_WAIT, 0);
  const wombat_write_options late = write_options(0, 10000);
  const int refused = write_until_refused(db, &hasty, WOMBAT_BUSY);
  CHECK_OK(wombat_set_option(db, "compaction.throttle", "8KiB", &error)); /* flushes take seconds */
  pthread_t thread;
  waiter first = {db, refused, WOMBAT_INTERNAL};
  CHECK(pthread_create(&thread, NULL, wait_for_flush, &first) == 0);
  const struct timespec moment = {0, 100000000};
  nanosleep(&moment, NULL);
  double started = seconds_now();
  wombat_status status = put_number(db, refused + 1, &late);
  CHECK(status == WOMBAT_TIMED_OUT || status == WOMBAT_OK);
  CHECK(seconds_now() - started < 0.5);
  started = seconds_now();
  status = put_number(db, refused + 1, &hasty);
  CHECK(status == WOMBAT_BUSY || status == WOMBAT_OK);
  CHECK(seconds_now() - started < 0.5);
  CHECK_OK(wombat_set_option(db, "compaction.throttle", "0", &error));
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK_STATUS(first.status, WOMBAT_OK);
  for (int i = 0; i <= refused; ++i) CHECK(has_number(db, i));
  CHECK_OK(wombat_close(db, &error));
}

enum { kThreads = 4, kWritesEach = 80 };

static void* write_many(void* argument) {
  waiter* self = argument;
  const wombat_write_options patient = write_options(0, 0);
  char key[20];
  for (int i = 0; i < kWritesEach && (i == 0 || self->status == WOMBAT_OK); ++i) {
    snprintf(key, sizeof key, "key%06d", self->number * kWritesEach + i);
    self->status = wombat_put(self->db, key, strlen(key), value, sizeof value, &patient, NULL);
  }
  return NULL;
}

/* Commits of several threads go out together, and all of them count. */
static void test_limit_holds_for_all_writers(void) {
  wombat_db* db = open_test("limit", "io.write_throttle=1MiB");
  pthread_t threads[kThreads];
  waiter writers[kThreads];
  const double started = seconds_now();
  for (int i = 0; i < kThreads; ++i) {
    writers[i] = (waiter){db, i, WOMBAT_INTERNAL};
    CHECK(pthread_create(&threads[i], NULL, write_many, &writers[i]) == 0);
  }
  for (int i = 0; i < kThreads; ++i) {
    CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_STATUS(writers[i].status, WOMBAT_OK);
  }
  const double megabytes = (double)kThreads * kWritesEach * kValueSize / (1 << 20);
  CHECK(seconds_now() - started > megabytes - 0.25); /* the bucket starts with a tenth of a second */
  check_intact(db, "limit", kThreads * kWritesEach);
}

static void* write_until_told(void* arg) {
  waiter* self = arg;
  char key[20];
  self->status = WOMBAT_OK;
  for (int i = 0; __atomic_load_n(&self->number, __ATOMIC_RELAXED) != 0 && self->status == WOMBAT_OK; ++i) {
    snprintf(key, sizeof key, "key%06d", i % 5000);
    self->status = wombat_put(self->db, key, strlen(key), value, sizeof value, NULL, NULL);
  }
  return NULL;
}

/* Logs are begun, sealed, cut to their length and removed, tables and manifests replaced: who looks on finds all in order. */
static void test_onlookers_find_nothing_wrong(void) {
  wombat_db* db = open_test("watched", "memtable.size=256KiB;manifest.rewrite_size=4KiB;wal.sync=os");
  wombat_options* options = NULL;
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_set(options, "open.read_only", "true", &error));
  pthread_t thread;
  waiter writer = {db, 1, WOMBAT_INTERNAL};
  CHECK(pthread_create(&thread, NULL, write_until_told, &writer) == 0);
  const double started = seconds_now();
  while (seconds_now() - started < 1.5) {
    wombat_db* onlooker = NULL;
    CHECK_OK(wombat_open(test_path("watched"), options, &onlooker, &error));
    if (onlooker != NULL) CHECK_OK(wombat_close(onlooker, &error));
    CHECK_OK(wombat_verify(db, NULL, &error));
  }
  __atomic_store_n(&writer.number, 0, __ATOMIC_RELAXED);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK_STATUS(writer.status, WOMBAT_OK);
  wombat_options_destroy(options);
  CHECK_OK(wombat_close(db, &error));
}

int main(void) {
  for (int i = 0; i < kValueSize; ++i) value[i] = (char)(i * 7 + i / 256);
  test_no_wait_is_busy();
  test_deadline_times_out();
  test_patience_is_rewarded();
  test_refused_batch();
  test_refused_writes_cost_nothing();
  test_behind_a_waiting_writer();
  test_limit_holds_for_all_writers();
  test_onlookers_find_nothing_wrong();
  return finish_tests("busy_api_test");
}
