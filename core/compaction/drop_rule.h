/// Which entries may disappear when tables are written, and why.
///
/// `snapshots` is fixed when the job starts: every timestamp at which somebody reads or may begin to read,
/// the newest committed one included. Of the versions of a key that lie between two neighbouring snapshots
/// only the newest can ever be seen; the others are dropped. A delete that everybody sees, with nothing older
/// below it, is dropped as well. A put that everybody sees and that nothing older is below is settled: its
/// timestamp becomes 0, so that the table need not store it.
#pragma once

#include <vector>

#include "kv/entry.h"

namespace wombat {

/// Fed with entries in entry order. One thread at a time.
class DropRule {
 public:
  /// `snapshots` ascend and are not empty.
  explicit DropRule(std::vector<Timestamp> snapshots) : snapshots_(std::move(snapshots)) {}

  /// True when no reader can see this version, because a newer one of the same key hides it from all of them.
  /// Call it once for each entry. `is_new_key`: the entry's key differs from that of the entry before.
  bool is_hidden(bool is_new_key, Timestamp timestamp);
  /// True when every reader sees this version or a newer one.
  bool is_seen_by_all(Timestamp timestamp) const { return timestamp <= snapshots_.front(); }
  /// True when every reader sees both or neither.
  bool are_seen_together(Timestamp a, Timestamp b) const {
    if (a == b) return true;
    const size_t seer = first_seer(a);
    return seer < snapshots_.size() && first_seer(b) == seer;
  }
  /// True when no reader sees an entry of `timestamp` because of one of the range deletes that its key lies in.
  bool is_hidden_by(const std::vector<Timestamp>& ranges, Timestamp timestamp) const;
  /// The range deletes of a fragment that make a difference to a reader. `nothing_below`: there is nothing older in the
  /// fragment, so that those everybody sees have done their work. Descending as before.
  std::vector<Timestamp> needed_ranges(const std::vector<Timestamp>& ranges, bool nothing_below) const;

 private:
  /// Index of the first snapshot that sees `timestamp`; snapshots_.size() when none does yet.
  size_t first_seer(Timestamp timestamp) const;

  std::vector<Timestamp> snapshots_;
  size_t last_seer_ = 0;  // of the entry before
};

}  // namespace wombat
