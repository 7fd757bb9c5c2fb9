/// Which values a flush or a compaction writes again: all of some files, or those behind some place in a file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>

#include "kv/value_pointer.h"

namespace wombat {

/// One thread at a time.
class ValuesToMove {
 public:
  void add_file(uint64_t number) { add_from(number, 0); }
  /// What begins at `offset` of that file, or behind it.
  void add_from(uint64_t number, uint64_t offset) {
    const auto [place, is_new] = from_.emplace(number, offset);
    if (!is_new) place->second = std::min(place->second, offset);
  }
  bool contains(const ValuePointer& pointer) const {
    const auto found = from_.find(pointer.file);
    return found != from_.end() && pointer.offset >= found->second;
  }

 private:
  std::map<uint64_t, uint64_t> from_;  // by number of the file, an offset
};

}  // namespace wombat
