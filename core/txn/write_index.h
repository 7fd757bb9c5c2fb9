/// What a transaction has written, by key, so that it reads its own writes: for each key the last put or delete and
/// the merges on top of it, and the ranges it has deleted. Savepoints nest.
///
/// A range delete takes the writes within it away; what is written there later stands. So the order of what is left
/// is simple: all ranges first, then the points.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "kv/entry.h"
#include "txn/range_map.h"

namespace wombat {

/// Not synchronised. Calls that throw std::bad_alloc leave what was written as it was.
class WriteIndex {
 public:
  /// The writes on one key that still count.
  struct Point {
    std::optional<Kind> base;           // kPut, kExpiringPut or kDelete; none: what was there before
    std::string value;                  // of the base, as the entry has it
    std::vector<std::string> operands;  // merges on top, oldest first, as entries have them
  };

  /// `kind` is kPut, kExpiringPut or kDelete.
  void set(uint32_t keyspace, Bytes key, Kind kind, Bytes value);
  void merge(uint32_t keyspace, Bytes key, Bytes operand);
  void delete_range(const KeyRange& range);

  /// Null when nothing was written on the key itself since a range delete took it, or at all.
  const Point* find(uint32_t keyspace, Bytes key) const;
  /// A range delete of this transaction covers the key: nothing older than it shows.
  bool is_cleared(uint32_t keyspace, Bytes key) const { return cleared_.contains(keyspace, key); }
  const RangeMap& cleared() const { return cleared_; }

  bool is_empty() const { return points_.empty() && cleared_.is_empty(); }
  size_t point_count() const { return points_.size(); }
  /// Memory in use, about, that of savepoints included.
  size_t size_bytes() const { return size_bytes_ + cleared_.size_bytes() + undo_bytes_; }
  /// Changes with every write: who stands on an entry has to look for it again.
  uint64_t change_count() const { return change_count_; }

  void set_savepoint();
  /// Undoes everything since the newest savepoint, and ends that savepoint. kNotFound when there is none.
  Status rollback_to_savepoint();
  /// Ends the newest savepoint and keeps the writes. kNotFound when there is none.
  Status release_savepoint();

  struct Key {
    uint32_t keyspace = 0;
    std::string key;
  };
  struct KeyView {
    uint32_t keyspace = 0;
    Bytes key;
  };
  struct Order {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return a.keyspace != b.keyspace ? a.keyspace < b.keyspace : compare_bytes(a.key, b.key) < 0;
    }
  };
  using Points = std::map<Key, Point, Order>;
  /// In order; for walking. Invalid after the next write.
  const Points& points() const { return points_; }

 private:
  /// How a key, or the set of cleared ranges, was before a change.
  struct Undo {
    Key key;
    std::optional<Point> point;
    std::optional<RangeMap> cleared;  // when it was this that changed
  };
  static size_t size_of(const Key& key, const Point& point);
  static size_t size_of(const Undo& undo);

  /// Notes how `key` is now, when there is a savepoint to go back to.
  void remember(KeyView key, const Point* point);
  void undo_to(size_t count);

  Points points_;
  RangeMap cleared_;
  std::vector<size_t> savepoints_;  // lengths of undo_
  std::vector<Undo> undo_;
  size_t size_bytes_ = 0;
  size_t undo_bytes_ = 0;
  uint64_t change_count_ = 0;
};

}  // namespace wombat
