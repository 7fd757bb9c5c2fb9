/* Opening, closing and removing databases: every way in which the directory can be wrong. */
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capi_check.h"

static wombat_status open_with(const char* path, const char* options_text) {
  wombat_options* options = NULL;
  wombat_db* db = NULL;
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_parse(options, options_text, &error));
  const wombat_status status = wombat_open(path, options, &db, &error);
  wombat_options_destroy(options);
  CHECK((db != NULL) == (status == WOMBAT_OK));
  if (status == WOMBAT_OK) CHECK_OK(wombat_close(db, &error));
  return status;
}

static void write_file(const char* path, const char* bytes, size_t size) {
  FILE* file = fopen(path, "wb");
  CHECK(file != NULL);
  if (file == NULL) return;
  CHECK(fwrite(bytes, 1, size, file) == size);
  fclose(file);
}

static void write_at(const char* path, long offset, const char* bytes, size_t size) {
  FILE* file = fopen(path, "r+b");
  CHECK(file != NULL);
  if (file == NULL) return;
  fseek(file, offset, SEEK_SET);
  CHECK(fwrite(bytes, 1, size, file) == size);
  fclose(file);
}

/* Path of the first file in test_path(name) whose name ends so; "" when there is none. */
static const char* find_file(const char* name, const char* ending) {
  static char path[600];
  path[0] = '\0';
  DIR* directory = opendir(test_path(name));
  if (directory == NULL) return path;
  for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    const size_t length = strlen(entry->d_name);
    if (length >= strlen(ending) && strcmp(entry->d_name + length - strlen(ending), ending) == 0)
      snprintf(path, sizeof path, "%s/%s", test_path(name), entry->d_name);
  }
  closedir(directory);
  return path;
}

/* A closed database with a table, a log and a manifest. */
static void make_database(const char* name) {
  wombat_db* db = open_test(name, "");
  put_text(db, "key", "value");
  CHECK_OK(wombat_flush(db, NULL, &error));
  put_text(db, "key2", "value2");
  CHECK_OK(wombat_close(db, &error));
}

