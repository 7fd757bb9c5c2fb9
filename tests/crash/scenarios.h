/// What the crash and fault sweeps interrupt: short programs, one for each thing that a database does.
#pragma once

#include <ostream>
#include <vector>

#include "crash/session.h"

namespace wombat {

struct Scenario {
  const char* name;
  /// Makes what is there before; not swept. Null: nothing.
  void (*prepare)(Session&);
  /// Swept from Session::start() on.
  void (*run)(Session&);
  /// The program that prepares is cut down, not ended.
  bool begins_with_crash = false;
  /// What all of its opens have besides their own.
  const char* options = "";
};
inline std::ostream& operator<<(std::ostream& out, const Scenario& scenario) { return out << scenario.name; }

const std::vector<Scenario>& scenarios();
/// Null when there is none of that name.
const Scenario* find_scenario(const std::string& name);

}  // namespace wombat
