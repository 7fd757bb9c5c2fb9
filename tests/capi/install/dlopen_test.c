/* Loads libwombat.so, uses a database and unloads it, 100 times on the main thread and 100 times on a second one. After
 * each dlclose nothing of the library may be mapped any more, and no thread of it may be left. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dirent.h>
#include <wombat.h>

enum { kRounds = 100 };

static const char *library_path;
static char database_path[4096];

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "%s: %s\n", what, detail);
  exit(1);
}

/* Data pointers and function pointers do not convert in C99; POSIX guarantees that this copy works. */
static void load(void *library, const char *name, void *function_pointer) {
  void *address = dlsym(library, name);
  if (address == NULL) fail(name, dlerror());
  memcpy(function_pointer, &address, sizeof address);
}

static int is_mapped(void) {
  char line[4600];
  int found = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) fail("/proc/self/maps", "cannot be opened");
  while (fgets(line, sizeof line, maps) != NULL)
    if (strstr(line, "libwombat.so") != NULL) found = 1;
  fclose(maps);
  return found;
}

static int thread_count(void) {
  int count = 0;
  struct dirent *entry;
  DIR *tasks = opendir("/proc/self/task");
  if (tasks == NULL) fail("/proc/self/task", "cannot be opened");
  while ((entry = readdir(tasks)) != NULL)
    if (entry->d_name[0] != '.') count++;
  closedir(tasks);
  return count;
}

static void use_database(void *library) {
  wombat_status (*open_db)(const char *, const wombat_options *, wombat_db **, wombat_error *);
  wombat_status (*put)(wombat_db *, const void *, size_t, const void *, size_t, const wombat_write_options *, wombat_error *);
  wombat_status (*get)(wombat_db *, const void *, size_t, const wombat_read_options *, void *, size_t, size_t *, wombat_error *);
  wombat_status (*flush)(wombat_db *, const wombat_task_options *, wombat_error *);
  wombat_status (*close_db)(wombat_db *, wombat_error *);
  wombat_db *db;
  wombat_error error;
  char value[8];
  size_t value_size;

  load(library, "wombat_open", &open_db);
  load(library, "wombat_put", &put);
  load(library, "wombat_get", &get);
  load(library, "wombat_flush", &flush);
  load(library, "wombat_close", &close_db);
  if (open_db(database_path, NULL, &db, &error) != 0) fail("wombat_open", error.message);
  if (put(db, "key", 3, "value", 5, NULL, &error) != 0) fail("wombat_put", error.message);
  if (flush(db, NULL, &error) != 0) fail("wombat_flush", error.message);
  if (get(db, "key", 3, NULL, value, sizeof value, &value_size, &error) != 0) fail("wombat_get", error.message);
  if (value_size != 5) fail("wombat_get", "wrong value");
  if (close_db(db, &error) != 0) fail("wombat_close", error.message);
}

static void *load_use_unload(void *wanted_threads) {
  char text[100];
  int round;
  for (round = 0; round < kRounds; round++) {
    void *library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) fail("dlopen", dlerror());
    if (!is_mapped()) fail("dlopen", "the library is not mapped: is its name still libwombat.so?");
    use_database(library);
    if (dlclose(library) != 0) fail("dlclose", dlerror());
    if (is_mapped()) {
      snprintf(text, sizeof text, "the library is still mapped after round %d", round);
      fail("dlclose", text);
    }
    if (thread_count() != *(const int *)wanted_threads) fail("dlclose", "a thread of the library is left");
  }
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t thread;
  int one = 1, two = 2;
  if (argc != 2) fail("usage", "dlopen_test LIBRARY");
  library_path = argv[1];
  strcpy(database_path, "/tmp/wombat-dlopen.XXXXXX");
  if (mkdtemp(database_path) == NULL) fail("mkdtemp", database_path);
  load_use_unload(&one);
  if (pthread_create(&thread, NULL, load_use_unload, &two) != 0) fail("pthread_create", "failed");
  pthread_join(thread, NULL);

  {
    wombat_status (*destroy)(const char *, wombat_error *);
    wombat_error error;
    void *library = dlopen(library_path, RTLD_NOW);
    load(library, "wombat_destroy", &destroy);
    if (destroy(database_path, &error) != 0) fail("wombat_destroy", error.message);
    dlclose(library);
  }
  printf("loaded and unloaded %d times\n", 2 * kRounds);
  return 0;
}
