/// Which version each read of a history saw, and what is wrong with single reads: values from nowhere, aborted and
/// intermediate ones, own writes not seen, lists that contradict each other.
#pragma once

#include <vector>

#include "isolation/anomaly.h"
#include "isolation/history_index.h"

namespace wombat::isolation {

struct Observation {
  uint32_t reader = 0;
  uint32_t key = 0;
  uint32_t version = kInitial;
  /// What the reader itself installs under the key after this read, with no other read of the key between; kNone.
  uint32_t own_version = kNone;
  bool is_predicate = false;  // an absence that a range read shows
  bool is_absence = false;
  bool is_resolved = true;  // false: `version` is not known, because several deletes may explain the absence
};

class Observations {
 public:
  /// Reads of the transactions that happened.
  Observations(const HistoryIndex& index, CheckReport* report);

  std::vector<Observation>& all() { return all_; }
  const std::vector<Observation>& all() const { return all_; }
  /// Of a history of lists: the longest that was read of each key; may be nullptr.
  const Content* longest(uint32_t key) const { return longest_.empty() ? nullptr : longest_[key]; }

 private:
  struct OwnWrite {
    uint32_t key;
    Value value;  // 0: a delete
  };

  void find_longest();
  void check_longest();
  void walk(uint32_t reader);
  void see_range(uint32_t reader, const Operation& operation);
  void see(uint32_t reader, Key key, const Content& content, const Operation& operation);
  void see_own(uint32_t reader, Value own, const Content& content, const Operation& operation);
  void see_absence(uint32_t reader, uint32_t key, bool is_range);
  bool check_list(uint32_t reader, uint32_t key, const Content& content, const Operation& operation);
  void note_write(uint32_t reader, uint32_t key, Value value);
  const OwnWrite* own_write(uint32_t key) const;
  void report(AnomalyKind kind, uint32_t reader, const Operation& operation, const std::string& what);

  const HistoryIndex& index_;
  CheckReport* const report_;
  std::vector<Observation> all_;
  std::vector<const Content*> longest_;
  std::vector<bool> has_tombstone_;  // by key: a delete that happened or may have happened
  // Of the transaction that is being walked.
  std::vector<OwnWrite> own_writes_;
  size_t first_of_reader_ = 0;
};

}  // namespace wombat::isolation
