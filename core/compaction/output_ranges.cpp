#include "compaction/output_ranges.h"

namespace wombat {

OutputRanges::OutputRanges(const RangeSet& ranges, const DropRule& rule, const MayExist& may_exist_below)
    : all_(ranges), rule_(rule) {
  for (const RangeSet::Fragment& fragment : ranges.fragments()) {
    const Bytes upper(fragment.upper);
    const bool nothing_below =
        may_exist_below && !may_exist_below(fragment.lower, fragment.has_upper ? &upper : nullptr);
    RangeSet::Fragment kept = fragment;
    kept.timestamps = rule.needed_ranges(fragment.timestamps, nothing_below);
    if (!kept.timestamps.empty()) kept_.append(std::move(kept));
  }
}

RangeSet OutputRanges::take_up_to(Bytes key) {
  if (kept_.empty()) return {};
  const std::optional<std::string> end = key_after(key);
  if (!end) return take_rest();
  const Bytes lower(from_);
  const Bytes upper(*end);
  RangeSet part = kept_.cut(&lower, &upper);
  from_ = *end;
  return part;
}

RangeSet OutputRanges::take_rest() {
  const Bytes lower(from_);
  RangeSet part = kept_.cut(&lower, nullptr);
  kept_ = RangeSet();
  return part;
}

bool hides_all(const RangeSet& ranges, const DropRule& rule, Bytes smallest, Bytes largest, Timestamp oldest,
               Timestamp newest) {
  const RangeSet::Fragment* fragment = ranges.find(smallest);
  const RangeSet::Fragment* const end = ranges.fragments().data() + ranges.fragments().size();
  const std::string* reached = nullptr;
  for (; fragment != nullptr && fragment != end; ++fragment) {
    if (reached != nullptr && fragment->lower != *reached) return false;
    // One range delete above all of them, which every reader of the oldest sees.
    const bool hides =
        fragment->timestamps.front() > newest && rule.is_hidden_by(fragment->timestamps, newest) &&
        rule.is_hidden_by(fragment->timestamps, oldest) && rule.are_seen_together(oldest, newest);
    if (!hides) return false;
    if (fragment->reaches(largest)) return true;
    reached = &fragment->upper;
  }
  return false;
}

}  // namespace wombat
