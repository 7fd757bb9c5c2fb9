/* What the tests of wombat.h, plain C programs, share: checks that count, and a directory of their own. */
#ifndef WOMBAT_TESTS_CAPI_CHECK_H
#define WOMBAT_TESTS_CAPI_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wombat.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define CHECK(fact) check_fact((fact) != 0, #fact, __FILE__, __LINE__)
/* `call` may use `error`, which check_error() gives. */
#define CHECK_STATUS(call, expected) check_status((call), (expected), #call, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK_STATUS(call, WOMBAT_OK)
/* The last failed call told `text` in its message. */
#define CHECK_MESSAGE(text) check_message((text), __FILE__, __LINE__)
#define CHECK_NUMBER(actual, expected) \
  check_number((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)

/* The one error struct that the tests hand to calls. */
extern wombat_error error;

void check_fact(int holds, const char* fact, const char* file, int line);
void check_status(wombat_status status, wombat_status expected, const char* call, const char* file, int line);
void check_message(const char* text, const char* file, int line);
void check_number(long long actual, long long expected, const char* what, const char* file, int line);
void check_text(const char* actual, const char* expected, const char* what, const char* file, int line);

/* Path of `name` in a directory that finish_tests() removes. Static memory, used again after eight calls. */
const char* test_path(const char* name);
/* Opens test_path(name) with options from text; ends the program when that fails. */
wombat_db* open_test(const char* name, const char* options);
void put_text(wombat_db* db, const char* key, const char* value);
/* The value of a key; "(none)" when it is absent. Static memory, used again after eight calls. */
const char* get_text(wombat_db* db, const char* key);
/* Failures so far. */
long check_failures(void);
/* Prints the count of checks; the exit code of the program. */
int finish_tests(const char* name);

#endif
