#include "bench_database.h"

#include <filesystem>
#include <utility>

namespace wombat::bench {

void require(wombat_status status, const wombat_error& error, const std::string& what) {
  if (status < 0)
    throw BenchFailure(what + ": " + wombat_status_name(status) + ": " + std::string(error.message));
}

BenchDatabase::BenchDatabase(std::string directory, const std::string& preset,
                             const std::vector<std::string>& options)
    : directory_(std::move(directory)) {
  wombat_error error;
  require(wombat_options_create_preset(preset.c_str(), &options_, &error), error, "preset " + preset);
  for (const std::string& option : options) {
    const size_t equals = option.find('=');
    wombat_status status = WOMBAT_INVALID_ARGUMENT;
    std::string message = "option \"" + option + "\" is not NAME=VALUE";
    if (equals != std::string::npos) {
      status =
          wombat_options_set(options_, option.substr(0, equals).c_str(), option.c_str() + equals + 1, &error);
      message = error.message;
    }
    if (status < 0) {
      wombat_options_destroy(options_);
      throw BenchFailure(message);
    }
  }
}

BenchDatabase::~BenchDatabase() {
  wombat_close(db_, nullptr);
  wombat_options_destroy(options_);
}

bool BenchDatabase::exists() const {
  std::error_code ignored;
  return std::filesystem::exists(directory_, ignored) && !std::filesystem::is_empty(directory_, ignored);
}

void BenchDatabase::open() {
  wombat_error error;
  require(wombat_open(directory_.c_str(), options_, &db_, &error), error, "open " + directory_);
}

void BenchDatabase::close() {
  wombat_error error;
  wombat_db* const db = std::exchange(db_, nullptr);
  if (db != nullptr) require(wombat_close(db, &error), error, "close");
}

void BenchDatabase::destroy() {
  close();
  if (!exists()) return;
  wombat_error error;
  require(wombat_destroy(directory_.c_str(), &error), error, "destroy " + directory_);
}

void BenchDatabase::flush() {
  wombat_error error;
  require(wombat_flush(db_, nullptr, &error), error, "flush");
}

void BenchDatabase::compact() {
  wombat_error error;
  require(wombat_compact_range(db_, nullptr, 0, nullptr, 0, nullptr, &error), error, "compact");
}

void BenchDatabase::wait() {
  wombat_error error;
  require(wombat_wait(db_, nullptr, &error), error, "wait");
}

void BenchDatabase::verify() {
  wombat_error error;
  require(wombat_verify(db_, nullptr, &error), error, "verify");
}

std::string BenchDatabase::report() {
  wombat_error error;
  std::string text(4096, '\0');
  size_t length = 0;
  wombat_status status = wombat_report(db_, WOMBAT_FORMAT_TEXT, text.data(), text.size(), &length, &error);
  while (status == WOMBAT_BUFFER_TOO_SMALL) {
    text.resize(length + 4096);
    status = wombat_report(db_, WOMBAT_FORMAT_TEXT, text.data(), text.size(), &length, &error);
  }
  require(status, error, "report");
  text.resize(length);
  return text;
}

uint64_t BenchDatabase::statistic(const std::string& name) const {
  const size_t count = wombat_statistic_count();
  std::vector<uint64_t> values(count);
  size_t written = 0;
  if (wombat_statistics(db_, values.data(), count, &written, nullptr) < 0) return 0;
  for (size_t i = 0; i < written; ++i) {
    const char* found = nullptr;
    if (wombat_statistic_describe(i, &found, nullptr, nullptr) == WOMBAT_OK && name == found)
      return values[i];
  }
  return 0;
}

}  // namespace wombat::bench
