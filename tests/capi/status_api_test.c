/* Statuses, errors, version and features. */
#include "capi_check.h"

static const struct {
  wombat_status status;
  const char* name;
  int retryable;
} kStatuses[] = {
    {WOMBAT_OK, "OK", 0},
    {WOMBAT_NOT_FOUND, "NOT_FOUND", 0},
    {WOMBAT_END, "END", 0},
    {WOMBAT_BUFFER_TOO_SMALL, "BUFFER_TOO_SMALL", 0},
    {WOMBAT_INVALID_ARGUMENT, "INVALID_ARGUMENT", 0},
    {WOMBAT_UNKNOWN_OPTION, "UNKNOWN_OPTION", 0},
    {WOMBAT_TOO_LARGE, "TOO_LARGE", 0},
    {WOMBAT_UNSUPPORTED, "UNSUPPORTED", 0},
    {WOMBAT_CLOSED, "CLOSED", 0},
    {WOMBAT_FORKED, "FORKED", 0},
    {WOMBAT_MISMATCH, "MISMATCH", 0},
    {WOMBAT_TXN_ENDED, "TXN_ENDED", 0},
    {WOMBAT_IN_USE, "IN_USE", 0},
    {WOMBAT_DROPPED, "DROPPED", 0},
    {WOMBAT_TOO_OLD, "TOO_OLD", 0},
    {WOMBAT_NO_MEMORY, "NO_MEMORY", 1},
    {WOMBAT_NO_SPACE, "NO_SPACE", 1},
    {WOMBAT_TIMED_OUT, "TIMED_OUT", 1},
    {WOMBAT_CANCELLED, "CANCELLED", 0},
    {WOMBAT_BUSY, "BUSY", 1},
    {WOMBAT_LOCKED, "LOCKED", 1},
    {WOMBAT_CONFLICT, "CONFLICT", 1},
    {WOMBAT_DEADLOCK, "DEADLOCK", 1},
    {WOMBAT_MERGE_FAILED, "MERGE_FAILED", 0},
    {WOMBAT_IO_ERROR, "IO_ERROR", 0},
    {WOMBAT_CORRUPTION, "CORRUPTION", 0},
    {WOMBAT_NOT_A_DATABASE, "NOT_A_DATABASE", 0},
    {WOMBAT_ALREADY_EXISTS, "ALREADY_EXISTS", 0},
    {WOMBAT_DOES_NOT_EXIST, "DOES_NOT_EXIST", 0},
    {WOMBAT_MISSING_FILE, "MISSING_FILE", 0},
    {WOMBAT_FORMAT_VERSION, "FORMAT_VERSION", 0},
    {WOMBAT_PERMISSION_DENIED, "PERMISSION_DENIED", 0},
    {WOMBAT_KEY_MISMATCH, "KEY_MISMATCH", 0},
    {WOMBAT_READ_ONLY, "READ_ONLY", 0},
    {WOMBAT_DEGRADED, "DEGRADED", 0},
    {WOMBAT_INTERNAL, "INTERNAL", 0},
};

static void test_statuses(void) {
  for (size_t i = 0; i < COUNT_OF(kStatuses); ++i) {
    const wombat_status status = kStatuses[i].status;
    CHECK_TEXT(wombat_status_name(status), kStatuses[i].name);
    CHECK_NUMBER(wombat_status_is_retryable(status), kStatuses[i].retryable);
    CHECK(strlen(wombat_status_help(status)) > 10);
    for (size_t j = 0; j < i; ++j)
      CHECK(strcmp(wombat_status_help(status), wombat_status_help(kStatuses[j].status)) != 0);
  }
  for (wombat_status number = -200; number < 200; ++number) {
    int is_known = 0;
    for (size_t i = 0; i < COUNT_OF(kStatuses); ++i) is_known |= kStatuses[i].status == number;
    CHECK((strcmp(wombat_status_name(number), "UNKNOWN") != 0) == is_known);
    CHECK(wombat_status_help(number)[0] != '\0');
    if (!is_known) CHECK_NUMBER(wombat_status_is_retryable(number), 0);
  }
}

static void test_errors(void) {
  wombat_error untouched;
  memset(&untouched, 0x5A, sizeof untouched);
  wombat_error copy = untouched;
  wombat_batch* batch = NULL;
  CHECK_NUMBER(sizeof(wombat_error), 512);
  CHECK_OK(wombat_batch_create(&batch, &copy));
  CHECK_STATUS(wombat_batch_rollback_to_savepoint(batch, &copy), WOMBAT_NOT_FOUND);
  CHECK(memcmp(&copy, &untouched, sizeof copy) == 0); /* written on failures only */
  wombat_batch_destroy(batch);

  CHECK_STATUS(wombat_open(NULL, NULL, NULL, &copy), WOMBAT_INVALID_ARGUMENT);
  CHECK_NUMBER(copy.status, WOMBAT_INVALID_ARGUMENT);
  CHECK_NUMBER(copy.os_error, 0);
  CHECK_NUMBER(copy.retryable, 0);
  CHECK_NUMBER(copy.reserved, 0);
  CHECK_STATUS(wombat_open(NULL, NULL, NULL, NULL), WOMBAT_INVALID_ARGUMENT);

  /* A message that is too long is cut between characters. */
  char name[3000];
  for (size_t i = 0; i + 2 < sizeof name; i += 2) memcpy(name + i, "\xC3\xA9", 2);
  name[sizeof name - 2] = '\0';
  wombat_options* options = NULL;
  CHECK_OK(wombat_options_create(&options, &error));
  CHECK_STATUS(wombat_options_set(options, name, "1", &error), WOMBAT_UNKNOWN_OPTION);
  const size_t length = strlen(error.message);
  CHECK(length < sizeof error.message);
  size_t i = length;
  while (i > 0 && ((unsigned char)error.message[i - 1] & 0xC0) == 0x80) --i;
  CHECK(length == i || ((unsigned char)error.message[i - 1] == 0xC3 && length - i == 1));
  wombat_options_destroy(options);
}

static void test_version(void) {
  char text[40];
  snprintf(text, sizeof text, "%d.%d.%d", WOMBAT_VERSION_MAJOR, WOMBAT_VERSION_MINOR, WOMBAT_VERSION_PATCH);
  CHECK_TEXT(wombat_version_string(), text);
  CHECK_NUMBER(wombat_version_number(), WOMBAT_VERSION_NUMBER);
  CHECK_NUMBER(WOMBAT_VERSION_NUMBER,
               10000 * WOMBAT_VERSION_MAJOR + 100 * WOMBAT_VERSION_MINOR + WOMBAT_VERSION_PATCH);
  CHECK_NUMBER(wombat_feature(NULL), 0);
  CHECK_NUMBER(wombat_feature(""), 0);
  CHECK_NUMBER(wombat_feature("none"), 0);
  CHECK_NUMBER(wombat_feature("encryption"), 0);
  CHECK_NUMBER(wombat_feature("transactions"), 1);
  CHECK(wombat_feature("zlib") == 0 || wombat_feature("zlib") == 1);
}

int main(void) {
  test_statuses();
  test_errors();
  test_version();
  return finish_tests("status_api_test");
}