static void test_arguments(void) {
  wombat_db* db = (wombat_db*)&error;
  CHECK_STATUS(wombat_open(NULL, NULL, &db, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK(db == NULL);
  CHECK_STATUS(wombat_open("", NULL, &db, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_open(test_path("x"), NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_destroy(NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_destroy("", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_close(NULL, &error));
}

static void test_paths(void) {
  CHECK_STATUS(open_with(test_path("no/parent"), ""), WOMBAT_DOES_NOT_EXIST);
  CHECK_MESSAGE("no/parent");
  CHECK_STATUS(open_with(test_path("absent"), "open.create_if_missing=false"), WOMBAT_DOES_NOT_EXIST);
  CHECK_MESSAGE("absent");
  CHECK_STATUS(open_with(test_path("absent"), "open.read_only=true"), WOMBAT_DOES_NOT_EXIST);
  write_file(test_path("file"), "x", 1);
  CHECK_STATUS(open_with(test_path("file"), ""), WOMBAT_NOT_A_DATABASE);
  CHECK_MESSAGE("file");
  CHECK_STATUS(open_with(test_path("file"), "open.read_only=true"), WOMBAT_NOT_A_DATABASE);
  CHECK_STATUS(open_with(test_path("file/below"), ""), WOMBAT_NOT_A_DATABASE);
  CHECK_STATUS(wombat_destroy(test_path("file"), &error), WOMBAT_NOT_A_DATABASE);
  struct stat info;
  CHECK(stat(test_path("file"), &info) == 0 && info.st_size == 1);
  CHECK(mkdir(test_path("foreign"), 0777) == 0);
  write_file(test_path("foreign/letter.txt"), "x", 1);
  CHECK_STATUS(open_with(test_path("foreign"), ""), WOMBAT_NOT_A_DATABASE);
  CHECK_MESSAGE("foreign");
  CHECK(mkdir(test_path("empty"), 0777) == 0);
  CHECK_STATUS(open_with(test_path("empty"), "open.create_if_missing=false"), WOMBAT_DOES_NOT_EXIST);
  CHECK_OK(open_with(test_path("empty"), "open.fail_if_exists=true"));
  CHECK_STATUS(open_with(test_path("empty"), "open.fail_if_exists=true"), WOMBAT_ALREADY_EXISTS);
  CHECK_MESSAGE("empty");
  CHECK_OK(open_with(test_path("empty"), "open.read_only=true"));
}

static void test_lock(void) {
  wombat_db* db = open_test("locked", "");
  put_text(db, "k", "v");
  CHECK_STATUS(open_with(test_path("locked"), ""), WOMBAT_LOCKED);
  CHECK_MESSAGE("locked");
  CHECK_STATUS(wombat_destroy(test_path("locked"), &error), WOMBAT_LOCKED);
  char command[900];
  const pid_t child = fork();
  if (child == 0) {
    snprintf(command, sizeof command, "%s", test_path("locked"));
    wombat_db* second = NULL;
    _exit(wombat_open(command, NULL, &second, &error) == WOMBAT_LOCKED ? 0 : 1);
  }
  int how = 0;
  CHECK(waitpid(child, &how, 0) == child && how == 0);
  CHECK_OK(open_with(test_path("locked"), "open.read_only=true")); /* takes no lock */
  CHECK_OK(wombat_close(db, &error));
  CHECK_OK(open_with(test_path("locked"), ""));
}

/* Another process holds the lock, and is killed with it. */
static void test_lock_of_another_process(void) {
  int ready[2];
  char byte = 0;
  CHECK(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    wombat_db* db = open_test("theirs", "");
    put_text(db, "k", "v");
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  CHECK(read(ready[0], &byte, 1) == 1);
  char text[50];
  snprintf(text, sizeof text, "locked by process %ld", (long)child);
  CHECK_STATUS(open_with(test_path("theirs"), ""), WOMBAT_LOCKED);
  CHECK_MESSAGE(text);
  CHECK_STATUS(wombat_destroy(test_path("theirs"), &error), WOMBAT_LOCKED);
  CHECK(error.retryable == 1);
  CHECK_OK(open_with(test_path("theirs"), "open.read_only=true"));
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  wombat_db* db = open_test("theirs", "");
  CHECK_TEXT(get_text(db, "k"), "v");
  CHECK_OK(wombat_close(db, &error));
  close(ready[0]);
  close(ready[1]);
}

/* A closed database as make_database leaves it, unharmed. */
static void check_database(const char* name) {
  wombat_db* db = open_test(name, "");
  CHECK_TEXT(get_text(db, "key"), "value");
  CHECK_TEXT(get_text(db, "key2"), "value2");
  CHECK_OK(wombat_verify(db, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
}

enum { kNobody = 65534, kSkipped = 77 };

/* Runs `test` on test_path(name) as a user whom permissions concern: in a child process when this one is the
 * superuser's. The directory and its files belong to that user. */
static void as_plain_user(void (*test)(const char* path), const char* name) {
  const char* path = test_path(name);
  if (geteuid() != 0) {
    test(path);
    return;
  }
  char command[900];
  snprintf(command, sizeof command, "chmod 755 '%s' && chown -R %d:%d '%s'", test_path("."), kNobody, kNobody,
           path);
  CHECK(system(command) == 0);
  fflush(stdout);
  const long before = check_failures();
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(kSkipped);
    test(path);
    fflush(stdout);
    _exit(check_failures() == before ? 0 : 1);
  }
  int how = 0;
  CHECK(waitpid(child, &how, 0) == child);
  if (WIFEXITED(how) && WEXITSTATUS(how) == kSkipped) {
    printf("skipped: %s: this process may not become another user\n", name);
    return;
  }
  CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

static void in_closed_directory(const char* path) {
  CHECK(chmod(path, 0) == 0);
  CHECK_STATUS(open_with(path, ""), WOMBAT_PERMISSION_DENIED);
  CHECK_MESSAGE(path);
  CHECK(error.os_error != 0 && error.retryable == 0);
  CHECK_STATUS(open_with(path, "open.read_only=true"), WOMBAT_PERMISSION_DENIED);
  CHECK_STATUS(wombat_destroy(path, &error), WOMBAT_PERMISSION_DENIED);
  CHECK(chmod(path, 0700) == 0);
}

/* Nothing can be created or removed, but all can be read. */
static void in_read_only_directory(const char* path) {
  char inner[900];
  CHECK(chmod(path, 0500) == 0);
  CHECK_STATUS(open_with(path, ""), WOMBAT_PERMISSION_DENIED);
  CHECK_MESSAGE(path);
  CHECK_STATUS(wombat_destroy(path, &error), WOMBAT_PERMISSION_DENIED);
  wombat_options* options = NULL;
  wombat_db* db = NULL;
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_set(options, "open.read_only", "true", &error));
  CHECK_OK(wombat_open(path, options, &db, &error));
  wombat_options_destroy(options);
  if (db != NULL) {
    CHECK_TEXT(get_text(db, "key"), "value");
    CHECK_TEXT(get_text(db, "key2"), "value2");
    CHECK_STATUS(wombat_put(db, "k", 1, "v", 1, NULL, &error), WOMBAT_READ_ONLY);
    CHECK_OK(wombat_verify(db, NULL, &error));
    CHECK_OK(wombat_close(db, &error));
  }
  snprintf(inner, sizeof inner, "%s/inner", path); /* a database cannot be created here either */
  CHECK_STATUS(open_with(inner, ""), WOMBAT_PERMISSION_DENIED);
  CHECK_MESSAGE(inner);
  CHECK(chmod(path, 0700) == 0);
}

static void in_empty_read_only_directory(const char* path) {
  CHECK(chmod(path, 0500) == 0);
  CHECK_STATUS(open_with(path, ""), WOMBAT_PERMISSION_DENIED);
  CHECK_MESSAGE(path);
  CHECK(chmod(path, 0700) == 0);
}

/* One file of the database may not be read. */
static void with_closed_files(const char* path) {
  static const char* const kEndings[] = {"LOCK", "CURRENT", ".manifest", ".log", ".table"};
  for (size_t i = 0; i < COUNT_OF(kEndings); ++i) {
    char file[900];
    const int is_lock = i == 0;
    const int is_table = i + 1 == COUNT_OF(kEndings);
    snprintf(file, sizeof file, "%s", find_file(strrchr(path, '/') + 1, kEndings[i]));
    CHECK(chmod(file, 0) == 0);
    CHECK_STATUS(open_with(path, is_table ? "open.verify_tables=true" : ""), WOMBAT_PERMISSION_DENIED);
    CHECK_MESSAGE(strrchr(file, '/') + 1);
    CHECK_STATUS(
        open_with(path, is_table ? "open.read_only=true;open.verify_tables=true" : "open.read_only=true"),
        is_lock ? WOMBAT_OK : WOMBAT_PERMISSION_DENIED);
    CHECK(chmod(file, 0600) == 0);
  }
}

static void test_permissions(void) {
  make_database("closed");
  as_plain_user(in_closed_directory, "closed");
  check_database("closed");
  make_database("readable");
  as_plain_user(in_read_only_directory, "readable");
  check_database("readable");
  CHECK(mkdir(test_path("bare"), 0700) == 0);
  as_plain_user(in_empty_read_only_directory, "bare");
  CHECK_OK(open_with(test_path("bare"), ""));
  make_database("closedfiles");
  as_plain_user(with_closed_files, "closedfiles");
  check_database("closedfiles");
}

static void test_missing_files(void) {
  make_database("m1");
  CHECK(unlink(find_file("m1", "CURRENT")) == 0);
  CHECK_STATUS(open_with(test_path("m1"), ""), WOMBAT_MISSING_FILE);
  CHECK_MESSAGE("CURRENT");
  CHECK_MESSAGE("restore");
  make_database("m2");
  CHECK(unlink(find_file("m2", ".manifest")) == 0);
  CHECK_STATUS(open_with(test_path("m2"), ""), WOMBAT_MISSING_FILE);
  CHECK_MESSAGE(".manifest");
  make_database("m3");
  char table[600];
  snprintf(table, sizeof table, "%s", find_file("m3", ".table"));
  CHECK(unlink(table) == 0);
  CHECK_STATUS(open_with(test_path("m3"), ""), WOMBAT_MISSING_FILE);
  CHECK_MESSAGE(strrchr(table, '/') + 1);
  CHECK_MESSAGE("restore");
  make_database("m4");
  char log[600];
  while (find_file("m4", ".log")[0] != '\0') {
    snprintf(log, sizeof log, "%s", find_file("m4", ".log"));
    CHECK(unlink(log) == 0);
  }
  CHECK_STATUS(open_with(test_path("m4"), ""), WOMBAT_MISSING_FILE);
  CHECK_MESSAGE(".log");
}

static void test_damage(void) {
  static const char* const kEndings[] = {"CURRENT", ".manifest", ".table"};
  for (size_t i = 0; i < COUNT_OF(kEndings); ++i) {
    char name[10];
    char path[600];
    char text[20];
    snprintf(name, sizeof name, "d%zu", i);
    make_database(name);
    snprintf(path, sizeof path, "%s", find_file(name, kEndings[i]));
    CHECK(path[0] != '\0');
    snprintf(text, sizeof text, "%s", strrchr(path, '/') + 1);
    CHECK(truncate(path, 21) == 0);
    CHECK_STATUS(open_with(test_path(name), ""), WOMBAT_CORRUPTION);
    CHECK_MESSAGE(text);
    CHECK_MESSAGE("at ");
  }
  make_database("d8");
  const char* path = find_file("d8", ".table");
  struct stat info;
  CHECK(stat(path, &info) == 0);
  write_at(path, info.st_size / 2, "damage", 6);
  wombat_db* db = open_test("d8", "");
  CHECK_STATUS(wombat_verify(db, NULL, &error), WOMBAT_CORRUPTION);
  CHECK_MESSAGE(".table at ");
  CHECK_OK(wombat_close(db, &error));
  CHECK_STATUS(open_with(test_path("d8"), "open.verify_tables=true"), WOMBAT_CORRUPTION);
}

static void test_destroy(void) {
  CHECK_STATUS(wombat_destroy(test_path("nowhere"), &error), WOMBAT_DOES_NOT_EXIST);
  CHECK_STATUS(wombat_destroy(test_path("foreign"), &error), WOMBAT_NOT_A_DATABASE);
  CHECK_STATUS(wombat_destroy(test_path("file"), &error), WOMBAT_NOT_A_DATABASE);
  make_database("gone");
  CHECK_OK(wombat_destroy(test_path("gone"), &error));
  CHECK(access(test_path("gone"), F_OK) != 0);
  make_database("shared");
  write_file(test_path("shared/mine.txt"), "x", 1);
  CHECK_OK(wombat_destroy(test_path("shared"), &error));
  CHECK(access(test_path("shared/mine.txt"), F_OK) == 0);
  CHECK(find_file("shared", ".table")[0] == '\0' && find_file("shared", "CURRENT")[0] == '\0');
}

static void test_reopen(void) {
  for (int i = 0; i < 5; ++i) {
    wombat_db* db = open_test("reopened", i % 2 == 0 ? "" : "wal.sync=os");
    char key[20];
    for (int j = 0; j < i; ++j) {
      snprintf(key, sizeof key, "k%d", j);
      CHECK_TEXT(get_text(db, key), "v");
    }
    snprintf(key, sizeof key, "k%d", i);
    put_text(db, key, "v");
    CHECK_OK(wombat_close(db, &error));
    CHECK_STATUS(wombat_close(db, &error), WOMBAT_CLOSED);
  }
}

int main(void) {
  test_arguments();
  test_paths();
  test_lock();
  test_lock_of_another_process();
  test_permissions();
  test_missing_files();
  test_damage();
  test_destroy();
  test_reopen();
  return finish_tests("database_api_test");
}
