/* Four threads move money between accounts; the sum stays the same. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wombat.h>

enum { ACCOUNTS = 10, TRANSFERS = 1000, THREADS = 4, BALANCE_AT_FIRST = 100 };

struct transfer {
  int from, to, amount;
};

struct teller {
  wombat_db *db;
  unsigned int seed;
  unsigned int retries;
};

static size_t account_key(int account, char key[16]) { return (size_t)snprintf(key, 16, "account/%02d", account); }

static wombat_status read_balance(wombat_txn *txn, int account, int *balance) {
  char key[16], text[16];
  size_t size;
  const size_t key_size = account_key(account, key);
  const wombat_status status = wombat_txn_get(txn, NULL, key, key_size, text, sizeof text - 1, &size, NULL);
  if (status != WOMBAT_OK) return status;
  text[size] = '\0';
  *balance = atoi(text);
  return WOMBAT_OK;
}

static wombat_status write_balance(wombat_txn *txn, int account, int balance) {
  char key[16], text[16];
  const size_t key_size = account_key(account, key);
  const int size = snprintf(text, sizeof text, "%d", balance);
  return wombat_txn_put(txn, NULL, key, key_size, text, (size_t)size, 0, NULL);
}

/* The work of one transaction. It may run several times: it keeps nothing. */
static wombat_status move_money(void *user_data, wombat_txn *txn) {
  const struct transfer *transfer = user_data;
  int from, to;
  wombat_status status;
  if ((status = read_balance(txn, transfer->from, &from)) != WOMBAT_OK) return status;
  if ((status = read_balance(txn, transfer->to, &to)) != WOMBAT_OK) return status;
  if (from < transfer->amount) return WOMBAT_OK; /* nothing is written */
  if ((status = write_balance(txn, transfer->from, from - transfer->amount)) != WOMBAT_OK) return status;
  return write_balance(txn, transfer->to, to + transfer->amount);
}

static int next_random(struct teller *teller, int limit) {
  teller->seed = teller->seed * 1103515245u + 12345u;
  return (int)(teller->seed >> 16) % limit;
}

static void *serve(void *argument) {
  struct teller *teller = argument;
  wombat_error error;
  int i;
  for (i = 0; i < TRANSFERS; ++i) {
    struct transfer transfer;
    uint32_t retries = 0;
    transfer.from = next_random(teller, ACCOUNTS);
    transfer.to = (transfer.from + 1 + next_random(teller, ACCOUNTS - 1)) % ACCOUNTS;
    transfer.amount = 1 + next_random(teller, 20);
    if (wombat_txn_run(teller->db, NULL, move_money, &transfer, NULL, &retries, &error) != WOMBAT_OK) {
      fprintf(stderr, "%s\n", error.message);
      exit(1);
    }
    teller->retries += retries;
  }
  return NULL;
}

static wombat_status open_accounts(void *user_data, wombat_txn *txn) {
  int i;
  (void)user_data;
  for (i = 0; i < ACCOUNTS; ++i) {
    const wombat_status status = write_balance(txn, i, BALANCE_AT_FIRST);
    if (status != WOMBAT_OK) return status;
  }
  return WOMBAT_OK;
}

static wombat_status add_up(void *user_data, wombat_txn *txn) {
  int *sum = user_data;
  int i;
  *sum = 0;
  for (i = 0; i < ACCOUNTS; ++i) {
    int balance = 0;
    const wombat_status status = read_balance(txn, i, &balance);
    if (status != WOMBAT_OK) return status;
    *sum += balance;
  }
  return WOMBAT_OK;
}

int main(void) {
  wombat_error error;
  wombat_options *options;
  wombat_db *db;
  struct teller tellers[THREADS];
  pthread_t threads[THREADS];
  unsigned int retries = 0;
  int sum = 0, i;

  if (wombat_options_create(&options, &error) != WOMBAT_OK ||
      wombat_options_parse(options, "wal.sync=os; retry.attempts=1000", &error) != WOMBAT_OK ||
      wombat_open("bank", options, &db, &error) != WOMBAT_OK ||
      wombat_txn_run(db, NULL, open_accounts, NULL, NULL, NULL, &error) != WOMBAT_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  for (i = 0; i < THREADS; ++i) {
    tellers[i].db = db;
    tellers[i].seed = (unsigned int)i + 1;
    tellers[i].retries = 0;
    pthread_create(&threads[i], NULL, serve, &tellers[i]);
  }
  for (i = 0; i < THREADS; ++i) {
    pthread_join(threads[i], NULL);
    retries += tellers[i].retries;
  }
  if (wombat_txn_run(db, NULL, add_up, &sum, NULL, NULL, &error) != WOMBAT_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  printf("%d transfers, %u of them tried again; the accounts hold %d\n", THREADS * TRANSFERS, retries, sum);
  wombat_options_destroy(options);
  return wombat_close(db, &error) == WOMBAT_OK && sum == ACCOUNTS * BALANCE_AT_FIRST ? 0 : 1;
}
