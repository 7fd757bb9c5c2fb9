#include "kv/visible_iterator.h"

#include "base/check.h"
#include "kv/key_prefix.h"

namespace wombat {

namespace {

/// Versions of one key that are stepped over before a seek is cheaper.
constexpr int kStepsBeforeSeek = 8;
/// Going backward a value is copied, because only the entry before it tells whether it is the newest visible
/// one; a larger value is sought again instead.
constexpr size_t kValueCopyMax = 4096;

}  // namespace

VisibleIterator::VisibleIterator(std::unique_ptr<Iterator> source, Timestamp at, Bounds bounds)
    : source_(std::move(source)), tag_max_(seek_tag(at)), bounds_(std::move(bounds)) {
  if (bounds_.lower) lower_prefix_ = key_prefix(*bounds_.lower);
  if (bounds_.upper) upper_prefix_ = key_prefix(*bounds_.upper);
}

inline bool VisibleIterator::at_or_above_upper(Bytes key) const {
  return bounds_.upper && key_prefix(key) >= upper_prefix_ && compare_bytes(key, *bounds_.upper) >= 0;
}

inline bool VisibleIterator::below_lower(Bytes key) const {
  return bounds_.lower && key_prefix(key) <= lower_prefix_ && compare_bytes(key, *bounds_.lower) < 0;
}

void VisibleIterator::reset() {
  valid_ = false;
  status_ = Status::ok();
}

void VisibleIterator::fail(Status status) {
  valid_ = false;
  status_ = std::move(status);
}

// False at an end of the source and when it failed.
inline bool VisibleIterator::source_is_usable() {
  if (source_->valid()) [[likely]]
    return true;
  status_ = source_->status();
  return false;
}

void VisibleIterator::refuse_kind(Bytes key, Tag tag) {
  fail(Status::unsupported("entry kind " + std::to_string(tag & 0xFF) + " of key \"" + escape_bytes(key) +
                           "\" is not supported by this version"));
}

inline void VisibleIterator::show_source() {
  key_ = source_->key();
  value_ = source_->value();
  tag_ = source_->tag();
  place_ = Place::kOnEntry;
  valid_ = true;
}

inline void VisibleIterator::show_copy(Tag tag) {
  key_ = saved_key_.view();
  value_ = saved_value_.view();
  tag_ = tag;
  place_ = Place::kBeforeEntry;
  valid_ = true;
}

void VisibleIterator::seek_first() {
  reset();
  if (bounds_.lower)
    source_->seek(*bounds_.lower, tag_max_);
  else
    source_->seek_first();
  find_forward(false);
}

void VisibleIterator::seek_last() {
  reset();
  if (!bounds_.upper) {
    source_->seek_last();
  } else {
    source_->seek(*bounds_.upper, kTagMax);
    if (source_->valid())
      source_->prev();
    else if (source_->status().is_ok())
      source_->seek_last();
  }
  find_backward();
}

void VisibleIterator::seek(Bytes key) {
  reset();
  saved_key_.assign(key);  // it may be a view of the source, which now moves
  if (below_lower(saved_key_.view()))
    source_->seek(*bounds_.lower, tag_max_);
  else
    source_->seek(saved_key_.view(), tag_max_);
  find_forward(false);
}

void VisibleIterator::seek_for_prev(Bytes key) {
  if (at_or_above_upper(key)) return seek_last();
  reset();
  saved_key_.assign(key);
  move_to_end_of(saved_key_.view());
  find_backward();
}

// The oldest version of `key`, or the last entry before it.
void VisibleIterator::move_to_end_of(Bytes key) {
  source_->seek(key, 0);
  if (!source_->valid()) {
    if (source_->status().is_ok()) source_->seek_last();
  } else if (!keys_equal(source_->key(), key)) {
    source_->prev();
  }
}

void VisibleIterator::next() {
  WOMBAT_ASSERT(valid_);
  valid_ = false;
  if (place_ == Place::kOnEntry) {
    saved_key_.assign(key_);
    source_->next();
  } else {
    source_->seek(saved_key_.view(), 0);
  }
  find_forward(true);
}

void VisibleIterator::prev() {
  WOMBAT_ASSERT(valid_);
  valid_ = false;
  if (place_ == Place::kOnEntry) {
    saved_key_.assign(key_);
    source_->prev();
  }
  find_backward();
}

// Shows the first visible row at or behind the source's entry. `skip_saved`: the rest of the versions of the
// saved key is passed over.
void VisibleIterator::find_forward(bool skip_saved) {
  int steps = 0;
  while (source_is_usable()) {
    const Bytes key = source_->key();
    const Tag tag = source_->tag();
    if (at_or_above_upper(key)) return;
    const bool same = (skip_saved || steps > 0) && keys_equal(key, saved_key_.view());
    if (!same) {
      skip_saved = false;
      steps = 0;
    }
    if (!skip_saved && tag <= tag_max_) {
      if (tag_kind(tag) == Kind::kPut) [[likely]]
        return show_source();
      if (tag_kind(tag) != Kind::kDelete) return refuse_kind(key, tag);
      skip_saved = true;
      if (!same) saved_key_.assign(key);
    } else if (!same) {
      saved_key_.assign(key);
    }
    // Everything up to `target` is of no interest. A seek must lead forward, or equal entries would never
    // end.
    const Tag target = skip_saved ? 0 : tag_max_;
    if (++steps > kStepsBeforeSeek && tag_timestamp(tag) > tag_timestamp(target)) {
      source_->seek(saved_key_.view(), target);
      steps = 1;
    } else {
      source_->next();
    }
  }
}

// Shows the last visible row at or before the source's entry.
void VisibleIterator::find_backward() {
  int newer_steps = 0;
  while (source_is_usable()) {
    if (below_lower(source_->key())) return;
    if (source_->tag() > tag_max_) {
      step_back_over_newer(&newer_steps);
      continue;
    }
    newer_steps = 0;
    Tag tag = 0;
    const bool on_entry = find_newest_visible(&tag);
    if (!status_) return;
    if (tag_kind(tag) == Kind::kDelete) {
      if (on_entry && source_->valid()) source_->prev();
      continue;
    }
    if (tag_kind(tag) != Kind::kPut) return refuse_kind(saved_key_.view(), tag);
    if (on_entry) {
      if (source_->valid()) show_source();
      return;
    }
    return show_copy(tag);
  }
}

// The source is on the oldest version of a key, and it is visible. Saves the key and finds its newest visible
// version: true when the source stands on that, false when it stands before it and the value is saved.
bool VisibleIterator::find_newest_visible(Tag* tag) {
  saved_key_.assign(source_->key());
  bool copied = true;
  for (int steps = 0;; ++steps) {
    *tag = source_->tag();
    copied = source_->value().size() <= kValueCopyMax;
    if (steps == kStepsBeforeSeek) break;
    if (copied) saved_value_.assign(source_->value());
    source_->prev();
    const bool more =
        source_is_usable() && source_->tag() <= tag_max_ && keys_equal(source_->key(), saved_key_.view());
    if (more) continue;
    if (copied || !status_) return false;
    break;
  }
  source_->seek(saved_key_.view(), tag_max_);
  if (source_is_usable()) *tag = source_->tag();
  return true;
}

// The source is on a version that is not visible yet; newer versions of its key, met next, are not either.
void VisibleIterator::step_back_over_newer(int* steps) {
  if (*steps == 0 || !keys_equal(source_->key(), saved_key_.view())) {
    saved_key_.assign(source_->key());
    *steps = 0;
  }
  if (++*steps > kStepsBeforeSeek) {
    source_->seek(saved_key_.view(), kTagMax);
    *steps = 0;
    if (!source_->valid()) return;
  }
  source_->prev();
}

}  // namespace wombat
