#include "resource_usage.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace wombat::bench {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/// The number behind `label` in a file of "label: number" lines.
uint64_t read_labelled(const char* path, const std::string& label) {
  std::ifstream file(path);
  std::string word;
  uint64_t value = 0;
  while (file >> word)
    if (word == label && file >> value) return value;
  return 0;
}

}  // namespace

ResourceUsage ResourceUsage::now() {
  ResourceUsage usage;
  rusage times{};
  if (getrusage(RUSAGE_SELF, &times) == 0) {
    usage.user_s = seconds(times.ru_utime);
    usage.system_s = seconds(times.ru_stime);
  }
  usage.write_call_bytes = read_labelled("/proc/self/io", "wchar:");
  usage.write_block_bytes = read_labelled("/proc/self/io", "write_bytes:");
  return usage;
}

ResourceUsage ResourceUsage::since(const ResourceUsage& earlier) const {
  return {user_s - earlier.user_s, system_s - earlier.system_s, write_call_bytes - earlier.write_call_bytes,
          write_block_bytes - earlier.write_block_bytes};
}

void reset_memory_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

uint64_t memory_peak_bytes() { return read_labelled("/proc/self/status", "VmHWM:") * 1024; }

uint64_t memory_resident_bytes() { return read_labelled("/proc/self/status", "VmRSS:") * 1024; }

uint64_t memory_available_bytes() { return read_labelled("/proc/meminfo", "MemAvailable:") * 1024; }

uint64_t disk_bytes(const std::string& directory) {
  uint64_t total = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    struct stat status {};
    if (lstat(entry.path().c_str(), &status) == 0) total += static_cast<uint64_t>(status.st_blocks) * 512;
  }
  return total;
}

void touch_memory(uint64_t size_bytes) {
  char* const memory = static_cast<char*>(std::malloc(size_bytes));
  if (memory == nullptr) return;
  volatile char* const page = memory;
  for (uint64_t i = 0; i < size_bytes; i += 4096) page[i] = 1;
  std::free(memory);
}

std::string machine_name() {
  std::ifstream file("/proc/cpuinfo");
  std::string line, model = "unknown processor";
  while (std::getline(file, line))
    if (line.rfind("model name", 0) == 0) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  return std::to_string(std::thread::hardware_concurrency()) + " x " + model;
}

}  // namespace wombat::bench
