/// Results as a table for people, as JSON for programs, and as lines of a CSV history.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "bench_config.h"
#include "workload_runner.h"

namespace wombat::bench {

void print_table_head(std::ostream& out, const BenchConfig& config);
void print_table_row(std::ostream& out, const BenchResult& result);

std::string to_json(const BenchConfig& config, const std::vector<BenchResult>& results);

/// Appends one line a result; writes the heading when the file is new. False: could not be written.
bool append_csv(const std::string& path, const std::string& label, const BenchConfig& config,
                const std::vector<BenchResult>& results);

}  // namespace wombat::bench
