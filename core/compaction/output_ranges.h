/// The range deletes of a job on their way to its outputs: what they hide, what is left of them, and which part goes to
/// which table.
#pragma once

#include <functional>
#include <string>

#include "compaction/drop_rule.h"
#include "kv/range_set.h"

namespace wombat {

/// Asked in the order of keys. One thread at a time.
class OutputRanges {
 public:
  /// Whether there may be entries outside the job, older than it, from `lower` to `*upper`, both included; null: to the
  /// end. Without it there always may.
  using MayExist = std::function<bool(Bytes lower, const Bytes* upper)>;
  OutputRanges(const RangeSet& ranges, const DropRule& rule, const MayExist& may_exist_below);

  /// Whether no reader sees an entry.
  bool hides(Bytes key, Timestamp timestamp) const {
    if (all_.empty()) return false;
    const RangeSet::Fragment* const found = all_.find(key);
    return found != nullptr && rule_.is_hidden_by(found->timestamps, timestamp);
  }
  /// Whether a range delete that goes to an output has `key` in it.
  bool covers(Bytes key) const { return !kept_.empty() && kept_.find(key) != nullptr; }

  /// Whether an output may end with `key`: what is left begins with the next key, and there must be one.
  bool may_end_at(Bytes key) const { return kept_.empty() || key.size() < kKeySizeMax; }
  /// The part up to `key`, included; the rest stays for the next output.
  RangeSet take_up_to(Bytes key);
  /// All that is left.
  RangeSet take_rest();

 private:
  const RangeSet& all_;
  const DropRule& rule_;
  RangeSet kept_;
  std::string from_;  // everything below this has been taken
};

/// Whether every entry with timestamps from `oldest` on and keys from `smallest` to `largest` is hidden from every reader.
bool hides_all(const RangeSet& ranges, const DropRule& rule, Bytes smallest, Bytes largest, Timestamp oldest,
               Timestamp newest);

}  // namespace wombat
