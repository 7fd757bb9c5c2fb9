/// What a reader has to know besides entries to tell what they mean: the time, and the operators of merges.
#pragma once

#include <cstdint>

#include "kv/merge_operator.h"
#include "kv/value_reader.h"

namespace wombat {

/// Outlives who reads by it.
struct ReadRules {
  const MergeOperators* operators = &builtin_merge_operators();
  /// Wall-clock microseconds since 1970; null: nothing expires.
  uint64_t (*wall_us)(void* source) = nullptr;
  void* wall_source = nullptr;
  const ValueReader* values = nullptr;  // null: there are none in value files

  uint64_t now_us() const { return wall_us == nullptr ? 0 : wall_us(wall_source); }
};

}  // namespace wombat
