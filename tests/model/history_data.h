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

/// How long a tick of the model is: no test takes that long by itself.
inline constexpr uint64_t kTickMicros = 4'000'000'000;

/// A merge operator of the program's own: what the model does for the name "test_join".
int64_t test_join(void*, const void* key, size_t key_size, const void* value, size_t value_size,
                  const void* operand, size_t operand_size, void* buffer, size_t capacity);

/// Mostly short, sometimes long, rarely up to 200 KiB.
std::string random_value(Random& random);

/// A configuration for wombat_options_parse; what must stay the same for the life of a database is drawn from
/// `fixed_seed`.
std::string random_options(Random& random, uint64_t fixed_seed);
/// "name" and "value" of an option that may change while the database is open.
std::pair<std::string, std::string> random_mutable_option(Random& random);

}  // namespace wombat
