/// The measured loops: what one thread does with its plan, through wombat.h alone.
#pragma once

#include <wombat.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "latency_sampler.h"
#include "value_source.h"
#include "workload.h"

namespace wombat::bench {

struct LoopInput {
  wombat_db* db;
  const Workload& workload;
  const BenchConfig& config;
  const WorkPlan& plan;
  const ValueSource& values;
};

struct LoopOutput {
  explicit LoopOutput(uint32_t sample_every) : sampler(sample_every) {}
  LatencySampler sampler;
  uint64_t operations = 0;  // keys read, entries written, rows scanned, seeks
  uint64_t found = 0;       // of the lookups; rows of the seeks
  uint64_t bytes = 0;       // keys and values
  uint64_t cpu_ns = 0;      // processor time of the thread
  uint64_t digest = 0;      // of bytes looked at, so that looking is not left out by the compiler
  std::string failure;      // empty: none
};

/// Operations that one call of the library does; latencies are of whole calls.
size_t operations_per_call(const Workload& workload, const BenchConfig& config);

/// Does the plan and takes its processor time. Stops at the first failure.
void run_loop(const LoopInput& input, LoopOutput* output);

/// Overwrites uniformly random entries until `stop`; counts in `*written`.
void overwrite_until(const LoopInput& input, const std::atomic<bool>& stop, std::atomic<uint64_t>* written,
                     std::string* failure);

}  // namespace wombat::bench
