#include "table/range_section.h"

#include "base/coding.h"

namespace wombat {

namespace {

constexpr uint32_t kNoBound = 0xFFFFFFFF;

/// Reads one fragment that follows `before`. Null, or what is wrong with it.
const char* read_fragment(Cursor* cursor, const RangeSet::Fragment* before, RangeSet::Fragment* fragment) {
  const auto lower_size = cursor->fixed<uint32_t>();
  const auto upper_size = cursor->fixed<uint32_t>();
  const auto count = cursor->fixed<uint32_t>();
  fragment->has_upper = upper_size != kNoBound;
  if (!cursor->ok() || lower_size > kKeySizeMax || (fragment->has_upper && upper_size > kKeySizeMax))
    return "a bound that is too long";
  fragment->lower = cursor->bytes(lower_size);
  fragment->upper = cursor->bytes(fragment->has_upper ? upper_size : 0);
  if (!cursor->ok() || count == 0 || count > cursor->remaining() / sizeof(Timestamp))
    return "a range delete that is cut short";
  if (fragment->has_upper && fragment->lower >= fragment->upper) return "a range delete of no key";
  if (before != nullptr && (!before->has_upper || before->upper > fragment->lower))
    return "range deletes that overlap";
  fragment->timestamps.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const auto timestamp = cursor->fixed<uint64_t>();
    const Timestamp limit = i == 0 ? kTimestampMax : fragment->timestamps[i - 1] - 1;
    if (timestamp == 0 || timestamp > limit) return "timestamps that do not descend";
    fragment->timestamps[i] = timestamp;
  }
  return nullptr;
}

}  // namespace

std::string encode_range_section(const RangeSet& ranges) {
  std::string bytes;
  append_le<uint32_t>(&bytes, static_cast<uint32_t>(ranges.fragments().size()));
  for (const RangeSet::Fragment& fragment : ranges.fragments()) {
    append_le<uint32_t>(&bytes, static_cast<uint32_t>(fragment.lower.size()));
    append_le<uint32_t>(&bytes, fragment.has_upper ? static_cast<uint32_t>(fragment.upper.size()) : kNoBound);
    append_le<uint32_t>(&bytes, static_cast<uint32_t>(fragment.timestamps.size()));
    bytes.append(fragment.lower).append(fragment.upper);
    for (const Timestamp timestamp : fragment.timestamps) append_le<uint64_t>(&bytes, timestamp);
  }
  return bytes;
}

Result<RangeSet> decode_range_section(Bytes bytes, uint64_t offset, const std::string& name) {
  Cursor cursor(bytes);
  RangeSet ranges;
  const auto count = cursor.fixed<uint32_t>();
  RangeSet::Fragment before;
  const auto damaged = [&](const char* found) {
    return Status::corruption_at(name, offset + cursor.position(), "range deletes in order", found);
  };
  if (!cursor.ok() || count == 0) return damaged("none");
  for (uint32_t i = 0; i < count; ++i) {
    RangeSet::Fragment fragment;
    if (const char* const fault = read_fragment(&cursor, i == 0 ? nullptr : &before, &fragment))
      return damaged(fault);
    before = fragment;
    ranges.append(std::move(fragment));
  }
  if (cursor.remaining() != 0) return damaged("bytes behind the last one");
  return ranges;
}

std::string last_key_of(const RangeSet::Fragment& fragment) {
  if (!fragment.has_upper) return std::string(kKeySizeMax, '\xFF');
  std::string key = fragment.upper;
  if (key.back() == '\0') key.pop_back();
  return key;
}

void include_ranges(const RangeSet& ranges, TableProperties* properties) {
  properties->range_count = ranges.fragments().size();
  if (ranges.empty()) return;
  const std::string& first = ranges.fragments().front().lower;
  if (first < properties->smallest_key) properties->smallest_key = first;
  std::string last = last_key_of(ranges.fragments().back());
  if (last > properties->largest_key) properties->largest_key = std::move(last);
}

}  // namespace wombat
