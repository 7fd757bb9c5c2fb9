/// What the device itself takes for a synced write: the bound for every log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace wombat::bench {

/// pwrite of `record_bytes`, one behind the other, and fdatasync after each, into a file of zeroes that is already on the device, in
/// `directory`. Returns how many of these a second.
double measure_device_sync(const std::string& directory, size_t record_bytes, uint64_t count);

}  // namespace wombat::bench
