/// The seed of a random test: WOMBAT_TEST_SEED (decimal or 0x...) when set, else the test's own fixed number,
/// so that a failure found by a nightly run with other seeds can be replayed.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace wombat {

inline uint64_t test_seed(uint64_t fixed_default) {
  const char* const text = std::getenv("WOMBAT_TEST_SEED");
  return text == nullptr || *text == '\0' ? fixed_default : std::strtoull(text, nullptr, 0);
}

/// Declared at the start of a test: every failure in its scope names the seed that replays it.
class SeedScope {
 public:
  explicit SeedScope(uint64_t fixed_default)
      : seed_(test_seed(fixed_default)),
        trace_(__FILE__, __LINE__, "replay with WOMBAT_TEST_SEED=" + std::to_string(seed_)) {}

  uint64_t seed() const { return seed_; }

 private:
  uint64_t seed_;
  ::testing::ScopedTrace trace_;
};

}  // namespace wombat
