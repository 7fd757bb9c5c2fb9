/* Compactions in the hands of the program: pause and resume, the filter, what is told of jobs and levels. */
#include "capi_check.h"

static wombat_db* db;

static const char* property_text(const char* name) {
  static char text[65536];
  size_t length = 0;
  CHECK_OK(wombat_property(db, name, text, sizeof text - 1, &length, &error));
  text[length] = '\0';
  return text;
}

static void fill(const char* prefix, int count, const char* value) {
  for (int i = 0; i < count; ++i) {
    char key[32];
    snprintf(key, sizeof key, "%s%04d", prefix, i);
    put_text(db, key, value);
  }
}

static void test_pause(void) {
  wombat_task_options options = WOMBAT_TASK_OPTIONS_INIT;
  db = open_test("pause", "compaction.rest_after_ms=0;compaction.min_compaction_files=2");
  CHECK_STATUS(wombat_compaction_resume(db, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("not paused");
  options.timeout_us = 60000000;
  CHECK_OK(wombat_compaction_pause(db, &options, &error));
  CHECK_OK(wombat_compaction_pause(db, NULL, &error)); /* counted */
  CHECK_TEXT(property_text("compaction.is_paused"), "1");
  for (int i = 0; i < 4; ++i) {
    fill("k", 20, i % 2 ? "odd" : "even");
    CHECK_OK(wombat_flush(db, NULL, &error));
  }
  CHECK_OK(wombat_wait(db, NULL, &error));
  CHECK(strstr(property_text("levels"), "level 0: 4 runs") != NULL);
  CHECK_OK(wombat_compaction_resume(db, &error));
  CHECK_TEXT(property_text("compaction.is_paused"), "1");
  CHECK_OK(wombat_compaction_resume(db, &error));
  CHECK_TEXT(property_text("compaction.is_paused"), "0");
  CHECK_OK(wombat_wait(db, NULL, &error));
  CHECK(strstr(property_text("levels"), "level 0: 4 runs") == NULL);
  CHECK_TEXT(get_text(db, "k0007"), "odd");
  CHECK(strstr(property_text("compaction.jobs"), "\"kind\":\"flush\"") != NULL);
  CHECK(strstr(property_text("compaction.levels"), "\"level\":") != NULL);
  CHECK_OK(wombat_close(db, &error));
  CHECK_STATUS(wombat_compaction_pause(db, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_compaction_resume(db, &error), WOMBAT_CLOSED);
}

static int fails;

/* Removes "r...", makes values of "c..." long, keeps others; fails when told to. */
static int64_t filter(void* user_data, const char* keyspace, size_t keyspace_size, int32_t level,
                      const void* key, size_t key_size, const void* value, size_t value_size, void* buffer,
                      size_t capacity) {
  ++*(int*)user_data;
  if (fails) return WOMBAT_FILTER_FAIL;
  if (keyspace_size != 7 || memcmp(keyspace, "default", 7) != 0 || level < 0 || key_size == 0) return -77;
  if (*(const char*)key == 'r') return WOMBAT_FILTER_REMOVE;
  if (*(const char*)key != 'c' || value_size > 1000) return WOMBAT_FILTER_KEEP;
  if (capacity >= 2000) memset(buffer, *(const char*)value, 2000);
  return 2000;
}

static void test_filter(void) {
  int calls = 0;
  wombat_options* options = NULL;
  CHECK_STATUS(wombat_options_set_compaction_filter(NULL, filter, &calls, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_set_compaction_filter(options, filter, NULL, &error));
  CHECK_OK(wombat_options_set_compaction_filter(options, NULL, NULL, &error));
  CHECK_OK(wombat_options_set_compaction_filter(options, filter, &calls, &error));
  CHECK_OK(wombat_open(test_path("filter"), options, &db, &error));
  wombat_options_destroy(options);
  fill("keep", 10, "a");
  fill("r", 10, "b");
  fill("c", 10, "x");
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK(calls >= 30);
  CHECK_TEXT(get_text(db, "keep0001"), "a");
  CHECK_TEXT(get_text(db, "r0001"), "(none)");
  char value[3000];
  size_t size = 0;
  CHECK_OK(wombat_get(db, "c0001", 5, NULL, value, sizeof value, &size, &error));
  CHECK_NUMBER(size, 2000);
  CHECK(value[0] == 'x' && value[1999] == 'x');
  fails = 1;
  fill("more", 1, "1");
  CHECK(wombat_flush(db, NULL, &error) < 0);
  CHECK_TEXT(get_text(db, "more0000"), "1");
  fails = 0;
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
}

static void test_rules_and_styles(void) {
  db = open_test("rules", "compaction.filter_rules=prefix=tmp/ drop;compaction.style=universal");
  fill("tmp/", 5, "1");
  fill("x", 5, "1");
  CHECK_OK(wombat_flush(db, NULL, &error));
  CHECK_TEXT(get_text(db, "tmp/0001"), "(none)");
  CHECK_TEXT(get_text(db, "x0001"), "1");
  CHECK_STATUS(wombat_set_option(db, "compaction.filter_rules", "prefix=a forget", &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("max_age_s");
  CHECK_OK(wombat_set_option(db, "compaction.filter_rules", "", &error));
  fill("tmp/", 5, "2");
  CHECK_OK(wombat_set_option(db, "compaction.style", "size_tiered", &error));
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_TEXT(get_text(db, "tmp/0001"), "2");
  CHECK_OK(wombat_close(db, &error));
}

int main(void) {
  test_pause();
  test_filter();
  test_rules_and_styles();
  return finish_tests("compaction_api_test");
}
