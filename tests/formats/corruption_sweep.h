/// One case of the corruption sweep: damage a copy of a golden database, open it, read everything, judge.
#pragma once

#include <optional>
#include <string>

#include "formats/damage.h"

namespace wombat {

enum class OpenMode { kReadOnly, kWriting };

struct SweepCounts {
  uint64_t right_data = 0;
  uint64_t refused = 0;
  uint64_t shorter_history = 0;
};

/// Nothing when all is well, else what is wrong.
std::optional<std::string> run_damage(const Damage& damage, const GoldenDatabase& golden,
                                      const GoldenDatabase& twin, OpenMode mode, SweepCounts* counts);

/// More memory than this, beyond what was there before, no damage may cost.
inline constexpr int64_t kSweepMemoryMaxBytes = int64_t{64} << 20;
/// Longer than this no case may take. The sweep shares its machine with others, so it is far above what a
/// case takes, and far below what a loop over a damaged length would.
inline constexpr uint64_t kSweepCaseTimeMaxMs = 20'000;

}  // namespace wombat
