/// Many sorted sources as one, in entry order; of equal entries that of the earlier source comes first.
#pragma once

#include <memory>
#include <vector>

#include "kv/iterator.h"

namespace wombat {

/// Sources are ordered newest first. With one source that source itself is returned, with none an empty
/// iterator.
std::unique_ptr<Iterator> make_merging_iterator(std::vector<std::unique_ptr<Iterator>> sources);

}  // namespace wombat
