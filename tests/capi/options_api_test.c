/* Options objects, their enumeration, and options of an open database. */
#include "capi_check.h"

static wombat_option_info describe(size_t index) {
  wombat_option_info info = {0};
  info.size = sizeof info;
  CHECK_OK(wombat_option_describe(index, &info, &error));
  return info;
}

static wombat_options* fresh(void) {
  wombat_options* options = NULL;
  CHECK_OK(wombat_options_create(&options, &error));
  return options;
}

static const char* value_of(const wombat_options* options, const char* name) {
  static char text[300];
  CHECK_OK(wombat_options_get(options, name, text, sizeof text, NULL, &error));
  return text;
}

static void test_description(void) {
  wombat_option_info info = {0};
  CHECK(wombat_option_count() > 50);
  CHECK_STATUS(wombat_option_describe(0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_option_describe(0, &info, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("sizeof(wombat_option_info)");
  info.size = sizeof info;
  CHECK_STATUS(wombat_option_describe(wombat_option_count(), &info, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("options");
  for (size_t i = 0; i < wombat_option_count(); ++i) {
    const wombat_option_info one = describe(i);
    CHECK(one.size == sizeof one && (one.is_per_keyspace | 1) == 1);
    CHECK(one.name[0] != '\0' && one.help[0] != '\0');
    CHECK(one.type >= WOMBAT_OPTION_BOOL && one.type <= WOMBAT_OPTION_REAL);
    CHECK((one.type == WOMBAT_OPTION_CHOICE) == (one.choices[0] != '\0'));
    CHECK(one.minimum <= one.maximum);
    if (i > 0) CHECK(strcmp(describe(i - 1).name, one.name) < 0);
  }
}

/* A value other than the default, within the bounds. */
static void other_value(const wombat_option_info* info, char* text, size_t size) {
  switch (info->type) {
    case WOMBAT_OPTION_BOOL:
      snprintf(text, size, "%s", strcmp(info->default_value, "true") == 0 ? "false" : "true");
      return;
    case WOMBAT_OPTION_CHOICE: {
      const char* bar = strchr(info->choices, '|');
      snprintf(text, size, "%.*s", (int)(bar - info->choices), info->choices);
      if (strcmp(text, info->default_value) != 0) return;
      snprintf(text, size, "%s", bar + 1);
      if (strchr(text, '|') != NULL) *strchr(text, '|') = '\0';
      return;
    }
    case WOMBAT_OPTION_TEXT:
      snprintf(text, size,
               strcmp(info->name, "compression.per_level") == 0     ? "none,auto"
               : strcmp(info->name, "compaction.filter_rules") == 0 ? "prefix=a drop"
                                                                    : "something");
      return;
    case WOMBAT_OPTION_REAL:
      snprintf(text, size, "%lld.%03lld", (long long)info->maximum / 1000, (long long)info->maximum % 1000);
      return;
    default:
      snprintf(text, size, "%lld", (long long)info->maximum);
  }
}

static void test_round_trip(void) {
  for (size_t i = 0; i < wombat_option_count(); ++i) {
    const wombat_option_info info = describe(i);
    wombat_options* options = fresh();
    char text[200];
    char again[300];
    size_t length = 0;
    int64_t number = -77;
    CHECK_OK(wombat_options_get(options, info.name, text, sizeof text, &length, &error));
    CHECK_NUMBER(length, strlen(text));
    CHECK_OK(wombat_options_set(options, info.name, info.default_value, &error));
    CHECK_TEXT(value_of(options, info.name), text);
    CHECK_OK(wombat_options_set(options, info.name, text, &error)); /* what get gives, set takes */
    CHECK_STATUS(wombat_options_get(options, info.name, NULL, 0, &length, &error), WOMBAT_BUFFER_TOO_SMALL);
    CHECK_NUMBER(length, strlen(text));
    CHECK_STATUS(wombat_options_get(options, info.name, again, strlen(text), &length, &error),
                 WOMBAT_BUFFER_TOO_SMALL);
    CHECK_OK(wombat_options_get(options, info.name, again, strlen(text) + 1, &length, &error));
    CHECK_STATUS(wombat_options_get_integer(options, info.name, &number, &error),
                 info.type == WOMBAT_OPTION_TEXT ? WOMBAT_INVALID_ARGUMENT : WOMBAT_OK);

    other_value(&info, text, sizeof text);
    wombat_status set = wombat_options_set(options, info.name, text, &error);
    if (!info.is_supported) {
      CHECK_STATUS(set, WOMBAT_UNSUPPORTED);
      CHECK_MESSAGE(info.name);
    } else if (info.type == WOMBAT_OPTION_CHOICE) {
      CHECK(set == WOMBAT_OK || set == WOMBAT_UNSUPPORTED);
    } else {
      CHECK_OK(set);
      snprintf(again, sizeof again, "%s", value_of(options, info.name));
      wombat_options* copy = NULL;
      CHECK_OK(wombat_options_copy(options, &copy, &error));
      CHECK_TEXT(value_of(copy, info.name), again);
      wombat_options_destroy(copy);
    }
    wombat_options_destroy(options);
  }
}

static void test_bounds(void) {
  for (size_t i = 0; i < wombat_option_count(); ++i) {
    const wombat_option_info info = describe(i);
    const int is_number = info.type == WOMBAT_OPTION_INTEGER || info.type == WOMBAT_OPTION_SIZE;
    wombat_options* options = fresh();
    char before[300];
    snprintf(before, sizeof before, "%s", value_of(options, info.name));
    if (is_number) {
      char text[100];
      CHECK_STATUS(wombat_options_set_integer(options, info.name, info.maximum + 1, &error),
                   WOMBAT_INVALID_ARGUMENT);
      CHECK_MESSAGE(info.name);
      CHECK_STATUS(wombat_options_set_integer(options, info.name, info.minimum - 1, &error),
                   WOMBAT_INVALID_ARGUMENT);
      snprintf(text, sizeof text, "%lld", (long long)info.maximum + 1);
      CHECK_STATUS(wombat_options_set(options, info.name, text, &error), WOMBAT_INVALID_ARGUMENT);
      if (info.is_supported) {
        CHECK_OK(wombat_options_set_integer(options, info.name, info.maximum, &error));
        int64_t number = 0;
        CHECK_OK(wombat_options_get_integer(options, info.name, &number, &error));
        CHECK_NUMBER(number, info.maximum);
        CHECK_OK(wombat_options_set_integer(options, info.name, info.minimum, &error));
        CHECK_OK(wombat_options_set(options, info.name, before, &error));
      }
    }
    if (info.type != WOMBAT_OPTION_TEXT) {
      CHECK_STATUS(wombat_options_set(options, info.name, "nonsense", &error), WOMBAT_INVALID_ARGUMENT);
      CHECK_MESSAGE(info.name);
      CHECK_STATUS(wombat_options_set(options, info.name, "", &error), WOMBAT_INVALID_ARGUMENT);
    }
    CHECK_TEXT(value_of(options, info.name), before);
    wombat_options_destroy(options);
  }
}

static void test_set_and_parse(void) {
  wombat_options* options = fresh();
  CHECK_STATUS(wombat_options_set(options, "cache.sise", "1", &error), WOMBAT_UNKNOWN_OPTION);
  CHECK_MESSAGE("cache.size");
  CHECK_STATUS(wombat_options_get_integer(options, "no.such.thing", NULL, &error), WOMBAT_UNKNOWN_OPTION);
  CHECK_OK(wombat_options_set(options, "cache.size", "512MiB", &error));
  int64_t number = 0;
  CHECK_OK(wombat_options_get_integer(options, "cache.size", &number, &error));
  CHECK_NUMBER(number, 512 << 20);
  CHECK_OK(wombat_options_get_integer(options, "cache.size", NULL, &error));
  CHECK_OK(wombat_options_set(options, "wal.sync", "interval", &error));
  CHECK_STATUS(wombat_options_set(options, "wal.sync", "sometimes", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("always");
  CHECK_OK(wombat_options_set(options, "compaction.delete_ratio", "0.25", &error));
  CHECK_OK(wombat_options_get_integer(options, "compaction.delete_ratio", &number, &error));
  CHECK_NUMBER(number, 250);
  CHECK_OK(wombat_options_set_integer(options, "open.read_only", 1, &error));
  CHECK_TEXT(value_of(options, "open.read_only"), "true");
  CHECK_STATUS(wombat_options_set_integer(options, "open.read_only", 2, &error), WOMBAT_INVALID_ARGUMENT);

  CHECK_OK(wombat_options_parse(options, "", &error));
  CHECK_OK(wombat_options_parse(
      options, "\n;;# a comment = nothing\n  cache.size = 1MiB ; max_levels=5 # five\n", &error));
  CHECK_TEXT(value_of(options, "max_levels"), "5");
  CHECK_STATUS(wombat_options_parse(options, "max_levels=6\n\ncache.sise=3", &error), WOMBAT_UNKNOWN_OPTION);
  CHECK_MESSAGE("line 3");
  CHECK_MESSAGE("cache.size");
  CHECK_TEXT(value_of(options, "max_levels"), "5"); /* all or nothing */
  CHECK_STATUS(wombat_options_parse(options, "max_levels=6\nmax_levels", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("line 2");
  CHECK_STATUS(wombat_options_parse(options, "max_levels=99", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("line 1");
  CHECK_TEXT(value_of(options, "max_levels"), "5");
  wombat_options_destroy(options);
}

static void test_presets(void) {
  static const char* const kPresets[] = {"default",          "development", "production",  "high_performance",
                                         "memory_optimized", "durable",     "write_heavy", "read_heavy"};
  for (size_t i = 0; i < COUNT_OF(kPresets); ++i) {
    wombat_options* options = NULL;
    wombat_db* db = NULL;
    CHECK_OK(wombat_options_create_preset(kPresets[i], &options, &error));
    CHECK_OK(wombat_open(test_path(kPresets[i]), options, &db, &error));
    put_text(db, "key", "value");
    CHECK_OK(wombat_close(db, &error));
    wombat_options_destroy(options);
  }
  wombat_options* options = (wombat_options*)&error;
  CHECK_STATUS(wombat_options_create_preset("durabel", &options, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("durable");
  CHECK(options == NULL);
  CHECK_STATUS(wombat_options_create_preset(NULL, &options, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_create_preset("default", NULL, &error), WOMBAT_INVALID_ARGUMENT);
}

static void test_null(void) {
  wombat_options* options = fresh();
  wombat_options* copy = NULL;
  CHECK_STATUS(wombat_options_create(NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_copy(NULL, &copy, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_copy(options, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_set(NULL, "cache.size", "1", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_set(options, NULL, "1", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_set(options, "cache.size", NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_set_integer(options, NULL, 1, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_parse(options, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_parse(NULL, "", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_get(options, NULL, NULL, 0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_get(options, "cache.size", NULL, 10, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_get_integer(NULL, "cache.size", NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_options_set_log_callback(NULL, NULL, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  wombat_options_destroy(options);
  wombat_options_destroy(options);
  wombat_options_destroy(NULL);
  CHECK_STATUS(wombat_options_set(options, "cache.size", "1MiB", &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_options_set_log_callback(options, NULL, NULL, &error), WOMBAT_CLOSED);
  wombat_db* db = NULL;
  CHECK_STATUS(wombat_open(test_path("never"), options, &db, &error), WOMBAT_CLOSED);
}

static void test_open_database(void) {
  wombat_db* db = open_test("options", "cache.size=3MiB");
  char text[100];
  size_t length = 0;
  CHECK_OK(wombat_get_option(db, "cache.size", text, sizeof text, &length, &error));
  CHECK_TEXT(text, "3145728");
  CHECK_NUMBER(length, 7);
  CHECK_STATUS(wombat_get_option(db, "cache.size", text, 4, &length, &error), WOMBAT_BUFFER_TOO_SMALL);
  CHECK_NUMBER(length, 7);
  CHECK_STATUS(wombat_get_option(db, "cache.sise", text, 4, &length, &error), WOMBAT_UNKNOWN_OPTION);
  CHECK_NUMBER(length, 0);
  CHECK_STATUS(wombat_get_option(db, NULL, text, 4, &length, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_set_option(db, "cache.size", NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_set_option(db, NULL, "1", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_set_option(db, "cache.size", "many", &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_set_option(db, "cache.sise", "1", &error), WOMBAT_UNKNOWN_OPTION);
  for (size_t i = 0; i < wombat_option_count(); ++i) {
    const wombat_option_info info = describe(i);
    CHECK_OK(wombat_get_option(db, info.name, text, sizeof text, &length, &error));
    CHECK_STATUS(wombat_set_option(db, info.name, text, &error),
                 info.is_mutable ? WOMBAT_OK : WOMBAT_INVALID_ARGUMENT);
    if (!info.is_mutable) CHECK_MESSAGE(info.name);
  }
  CHECK_OK(wombat_set_option(db, "limits.key_size", "4", &error));
  CHECK_STATUS(wombat_put(db, "12345", 5, "", 0, NULL, &error), WOMBAT_TOO_LARGE);
  CHECK_OK(wombat_put(db, "1234", 4, "", 0, NULL, &error));
  CHECK_OK(wombat_close(db, &error));
  db = open_test("options", "");
  CHECK_OK(wombat_put(db, "12345", 5, "", 0, NULL, &error)); /* what was set is not stored */
  CHECK_OK(wombat_close(db, &error));
  CHECK_STATUS(wombat_get_option(db, "cache.size", text, sizeof text, NULL, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_set_option(db, "cache.size", "1MiB", &error), WOMBAT_CLOSED);
}

int main(void) {
  test_description();
  test_round_trip();
  test_bounds();
  test_set_and_parse();
  test_presets();
  test_null();
  test_open_database();
  return finish_tests("options_api_test");
}
