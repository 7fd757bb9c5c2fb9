#include "capi_check.h"

#include <unistd.h>

wombat_error error;

static long check_count;
static long failure_count;
static char directory[200];

static void fail(const char* file, int line) {
  ++failure_count;
  printf("%s:%d: ", file, line);
}

void check_fact(int holds, const char* fact, const char* file, int line) {
  ++check_count;
  if (holds) return;
  fail(file, line);
  printf("does not hold: %s\n", fact);
}

void check_status(wombat_status status, wombat_status expected, const char* call, const char* file,
                  int line) {
  ++check_count;
  if (status == expected) return;
  fail(file, line);
  printf("%s: %s instead of %s", call, wombat_status_name(status), wombat_status_name(expected));
  if (status < 0) printf(": %s", error.message);
  printf("\n");
}

void check_message(const char* text, const char* file, int line) {
  ++check_count;
  if (strstr(error.message, text) != NULL) return;
  fail(file, line);
  printf("\"%s\" is not in the message \"%s\"\n", text, error.message);
}

void check_number(long long actual, long long expected, const char* what, const char* file, int line) {
  ++check_count;
  if (actual == expected) return;
  fail(file, line);
  printf("%s is %lld instead of %lld\n", what, actual, expected);
}

void check_text(const char* actual, const char* expected, const char* what, const char* file, int line) {
  ++check_count;
  if (strcmp(actual, expected) == 0) return;
  fail(file, line);
  printf("%s is \"%s\" instead of \"%s\"\n", what, actual, expected);
}

const char* test_path(const char* name) {
  static char paths[8][400];
  static int next;
  char* path = paths[next++ % 8];
  if (directory[0] == '\0') {
    const char* parent = getenv("TMPDIR");
    snprintf(directory, sizeof directory, "%.150s/wombat_capi_XXXXXX", parent != NULL ? parent : "/tmp");
    if (mkdtemp(directory) == NULL) {
      perror("mkdtemp");
      exit(1);
    }
  }
  snprintf(path, sizeof paths[0], "%s/%s", directory, name);
  return path;
}

wombat_db* open_test(const char* name, const char* options_text) {
  wombat_options* options = NULL;
  wombat_db* db = NULL;
  if (wombat_options_create(&options, &error) != WOMBAT_OK ||
      wombat_options_parse(options, options_text, &error) != WOMBAT_OK ||
      wombat_open(test_path(name), options, &db, &error) != WOMBAT_OK) {
    printf("cannot open %s: %s\n", name, error.message);
    exit(1);
  }
  wombat_options_destroy(options);
  return db;
}

void put_text(wombat_db* db, const char* key, const char* value) {
  CHECK_OK(wombat_put(db, key, strlen(key), value, strlen(value), NULL, &error));
}

const char* get_text(wombat_db* db, const char* key) {
  static char values[8][2000];
  static int next;
  char* value = values[next++ % 8];
  size_t size = 0;
  wombat_status status = wombat_get(db, key, strlen(key), NULL, value, sizeof values[0] - 1, &size, &error);
  value[size] = '\0';
  if (status == WOMBAT_NOT_FOUND) return "(none)";
  CHECK_OK(status);
  return value;
}

long check_failures(void) { return failure_count; }

int finish_tests(const char* name) {
  if (directory[0] != '\0') {
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    if (system(command) != 0) printf("cannot remove %s\n", directory);
  }
  printf("%s: %ld checks, %ld failures\n", name, check_count, failure_count);
  return failure_count == 0 ? 0 : 1;
}
