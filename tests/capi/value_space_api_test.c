/* What value files take of the disk while a program overwrites, and asks for nothing. */
#include "capi_check.h"

enum { kValueSize = 4096, kKeyCount = 1024 };

static void overwrite_all(wombat_db* db) {
  static char value[kValueSize];
  char key[32];
  memset(value, 'v', sizeof value);
  for (int i = 0; i < kKeyCount; ++i) {
    const size_t key_size = (size_t)snprintf(key, sizeof key, "key %05d", i);
    CHECK_OK(wombat_put(db, key, key_size, value, sizeof value, NULL, &error));
  }
}

/* A file may grow to 256 MiB; but of 4 MiB that were written 25 times little is left at any time. */
static void test_a_small_database_stays_small(void) {
  const uint64_t data = (uint64_t)kValueSize * kKeyCount;
  /* Twice what is alive, the two files that grow, and what memtables point to. */
  const uint64_t allowed = 2 * data + 2 * (8u << 20) + (2u << 20);
  uint64_t bytes = 0;
  wombat_db* db = open_test("small", "value_log.threshold=100; memtable.size=1MiB; wal.sync=os");
  for (int turn = 0; turn < 25; ++turn) {
    overwrite_all(db);
    CHECK_OK(wombat_wait(db, NULL, &error));
    CHECK_OK(wombat_property_integer(db, "value_log.bytes", &bytes, &error));
    CHECK(bytes >= data && bytes <= allowed);
  }
  CHECK_OK(wombat_close(db, &error));
}

int main(void) {
  test_a_small_database_stays_small();
  return finish_tests("value_space_api_test");
}
