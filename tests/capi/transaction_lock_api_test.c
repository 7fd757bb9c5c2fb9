/* Locks, repetition after conflicts, and calls that read and write as one. */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <time.h>

#include "transaction_calls.h"

static void locks_hold_others_up(void) {
  wombat_db* const db = open_test("locks", "txn.lock_timeout_ms=20");
  wombat_txn* const holder = begin(db, 0, WOMBAT_TXN_PESSIMISTIC);
  wombat_txn* waiter = begin(db, 0, WOMBAT_TXN_PESSIMISTIC);
  wombat_txn* optimistic = begin(db, 0, 0);
  put_text(db, "free", "1");
  CHECK_TEXT(get_with(holder, "x", 1), "(none)");
  CHECK_OK(put(holder, "y", "1"));
  CHECK_TEXT(get_with(waiter, "x", 1), "TIMED_OUT");
  CHECK_MESSAGE("key \"x\" is locked by transaction ");
  CHECK_STATUS(put(waiter, "y", "2"), WOMBAT_TIMED_OUT);
  CHECK_TEXT(get(waiter, "x"), "(none)"); /* plain reads do not wait */
  CHECK_STATUS(wombat_put(db, "x", 1, "1", 1, NULL, &error), WOMBAT_TIMED_OUT);
  CHECK_OK(put(optimistic, "y", "3"));
  CHECK_STATUS(wombat_txn_commit(optimistic, NULL, NULL, &error), WOMBAT_TIMED_OUT);
  put_text(db, "free", "2");
  CHECK_OK(commit(holder));
  CHECK_STATUS(commit(optimistic), WOMBAT_CONFLICT);
  CHECK_TEXT(get_with(waiter, "x", 1), "(none)");
  wombat_txn_destroy(waiter);
  CHECK_OK(wombat_put(db, "x", 1, "1", 1, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
}

static void a_wait_for_a_lock_is_not_followed_by_a_conflict(void) {
  wombat_db* const db = open_test("waits", "");
  wombat_txn* const first = begin(db, 0, WOMBAT_TXN_PESSIMISTIC);
  wombat_txn* const second = begin(db, 0, WOMBAT_TXN_PESSIMISTIC);
  wombat_txn* const third = begin(db, 0, WOMBAT_TXN_PESSIMISTIC);
  CHECK_TEXT(get_with(second, "calm", 1), "(none)");
  get(third, "x");
  get_with(first, "x", 1);
  CHECK_OK(put(first, "x", "1"));
  CHECK_OK(commit(first));
  CHECK_TEXT(get_with(second, "x", 1), "1"); /* began before, and sees it all the same */
  CHECK_OK(put(second, "x", "2"));
  CHECK_OK(commit(second));
  CHECK_TEXT(get_with(third, "x", 1), "CONFLICT"); /* has read the old one */
  CHECK_STATUS(commit(third), WOMBAT_OK);          /* nothing was written */
  CHECK_OK(wombat_close(db, &error));
}

static void* wait_for_a(void* txn) {
  while (wombat_txn_put(txn, NULL, "a", 1, "2", 1, 0, NULL) == WOMBAT_IN_USE) sched_yield();
  return NULL;
}

/* Against the rules: the handle goes while another thread waits inside, and an iterator is left. */
static void locks_go_when_who_was_inside_has_left(void) {
  wombat_db* const db = open_test("inside", "");
  wombat_txn* const holder = begin(db, 0, WOMBAT_TXN_PESSIMISTIC);
  wombat_iterator* iterator = NULL;
  wombat_txn* waiting;
  wombat_txn* third;
  pthread_t thread;
  CHECK_OK(put(holder, "a", "1"));
  waiting = begin(db, 0, WOMBAT_TXN_PESSIMISTIC);
  CHECK_OK(put(waiting, "b", "1"));
  CHECK_OK(wombat_txn_iterator_create(waiting, NULL, NULL, &iterator, &error));
  pthread_create(&thread, NULL, wait_for_a, waiting);
  while (wombat_txn_put(waiting, NULL, "c", 1, "", 0, 0, &error) != WOMBAT_IN_USE) sched_yield();
  wombat_txn_destroy(waiting);
  CHECK_OK(commit(holder));
  pthread_join(thread, NULL);
  third = begin(db, 0, WOMBAT_TXN_PESSIMISTIC);
  CHECK_OK(put(third, "a", "3"));
  CHECK_OK(put(third, "b", "3"));
  CHECK_OK(commit(third));
  wombat_iterator_destroy(iterator);
  CHECK_OK(wombat_close(db, &error));
}

static void* commit_soon(void* txn) {
  const struct timespec pause = {0, 50000000};
  nanosleep(&pause, NULL);
  wombat_txn_commit(txn, NULL, NULL, NULL);
  return NULL;
}

static void the_longest_wait_is_a_wait(void) {
  wombat_db* const db = open_test("longest", "txn.lock_timeout_ms=1");
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  wombat_txn* const holder = begin(db, 0, WOMBAT_TXN_PESSIMISTIC);
  wombat_txn* waiter = NULL;
  pthread_t thread;
  CHECK_OK(put(holder, "a", "1"));
  options.flags = WOMBAT_TXN_PESSIMISTIC;
  options.lock_timeout_us = UINT64_MAX;
  CHECK_OK(wombat_txn_begin(db, &options, &waiter, &error));
  pthread_create(&thread, NULL, commit_soon, holder);
  CHECK_OK(put(waiter, "a", "2"));
  pthread_join(thread, NULL);
  CHECK_OK(commit(waiter));
  wombat_txn_destroy(holder);
  CHECK_OK(wombat_close(db, &error));
}

struct deadlock {
  wombat_db* db;
  pthread_barrier_t barrier;
  int deadlocks;
};

static void* lock_in_order(struct deadlock* shared, const char* first, const char* second) {
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  wombat_txn* txn = NULL;
  wombat_error own;
  options.flags = WOMBAT_TXN_PESSIMISTIC;
  options.lock_timeout_us = 60000000;
  if (wombat_txn_begin(shared->db, &options, &txn, &own) != WOMBAT_OK) abort();
  if (wombat_txn_put(txn, NULL, first, 1, "", 0, 0, &own) != WOMBAT_OK) abort();
  pthread_barrier_wait(&shared->barrier);
  switch (wombat_txn_put(txn, NULL, second, 1, "", 0, 0, &own)) {
    case WOMBAT_DEADLOCK:
      if (strstr(own.message, "circle") == NULL) abort();
      __sync_fetch_and_add(&shared->deadlocks, 1);
      wombat_txn_rollback(txn, NULL);
      break;
    case WOMBAT_OK:
      if (wombat_txn_commit(txn, NULL, NULL, &own) != WOMBAT_OK) abort();
      break;
    default:
      abort();
  }
  wombat_txn_destroy(txn);
  return NULL;
}

static void* lock_ab(void* shared) { return lock_in_order(shared, "a", "b"); }
static void* lock_ba(void* shared) { return lock_in_order(shared, "b", "a"); }

static void of_two_that_wait_for_each_other_one_gives_up(void) {
  struct deadlock shared;
  pthread_t threads[2];
  shared.db = open_test("deadlock", "");
  shared.deadlocks = 0;
  pthread_barrier_init(&shared.barrier, NULL, 2);
  pthread_create(&threads[0], NULL, lock_ab, &shared);
  pthread_create(&threads[1], NULL, lock_ba, &shared);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  CHECK_NUMBER(shared.deadlocks, 1);
  CHECK_TEXT(get_text(shared.db, "a"), "");
  CHECK_TEXT(get_text(shared.db, "b"), "");
  CHECK_OK(wombat_close(shared.db, &error));
}

struct work {
  wombat_db* db;
  int calls;
  int disturbances;
};

static wombat_status add_one(void* user_data, wombat_txn* txn) {
  struct work* const work = user_data;
  char text[8];
  size_t size;
  wombat_status status;
  ++work->calls;
  status = wombat_txn_get(txn, NULL, "n", 1, text, sizeof text, &size, NULL);
  if (status != WOMBAT_OK) return status;
  if (work->disturbances-- > 0) put_text(work->db, "n", "7");
  return wombat_txn_put(txn, NULL, "result", 6, text, size, 0, NULL);
}

static void run_repeats_after_conflicts_only(void) {
  struct work work = {NULL, 0, 3};
  wombat_task_options task = WOMBAT_TASK_OPTIONS_INIT;
  uint32_t retries = 99;
  work.db = open_test("run", "retry.first_delay_ms=0");
  CHECK_STATUS(wombat_txn_run(work.db, NULL, add_one, &work, NULL, &retries, &error), WOMBAT_NOT_FOUND);
  CHECK_NUMBER(work.calls, 1);
  CHECK_NUMBER(retries, 0);
  work.calls = 0;
  work.disturbances = 3;
  put_text(work.db, "n", "1");
  CHECK_OK(wombat_txn_run(work.db, NULL, add_one, &work, NULL, &retries, &error));
  CHECK_NUMBER(work.calls, 4);
  CHECK_NUMBER(retries, 3);
  CHECK_TEXT(get_text(work.db, "result"), "7");
  work.disturbances = 1000;
  CHECK_OK(wombat_set_option(work.db, "retry.attempts", "5", &error));
  CHECK_STATUS(wombat_txn_run(work.db, NULL, add_one, &work, NULL, &retries, &error), WOMBAT_CONFLICT);
  CHECK_NUMBER(retries, 5);
  CHECK_OK(wombat_set_option(work.db, "retry.first_delay_ms", "100000", &error));
  CHECK_OK(wombat_set_option(work.db, "retry.max_delay_ms", "100000", &error));
  task.timeout_us = 50000;
  CHECK_STATUS(wombat_txn_run(work.db, NULL, add_one, &work, &task, &retries, &error), WOMBAT_TIMED_OUT);
  CHECK_STATUS(wombat_txn_run(work.db, NULL, NULL, &work, NULL, &retries, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_close(work.db, &error));
}

static void loops_of_ones_own_pause_as_long(void) {
  wombat_db* const db = open_test(
      "pauses",
      "retry.attempts=3; retry.first_delay_ms=8; retry.factor=2; retry.max_delay_ms=20; retry.jitter=0.5");
  const uint64_t most_us[] = {8000, 16000, 20000};
  uint64_t delay_us = 0;
  uint32_t retries;
  for (retries = 0; retries < 3; ++retries) {
    CHECK_OK(wombat_txn_retry_delay(db, retries, &delay_us, &error));
    CHECK(delay_us <= most_us[retries] && delay_us >= most_us[retries] / 2);
  }
  CHECK_STATUS(wombat_txn_retry_delay(db, 3, &delay_us, &error), WOMBAT_END);
  CHECK_STATUS(wombat_txn_retry_delay(db, UINT32_MAX, &delay_us, &error), WOMBAT_END);
  CHECK_STATUS(wombat_txn_retry_delay(db, 0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_txn_retry_delay(NULL, 0, &delay_us, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_close(db, &error));
}

static void single_calls_read_and_write_as_one(void) {
  wombat_db* const db = open_test("single", "");
  int64_t before = 5;
  CHECK_OK(wombat_put_if_absent(db, "a", 1, "1", 1, NULL, &error));
  CHECK_STATUS(wombat_put_if_absent(db, "a", 1, "2", 1, NULL, &error), WOMBAT_MISMATCH);
  CHECK_TEXT(get_text(db, "a"), "1");
  CHECK_STATUS(wombat_compare_and_set(db, "a", 1, "0", 1, "9", 1, NULL, &error), WOMBAT_MISMATCH);
  CHECK_STATUS(wombat_compare_and_set(db, "a", 1, NULL, 0, "9", 1, NULL, &error), WOMBAT_MISMATCH);
  CHECK_OK(wombat_compare_and_set(db, "a", 1, "1", 1, "", 0, NULL, &error));
  CHECK_TEXT(get_text(db, "a"), "");
  CHECK_OK(wombat_compare_and_set(db, "a", 1, "", 0, NULL, 0, NULL, &error));
  CHECK_TEXT(get_text(db, "a"), "(none)");
  CHECK_OK(wombat_compare_and_set(db, "a", 1, NULL, 0, "3", 1, NULL, &error));
  CHECK_TEXT(get_text(db, "a"), "3");
  CHECK_STATUS(wombat_fetch_add(db, "a", 1, 1, NULL, &before, &error), WOMBAT_MERGE_FAILED);
  CHECK_OK(wombat_fetch_add(db, "n", 1, 40, NULL, &before, &error));
  CHECK_NUMBER(before, 0);
  CHECK_OK(wombat_fetch_add(db, "n", 1, -42, NULL, &before, &error));
  CHECK_NUMBER(before, 40);
  CHECK_OK(wombat_fetch_add(db, "n", 1, 0, NULL, &before, &error));
  CHECK_NUMBER(before, -2);
  CHECK_OK(wombat_close(db, &error));
}

struct counting {
  wombat_db* db;
  wombat_txn* txn;
  int in_use;
};

static void* count_up(void* argument) {
  struct counting* const shared = argument;
  int i;
  for (i = 0; i < 500; ++i)
    if (wombat_fetch_add(shared->db, "n", 1, 1, NULL, NULL, NULL) != WOMBAT_OK) abort();
  return NULL;
}

static void* misuse(void* argument) {
  struct counting* const shared = argument;
  int i;
  for (i = 0; i < 20000; ++i) {
    const wombat_status status = wombat_txn_put(shared->txn, NULL, "k", 1, "v", 1, 0, NULL);
    if (status == WOMBAT_IN_USE) __sync_fetch_and_add(&shared->in_use, 1);
    if (status != WOMBAT_OK && status != WOMBAT_IN_USE) abort();
  }
  return NULL;
}

static void threads_count_together_and_do_not_share_a_transaction(void) {
  struct counting shared = {NULL, NULL, 0};
  pthread_t threads[4];
  int64_t total = 0;
  size_t i;
  shared.db = open_test("threads", "wal.sync=os");
  for (i = 0; i < COUNT_OF(threads); ++i) pthread_create(&threads[i], NULL, count_up, &shared);
  for (i = 0; i < COUNT_OF(threads); ++i) pthread_join(threads[i], NULL);
  CHECK_OK(wombat_fetch_add(shared.db, "n", 1, 0, NULL, &total, &error));
  CHECK_NUMBER(total, 2000);

  shared.txn = begin(shared.db, 0, 0);
  for (i = 0; i < COUNT_OF(threads); ++i) pthread_create(&threads[i], NULL, misuse, &shared);
  for (i = 0; i < COUNT_OF(threads); ++i) pthread_join(threads[i], NULL);
  printf("turned away %d times\n", shared.in_use);
  CHECK_OK(commit(shared.txn));
  CHECK_OK(wombat_close(shared.db, &error));
}

int main(void) {
  locks_hold_others_up();
  a_wait_for_a_lock_is_not_followed_by_a_conflict();
  locks_go_when_who_was_inside_has_left();
  the_longest_wait_is_a_wait();
  of_two_that_wait_for_each_other_one_gives_up();
  run_repeats_after_conflicts_only();
  loops_of_ones_own_pause_as_long();
  single_calls_read_and_write_as_one();
  threads_count_together_and_do_not_share_a_transaction();
  return finish_tests("transaction_lock_api_test");
}
