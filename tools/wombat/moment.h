/// A state of the past that a read asks for, as --as-of names it.
#pragma once

#include <cstdint>
#include <string>

namespace wombat::cli {

/// The state after a commit, or that at a time. Neither: the newest state.
struct Moment {
  uint64_t timestamp = 0;
  uint64_t time_us = 0;  // microseconds since 1970

  bool is_past() const { return timestamp != 0 || time_us != 0; }
};

/// "17": after commit 17. "2026-11-20T12:00:00Z", with a fraction of a second or an offset such as +01:00 where wanted.
/// "-10m", "-1h30m": so long before `now_us`; units are ms, s, m, h and d. Throws Failure (usage).
Moment parse_moment(const std::string& text, uint64_t now_us);
/// As above, before the present time.
Moment parse_moment(const std::string& text);

/// "2026-11-20T12:00:00.000250Z", without a fraction where that is 0.
std::string time_text(uint64_t time_us);

}  // namespace wombat::cli
