/// Range deletes, cut where they overlap into fragments that do not. A range delete with timestamp t hides what has a
/// lower timestamp and a key from `lower` (included) to `upper` (excluded).
///
/// As an entry, in a batch and in a log: the key is `lower`; the value is a flag u8 and `upper`. Flag 0: bounded; 1: there
/// is no upper bound, and nothing follows.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kv/entry.h"

namespace wombat {

/// The value of a range delete. `upper` null: no bound.
std::string encode_range_end(const Bytes* upper);
/// False: damage. `*has_upper` tells whether there is a bound.
bool decode_range_end(Bytes value, Bytes* upper, bool* has_upper);

/// The least key greater than `key`; nothing when there is none.
std::optional<std::string> key_after(Bytes key);

/// Immutable once it is shared.
class RangeSet {
 public:
  struct Fragment {
    std::string lower;
    std::string upper;
    bool has_upper = true;
    std::vector<Timestamp> timestamps;  // descending, at least one

    bool operator==(const Fragment& other) const = default;
    bool reaches(Bytes key) const { return !has_upper || compare_bytes(key, upper) < 0; }
  };
  /// A stretch of keys in which one thing holds. A null bound: none.
  struct Segment {
    const std::string* lower = nullptr;
    const std::string* upper = nullptr;
    Timestamp cover = 0;  // of the newest range delete; 0: none
    bool holds(Bytes key) const {
      return (lower == nullptr || compare_bytes(key, *lower) >= 0) &&
             (upper == nullptr || compare_bytes(key, *upper) < 0);
    }
  };

  RangeSet() = default;
  /// Of one range delete; empty when no key lies in it.
  RangeSet(Bytes lower, const Bytes* upper, Timestamp timestamp);

  /// Both together.
  static RangeSet join(const RangeSet& a, const RangeSet& b);
  static RangeSet join(std::vector<RangeSet> sets);
  /// What lies at or above `*lower` and below `*upper`; null: no bound.
  RangeSet cut(const Bytes* lower, const Bytes* upper) const;
  /// Adds a fragment behind all others; joins it to the last one when they touch and have the same timestamps.
  void append(Fragment fragment);

  const std::vector<Fragment>& fragments() const { return fragments_; }
  bool empty() const { return fragments_.empty(); }
  /// The fragment that `key` lies in, or null.
  const Fragment* find(Bytes key) const;
  /// Timestamp of the newest range delete not later than `at` that `key` lies in; 0: none.
  Timestamp cover(Bytes key, Timestamp at) const {
    if (fragments_.empty()) return 0;
    const Fragment* const found = find(key);
    return found == nullptr ? 0 : newest_at(*found, at);
  }
  Segment segment(Bytes key, Timestamp at) const;
  static Timestamp newest_at(const Fragment& fragment, Timestamp at);
  size_t memory_usage() const;

 private:
  size_t first_behind(Bytes key) const;  // index of the first fragment whose lower bound is above `key`
  std::vector<Fragment> fragments_;      // ascending, none is empty
};

using RangeSetPtr = std::shared_ptr<const RangeSet>;

}  // namespace wombat
