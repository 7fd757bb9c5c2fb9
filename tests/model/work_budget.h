/// How much a random test does: a number from the environment, and an end in time.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace wombat {

/// The number in environment variable `name`, or `fallback`.
inline uint64_t number_from_environment(const char* name, uint64_t fallback) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? fallback : std::strtoull(text, nullptr, 0);
}

class WorkBudget {
 public:
  /// `count` units, fewer when WOMBAT_TEST_MINUTES (0: no bound, the default) are over.
  explicit WorkBudget(uint64_t count) : count_(count) {
    const uint64_t minutes = number_from_environment("WOMBAT_TEST_MINUTES", 0);
    if (minutes != 0) end_ = std::chrono::steady_clock::now() + std::chrono::minutes(minutes);
  }
  void spend(uint64_t count) { spent_ += count; }
  uint64_t spent() const { return spent_; }
  bool is_spent() const { return spent_ >= count_ || std::chrono::steady_clock::now() >= end_; }

 private:
  uint64_t count_;
  uint64_t spent_ = 0;
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace wombat
