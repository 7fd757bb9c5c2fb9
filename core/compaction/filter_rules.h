/// Rules by prefix for what compactions take away, as option compaction.filter_rules has them:
///
///     prefix=tmp/ drop, prefix=session: max_age_s=86400
///
/// Rules stand between commas (or semicolons, where the text is not part of a list of options). In a prefix %XX stands for a
/// byte; the percent sign, white space, comma and semicolon must be written so. The longest prefix of a key decides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kv/entry.h"

namespace wombat {

/// Immutable; any thread.
class FilterRules {
 public:
  struct Verdict {
    bool drops = false;
    uint64_t max_age_us = 0;
  };

  /// kInvalidArgument saying which rule is wrong.
  static Result<FilterRules> parse(std::string_view text);

  bool empty() const { return rules_.empty(); }
  /// Whether one of them is about `key`.
  bool concern(Bytes key) const { return find(key) != nullptr; }
  /// Of the rule about `key`, which there is.
  Verdict judge(Bytes key) const { return find(key)->verdict; }

 private:
  struct Rule {
    std::string prefix;
    Verdict verdict;
  };
  const Rule* find(Bytes key) const;

  std::vector<Rule> rules_;  // longer prefixes first
};

}  // namespace wombat
