/* Opening, closing and removing databases: every way in which the directory can be wrong. */
#include <dirent.h>
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
  if (geteuid() != 0) {
    CHECK(mkdir(test_path("denied"), 0) == 0);
    CHECK_STATUS(open_with(test_path("denied"), ""), WOMBAT_PERMISSION_DENIED);
    CHECK_MESSAGE("denied");
  }
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
  test_missing_files();
  test_damage();
  test_destroy();
  test_reopen();
  return finish_tests("database_api_test");
}
