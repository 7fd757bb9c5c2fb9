#include "compaction/drop_rule.h"

#include <algorithm>

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

}  // namespace wombat
