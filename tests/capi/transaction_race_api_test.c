/* A transaction that is destroyed while other threads are about to use it, against the rules: each call is answered. */
#include <pthread.h>

#include "transaction_calls.h"

enum { ROUNDS = 3000 };

struct race {
  wombat_db* db;
  wombat_txn* txn;
  pthread_barrier_t barrier;
};

static void* use(void* argument) {
  struct race* const race = argument;
  int i;
  for (i = 0; i < ROUNDS; ++i) {
    wombat_status status;
    char value[8];
    pthread_barrier_wait(&race->barrier);
    do {
      status = wombat_txn_get(race->txn, NULL, "a", 1, value, sizeof value, NULL, NULL);
    } while (status == WOMBAT_OK || status == WOMBAT_IN_USE);
    if (status != WOMBAT_CLOSED && status != WOMBAT_TXN_ENDED) abort();
    pthread_barrier_wait(&race->barrier);
  }
  return NULL;
}

int main(void) {
  struct race race;
  pthread_t threads[2];
  int i;
  race.db = open_test("race", "");
  put_text(race.db, "a", "1");
  pthread_barrier_init(&race.barrier, NULL, 3);
  pthread_create(&threads[0], NULL, use, &race);
  pthread_create(&threads[1], NULL, use, &race);
  for (i = 0; i < ROUNDS; ++i) {
    race.txn = begin(race.db, 0, 0);
    pthread_barrier_wait(&race.barrier);
    wombat_txn_destroy(race.txn);
    pthread_barrier_wait(&race.barrier);
  }
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  CHECK_OK(wombat_close(race.db, &error));
  return finish_tests("transaction_race_api_test");
}
