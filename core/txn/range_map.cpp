#include "txn/range_map.h"

namespace wombat {

namespace {

size_t bytes_of(const std::pair<uint32_t, std::string>& start, const std::optional<std::string>& end) {
  constexpr size_t kNodeBytes = 128;
  return kNodeBytes + start.second.size() + (end ? end->size() : 0);
}

}  // namespace

KeyRange RangeMap::view(const Start& start, const End& end) {
  return {start.first, start.second, end ? std::optional<Bytes>(*end) : std::nullopt};
}

RangeMap::Map::const_iterator RangeMap::first_reaching(uint32_t keyspace, Bytes key) const {
  auto at = ranges_.upper_bound(std::pair<uint32_t, Bytes>(keyspace, key));
  if (at == ranges_.begin()) return at;
  const auto before = std::prev(at);
  const bool reaches =
      before->first.first == keyspace && (!before->second || compare_bytes(*before->second, key) >= 0);
  return reaches ? before : at;
}

void RangeMap::add(const KeyRange& range) {
  if (range.is_empty()) return;
  Start start(range.keyspace, range.lower);
  End end;
  if (range.upper) end.emplace(*range.upper);
  auto at = first_reaching(range.keyspace, range.lower);
  auto last = at;
  while (last != ranges_.end() && last->first.first == range.keyspace &&
         (!end || compare_bytes(last->first.second, *end) <= 0)) {
    if (compare_bytes(last->first.second, start.second) < 0) start.second = last->first.second;
    if (!last->second || (end && compare_bytes(*last->second, *end) > 0)) end = last->second;
    ++last;
  }
  // What is joined goes only when its successor is there: lack of memory leaves the set as it was.
  Map joined;
  joined.emplace(std::move(start), std::move(end));
  for (; at != last; at = ranges_.erase(at)) size_bytes_ -= bytes_of(at->first, at->second);
  size_bytes_ += bytes_of(joined.begin()->first, joined.begin()->second);
  ranges_.merge(joined);
}

std::optional<KeyRange> RangeMap::find(uint32_t keyspace, Bytes key) const {
  const auto at = first_reaching(keyspace, key);
  if (at == ranges_.end() || at->first.first != keyspace) return std::nullopt;
  const KeyRange range = view(at->first, at->second);
  return range.contains(key) ? std::optional<KeyRange>(range) : std::nullopt;
}

bool RangeMap::overlaps(const KeyRange& range) const {
  if (range.is_empty()) return false;
  for (auto at = first_reaching(range.keyspace, range.lower);
       at != ranges_.end() && at->first.first == range.keyspace; ++at) {
    if (view(at->first, at->second).overlaps(range)) return true;
    if (range.upper && compare_bytes(at->first.second, *range.upper) >= 0) return false;
  }
  return false;
}

void RangeMap::clear() {
  ranges_.clear();
  size_bytes_ = 0;
}

}  // namespace wombat
