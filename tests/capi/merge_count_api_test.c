/* Merges are counted once, by every reader at every moment: also while memtables become tables and tables are merged. */
#include <pthread.h>

#include "capi_check.h"

enum { MERGES = 12000, READERS = 2, KEYS = 8 };

static wombat_db* db;
/* Of all threads: only through load() and count_up(). */
static long long begun[KEYS];
static long long done[KEYS];
static long long is_over;

static long long load(long long* number) { return __sync_fetch_and_add(number, 0); }
static void count_up(long long* number) { __sync_fetch_and_add(number, 1); }

static int64_t count_of(int key) {
  unsigned char bytes[8] = {0};
  uint64_t number = 0;
  size_t size = 0;
  wombat_error own;
  const char name = (char)('a' + key);
  const wombat_status status = wombat_get(db, &name, 1, NULL, bytes, sizeof bytes, &size, &own);
  int i;
  if (status == WOMBAT_NOT_FOUND) return 0;
  if (status != WOMBAT_OK || size != 8) abort();
  for (i = 8; i > 0; --i) number = number << 8 | bytes[i - 1];
  return (int64_t)number;
}

static void* read_counts(void* argument) {
  long long* const wrong = argument;
  int key = 0;
  while (!load(&is_over)) {
    const int64_t least = load(&done[key]);
    const int64_t found = count_of(key);
    const int64_t most = load(&begun[key]);
    if (found < least || found > most) ++*wrong;
    key = (key + 1) % KEYS;
  }
  return NULL;
}

int main(void) {
  static const unsigned char one[8] = {1};
  pthread_t readers[READERS];
  long long wrong[READERS] = {0};
  int i;
  db = open_test("counts",
                 "memtable.size=16KiB; table.size=16KiB; levels.base_size=64KiB; wal.sync=os;"
                 "compaction.min_compaction_files=2; num_memtables=4");
  for (i = 0; i < READERS; ++i) pthread_create(&readers[i], NULL, read_counts, &wrong[i]);
  for (i = 0; i < MERGES; ++i) {
    const int key = i % KEYS;
    const char name = (char)('a' + key);
    count_up(&begun[key]);
    CHECK_OK(wombat_merge(db, "int64_add", &name, 1, one, sizeof one, NULL, &error));
    count_up(&done[key]);
  }
  count_up(&is_over);
  for (i = 0; i < READERS; ++i) {
    pthread_join(readers[i], NULL);
    CHECK_NUMBER(wrong[i], 0);
  }
  for (i = 0; i < KEYS; ++i) CHECK_NUMBER(count_of(i), MERGES / KEYS);
  CHECK_OK(wombat_close(db, &error));
  return finish_tests("merge_count_api_test");
}
