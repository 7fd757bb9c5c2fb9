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
  std::string value(256, '\0');
  size_t length = 0;
  wombat_error error;
  for (;;) {
    const wombat_status status = check(
        wombat_options_get(options, name.c_str(), value.data(), value.size(), &length, &error), error, name);
    value.resize(status == WOMBAT_OK ? length : length + 1);
    if (status == WOMBAT_OK) return value;
  }
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

bool Database::get(Bytes key, std::string* value) const {
  wombat_error error;
  size_t size = 0;
  value->resize(4096);
  for (;;) {
    const wombat_status status = check(
        wombat_get(handle(), key.data(), key.size(), nullptr, value->data(), value->size(), &size, &error),
        error, "get");
    if (status == WOMBAT_NOT_FOUND) return false;
    value->resize(size);
    if (status == WOMBAT_OK) return true;
  }
}

bool Database::exists(Bytes key) const {
  wombat_error error;
  return check(wombat_exists(handle(), key.data(), key.size(), nullptr, &error), error, "exists") ==
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

void Database::sync() const {
  wombat_error error;
  check(wombat_sync(handle(), &error), error, "sync");
}

std::string Database::report(int32_t format) const {
  std::string text(16384, '\0');
  size_t length = 0;
  wombat_error error;
  for (;;) {
    const wombat_status status =
        check(wombat_report(handle(), format, text.data(), text.size(), &length, &error), error, "stats");
    text.resize(status == WOMBAT_OK ? length : length + 1);
    if (status == WOMBAT_OK) return text;
  }
}

std::string Database::property(const std::string& name) const {
  std::string text(1024, '\0');
  size_t length = 0;
  wombat_error error;
  for (;;) {
    const wombat_status status =
        check(wombat_property(handle(), name.c_str(), text.data(), text.size(), &length, &error), error,
              "property " + name);
    text.resize(status == WOMBAT_OK ? length : length + 1);
    if (status == WOMBAT_OK) return text;
  }
}

}  // namespace wombat::cli
