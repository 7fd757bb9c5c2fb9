/// Notices that this process is a forked child: threads and locks of the parent did not come along.
#pragma once

#include <atomic>
#include <cstdint>

namespace wombat {

/// A number that changes in the child of a fork. Remember it when an object is made; when it has changed, the
/// object belongs to the parent and must neither be used nor destroyed in the normal way. Costs two loads.
/// Forks from the first call on are noticed. Any thread.
uint64_t fork_generation() noexcept;

/// The same for who has called fork_generation() before. Costs one load.
extern std::atomic<uint64_t> fork_count;
inline uint64_t noticed_fork_generation() noexcept { return fork_count.load(std::memory_order_relaxed); }

}  // namespace wombat
