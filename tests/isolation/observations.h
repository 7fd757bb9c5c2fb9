/// Which version each read of a history saw, and what is wrong with single reads: values from nowhere, aborted and
/// intermediate ones, own writes not seen, lists that contradict each other.
#pragma once

#include <span>
#include <vector>

#include "isolation/anomaly.h"
#include "isolation/history_index.h"
#include "isolation/own_writes.h"

namespace wombat::isolation {

struct Observation {
  uint32_t reader = 0;
  uint32_t key = 0;
  uint32_t version = kInitial;
  /// What the reader itself installs under the key after this read, with no other read of the key between; kNone.
  uint32_t own_version = kNone;
  bool is_predicate = false;  // an absence that a range read shows
  bool is_absence = false;
  bool is_for_update = false;
  bool is_resolved = true;  // false: `version` is not known, because several deletes may explain the absence
};

class Observations {
 public:
  /// Reads of the transactions that happened.
  Observations(const HistoryIndex& index, CheckReport* report);

  std::vector<Observation>& all() { return all_; }
  const std::vector<Observation>& all() const { return all_; }
  /// Of a history of lists: the longest that was read of each key, without what the reader itself had appended (which
  /// others may have come before when it commits). May be empty.
  std::span<const Value> longest(uint32_t key) const {
    return longest_.empty() ? std::span<const Value>() : longest_[key];
  }

 private:
  void find_longest();
  void check_longest();
  void walk(uint32_t reader);
  void see_range(uint32_t reader, const Operation& operation);
  void see(uint32_t reader, Key key, const Content& content, const Operation& operation);
  void see_own(uint32_t reader, const OwnWrite& own, const Content& content, const Operation& operation);
  void see_others(uint32_t reader, uint32_t key, std::span<const Value> content, const Operation& operation);
  void see_absence(uint32_t reader, uint32_t key, const Operation& operation);
  bool is_possible(uint32_t reader, uint32_t version, const Operation& operation);
  bool check_list(uint32_t reader, uint32_t key, std::span<const Value> content, const Operation& operation);
  void note_write(uint32_t reader, uint32_t key, const Operation& operation);
  void report(AnomalyKind kind, uint32_t reader, const Operation& operation, const std::string& what);

  const HistoryIndex& index_;
  CheckReport* const report_;
  std::vector<Observation> all_;
  std::vector<std::span<const Value>> longest_;
  std::vector<bool> has_tombstone_;  // by key: a delete that happened or may have happened
  // Of the transaction that is being walked.
  OwnWrites own_writes_;
  size_t first_of_reader_ = 0;
};

}  // namespace wombat::isolation
