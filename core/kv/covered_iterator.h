/// A source without what range deletes hide. Ground that a newer source has deleted is passed with one seek, however many
/// entries lie there.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kv/iterator.h"
#include "kv/range_set.h"

namespace wombat {

/// The range deletes that concern a source. Those of newer sources hide everything that it has in their ranges, because
/// everything there is older; its own hide what is older than they are.
struct CoverSets {
  std::vector<RangeSetPtr> newer;
  std::vector<RangeSetPtr> own;
};

/// Range deletes later than `at` do not count. `make_source` gives a new iterator over the source each time; it and what
/// it refers to outlive the iterator.
std::unique_ptr<Iterator> make_covered_iterator(std::function<std::unique_ptr<Iterator>()> make_source,
                                                CoverSets sets, Timestamp at);

}  // namespace wombat
