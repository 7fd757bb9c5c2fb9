/* The program at the head of wombat.h: one database, one record, in and out. */
#include <stdio.h>
#include <wombat.h>

int main(void) {
  wombat_error error;
  wombat_db *db;
  char value[100];
  size_t value_size;
  if (wombat_open("people", NULL, &db, &error) != WOMBAT_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  wombat_put(db, "ada", 3, "1815", 4, NULL, &error);
  if (wombat_get(db, "ada", 3, NULL, value, sizeof value, &value_size, &error) == WOMBAT_OK)
    printf("ada: %.*s\n", (int)value_size, value);
  return wombat_close(db, &error) == WOMBAT_OK ? 0 : 1;
}
