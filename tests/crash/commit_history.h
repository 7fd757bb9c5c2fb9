/// What was written to a database and what was promised about it: the oracle of the crash and fault tests.
///
/// Commits belong to lanes. A lane is one thread that waits for each of its commits, and keys of different
/// lanes differ (lane_of); so the order of commits within a lane is known, and for each lane the recovered
/// rows must be those after some prefix that holds every commit acknowledged as durable (ModelDatabase).
/// Between lanes real time decides: who is there must not have begun after somebody was acknowledged who is
/// missing. Any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/model_database.h"

namespace wombat {

class CommitHistory {
 public:
  static constexpr size_t kLaneCountMax = 4;

  /// Begins with what `contents` makes, all of it durable, at a time.
  explicit CommitHistory(const std::vector<ModelOperation>& contents = {}, uint64_t ticks = 1);

  /// "@N..." belongs to lane N, all else to lane 0. A range lies within a lane.
  static size_t lane_of(const std::string& key);

  struct Commit {
    size_t lane = 0;
    uint64_t version = 0;
    std::vector<ModelOperation> operations;
  };
  /// Before the commit is handed to the database.
  Commit begin(std::vector<ModelOperation> operations);
  void acknowledge(const Commit& commit, bool is_durable);
  /// The database refused it before doing anything.
  void refuse(const Commit& commit);
  /// It failed on the way: it may have happened or not.
  void doubt(const Commit& commit);
  size_t doubt_count() const;
  /// Time passes. First here, then for the database: it may know later than the history that something has expired.
  void tick();
  uint64_t now() const;

  /// What is acknowledged now, to be promised durable by a call that begins now.
  using Mark = std::vector<uint64_t>;
  Mark mark() const;
  void mark_durable(const Mark& mark);

  /// The states that are legal after a crash at some moment: take `durable` before the image, complete()
  /// behind it.
  struct Bounds {
    Mark durable;
    Mark newest;
    uint64_t now = 0;  // in ticks
    bool may_be_destroyed = false;
  };
  Bounds bounds() const;
  void complete(Bounds* bounds) const;
  /// From now on a crash may leave no database.
  void begin_destroying();

  /// Nothing when `recovered`, read at `now` (0: at that of `bounds`), is a legal state within `bounds`. `*contents`,
  /// unless null, becomes what makes that state.
  std::optional<std::string> check(const ModelRows& recovered, const Bounds& bounds, uint64_t now = 0,
                                   std::vector<ModelOperation>* contents = nullptr) const;
  /// The same when nothing but the process died: all that was acknowledged must be there.
  std::optional<std::string> check_acknowledged(const ModelRows& recovered, uint64_t now) const;
  /// The database was opened again and shows `rows`: what was in doubt is no longer. Returns what is wrong with
  /// them, or nothing.
  std::optional<std::string> settle(const ModelRows& rows);
  /// What readers must see: every acknowledged commit and nothing else.
  ModelRows visible_rows() const;
  /// What makes it.
  std::vector<ModelOperation> visible_contents() const;
  /// Those that were ever written.
  std::vector<std::string> keys() const;

 private:
  struct Times {
    uint64_t begun = 0;
    uint64_t acknowledged = 0;  // 0: not
    bool was_refused = false;
  };
  struct Lane {
    ModelDatabase model;
    uint64_t acknowledged_version = 0;
    std::vector<Times> times;  // of commit i + 1
    std::vector<uint64_t> doubtful;
  };
  /// Needs mutex_. `matches`: one for each lane.
  std::optional<std::string> find(const ModelRows& rows, const Bounds& bounds, uint64_t now,
                                  std::vector<ModelDatabase::Match>* matches) const;
  std::optional<std::string> check_order(const Mark& present) const;

  mutable std::mutex mutex_;
  std::vector<Lane> lanes_;
  uint64_t time_ = 0;
  size_t doubt_count_ = 0;
  bool may_be_destroyed_ = false;
};

/// What contents make, after so many ticks.
ModelRows rows_of(const std::vector<ModelOperation>& contents, uint64_t ticks_passed = 0);
/// Puts of all rows.
std::vector<ModelOperation> contents_of(const ModelRows& rows);

/// One line about how the rows differ; empty when they do not.
std::string describe_difference(const ModelRows& expected, const ModelRows& found);

}  // namespace wombat
