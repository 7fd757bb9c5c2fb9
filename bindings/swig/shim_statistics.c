/* Statistics, properties and reports. */
#include "shim_internal.h"

const char* wombat_shim_statistic_name(int64_t index) {
  const char* name = NULL;
  return wombat_statistic_describe((size_t)index, &name, NULL, NULL) == WOMBAT_OK ? name : NULL;
}

const char* wombat_shim_statistic_help(int64_t index) {
  const char* help = NULL;
  return wombat_statistic_describe((size_t)index, NULL, &help, NULL) == WOMBAT_OK ? help : NULL;
}

int64_t wombat_shim_statistics(int64_t db, void* values, int64_t capacity) {
  wombat_error error;
  size_t count = 0;
  wombat_status status =
      wombat_statistics(HANDLE(db, db), (uint64_t*)values, (size_t)capacity, &count, &error);
  return amount(status, count, &error);
}

int64_t wombat_shim_report(int64_t db, int32_t format, void* buffer, int64_t capacity) {
  wombat_error error;
  size_t length = 0;
  wombat_status status =
      wombat_report(HANDLE(db, db), format, (char*)buffer, (size_t)capacity, &length, &error);
  return amount(status, length, &error);
}

const char* wombat_shim_property_name(int64_t index) {
  const char* name = NULL;
  return wombat_property_describe((size_t)index, &name, NULL, NULL) == WOMBAT_OK ? name : NULL;
}

const char* wombat_shim_property_help(int64_t index) {
  const char* help = NULL;
  return wombat_property_describe((size_t)index, NULL, &help, NULL) == WOMBAT_OK ? help : NULL;
}

int64_t wombat_shim_property(int64_t db, const void* name, void* buffer, int64_t capacity) {
  wombat_error error;
  size_t length = 0;
  wombat_status status =
      wombat_property(HANDLE(db, db), (const char*)name, (char*)buffer, (size_t)capacity, &length, &error);
  return amount(status, length, &error);
}

int64_t wombat_shim_property_integer(int64_t db, const void* name, void* value) {
  wombat_error error;
  uint64_t number = 0;
  wombat_status status = wombat_property_integer(HANDLE(db, db), (const char*)name, &number, &error);
  store(value, (int64_t)number);
  return outcome(status, &error);
}
