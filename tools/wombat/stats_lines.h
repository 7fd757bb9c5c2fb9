/// Properties that are JSON, for people: one line for each level or job.
#pragma once

#include <string>

namespace wombat::cli {

/// A report of wombat_report as text, with "compaction.levels" and "compaction.jobs" spelled out.
std::string with_spelled_out(const std::string& report);
/// The value of a property as lines, each with a line end; the value itself where there is nothing to spell out.
std::string spelled_out(const std::string& name, const std::string& value);

}  // namespace wombat::cli
