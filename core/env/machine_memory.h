/// How much memory the process may use.
#pragma once

#include <cstdint>
#include <string>

namespace wombat {

/// Bytes of memory of the machine; 0: unknown.
uint64_t physical_memory() noexcept;

/// The least limit that control groups put on the process, of version 1 and 2; 0: none is known. What the files hold is not
/// trusted: what cannot be understood is passed over. `process_groups` lists the groups of the process, as
/// /proc/self/cgroup does; `mount` is where their files are.
uint64_t control_group_memory(const std::string& process_groups = "/proc/self/cgroup",
                              const std::string& mount = "/sys/fs/cgroup");

/// The smaller one of the two; 0: unknown.
uint64_t usable_memory();

}  // namespace wombat
