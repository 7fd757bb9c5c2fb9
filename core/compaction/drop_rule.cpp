#include "compaction/drop_rule.h"

#include <algorithm>
#include <functional>

namespace wombat {

size_t DropRule::first_seer(Timestamp timestamp) const {
  if (is_seen_by_all(timestamp)) return 0;
  return static_cast<size_t>(std::lower_bound(snapshots_.begin(), snapshots_.end(), timestamp) -
                             snapshots_.begin());
}

bool DropRule::is_hidden(bool is_new_key, Timestamp timestamp) {
  const size_t newer_seer = last_seer_;
  last_seer_ = first_seer(timestamp);
  return !is_new_key && last_seer_ == newer_seer && last_seer_ < snapshots_.size();
}

bool DropRule::is_hidden_by(const std::vector<Timestamp>& ranges, Timestamp timestamp) const {
  // The oldest range delete that is newer than the entry: if a reader sees the entry without that one, none helps.
  const auto not_newer =
      std::lower_bound(ranges.begin(), ranges.end(), timestamp, std::greater<>());  // they descend
  return not_newer != ranges.begin() && are_seen_together(*(not_newer - 1), timestamp);
}

std::vector<Timestamp> DropRule::needed_ranges(const std::vector<Timestamp>& ranges,
                                               bool nothing_below) const {
  std::vector<Timestamp> needed;
  for (const Timestamp timestamp : ranges) {
    if (!needed.empty() && are_seen_together(needed.back(), timestamp)) continue;
    if (nothing_below && is_seen_by_all(timestamp)) break;
    needed.push_back(timestamp);
  }
  return needed;
}

}  // namespace wombat
