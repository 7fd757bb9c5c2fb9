/* Options and databases. */
#include <stdio.h>

#include "shim_internal.h"

int64_t wombat_shim_feature(const void* name) { return wombat_feature((const char*)name); }

int64_t wombat_shim_options_create(void) {
  wombat_error error;
  wombat_options* options;
  wombat_status status = wombat_options_create(&options, &error);
  return new_handle(status, options, &error);
}

int64_t wombat_shim_options_create_preset(const void* preset) {
  wombat_error error;
  wombat_options* options;
  wombat_status status = wombat_options_create_preset((const char*)preset, &options, &error);
  return new_handle(status, options, &error);
}

int64_t wombat_shim_options_copy(int64_t options) {
  wombat_error error;
  wombat_options* copy;
  wombat_status status = wombat_options_copy(HANDLE(options, options), &copy, &error);
  return new_handle(status, copy, &error);
}

int64_t wombat_shim_options_set(int64_t options, const void* name, const void* value) {
  wombat_error error;
  return outcome(wombat_options_set(HANDLE(options, options), (const char*)name, (const char*)value, &error),
                 &error);
}

int64_t wombat_shim_options_set_integer(int64_t options, const void* name, int64_t value) {
  wombat_error error;
  return outcome(wombat_options_set_integer(HANDLE(options, options), (const char*)name, value, &error),
                 &error);
}

int64_t wombat_shim_options_parse(int64_t options, const void* text) {
  wombat_error error;
  return outcome(wombat_options_parse(HANDLE(options, options), (const char*)text, &error), &error);
}

int64_t wombat_shim_options_get(int64_t options, const void* name, void* buffer, int64_t capacity) {
  wombat_error error;
  size_t length;
  wombat_status status = wombat_options_get(HANDLE(options, options), (const char*)name, (char*)buffer,
                                            (size_t)capacity, &length, &error);
  return amount(status, length, &error);
}

int64_t wombat_shim_options_get_integer(int64_t options, const void* name, void* value) {
  wombat_error error;
  int64_t number = 0;
  wombat_status status =
      wombat_options_get_integer(HANDLE(options, options), (const char*)name, &number, &error);
  store(value, number);
  return outcome(status, &error);
}

void wombat_shim_options_destroy(int64_t options) { wombat_options_destroy(HANDLE(options, options)); }

int64_t wombat_shim_option_describe(int64_t index, void* buffer, int64_t capacity) {
  wombat_error error;
  wombat_option_info info;
  wombat_status status;
  char text[1000];
  int length;
  memset(&info, 0, sizeof info);
  info.size = sizeof info;
  status = wombat_option_describe((size_t)index, &info, &error);
  if (status != WOMBAT_OK) return outcome(status, &error);
  length =
      snprintf(text, sizeof text, "%s\n%d\n%d\n%d\n%d\n%lld\n%lld\n%s\n%s\n%s", info.name, (int)info.type,
               (int)info.is_mutable, (int)info.is_supported, (int)info.is_per_keyspace,
               (long long)info.minimum, (long long)info.maximum, info.default_value, info.choices, info.help);
  if (length >= (int)sizeof text) length = (int)sizeof text - 1;
  if (length < capacity) memcpy(buffer, text, (size_t)length + 1);
  return length;
}

int64_t wombat_shim_open(const void* path, int64_t options) {
  wombat_error error;
  wombat_db* db;
  wombat_status status = wombat_open((const char*)path, HANDLE(options, options), &db, &error);
  return new_handle(status, db, &error);
}

int64_t wombat_shim_close(int64_t db) {
  wombat_error error;
  return outcome(wombat_close(HANDLE(db, db), &error), &error);
}

int64_t wombat_shim_destroy(const void* path) {
  wombat_error error;
  return outcome(wombat_destroy((const char*)path, &error), &error);
}

int64_t wombat_shim_get_option(int64_t db, const void* name, void* buffer, int64_t capacity) {
  wombat_error error;
  size_t length;
  wombat_status status =
      wombat_get_option(HANDLE(db, db), (const char*)name, (char*)buffer, (size_t)capacity, &length, &error);
  return amount(status, length, &error);
}

int64_t wombat_shim_set_option(int64_t db, const void* name, const void* value) {
  wombat_error error;
  return outcome(wombat_set_option(HANDLE(db, db), (const char*)name, (const char*)value, &error), &error);
}
