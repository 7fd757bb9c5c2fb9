/* A snapshot goes on showing the database as it was at one moment, whatever is written later.
 *
 *     snapshot [DATABASE [KEY]]
 *
 * Reads KEY, takes a snapshot, overwrites and deletes KEY, compacts everything, and reads it again with and without the snapshot.
 * The record is put back at the end. Exit code 0 when both reads say what they must. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wombat.h>

enum { VALUE_CAPACITY = 1 << 20 };

/* Ends the program when `status` is a failure. */
static wombat_status check(wombat_status status, const wombat_error *error, const char *what) {
  if (status < 0) {
    fprintf(stderr, "snapshot: %s: %s\n", what, error->message);
    exit(1);
  }
  return status;
}

/* Shows the first line of a value. */
static void show(const char *label, const char *value, size_t size) {
  const char *end = memchr(value, '\n', size);
  size_t shown = end != NULL ? (size_t)(end - value) : size;
  if (shown > 60) shown = 60;
  printf("  %-34s %.*s\n", label, (int)shown, value);
}

int main(int argc, char **argv) {
  static char before[VALUE_CAPACITY], after[VALUE_CAPACITY];
  const char *path = argc > 1 ? argv[1] : "snapshot.db";
  const char *key = argc > 2 ? argv[2] : "ada";
  const size_t key_size = strlen(key);
  wombat_read_options at_snapshot = {.size = sizeof at_snapshot};
  wombat_error error;
  wombat_db *db;
  wombat_snapshot *snapshot;
  size_t before_size, after_size;

  check(wombat_open(path, NULL, &db, &error), &error, "open");
  if (argc <= 2) check(wombat_put(db, key, key_size, "first value", 11, NULL, &error), &error, "put");
  if (check(wombat_get(db, key, key_size, NULL, before, sizeof before, &before_size, &error), &error, "get") != WOMBAT_OK) {
    fprintf(stderr, "snapshot: there is no key '%s', or its value is too long\n", key);
    return 1;
  }
  show("before:", before, before_size);

  check(wombat_snapshot_create(db, &snapshot, &error), &error, "snapshot");
  check(wombat_put(db, key, key_size, "overwritten", 11, NULL, &error), &error, "put");
  check(wombat_get(db, key, key_size, NULL, after, sizeof after, &after_size, &error), &error, "get");
  show("now, after an overwrite:", after, after_size);
  check(wombat_delete(db, key, key_size, NULL, &error), &error, "delete");
  check(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error), &error, "compact");
  const wombat_status now = check(wombat_exists(db, key, key_size, NULL, &error), &error, "exists");
  printf("  %-34s %s\n", "now, after delete and compaction:", now == WOMBAT_NOT_FOUND ? "not found" : "still there");

  at_snapshot.snapshot = snapshot;
  const wombat_status then =
      check(wombat_get(db, key, key_size, &at_snapshot, after, sizeof after, &after_size, &error), &error, "get");
  show("through the snapshot:", then == WOMBAT_OK ? after : "not found", then == WOMBAT_OK ? after_size : 9);
  const int is_same = then == WOMBAT_OK && after_size == before_size && memcmp(before, after, before_size) == 0;

  wombat_snapshot_release(snapshot);
  check(wombat_put(db, key, key_size, before, before_size, NULL, &error), &error, "put");
  check(wombat_close(db, &error), &error, "close");
  return is_same && now == WOMBAT_NOT_FOUND ? 0 : 1;
}
