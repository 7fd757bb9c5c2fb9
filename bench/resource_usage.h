/// What a stretch of work cost this process, apart from time: processor, bytes written, memory, space.
#pragma once

#include <cstdint>
#include <string>

namespace wombat::bench {

struct ResourceUsage {
  double user_s = 0;
  double system_s = 0;
  uint64_t write_call_bytes = 0;   // handed to write and its kin
  uint64_t write_block_bytes = 0;  // pages that became dirty and go to the device, mapped ones included

  /// Figures of this process up to now, all threads together. What the system does not tell is 0.
  static ResourceUsage now();
  ResourceUsage since(const ResourceUsage& earlier) const;
};

/// Forgets the peak, where the system allows it.
void reset_memory_peak();
/// Most memory in use since the last reset, in bytes.
uint64_t memory_peak_bytes();
/// Memory in use now, in bytes; mapped files count.
uint64_t memory_resident_bytes();
/// Memory that could be used without others having to give some back, in bytes.
uint64_t memory_available_bytes();
/// Blocks that the files in `directory` (not below) take, in bytes.
uint64_t disk_bytes(const std::string& directory);
/// Touches and frees memory: on virtual machines memory never used before costs microseconds a page, which
/// would otherwise be counted as somebody's slowness.
void touch_memory(uint64_t size_bytes);
/// Name of the processor and how many there are.
std::string machine_name();

}  // namespace wombat::bench
