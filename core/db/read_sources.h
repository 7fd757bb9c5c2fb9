/// The sorted sources of a read state, newest first, merged into one for iterators.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/epoch.h"
#include "db/read_state.h"
#include "kv/iterator.h"

namespace wombat {

/// What of a state is read, and how.
struct SourceSettings {
  const std::optional<std::string>* lower = nullptr;  // null, or without a value: no bound
  const std::optional<std::string>* upper = nullptr;
  bool fill_cache = true;
  size_t readahead_size_bytes = 0;
};

/// Everything that a reader at `at` needs, without what range deletes hide. What fails is told by the iterator's
/// status. The caller is inside the epoch in which it learnt `at`.
std::unique_ptr<Iterator> open_sources(const EpochGuard& guard, ReadState& state, Timestamp at,
                                       const SourceSettings& settings);

}  // namespace wombat
