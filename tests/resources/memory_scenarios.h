/// What a program does while memory is short: the scenarios of the out-of-memory test.
#pragma once

#include <vector>

#include "resources/api_session.h"

namespace wombat {

/// What the database holds when a scenario begins.
enum class StartState { kMissing, kLogs, kTables };

struct MemoryScenario {
  const char* name;
  StartState start;
  bool is_open;  // before the faults begin
  /// Runs with faults; calls that follow a failure go on as far as they make sense.
  void (*run)(ApiSession& session);
};

const std::vector<MemoryScenario>& memory_scenarios();

// One of them, in a file of its own.
void ingest_scenario(ApiSession& session);

}  // namespace wombat
