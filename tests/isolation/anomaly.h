/// What the checker can find in a history, which level forbids it, and the report of a check.
///
/// The names are those of A. Adya, "Weak Consistency: A Generalized Theory and Optimistic Implementations for
/// Distributed Transactions" (MIT, 1999), and of K. Kingsbury and P. Alvaro, "Elle: Inferring Isolation
/// Anomalies from Experimental Observations" (VLDB 2020).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "isolation/isolation_level.h"

namespace wombat::isolation {

enum class AnomalyKind : uint8_t {
  // Forbidden at every level.
  kGarbageRead,        // a value that nobody wrote, or that was written to another key
  kInternal,           // a transaction does not see its own write
  kDuplicate,          // an element is in a list twice
  kIncompatibleOrder,  // two reads of a list contradict each other
  kLostWrite,          // an acknowledged write is missing at the end, or a transaction happened in part
  kUpdateRead,         // between a read for update and the commit of its transaction another changed the key
  kTimestampOrder,     // two commits with one timestamp, or a later commit with an earlier one
  kG0,                 // cycle of overwrites: dirty write
  kG1a,                // aborted read, also of what was rolled back to a savepoint
  kG1b,                // intermediate read
  kG1c,                // cycle of overwrites and reads: circular information flow
  // Forbidden from snapshot isolation on.
  kLostUpdate,        // two transactions read the same version and both overwrite it
  kGSingle,           // cycle with one anti-dependency: read skew
  kGSinglePredicate,  // the same through a key that a range read did not find: phantom
  kGNonadjacent,      // cycle with several anti-dependencies, no two of them in a row
  kStaleSnapshot,     // cycle of the last three kinds that needs real time: a snapshot older than its begin
  // Forbidden when serializable.
  kG2Item,       // cycle with two anti-dependencies in a row: write skew
  kG2Predicate,  // the same through a key that a range read did not find
  kRealTime,     // any other cycle that needs real time: serializable, but not strictly
};
inline constexpr size_t kAnomalyKindCount = static_cast<size_t>(AnomalyKind::kRealTime) + 1;

const char* anomaly_name(AnomalyKind kind);
bool is_forbidden(AnomalyKind kind, IsolationLevel level);

struct Anomaly {
  AnomalyKind kind;
  std::string description;
};

class CheckReport {
 public:
  /// Whether another description of this kind would be kept.
  bool wants(AnomalyKind kind) const { return described_[index(kind)] < kDescriptionsMax; }
  void add(AnomalyKind kind, std::string description);
  void count_only(AnomalyKind kind) { ++counts_[index(kind)]; }
  void merge(const CheckReport& other);

  uint64_t count(AnomalyKind kind) const { return counts_[index(kind)]; }
  bool has(AnomalyKind kind) const { return count(kind) != 0; }
  const std::vector<Anomaly>& anomalies() const { return anomalies_; }
  bool is_clean(IsolationLevel level) const;
  /// The forbidden anomalies with their descriptions; empty when there are none.
  std::string forbidden_text(IsolationLevel level) const;
  /// One line of all counts that are not 0.
  std::string counts_text() const;

  uint64_t transaction_count = 0;  // that happened
  uint64_t unknown_count = 0;      // in doubt
  uint64_t unknown_happened_count = 0;
  uint64_t edge_count = 0;
  uint64_t ambiguous_read_count = 0;  // absences that several versions explain: nothing follows from them

 private:
  static constexpr uint32_t kDescriptionsMax = 3;
  static size_t index(AnomalyKind kind) { return static_cast<size_t>(kind); }

  std::array<uint64_t, kAnomalyKindCount> counts_ = {};
  std::array<uint32_t, kAnomalyKindCount> described_ = {};
  std::vector<Anomaly> anomalies_;
};

}  // namespace wombat::isolation
