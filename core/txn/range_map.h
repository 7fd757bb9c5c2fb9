/// A set of key ranges of several keyspaces, kept sorted and disjoint: what a transaction has scanned, or what it
/// has deleted as ranges.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace wombat {

/// Keys from `lower` on, below `upper`; no upper: to the end of the keyspace.
struct KeyRange {
  uint32_t keyspace = 0;
  Bytes lower;
  std::optional<Bytes> upper;

  bool is_empty() const { return upper && compare_bytes(lower, *upper) >= 0; }
  bool contains(Bytes key) const {
    return compare_bytes(key, lower) >= 0 && (!upper || compare_bytes(key, *upper) < 0);
  }
  bool overlaps(const KeyRange& other) const {
    return keyspace == other.keyspace && !is_empty() && !other.is_empty() &&
           (!upper || compare_bytes(other.lower, *upper) < 0) &&
           (!other.upper || compare_bytes(lower, *other.upper) < 0);
  }
};

/// Not synchronised. Adding costs a logarithm and what it joins.
class RangeMap {
 public:
  /// An empty range adds nothing.
  void add(const KeyRange& range);
  bool contains(uint32_t keyspace, Bytes key) const { return find(keyspace, key).has_value(); }
  /// The range that contains the key. Views are valid until the set changes.
  std::optional<KeyRange> find(uint32_t keyspace, Bytes key) const;
  bool overlaps(const KeyRange& range) const;
  bool is_empty() const { return ranges_.empty(); }
  size_t count() const { return ranges_.size(); }
  /// What the bounds take, about.
  size_t size_bytes() const { return size_bytes_; }
  void clear();

  /// Calls `visit(const KeyRange&)` for each range, ascending, until one call returns false. Views are valid until
  /// the set changes. Returns false when it was stopped.
  template <typename Visit>
  bool for_each(Visit visit) const {
    for (const auto& [start, end] : ranges_) {
      if (!visit(view(start, end))) return false;
    }
    return true;
  }

 private:
  using Start = std::pair<uint32_t, std::string>;
  using End = std::optional<std::string>;
  struct Order {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return a.first != b.first ? a.first < b.first : compare_bytes(a.second, b.second) < 0;
    }
  };
  using Map = std::map<Start, End, Order>;

  static KeyRange view(const Start& start, const End& end);
  /// The first range that is not wholly in front of (keyspace, key): it may contain it or touch it from behind.
  Map::const_iterator first_reaching(uint32_t keyspace, Bytes key) const;

  Map ranges_;
  size_t size_bytes_ = 0;
};

}  // namespace wombat
