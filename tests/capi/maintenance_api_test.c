/* The long calls, cancelling, and watching a database: statistics, reports, properties, log messages. */
#include <time.h>

#include "capi_check.h"

static wombat_db* db;

static void fill(int count) {
  char value[500];
  memset(value, 'v', sizeof value);
  for (int i = 0; i < count; ++i) {
    char key[20];
    snprintf(key, sizeof key, "key%06d", i);
    CHECK_OK(wombat_put(db, key, 9, value, sizeof value, NULL, &error));
  }
}

static int calls;
static int32_t count_and_cancel(void* user_data, uint64_t done, uint64_t total) {
  ++calls;
  CHECK(total == 0 || done <= total);
  return *(const int*)user_data;
}

static void test_tasks(void) {
  wombat_task_options options = {0};
  int cancels = 0;
  CHECK_STATUS(wombat_flush(db, &options, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("sizeof(wombat_task_options)");
  options.size = sizeof options;
  CHECK_OK(wombat_flush(db, &options, &error));
  options.progress = count_and_cancel;
  options.user_data = &cancels;
  options.timeout_us = 60000000;
  fill(200);
  CHECK_OK(wombat_compact_range(db, NULL, 0, NULL, 0, &options, &error));
  CHECK_OK(wombat_verify(db, &options, &error));
  CHECK(calls > 0);
  cancels = 1;
  CHECK_STATUS(wombat_verify(db, &options, &error), WOMBAT_CANCELLED);
  options.progress = NULL;
  options.timeout_us = 1;
  CHECK_STATUS(wombat_verify(db, &options, &error), WOMBAT_TIMED_OUT);
  CHECK_NUMBER(error.retryable, 1);
  options.timeout_us = 0;
  wombat_cancel* cancel = NULL;
  CHECK_STATUS(wombat_cancel_create(NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_cancel_request(NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_cancel_create(&cancel, &error));
  options.cancel = cancel;
  CHECK_OK(wombat_verify(db, &options, &error));
  CHECK_OK(wombat_cancel_request(cancel, &error));
  CHECK_STATUS(wombat_verify(db, &options, &error), WOMBAT_CANCELLED);
  CHECK_STATUS(wombat_verify(db, &options, &error), WOMBAT_CANCELLED); /* stays in force */
  wombat_cancel_destroy(cancel);
  wombat_cancel_destroy(NULL);
  CHECK_STATUS(wombat_verify(db, &options, &error), WOMBAT_CLOSED);
  CHECK_STATUS(wombat_cancel_request(cancel, &error), WOMBAT_CLOSED);
  CHECK_OK(wombat_wait(db, NULL, &error));
  CHECK_STATUS(wombat_compact_range(db, "b", 1, "a", 1, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_compact_range(db, NULL, 1, NULL, 0, NULL, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_compact_range(db, "a", 1, "a", 1, NULL, &error));
}

static void test_progress_is_told_now_and_then(void) {
  wombat_task_options options = WOMBAT_TASK_OPTIONS_INIT;
  int cancels = 0;
  const time_t begin = time(NULL);
  fill(5000);
  CHECK_OK(wombat_flush(db, NULL, &error));
  calls = 0;
  options.progress = count_and_cancel;
  options.user_data = &cancels;
  CHECK_OK(wombat_verify(db, &options, &error)); /* hundreds of blocks */
  CHECK(calls >= 2);
  CHECK(calls <= 2 + 50 * (long)(time(NULL) - begin + 1));
}

static void test_option_structs(void) {
  const wombat_write_options write = WOMBAT_WRITE_OPTIONS_INIT;
  const wombat_read_options read = WOMBAT_READ_OPTIONS_INIT;
  const wombat_iterator_options cursor = WOMBAT_ITERATOR_OPTIONS_INIT;
  wombat_option_info info = WOMBAT_OPTION_INFO_INIT;
  wombat_iterator* iterator = NULL;
  CHECK_OK(wombat_put(db, "k", 1, "v", 1, &write, &error));
  CHECK_OK(wombat_exists(db, "k", 1, &read, &error));
  CHECK_OK(wombat_iterator_create(db, &cursor, &iterator, &error));
  CHECK_OK(wombat_iterator_first(iterator, NULL, NULL, NULL, NULL, &error));
  wombat_iterator_destroy(iterator);
  CHECK_OK(wombat_option_describe(0, &info, &error));
}

static void test_sizes(void) {
  uint64_t all = 0;
  uint64_t half = 0;
  uint64_t removed = 99;
  CHECK_OK(wombat_approximate_size(db, NULL, 0, NULL, 0, &all, &error));
  CHECK(all > 50000);
  CHECK_OK(wombat_approximate_size(db, "key000100", 9, NULL, 0, &half, &error));
  CHECK(half <= all);
  CHECK_OK(wombat_approximate_size(db, "x", 1, NULL, 0, &half, &error));
  CHECK_NUMBER(half, 0);
  CHECK_OK(wombat_approximate_size(db, NULL, 0, NULL, 0, NULL, &error));
  CHECK_STATUS(wombat_approximate_size(db, NULL, 3, NULL, 0, &all, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_clean_up_logs(db, &removed, &error));
  CHECK(removed < 99);
  CHECK_OK(wombat_clean_up_logs(db, NULL, &error));
}

static void test_statistics(void) {
  static uint64_t values[1000];
  const size_t total = wombat_statistic_count();
  const char* name = NULL;
  const char* help = NULL;
  size_t count = 0;
  size_t puts = total;
  CHECK(total > 40 && total < 1000);
  for (size_t i = 0; i < total; ++i) {
    CHECK_OK(wombat_statistic_describe(i, &name, &help, &error));
    CHECK(name[0] != '\0' && help[0] != '\0');
    if (strcmp(name, "write.put") == 0) puts = i;
  }
  CHECK_OK(wombat_statistic_describe(0, NULL, NULL, &error));
  CHECK_STATUS(wombat_statistic_describe(total, &name, &help, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_OK(wombat_statistics(db, values, 1000, &count, &error));
  CHECK_NUMBER(count, total);
  CHECK(puts < total && values[puts] == 200);
  CHECK_OK(wombat_statistics(db, values, 3, &count, &error));
  CHECK_NUMBER(count, 3);
  CHECK_OK(wombat_statistics(db, NULL, 0, &count, &error));
  CHECK_NUMBER(count, 0);
  CHECK_STATUS(wombat_statistics(db, NULL, 3, &count, &error), WOMBAT_INVALID_ARGUMENT);
}

static void test_reports(void) {
  static char text[200000];
  for (int32_t format = WOMBAT_FORMAT_TEXT; format <= WOMBAT_FORMAT_JSON; ++format) {
    size_t length = 0;
    size_t again = 0;
    CHECK_OK(wombat_report(db, format, text, sizeof text, &length, &error));
    CHECK_NUMBER(length, strlen(text));
    if (format == WOMBAT_FORMAT_JSON) CHECK(text[0] == '{');
    CHECK_STATUS(wombat_report(db, format, NULL, 0, &again, &error), WOMBAT_BUFFER_TOO_SMALL);
    CHECK(again + 200 > length && again < length + 200); /* numbers have moved on */
    CHECK_STATUS(wombat_report(db, format, NULL, 5, &again, &error), WOMBAT_INVALID_ARGUMENT);
  }
  CHECK_STATUS(wombat_report(db, 2, text, sizeof text, NULL, &error), WOMBAT_INVALID_ARGUMENT);
}

static void test_properties(void) {
  static char text[50000];
  size_t length = 0;
  uint64_t number = 0;
  size_t numbers = 0;
  for (size_t i = 0; i < wombat_property_count(); ++i) {
    const char* name = NULL;
    const char* help = NULL;
    CHECK_OK(wombat_property_describe(i, &name, &help, &error));
    CHECK(help[0] != '\0');
    CHECK_OK(wombat_property(db, name, text, sizeof text, &length, &error));
    CHECK_NUMBER(length, strlen(text));
    const wombat_status status = wombat_property_integer(db, name, &number, &error);
    CHECK(status == WOMBAT_OK || status == WOMBAT_INVALID_ARGUMENT);
    numbers += status == WOMBAT_OK;
  }
  CHECK(numbers > 3);
  CHECK_STATUS(wombat_property_describe(wombat_property_count(), NULL, NULL, &error),
               WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_property(db, "disk.byte", text, sizeof text, &length, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_MESSAGE("disk.bytes");
  CHECK_STATUS(wombat_property(db, NULL, text, sizeof text, &length, &error), WOMBAT_INVALID_ARGUMENT);
  CHECK_STATUS(wombat_property(db, "disk.bytes", text, 1, &length, &error), WOMBAT_BUFFER_TOO_SMALL);
  CHECK(length > 1);
  CHECK_OK(wombat_property_integer(db, "disk.bytes", NULL, &error));
}

static int messages;
static void count_message(void* user_data, int32_t level, const char* message) {
  CHECK(user_data == &messages);
  CHECK(level >= WOMBAT_LOG_DEBUG && level <= WOMBAT_LOG_ERROR);
  CHECK(strchr(message, '\n') == NULL && strstr(message, "secret") == NULL);
  ++messages;
}

static void test_rest(void) {
  wombat_db* idle = open_test("idle", "compaction.rest_after_ms=1");
  char levels[1000] = "";
  const time_t begin = time(NULL);
  put_text(idle, "a", "1");
  CHECK_OK(wombat_flush(idle, NULL, &error));
  put_text(idle, "a", "2");
  CHECK_OK(wombat_flush(idle, NULL, &error));
  while (strstr(levels, "level 0: 0 runs") == NULL && time(NULL) < begin + 60) {
    CHECK_OK(wombat_property(idle, "levels", levels, sizeof levels, NULL, &error));
  }
  CHECK(strstr(levels, "level 1: 1 runs, 1 tables") != NULL); /* nobody asked for it */
  CHECK_TEXT(get_text(idle, "a"), "2");
  CHECK_OK(wombat_close(idle, &error));
}

static void test_log(void) {
  wombat_options* options = NULL;
  wombat_db* logged = NULL;
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_OK(wombat_options_set_log_callback(options, count_message, &messages, &error));
  CHECK_OK(wombat_open(test_path("logged"), options, &logged, &error));
  wombat_options_destroy(options); /* the database has its own copy */
  put_text(logged, "secret key", "secret value");
  CHECK_OK(wombat_flush(logged, NULL, &error));
  CHECK_OK(wombat_close(logged, &error));
  CHECK(messages >= 2);
}

int main(void) {
  db = open_test("maintenance", "");
  test_tasks();
  test_sizes();
  test_statistics();
  test_reports();
  test_properties();
  test_progress_is_told_now_and_then();
  test_option_structs();
  CHECK_OK(wombat_close(db, &error));
  test_log();
  test_rest();
  return finish_tests("maintenance_api_test");
}
