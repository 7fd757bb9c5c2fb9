/// What the rounds come to: medians by engine, and Wombat's ratio to the best peer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contest.h"

namespace wombat::bench {

/// Medians over the rounds, each figure by itself.
struct EngineSummary {
  const StoreKind* kind = nullptr;
  std::vector<double> rates;  // operations a second by round
  double rate = 0;
  double settle_s = 0;
  double cpu_s = 0, settle_cpu_s = 0;
  double p50_ns = 0, p99_ns = 0, p999_ns = 0;
  double stall_ns = 0;  // the longest of all rounds
  double memory_bytes = 0;
  double written_bytes = 0;
  std::optional<double> write_amplification;  // of workloads that write
  std::optional<double> space_amplification;  // of workloads that write, when something is left
  std::optional<double> abort_rate;           // of transactions: attempts that ended without a commit
  double writer_rate = 0;                     // of the thread beside the readers
};

struct PeerRatio {
  const EngineSummary* peer;
  double ratio;         // of the medians: above 1 Wombat is faster
  double lowest_ratio;  // of the round in which it was lowest
};

struct RowSummary {
  const MatchWorkload* workload = nullptr;
  std::vector<EngineSummary> engines;  // in the order of the catalogue
  std::optional<double> device_rate;   // of fillsync
  const EngineSummary* find(std::string_view name) const;
  /// Nothing without Wombat or without a peer.
  std::optional<PeerRatio> to_best_peer(bool only_logged) const;
};

std::vector<RowSummary> summarize(const Contest& contest);

}  // namespace wombat::bench
