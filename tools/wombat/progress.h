/// How far a long command is: a bar with rate and remaining time on a terminal, now and then a plain line
/// elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "settings.h"

namespace wombat::cli {

/// Any thread may update. Shows nothing with --quiet and nothing for work that ends at once.
class Progress {
 public:
  enum class Unit { kBytes, kRecords };
  Progress(std::string label, Unit unit, const Settings& settings);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// 0: not known.
  void set_total(uint64_t total);
  void update(uint64_t done);
  /// Removes the bar so that something else can be printed.
  void clear();
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  std::string amount(double count) const;
  std::string measures(double seconds) const;
  void draw_bar(double seconds);
  void print_line(double seconds);

  const std::string label_;
  const Unit unit_;
  const bool is_silent_;
  const bool is_on_terminal_;
  const bool has_colors_;
  const Clock::time_point start_ = Clock::now();

  std::mutex mutex_;
  uint64_t total_ = 0;
  uint64_t done_ = 0;
  double last_shown_seconds_ = 0;
  unsigned last_shown_percent_ = 0;
  bool has_bar_ = false;
};

}  // namespace wombat::cli
