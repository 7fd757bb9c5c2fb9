#include "database.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "input.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

std::string quoted_path(const std::string& path) { return "'" + escaped(path) + "'"; }

void set_option(wombat_options* options, const std::string& name, const std::string& value) {
  wombat_error error;
  check(wombat_options_set(options, name.c_str(), value.c_str(), &error), error,
        "option " + name + "=" + value);
}

bool has_option(const Settings& settings, const std::string& name) {
  for (const std::string& option : settings.options) {
    if (option.compare(0, name.size() + 1, name + "=") == 0) return true;
  }
  return false;
}

void apply_access(const Settings& settings, Access access, wombat_options* options) {
  const bool read_only = access == Access::kRead || settings.read_only;
  if (read_only && !has_option(settings, "open.read_only")) set_option(options, "open.read_only", "true");
  if ((access != Access::kCreate || read_only) && !has_option(settings, "open.create_if_missing")) {
    set_option(options, "open.create_if_missing", "false");
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

wombat_read_options read_options(const Moment& as_of) {
  wombat_read_options options = {};
  options.size = sizeof options;
  options.as_of_timestamp = as_of.timestamp;
  options.as_of_time_us = as_of.time_us;
  return options;
}

/// A text of the library: `call` gets a buffer, its size, the length to fill and the error.
template <typename Call>
std::string text_of(const std::string& what, Call call) {
  std::string text(1024, '\0');
  size_t length = 0;
  wombat_error error;
  for (;;) {
    const wombat_status status = check(call(text.data(), text.size(), &length, &error), error, what);
    text.resize(status == WOMBAT_OK ? length : length + 1);
    if (status == WOMBAT_OK) return text;
  }
}

}  // namespace

OptionsPtr make_options(const Settings& settings) {
  wombat_options* raw = nullptr;
  wombat_error error;
  if (settings.preset.empty()) {
    check(wombat_options_create(&raw, &error), error, "options");
  } else {
    check(wombat_options_create_preset(settings.preset.c_str(), &raw, &error), error,
          "--preset " + settings.preset);
  }
  OptionsPtr options(raw);
  if (!settings.options_file.empty()) {
    const std::string text = read_whole_file(settings.options_file);
    check(wombat_options_parse(raw, text.c_str(), &error), error, "--options-file " + settings.options_file);
  }
  for (const std::string& option : settings.options) {
    const size_t sign = option.find('=');
    if (sign == std::string::npos) {
      throw Failure(ExitCode::kUsage, "-o " + option, "expected NAME=VALUE",
                    "for example -o cache.size=256MiB");
    }
    set_option(raw, option.substr(0, sign), option.substr(sign + 1));
  }
  return options;
}

std::string option_value(const wombat_options* options, const std::string& name) {
  return text_of(name, [&](char* buffer, size_t capacity, size_t* length, wombat_error* error) {
    return wombat_options_get(options, name.c_str(), buffer, capacity, length, error);
  });
}

Database::Database(const std::string& path, Access access, const Settings& settings) : path_(path) {
  const OptionsPtr options = make_options(settings);
  apply_access(settings, access, options.get());
  wombat_error error;
  const wombat_status status = wombat_open(path.c_str(), options.get(), &db_, &error);
  if (status == WOMBAT_IO_ERROR || status == WOMBAT_UNSUPPORTED) {
    throw Failure(ExitCode::kCannotOpen, "cannot open " + quoted_path(path), error.message,
                  wombat_status_help(status));
  }
  check(status, error, "cannot open " + quoted_path(path));
  if (settings.keyspace.empty()) return;
  const wombat_status found = wombat_keyspace_open(db_, settings.keyspace.c_str(), &keyspace_, &error);
  if (found == WOMBAT_OK) return;
  wombat_close(db_, nullptr);
  check(found, error, "--keyspace " + settings.keyspace);
}

Database::~Database() {
  wombat_close(keyspace_, nullptr);
  wombat_close(db_, nullptr);
}

void Database::close() {
  wombat_error error;
  wombat_close(keyspace_, nullptr);
  keyspace_ = nullptr;
  wombat_db* db = db_;
  db_ = nullptr;
  check(wombat_close(db, &error), error, "closing " + quoted_path(path_));
}

bool Database::get(Bytes key, const Moment& as_of, std::string* value) const {
  const wombat_read_options options = read_options(as_of);
  wombat_error error;
  size_t size = 0;
  value->resize(4096);
  for (;;) {
    const wombat_status status = check(
        wombat_get(handle(), key.data(), key.size(), &options, value->data(), value->size(), &size, &error),
        error, "get");
    if (status == WOMBAT_NOT_FOUND) return false;
    value->resize(size);
    if (status == WOMBAT_OK) return true;
  }
}

bool Database::exists(Bytes key, const Moment& as_of) const {
  const wombat_read_options options = read_options(as_of);
  wombat_error error;
  return check(wombat_exists(handle(), key.data(), key.size(), &options, &error), error, "exists") ==
         WOMBAT_OK;
}

void Database::put(Bytes key, Bytes value, const wombat_write_options& options) const {
  wombat_error error;
  check(wombat_put(handle(), key.data(), key.size(), value.data(), value.size(), &options, &error), error,
        "put");
}

void Database::merge(const std::string& name, Bytes key, Bytes operand,
                     const wombat_write_options& options) const {
  wombat_error error;
  check(wombat_merge(handle(), name.c_str(), key.data(), key.size(), operand.data(), operand.size(), &options,
                     &error),
        error, "merge");
}

void Database::delete_range(Bytes lower, const std::string* upper,
                            const wombat_write_options& options) const {
  wombat_error error;
  check(wombat_delete_range(handle(), lower.data(), lower.size(), upper == nullptr ? nullptr : upper->data(),
                            upper == nullptr ? 0 : upper->size(), &options, &error),
        error, "delete-range");
}

bool Database::put_if_absent(Bytes key, Bytes value, const wombat_write_options& options) const {
  wombat_error error;
  return check(wombat_put_if_absent(handle(), key.data(), key.size(), value.data(), value.size(), &options,
                                    &error),
               error, "put") == WOMBAT_OK;
}

bool Database::compare_and_set(Bytes key, Bytes expected, const std::string* desired,
                               const wombat_write_options& options) const {
  wombat_error error;
  return check(wombat_compare_and_set(handle(), key.data(), key.size(), expected.data(), expected.size(),
                                      desired == nullptr ? nullptr : desired->data(),
                                      desired == nullptr ? 0 : desired->size(), &options, &error),
               error, "cas") == WOMBAT_OK;
}

int64_t Database::fetch_add(Bytes key, int64_t delta, const wombat_write_options& options) const {
  int64_t before = 0;
  wombat_error error;
  check(wombat_fetch_add(handle(), key.data(), key.size(), delta, &options, &before, &error), error, "add");
  return before;
}

void Database::sync() const {
  wombat_error error;
  check(wombat_sync(handle(), &error), error, "sync");
}

std::string Database::report(int32_t format) const {
  return text_of("stats", [&](char* buffer, size_t capacity, size_t* length, wombat_error* error) {
    return wombat_report(handle(), format, buffer, capacity, length, error);
  });
}

std::string property_text(wombat_db* handle, const std::string& name) {
  return text_of("property " + name, [&](char* buffer, size_t capacity, size_t* length, wombat_error* error) {
    return wombat_property(handle, name.c_str(), buffer, capacity, length, error);
  });
}

std::string option_text(wombat_db* handle, const std::string& name) {
  return text_of(name, [&](char* buffer, size_t capacity, size_t* length, wombat_error* error) {
    return wombat_get_option(handle, name.c_str(), buffer, capacity, length, error);
  });
}

std::string Database::property(const std::string& name) const { return property_text(handle(), name); }

std::string Database::option(const std::string& name) const { return option_text(handle(), name); }

std::vector<std::string> Database::keyspaces() const {
  return lines_of(
      text_of("keyspaces", [&](char* buffer, size_t capacity, size_t* length, wombat_error* error) {
        return wombat_keyspace_list(handle(), buffer, capacity, length, error);
      }));
}

std::vector<std::string> Database::prepared() const {
  return lines_of(
      text_of("prepared", [&](char* buffer, size_t capacity, size_t* length, wombat_error* error) {
        return wombat_prepared_list(handle(), buffer, capacity, length, error);
      }));
}

}  // namespace wombat::cli
