#include "kv/visible_iterator.h"

#include "base/check.h"

namespace wombat {

namespace {

/// Steps that are taken one by one before plain rows are asked for again.
constexpr size_t kPlainPause = 15;
/// Versions of one key that are stepped over before a seek is cheaper.
constexpr int kStepsBeforeSeek = 8;
/// Expiring entries that are looked at before the clock is looked at again.
constexpr uint32_t kClockSkips = 64;

}  // namespace

VisibleIterator::VisibleIterator(std::unique_ptr<Iterator> source, Timestamp at, Bounds bounds,
                                 const ReadRules& rules, bool leaves_values)
    : source_(std::move(source)),
      tag_max_(seek_tag(at)),
      bounds_(std::move(bounds)),
      rules_(rules),
      leaves_values_(leaves_values) {
  if (bounds_.lower) lower_prefix_ = key_prefix(*bounds_.lower);
  if (bounds_.upper) upper_prefix_ = key_prefix(*bounds_.upper);
}

void VisibleIterator::reset() {
  valid_ = false;
  plain_left_ = 0;
  status_ = Status::ok();
  now_us_ = 0;
}

void VisibleIterator::fail(Status status) {
  valid_ = false;
  plain_left_ = 0;
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

inline void VisibleIterator::look_at_source() {
  const Iterator& entry = source_->leaf();
  key_ = entry.key();
  value_ = entry.value();
  tag_ = entry.tag();
  place_ = Place::kOnEntry;
}

inline void VisibleIterator::show_source() {
  look_at_source();
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

Iterator::PlainRows VisibleIterator::plain_rows_within_bounds(bool forward) const {
  const std::optional<std::string>& limit = forward ? bounds_.upper : bounds_.lower;
  if (!limit) return source_->plain_rows(forward, nullptr);
  const Bytes bound(*limit);
  return source_->plain_rows(forward, &bound);
}

bool VisibleIterator::finds_plain_rows(bool forward) {
  plain_left_ = 0;
  if (place_ != Place::kOnEntry) return false;
  if (plain_pause_ != 0) {
    --plain_pause_;
    return false;
  }
  const Iterator::PlainRows rows = plain_rows_within_bounds(forward);
  if (rows.leaf == nullptr) plain_pause_ = kPlainPause;
  plain_leaf_ = rows.leaf;
  plain_left_ = rows.count;
  plain_forward_ = forward;
  tag_ = make_tag(0, Kind::kPut);
  return plain_left_ != 0;
}

void VisibleIterator::next_any() {
  WOMBAT_ASSERT(valid_);
  if (finds_plain_rows(true)) return step_plain(true);
  valid_ = false;
  if (place_ != Place::kOnEntry) [[unlikely]] {
    saved_key_.assign(key_);
    if (place_ == Place::kBeforeEntry) source_->seek(saved_key_.view(), 0);
    return find_forward(true);
  }
  const Bytes before = key_;
  source_->next();
  const Iterator& entry = source_->leaf();
  if (entry.valid() && entry.tag() <= tag_max_ && tag_kind(entry.tag()) == Kind::kPut &&
      !keys_equal(entry.key(), before) && !at_or_above_upper(entry.key())) [[likely]] {
    return show_source();
  }
  saved_key_.assign(before);
  find_forward(true);
}

void VisibleIterator::prev_any() {
  WOMBAT_ASSERT(valid_);
  if (finds_plain_rows(false)) return step_plain(false);
  valid_ = false;
  if (place_ == Place::kBehindEntry) [[unlikely]] {
    source_->seek(key_, kTagMax);
    if (source_->valid()) {
      source_->prev();
    } else if (source_->status().is_ok()) {
      source_->seek_last();
    }
  } else if (place_ == Place::kOnEntry) {
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
      if (tag_kind(tag) != Kind::kDelete) {
        look_at_source();
        if (is_shown_at_source() || !status_) return;
      }
      skip_saved = true;
      if (!same) saved_key_.assign(key);
    } else if (!same) {
      saved_key_.assign(key);
    }
    if (tag <= tag_max_) pass_over(key);
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
    const Iterator& entry = source_->leaf();
    if (below_lower(entry.key())) return;
    if (entry.tag() > tag_max_) {
      step_back_over_newer(&newer_steps);
      continue;
    }
    newer_steps = 0;
    if (plain_pause_ == 0 && plain_rows_within_bounds(false).count != 0) {
      look_at_source();
      valid_ = true;
      return;
    }
    if (!find_newest_visible()) return;
    if (tag_kind(tag_) == Kind::kPut) [[likely]] {
      valid_ = true;
      return;
    }
    if (tag_kind(tag_) != Kind::kDelete) {
      if (is_shown_at_source()) return;
      if (!status_) return;
    }
    pass_over(key_);
    if (place_ == Place::kOnEntry) source_->prev();
  }
}

/// The entry looked at is the newest visible version of its key, neither put nor delete. Shows what it comes to; false:
/// nothing, as for a delete, or a failure.
bool VisibleIterator::is_shown_at_source() {
  switch (tag_kind(tag_)) {
    case Kind::kExpiringPut:
      if (!is_alive(value_)) return false;
      value_ = without_expiry(value_);
      valid_ = true;
      return true;
    case Kind::kExpiringPointer:
      if (!is_alive(value_)) return false;
      value_ = without_expiry(value_);
      [[fallthrough]];
    case Kind::kValuePointer:
      if (!look_at_pointer(value_)) return false;
      is_read_ = !leaves_values_;
      if (leaves_values_) value_ = Bytes();
      valid_ = leaves_values_ || read_elsewhere(&value_);
      return valid_;
    case Kind::kMerge:
      show_merged();
      return valid_;
    default:
      refuse_kind(key_, tag_);
      return false;
  }
}

bool VisibleIterator::is_alive(Bytes expiring_value) {
  if (!has_expiry(expiring_value)) {
    fail(Status::corruption("key \"" + escape_bytes(key_) + "\": an expiring put without a time"));
    return false;
  }
  if (now_us_ == 0 || ++clock_skips_ % kClockSkips == 0) now_us_ = rules_.now_us();
  const uint64_t expires_at_us = expiry_of(expiring_value);
  const bool is_over = is_expired(expires_at_us, now_us_);
  expires_at_us_ = is_over ? kNeverExpires : expires_at_us;
  return !is_over;
}

/// Notes where the value of the entry looked at lies. False: damage.
bool VisibleIterator::look_at_pointer(Bytes value) {
  if (!read_value_pointer(Kind::kValuePointer, value, &pointer_)) {
    fail(Status::corruption("key \"" + escape_bytes(key_) + "\": a damaged pointer to a value"));
    return false;
  }
  if (rules_.values != nullptr) return true;
  fail(Status::unsupported("key \"" + escape_bytes(key_) + "\": the value is in a value file"));
  return false;
}

bool VisibleIterator::read_elsewhere(Bytes* value) {
  const Status read = rules_.values->read(key_, pointer_, &value_memory_, value);
  if (!read) fail(read);
  return read.is_ok();
}

Status VisibleIterator::value_here(Bytes* value) {
  if (!is_read_ && is_elsewhere()) {
    WOMBAT_TRY(rules_.values->read(key_, pointer_, &value_memory_, &value_));
    is_read_ = true;
  }
  *value = value_;
  return Status::ok();
}

/// Works out the merges from the entry looked at on down to what they are laid on.
void VisibleIterator::show_merged() {
  const Tag newest = tag_;
  merged_key_.assign(key_);
  if (place_ == Place::kBeforeEntry) {
    source_->seek(merged_key_.view(), tag_max_);
    place_ = Place::kOnEntry;
  }
  key_ = merged_key_.view();
  fold_.clear();
  expires_at_us_ = kNeverExpires;
  Bytes base;
  bool has_base = false;
  bool has_more = false;
  while ((has_more = source_is_usable()) && keys_equal(source_->key(), key_) &&
         tag_kind(source_->tag()) == Kind::kMerge) {
    fold_.add(source_->tag(), source_->value());
    source_->next();
  }
  if (!status_) return fail(status_);
  if (has_more && keys_equal(source_->key(), key_)) {
    has_base = base_of_merge(&base);
    if (!status_) return;
  }
  if (Status folded = fold_.finish(*rules_.operators, key_, has_base ? &base : nullptr, &merged_value_);
      !folded) {
    return fail(std::move(folded));
  }
  value_ = merged_value_;
  tag_ = newest;
  place_ = Place::kBehindEntry;
  valid_ = true;
}

/// What the source's entry gives to merges above it. False: no value, or a failure.
bool VisibleIterator::base_of_merge(Bytes* base) {
  const Tag tag = source_->tag();
  *base = source_->value();
  switch (tag_kind(tag)) {
    case Kind::kPut:
      return true;
    case Kind::kDelete:
      return false;
    case Kind::kExpiringPut:
      if (!is_alive(*base)) return false;
      *base = without_expiry(*base);
      return true;
    case Kind::kExpiringPointer:
      if (!is_alive(*base)) return false;
      *base = without_expiry(*base);
      [[fallthrough]];
    case Kind::kValuePointer:
      return look_at_pointer(*base) && read_elsewhere(base);
    default:
      refuse_kind(key_, tag);
      return false;
  }
}

// The source is on the oldest version of a key, and it is visible. Looks at the newest visible one, from that or
// from one step before it: only the entry before tells which is the newest. False: the source has failed.
bool VisibleIterator::find_newest_visible() {
  for (int steps = 0; steps < kStepsBeforeSeek; ++steps) {
    look_at_source();
    source_->prev();
    place_ = Place::kBeforeEntry;
    if (!source_is_usable()) return status_.is_ok();
    const Iterator& entry = source_->leaf();
    if (entry.tag() > tag_max_ || !keys_equal(entry.key(), key_)) return true;
  }
  saved_key_.assign(source_->key());
  source_->seek(saved_key_.view(), tag_max_);
  if (!source_is_usable()) return false;
  look_at_source();
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
