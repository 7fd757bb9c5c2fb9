/// A user's cursor: one read state, one timestamp, merged and filtered. Keeps both and the database's memory
/// alive.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "db/db.h"
#include "db/read_state.h"
#include "kv/visible_iterator.h"

namespace wombat {

struct IteratorSettings {
  std::optional<std::string> lower;
  std::optional<std::string> upper;
  Timestamp snapshot = 0;  // 0: the newest state
  bool is_past = false;    // it may be gone, see Db::check_history()
  bool fill_cache = true;
  size_t readahead_size_bytes = 0;
  bool leaves_values = false;  // see VisibleIterator
};

/// One thread at a time. After a move rows() stands on a row, or is invalid at an end or after a failure.
class DbIterator {
 public:
  /// `guard` is of process_epochs(). Takes `db` when nothing fails: a database must not end inside an epoch.
  DbIterator(const EpochGuard& guard, std::shared_ptr<Db>&& db, Tree& tree, const IteratorSettings& settings);
  DbIterator(const DbIterator&) = delete;
  DbIterator& operator=(const DbIterator&) = delete;
  ~DbIterator();

  const VisibleIterator& rows() const { return rows_; }
  Db& db() const { return *db_; }

  void seek_first();
  void seek_last();
  void seek(Bytes key);
  void seek_for_prev(Bytes key);
  /// One row on, in either direction. From in front of the first row forward leads to it, from behind the
  /// last row backward does; an end is not passed. A new iterator stands at both ends. After a failure of a
  /// move, lack of memory included, steps give that failure again until a seek.
  void step(bool forward) {
    if (place_ != Place::kOnRow || is_unread_) [[unlikely]]
      return step_from_elsewhere(forward);
    was_new_ = false;
    try {
      forward ? rows_.next() : rows_.prev();
      arrive(forward ? Place::kBehindLast : Place::kBeforeFirst);
    } catch (const std::bad_alloc&) {
      run_out_of_memory();
    }
  }
  /// step() where that is a step of one table and nothing more; else does nothing and returns false.
  bool steps_plainly(bool forward) {
    if (is_unread_ || !rows_.steps_plainly(forward)) [[unlikely]]
      return false;
    was_new_ = false;
    return true;
  }
  /// Takes back the last step, which was in this direction: for who looked one row too far.
  void unread(bool forward) {
    is_unread_ = true;
    unread_forward_ = forward;
  }
  bool is_unread() const { return is_unread_; }
  /// See VisibleIterator::value_here().
  Status value_here(Bytes* value) { return rows_.value_here(value); }
  /// Of the buffers that it reads ahead into.
  void keep_charge(std::unique_ptr<MemoryCharge> charge) { readahead_ = std::move(charge); }
  /// Rows handed to the user, for statistics.
  void count_rows(size_t count) { row_count_ += count; }

 private:
  std::shared_ptr<Db> db_;  // destroyed last: what the state refers to lives in it
  ReadStateRef state_;
  const Timestamp at_;
  const bool sources_are_usual_;             // made for the whole state, without options: others may use them
  std::unique_ptr<MemoryCharge> readahead_;  // null: it reads block by block
  VisibleIterator rows_;

  enum class Place { kNew, kBeforeFirst, kOnRow, kBehindLast, kFailed };
  void arrive(Place end) {
    if (rows_.valid()) [[likely]]
      place_ = Place::kOnRow;
    else
      place_ = rows_.status().is_ok() ? end : Place::kFailed;
  }
  void go_back();
  void step_from_elsewhere(bool forward);
  void step_forward();
  void step_backward();
  void run_out_of_memory() noexcept;
  void tell_what_was_passed() noexcept;
  template <typename Move>
  void guarded_move(Move move);
  template <typename Move>
  void timed_seek(Place end, Move move);

  Place place_ = Place::kNew;
  bool was_new_ = false;  // before the last step
  bool is_unread_ = false;
  bool unread_forward_ = false;
  uint64_t row_count_ = 0;
  const uint32_t tree_id_;
  uint64_t rows_told_ = 0;  // row_count_ when tell_what_was_passed() was called
};

}  // namespace wombat
