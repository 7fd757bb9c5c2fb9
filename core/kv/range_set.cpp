#include "kv/range_set.h"

#include <algorithm>

namespace wombat {

namespace {

constexpr char kBounded = 0;
constexpr char kUnbounded = 1;

/// Walks the fragments of a set piece by piece: a piece ends where a fragment begins or ends.
class Walk {
 public:
  explicit Walk(const std::vector<RangeSet::Fragment>& fragments) : fragments_(fragments) {}

  bool at_end() const { return i_ == fragments_.size(); }
  const RangeSet::Fragment& fragment() const { return fragments_[i_]; }
  /// Where what is left of the fragment begins.
  Bytes lower() const { return is_begun_ ? Bytes(from_) : Bytes(fragment().lower); }
  /// Everything below `key` has been dealt with.
  void advance_to(Bytes key) {
    if (fragment().reaches(key)) {
      from_ = key;
      is_begun_ = true;
    } else {
      next();
    }
  }
  void next() {
    ++i_;
    is_begun_ = false;
  }

 private:
  const std::vector<RangeSet::Fragment>& fragments_;
  size_t i_ = 0;
  bool is_begun_ = false;
  Bytes from_;
};

std::vector<Timestamp> join_timestamps(const std::vector<Timestamp>& a, const std::vector<Timestamp>& b) {
  std::vector<Timestamp> both;
  both.reserve(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both), std::greater<>());
  both.erase(std::unique(both.begin(), both.end()), both.end());
  return both;
}

/// The lesser of the upper bounds; null: neither has one.
const std::string* lesser_upper(const RangeSet::Fragment& a, const RangeSet::Fragment& b) {
  if (!a.has_upper) return b.has_upper ? &b.upper : nullptr;
  if (!b.has_upper) return &a.upper;
  return a.upper < b.upper ? &a.upper : &b.upper;
}

}  // namespace

std::string encode_range_end(const Bytes* upper) {
  std::string value(1, upper == nullptr ? kUnbounded : kBounded);
  if (upper != nullptr) value.append(*upper);
  return value;
}

bool decode_range_end(Bytes value, Bytes* upper, bool* has_upper) {
  if (value.empty() || (value[0] != kBounded && value[0] != kUnbounded)) return false;
  *has_upper = value[0] == kBounded;
  *upper = value.substr(1);
  return *has_upper ? upper->size() <= kKeySizeMax : upper->empty();
}

std::optional<std::string> key_after(Bytes key) {
  if (key.size() < kKeySizeMax) return std::string(key) + '\0';
  // No key is longer: the next one is shorter.
  std::string next = prefix_successor(key);
  if (next.empty()) return std::nullopt;
  return next;
}

RangeSet::RangeSet(Bytes lower, const Bytes* upper, Timestamp timestamp) {
  if (upper != nullptr && compare_bytes(lower, *upper) >= 0) return;
  fragments_.push_back(
      {std::string(lower), std::string(upper == nullptr ? Bytes() : *upper), upper != nullptr, {timestamp}});
}

void RangeSet::append(Fragment fragment) {
  if (!fragments_.empty()) {
    Fragment& last = fragments_.back();
    if (last.has_upper && last.upper == fragment.lower && last.timestamps == fragment.timestamps) {
      last.upper = std::move(fragment.upper);
      last.has_upper = fragment.has_upper;
      return;
    }
  }
  fragments_.push_back(std::move(fragment));
}

