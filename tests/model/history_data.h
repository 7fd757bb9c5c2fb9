/// Keys, values and options that random histories are made of.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"

namespace wombat {

/// A set of keys with a character of its own. Deterministic in its seed and in the calls.
class KeyFamily {
 public:
  explicit KeyFamily(uint64_t seed);

  std::string key(Random& random) const;
  /// A key that is probably not there, but near others.
  std::string near_key(Random& random) const;
  const char* name() const;

 private:
  enum class Kind { kSmallAlphabet, kSharedPrefix, kExtremeBytes, kNumbers, kMixed };
  std::string key_of(Kind kind, Random& random) const;
  Kind kind_;
  uint64_t count_;
  std::string prefix_;
};

/// Mostly short, sometimes long, rarely up to 200 KiB.
std::string random_value(Random& random);

/// A configuration for wombat_options_parse; what must stay the same for the life of a database is drawn from
/// `fixed_seed`.
std::string random_options(Random& random, uint64_t fixed_seed);
/// "name" and "value" of an option that may change while the database is open.
std::pair<std::string, std::string> random_mutable_option(Random& random);

}  // namespace wombat
