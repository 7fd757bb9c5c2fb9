// Statistics, reports and properties.
#include <charconv>

#include "db/report.h"
#include "handles.h"

using namespace wombat;

namespace {

Status describe(size_t index, size_t count, StatisticName (*name_of)(size_t), const char** name,
                const char** help) {
  if (index >= count) {
    return Status::invalid_argument("index is " + std::to_string(index) + "; there are " +
                                    std::to_string(count));
  }
  const StatisticName found = name_of(index);
  if (name != nullptr) *name = found.name;
  if (help != nullptr) *help = found.help;
  return Status::ok();
}

Status read_property(wombat_db* db, const char* name, std::string* text) {
  SharedPlace place;
  WOMBAT_TRY(share_database(db, &place));
  if (name == nullptr) return Status::invalid_argument("name is NULL");
  WOMBAT_ASSIGN(*text, place.tree->property(name));
  return Status::ok();
}

}  // namespace

size_t wombat_statistic_count(void) { return statistic_count(); }

wombat_status wombat_statistic_describe(size_t index, const char** name, const char** help,
                                        wombat_error* error) {
  return guarded(error, [&] { return describe(index, statistic_count(), statistic_name, name, help); });
}

wombat_status wombat_statistics(wombat_db* db, uint64_t* values, size_t capacity, size_t* count,
                                wombat_error* error) {
  return guarded(error, [&] {
    if (count != nullptr) *count = 0;
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    if (values == nullptr && capacity != 0)
      return Status::invalid_argument("values is NULL, but its capacity is not 0");
    const size_t written = std::min(capacity, statistic_count());
    read_statistics(*place.db, values, written);
    if (count != nullptr) *count = written;
    return Status::ok();
  });
}

wombat_status wombat_report(wombat_db* db, int32_t format, char* buffer, size_t capacity, size_t* length,
                            wombat_error* error) {
  return guarded(error, [&] {
    if (length != nullptr) *length = 0;
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    if (format != WOMBAT_FORMAT_TEXT && format != WOMBAT_FORMAT_JSON) {
      return Status::invalid_argument("format is " + std::to_string(format) +
                                      "; expected WOMBAT_FORMAT_TEXT or WOMBAT_FORMAT_JSON");
    }
    return write_text(format == WOMBAT_FORMAT_TEXT ? text_report(*place.tree) : json_report(*place.tree),
                      buffer, capacity, length);
  });
}

size_t wombat_property_count(void) { return property_count(); }

wombat_status wombat_property_describe(size_t index, const char** name, const char** help,
                                       wombat_error* error) {
  return guarded(error, [&] { return describe(index, property_count(), property_name, name, help); });
}

wombat_status wombat_property(wombat_db* db, const char* name, char* buffer, size_t capacity, size_t* length,
                              wombat_error* error) {
  return guarded(error, [&] {
    if (length != nullptr) *length = 0;
    std::string text;
    WOMBAT_TRY(read_property(db, name, &text));
    return write_text(text, buffer, capacity, length);
  });
}

wombat_status wombat_property_integer(wombat_db* db, const char* name, uint64_t* value, wombat_error* error) {
  return guarded(error, [&] {
    std::string text;
    WOMBAT_TRY(read_property(db, name, &text));
    uint64_t number = 0;
    const auto [end, parse_error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parse_error != std::errc() || end != text.data() + text.size()) {
      return Status::invalid_argument("property " + std::string(name) + " is text; use wombat_property");
    }
    if (value != nullptr) *value = number;
    return Status::ok();
  });
}