RangeSet RangeSet::join(const RangeSet& a, const RangeSet& b) {
  RangeSet both;
  Walk x(a.fragments_);
  Walk y(b.fragments_);
  while (!x.at_end() || !y.at_end()) {
    if (x.at_end() || y.at_end() || x.lower() != y.lower()) {
      // One begins first: its piece goes up to its end, or to where the other begins.
      const bool x_first = y.at_end() || (!x.at_end() && x.lower() < y.lower());
      Walk& first = x_first ? x : y;
      Walk& other = x_first ? y : x;
      const Fragment& fragment = first.fragment();
      if (other.at_end() || !fragment.reaches(other.lower())) {
        both.append({std::string(first.lower()), fragment.upper, fragment.has_upper, fragment.timestamps});
        first.next();
      } else {
        both.append({std::string(first.lower()), std::string(other.lower()), true, fragment.timestamps});
        first.advance_to(other.lower());
      }
      continue;
    }
    const std::string* const upper = lesser_upper(x.fragment(), y.fragment());
    both.append({std::string(x.lower()), upper == nullptr ? std::string() : *upper, upper != nullptr,
                 join_timestamps(x.fragment().timestamps, y.fragment().timestamps)});
    if (upper == nullptr) {
      x.next();
      y.next();
      continue;
    }
    x.advance_to(*upper);
    y.advance_to(*upper);
  }
  return both;
}

RangeSet RangeSet::join(std::vector<RangeSet> sets) {
  if (sets.empty()) return {};
  for (size_t distance = 1; distance < sets.size(); distance *= 2) {
    for (size_t i = 0; i + distance < sets.size(); i += 2 * distance)
      sets[i] = join(sets[i], sets[i + distance]);
  }
  return std::move(sets.front());
}

RangeSet RangeSet::cut(const Bytes* lower, const Bytes* upper) const {
  RangeSet part;
  if (lower != nullptr && upper != nullptr && compare_bytes(*lower, *upper) >= 0) return part;
  size_t i = lower == nullptr ? 0 : first_behind(*lower);
  if (i > 0 && fragments_[i - 1].reaches(*lower)) --i;
  for (; i < fragments_.size(); ++i) {
    const Fragment& fragment = fragments_[i];
    if (upper != nullptr && compare_bytes(fragment.lower, *upper) >= 0) break;
    Fragment piece = fragment;
    if (lower != nullptr && Bytes(piece.lower) < *lower) piece.lower = *lower;
    if (upper != nullptr && (!piece.has_upper || Bytes(piece.upper) > *upper)) {
      piece.upper = *upper;
      piece.has_upper = true;
    }
    part.fragments_.push_back(std::move(piece));
  }
  return part;
}

size_t RangeSet::first_behind(Bytes key) const {
  const auto found = std::partition_point(
      fragments_.begin(), fragments_.end(),
      [key](const Fragment& fragment) { return compare_bytes(fragment.lower, key) <= 0; });
  return static_cast<size_t>(found - fragments_.begin());
}

const RangeSet::Fragment* RangeSet::find(Bytes key) const {
  const size_t behind = first_behind(key);
  if (behind == 0 || !fragments_[behind - 1].reaches(key)) return nullptr;
  return &fragments_[behind - 1];
}

Timestamp RangeSet::newest_at(const Fragment& fragment, Timestamp at) {
  if (fragment.timestamps.front() <= at) return fragment.timestamps.front();
  const auto found =
      std::lower_bound(fragment.timestamps.begin(), fragment.timestamps.end(), at, std::greater<>());
  return found == fragment.timestamps.end() ? 0 : *found;
}

RangeSet::Segment RangeSet::segment(Bytes key, Timestamp at) const {
  const size_t behind = first_behind(key);
  Segment segment;
  if (behind != 0) {
    const Fragment& fragment = fragments_[behind - 1];
    if (fragment.reaches(key)) {
      return {&fragment.lower, fragment.has_upper ? &fragment.upper : nullptr, newest_at(fragment, at)};
    }
    segment.lower = &fragment.upper;
  }
  if (behind != fragments_.size()) segment.upper = &fragments_[behind].lower;
  return segment;
}

size_t RangeSet::memory_usage() const {
  size_t size = sizeof *this;
  for (const Fragment& fragment : fragments_) {
    size += sizeof fragment + fragment.lower.size() + fragment.upper.size() +
            fragment.timestamps.size() * sizeof(Timestamp);
  }
  return size;
}

}  // namespace wombat
