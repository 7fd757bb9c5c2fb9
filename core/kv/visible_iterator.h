/// What a user sees at a timestamp: the newest visible version of each key, without deleted and expired keys, merges
/// worked out, within bounds, in both directions.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kv/byte_buffer.h"
#include "kv/expiry.h"
#include "kv/iterator.h"
#include "kv/key_prefix.h"
#include "kv/merge_fold.h"
#include "kv/read_rules.h"

namespace wombat {

/// One thread at a time. Views are valid until the iterator moves.
class VisibleIterator {
 public:
  struct Bounds {
    std::optional<std::string> lower;  // included
    std::optional<std::string> upper;  // excluded
  };
  /// `leaves_values`: those that lie in value files are read when value_here() asks for them; value() is empty until then.
  VisibleIterator(std::unique_ptr<Iterator> source, Timestamp at, Bounds bounds, const ReadRules& rules = {},
                  bool leaves_values = false);

  bool valid() const { return valid_; }
  Bytes key() const { return key_; }
  Bytes value() const { return value_; }
  Tag tag() const { return tag_; }
  /// Size of the value, read or not.
  size_t value_size() const { return is_elsewhere() ? pointer_.value_size : value_.size(); }
  /// The value is in a value file.
  bool is_elsewhere() const { return kind_points(tag_kind(tag_)); }
  /// The value, read now when it was left where it is. A failure is of this call alone. Needs valid().
  Status value_here(Bytes* value);
  /// When the value shown expires; of a merged one, when what the merges are laid on does. kNeverExpires.
  uint64_t expires_at_us() const {
    const Kind kind = tag_kind(tag_);
    return kind_expires(kind) || kind == Kind::kMerge ? expires_at_us_ : kNeverExpires;
  }
  /// kCorruption and I/O failures of the sources; kUnsupported for an entry of a reserved kind or a merge whose operator
  /// is not known; kMergeFailed.
  const Status& status() const { return status_; }

  void seek_first();
  void seek_last();
  /// First visible key >= `key` (the lower bound when `key` is below it).
  void seek(Bytes key);
  /// Last visible key <= `key`.
  void seek_for_prev(Bytes key);
  /// Need valid().
  void next() {
    if (!steps_plainly(true)) next_any();
  }
  void prev() {
    if (!steps_plainly(false)) prev_any();
  }
  /// next() or prev() where that is a step of one table and nothing more; else does nothing and returns false.
  bool steps_plainly(bool forward) {
    if (plain_left_ == 0 || plain_forward_ != forward) [[unlikely]]
      return false;
    step_plain(forward);
    return true;
  }
  /// Entries stepped over that nobody sees from `at` on, deletes and what was overwritten, since the last forget_passed().
  uint64_t passed_count() const { return passed_count_; }
  /// About the first and the last of them.
  Bytes passed_first() const { return passed_first_.view(); }
  Bytes passed_last() const { return passed_last_.view(); }
  void forget_passed() { passed_count_ = 0; }
  /// Gives the source back, to be used by somebody else; the iterator is good for nothing afterwards.
  std::unique_ptr<Iterator> take_source() {
    valid_ = false;
    plain_left_ = 0;
    return std::move(source_);
  }
  /// Becomes invalid with this failure: for who caught an exception of a move, after which only a seek is
  /// allowed.
  void fail(Status status);

 private:
  // Where the source stands while valid.
  enum class Place {
    kOnEntry,      // on the entry shown
    kBeforeEntry,  // on the last entry before the visible versions of the key shown, one step away from the entry
    kBehindEntry,  // on an older version of the key shown, or behind all: what is shown was worked out of several
  };

  void reset();
  void next_any();
  void prev_any();
  Iterator::PlainRows plain_rows_within_bounds(bool forward) const;
  bool finds_plain_rows(bool forward);
  void step_plain(bool forward) {
    --plain_left_;
    forward ? plain_leaf_->next() : plain_leaf_->prev();
    key_ = plain_leaf_->key();
    value_ = plain_leaf_->value();
  }
  bool source_is_usable();
  void move_to_end_of(Bytes key);
  void find_forward(bool skip_saved);
  void find_backward();
  bool find_newest_visible();
  void look_at_source();
  void step_back_over_newer(int* steps);
  bool at_or_above_upper(Bytes key) const {
    return bounds_.upper && key_prefix(key) >= upper_prefix_ && compare_bytes(key, *bounds_.upper) >= 0;
  }
  bool below_lower(Bytes key) const {
    return bounds_.lower && key_prefix(key) <= lower_prefix_ && compare_bytes(key, *bounds_.lower) < 0;
  }
  void show_source();
  void pass_over(Bytes key) {
    if (passed_count_ == 0) passed_first_.assign(key);
    if (passed_count_++ % kPassedNoted == 0) passed_last_.assign(key);
  }
  void refuse_kind(Bytes key, Tag tag);
  bool is_shown_at_source();
  void show_merged();
  bool base_of_merge(Bytes* base);
  bool is_alive(Bytes expiring_value);
  bool look_at_pointer(Bytes value);
  bool read_elsewhere(Bytes* value);

  std::unique_ptr<Iterator> source_;
  Tag tag_max_;  // greatest tag that is visible
  Bounds bounds_;
  uint64_t lower_prefix_ = 0;
  uint64_t upper_prefix_ = ~uint64_t{0};
  Status status_;
  bool valid_ = false;
  Place place_ = Place::kOnEntry;
  bool plain_forward_ = true;
  size_t plain_left_ = 0;   // steps in that direction that may be taken by plain_leaf_ alone
  size_t plain_pause_ = 0;  // steps until it is worth asking for plain rows again
  Iterator* plain_leaf_ = nullptr;
  Bytes key_;
  Bytes value_;
  Tag tag_ = 0;
  uint64_t expires_at_us_ = kNeverExpires;  // of an expiring put and of merges alone
  ByteBuffer saved_key_;
  static constexpr uint64_t kPassedNoted = 64;  // one in so many is noted
  uint64_t passed_count_ = 0;
  ByteBuffer passed_first_;
  ByteBuffer passed_last_;

  const ReadRules rules_;
  const bool leaves_values_;
  ValuePointer pointer_;  // of the row shown, when is_elsewhere()
  bool is_read_ = true;   // and it was read
  std::string value_memory_;
  uint64_t now_us_ = 0;  // a moment ago; 0: not known
  uint32_t clock_skips_ = 0;
  // What is worked out of merges.
  MergeFold fold_;
  ByteBuffer merged_key_;
  std::string merged_value_;
};

}  // namespace wombat
