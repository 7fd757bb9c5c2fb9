#include "resources/memory_sampler.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace wombat {

namespace {
/// Of the JSON that the property memory.usage is; the rest of a CSV line.
constexpr const char* kColumns[] = {"total",     "memtables",    "cache",   "table_indexes", "merges",
                                    "iterators", "transactions", "batches", "logs"};

std::string number_in(const std::string& json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\":");
  if (at == std::string::npos) return "0";
  const size_t from = at + name.size() + 3;
  return json.substr(from, json.find_first_not_of("0123456789", from) - from);
}
}  // namespace

/// With C functions and a buffer of its own: the sampler is not to disturb what it measures.
uint64_t resident_anonymous_bytes() {
  std::array<char, 4096> text{};
  FILE* const file = std::fopen("/proc/self/status", "r");
  if (file == nullptr) return 0;
  const size_t size = std::fread(text.data(), 1, text.size() - 1, file);
  std::fclose(file);
  text[size] = '\0';
  const char* const line = std::strstr(text.data(), "RssAnon:");
  return line == nullptr ? 0 : std::strtoull(line + std::strlen("RssAnon:"), nullptr, 10) * 1024;
}

MemorySampler::MemorySampler(const std::string& csv_path) {
  if (!csv_path.empty()) {
    csv_.open(csv_path);
    csv_ << "seconds,phase,resident_anonymous";
    for (const char* column : kColumns) csv_ << "," << column;
    csv_ << "\n";
  }
  thread_ = std::thread([this] { run(); });
}

MemorySampler::~MemorySampler() {
  stops_.store(true);
  thread_.join();
}

void MemorySampler::watch(wombat_db* db) {
  std::lock_guard lock(mutex_);
  db_ = db;
}

void MemorySampler::begin_phase(const std::string& name) {
  std::lock_guard lock(mutex_);
  phase_ = name;
}

std::map<std::string, uint64_t> MemorySampler::peaks() const {
  std::lock_guard lock(mutex_);
  return peaks_;
}

void MemorySampler::run() {
  auto csv_next = began_;
  while (!stops_.load()) {
    const uint64_t resident = resident_anonymous_bytes();
    {
      std::lock_guard lock(mutex_);
      uint64_t& peak = peaks_[phase_];
      peak = std::max(peak, resident);
      if (csv_.is_open() && std::chrono::steady_clock::now() >= csv_next) {
        csv_next += kCsvPause;
        write_line(resident);
      }
    }
    std::this_thread::sleep_for(kPause);
  }
}

void MemorySampler::write_line(uint64_t resident) {
  std::array<char, 2048> usage{};
  size_t length = 0;
  if (db_ != nullptr &&
      wombat_property(db_, "memory.usage", usage.data(), usage.size(), &length, nullptr) != WOMBAT_OK)
    usage[0] = '\0';
  const std::string json(usage.data());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  csv_ << seconds << "," << phase_ << "," << resident;
  for (const char* column : kColumns) csv_ << "," << number_in(json, column);
  csv_ << "\n";
}

}  // namespace wombat
