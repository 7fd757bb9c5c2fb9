#include "progress.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "output.h"
#include "terminal.h"
#include "text.h"

namespace wombat::cli {

namespace {

constexpr double kBarPauseSeconds = 0.1;
constexpr double kFirstLineSeconds = 0.5;
constexpr double kStepPauseSeconds = 0.5;  // between lines that tell of another tenth
constexpr double kLinePauseSeconds = 5.0;  // between lines that tell of less
constexpr int kBarColumnsMax = 40;
constexpr int kBarColumnsMin = 10;

}  // namespace

Progress::Progress(std::string label, Unit unit, const Settings& settings)
    : label_(std::move(label)),
      unit_(unit),
      is_silent_(settings.quiet),
      is_on_terminal_(is_terminal(stderr)),
      has_colors_(colored_error(settings, Color::kGood, "") != "") {}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Progress::set_total(uint64_t total) {
  const std::lock_guard lock(mutex_);
  total_ = total;
}

void Progress::update(uint64_t done) {
  const std::lock_guard lock(mutex_);
  done_ = done;
  if (is_silent_) return;
  const double now = seconds();
  const double pause = now - last_shown_seconds_;
  if (is_on_terminal_) {
    if (pause >= kBarPauseSeconds) draw_bar(now);
    return;
  }
  const unsigned percent =
      total_ == 0 ? 0
                  : static_cast<unsigned>(100.0 * static_cast<double>(done_) / static_cast<double>(total_));
  const bool has_step = percent / 10 > last_shown_percent_ / 10 && percent < 100;
  if (now < kFirstLineSeconds) return;
  if (pause >= kLinePauseSeconds || (has_step && pause >= kStepPauseSeconds)) {
    last_shown_percent_ = percent;
    print_line(now);
  }
}

void Progress::clear() {
  const std::lock_guard lock(mutex_);
  if (!has_bar_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  has_bar_ = false;
}

std::string Progress::amount(double count) const {
  return unit_ == Unit::kBytes ? human_bytes(count) : with_commas(static_cast<uint64_t>(count));
}

std::string Progress::measures(double seconds) const {
  const double rate = static_cast<double>(done_) / std::max(seconds, 1e-3);
  std::string text = amount(static_cast<double>(done_));
  if (total_ > 0) text += " of " + amount(static_cast<double>(total_));
  text += ", " + amount(rate) + "/s";
  if (total_ > done_ && rate > 0)
    text += ", " + human_seconds(static_cast<double>(total_ - done_) / rate) + " left";
  return text;
}

void Progress::draw_bar(double seconds) {
  last_shown_seconds_ = seconds;
  std::string line = label_ + " ";
  const std::string right = measures(seconds);
  if (total_ > 0) {
    const double part = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    const int room = terminal_width(stderr) - static_cast<int>(label_.size() + right.size()) - 10;
    const int columns = std::min(room, kBarColumnsMax);
    if (columns >= kBarColumnsMin) {
      const int full = static_cast<int>(part * columns);
      line += has_colors_ ? "\x1b[32m" : "";
      line += std::string(static_cast<size_t>(full), '#');
      line += has_colors_ ? "\x1b[0m" : "";
      line += std::string(static_cast<size_t>(columns - full), '.') + " ";
    }
    char percent[8];
    std::snprintf(percent, sizeof percent, "%3d%% ", static_cast<int>(part * 100));
    line += percent;
  }
  std::fprintf(stderr, "\r%s%s\x1b[K", line.c_str(), right.c_str());
  std::fflush(stderr);
  has_bar_ = true;
}

void Progress::print_line(double seconds) {
  last_shown_seconds_ = seconds;
  std::string line = label_ + ": ";
  if (total_ > 0) line += std::to_string(last_shown_percent_) + "%, ";
  std::fprintf(stderr, "%s%s\n", line.c_str(), measures(seconds).c_str());
}

}  // namespace wombat::cli
