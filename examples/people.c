#include <stdio.h>
#include <wombat.h>

int main(void) {
  wombat_error error;
  wombat_db *db;
  wombat_iterator *rows;
  const void *key, *value;
  size_t key_size, value_size;

  if (wombat_open("people", NULL, &db, &error) != WOMBAT_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  wombat_put(db, "ada", 3, "1815", 4, NULL, &error);
  wombat_put(db, "grace", 5, "1906", 4, NULL, &error);
  wombat_put(db, "alan", 4, "1912", 4, NULL, &error);
  wombat_delete(db, "alan", 4, NULL, &error);

  if (wombat_iterator_create(db, NULL, &rows, &error) == WOMBAT_OK) {
    while (wombat_iterator_next(rows, &key, &key_size, &value, &value_size, &error) == WOMBAT_OK)
      printf("%.*s was born in %.*s\n", (int)key_size, (const char *)key, (int)value_size, (const char *)value);
    wombat_iterator_destroy(rows);
  }
  return wombat_close(db, &error) == WOMBAT_OK ? 0 : 1;
}
