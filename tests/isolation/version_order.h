/// In which order the versions of each key followed each other, as far as the history tells: from the longest read of
/// a list, from commit timestamps, from reads before writes, and from what is there at the end.
#pragma once

#include <vector>

#include "isolation/anomaly.h"
#include "isolation/history_index.h"
#include "isolation/observations.h"

namespace wombat::isolation {

/// `after` came later than `before`, which may be kInitial.
struct Succession {
  uint32_t before = kInitial;
  uint32_t after = kNone;
};

class VersionOrder {
 public:
  /// Resolves absences that only one delete explains. `final_reader` is the transaction that read everything at the
  /// end, or kNone. Where the level `has_snapshots`, commits are in the order of time, so time tells their order.
  VersionOrder(HistoryIndex* index, Observations* observations, uint32_t final_reader, bool has_snapshots,
               CheckReport* report);

  const std::vector<Succession>& of_key(uint32_t key) const { return successions_[key]; }
  /// A transaction in doubt was found to have happened, by an absence that nothing else explains: begin again.
  bool must_restart() const { return must_restart_; }

 private:
  void add(uint32_t key, uint32_t before, uint32_t after);
  void follow_timestamps(uint32_t key);
  void follow_list(uint32_t key);
  void follow_time(uint32_t key);
  void follow_reads();
  void add_read_before_write(const Observation& observation);
  void root(uint32_t key);
  std::vector<uint64_t> earliest_end_after(uint32_t key) const;
  void resolve_absences();
  void resolve_absence(Observation* observation, const std::vector<uint64_t>& end_after);
  void check_final();
  void check_final_register(const Observation& found);
  void check_final_lists();
  void report_lost(uint32_t version, const std::string& found);

  HistoryIndex& index_;
  Observations& observations_;
  const uint32_t final_reader_;
  CheckReport* const report_;
  std::vector<std::vector<Succession>> successions_;
  bool must_restart_ = false;
};

}  // namespace wombat::isolation
