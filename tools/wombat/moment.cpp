#include "moment.h"

#include <chrono>
#include <cstdio>
#include <optional>

#include "failure.h"
#include "text.h"

namespace wombat::cli {

namespace {

constexpr uint64_t kMicrosPerSecond = 1'000'000;
constexpr uint64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads a text from its front.
class Reader {
 public:
  explicit Reader(Bytes text) : text_(text) {}
  bool at_end() const { return text_.empty(); }
  bool take(Bytes word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  /// As many digits as there are, and at least one; no more than fit.
  std::optional<uint64_t> number() {
    size_t count = 0;
    while (count < text_.size() && is_digit(text_[count])) ++count;
    const Bytes digits = text_.substr(0, count);
    text_.remove_prefix(count);
    return parse_size(digits);
  }
  /// Exactly `count` digits.
  std::optional<uint64_t> digits(size_t count) {
    const Bytes front = text_.substr(0, count);
    for (const char c : front)
      if (!is_digit(c)) return std::nullopt;
    if (front.size() < count) return std::nullopt;
    text_.remove_prefix(count);
    return parse_size(front);
  }
  /// What follows a decimal point, in millionths; further digits do not count.
  std::optional<uint64_t> millionths() {
    uint64_t value = 0;
    size_t count = 0;
    for (; !text_.empty() && is_digit(text_.front()); ++count, text_.remove_prefix(1))
      if (count < 6) value = value * 10 + static_cast<uint64_t>(text_.front() - '0');
    if (count == 0) return std::nullopt;
    for (; count < 6; ++count) value *= 10;
    return value;
  }

 private:
  Bytes text_;
};

/// "1h30m" in microseconds.
std::optional<uint64_t> read_duration(Bytes text) {
  static constexpr struct {
    const char* word;
    uint64_t micros;
  } kUnits[] = {{"ms", 1000},
                {"s", kMicrosPerSecond},
                {"m", 60 * kMicrosPerSecond},
                {"h", 3600 * kMicrosPerSecond},
                {"d", kMicrosPerDay}};
  Reader reader(text);
  uint64_t micros = 0;
  do {
    const auto number = reader.number();
    if (!number) return std::nullopt;
    bool is_known = false;
    for (const auto& unit : kUnits) {
      if (!reader.take(unit.word)) continue;
      if (*number > (UINT64_MAX - micros) / unit.micros) return std::nullopt;
      micros += *number * unit.micros;
      is_known = true;
      break;
    }
    if (!is_known) return std::nullopt;
  } while (!reader.at_end());
  return micros;
}

/// "Z" or "+01:00" in minutes.
std::optional<int64_t> read_zone(Reader& reader) {
  if (reader.take("Z") || reader.take("z")) return 0;
  const bool is_west = reader.take("-");
  if (!is_west && !reader.take("+")) return std::nullopt;
  const auto hours = reader.digits(2);
  reader.take(":");
  const auto minutes = reader.digits(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto offset = static_cast<int64_t>(*hours * 60 + *minutes);
  return is_west ? -offset : offset;
}

/// RFC 3339; the seconds may be left out.
std::optional<uint64_t> read_time(Bytes text) {
  Reader reader(text);
  const auto year = reader.digits(4);
  if (!year || !reader.take("-")) return std::nullopt;
  const auto month = reader.digits(2);
  if (!month || !reader.take("-")) return std::nullopt;
  const auto day = reader.digits(2);
  if (!day || !(reader.take("T") || reader.take("t") || reader.take(" "))) return std::nullopt;
  const auto hour = reader.digits(2);
  if (!hour || !reader.take(":")) return std::nullopt;
  const auto minute = reader.digits(2);
  if (!minute) return std::nullopt;
  std::optional<uint64_t> second = 0;
  std::optional<uint64_t> fraction = 0;
  if (reader.take(":")) {
    second = reader.digits(2);
    if (second && reader.take(".")) fraction = reader.millionths();
  }
  if (!second || !fraction || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto zone = read_zone(reader);
  if (!zone || !reader.at_end()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t minutes = days * 1440 + static_cast<int64_t>(*hour * 60 + *minute) - *zone;
  if (minutes < 0) return std::nullopt;
  return (static_cast<uint64_t>(minutes) * 60 + *second) * kMicrosPerSecond + *fraction;
}

[[noreturn]] void fail_moment(const std::string& text) {
  throw Failure(ExitCode::kUsage, "--as-of '" + escaped(text) + "'",
                "expected a commit timestamp, a time or how long ago",
                "for example 1500, 2026-11-20T12:00:00Z, 2026-11-20T13:00:00+01:00 or -10m");
}

}  // namespace

Moment parse_moment(const std::string& text, uint64_t now_us) {
  Moment moment;
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
    moment.timestamp = parse_size(text).value_or(0);
  } else if (text.starts_with("-")) {
    const auto ago_us = read_duration(Bytes(text).substr(1));
    if (ago_us && *ago_us < now_us) moment.time_us = now_us - *ago_us;
  } else {
    moment.time_us = read_time(text).value_or(0);
  }
  if (!moment.is_past()) fail_moment(text);
  return moment;
}

Moment parse_moment(const std::string& text) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return parse_moment(
      text, static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

std::string time_text(uint64_t time_us) {
  const auto days = std::chrono::sys_days(std::chrono::days(time_us / kMicrosPerDay));
  const std::chrono::year_month_day date(days);
  const uint64_t seconds = time_us % kMicrosPerDay / kMicrosPerSecond;
  const uint64_t fraction = time_us % kMicrosPerSecond;
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<unsigned>(seconds / 3600), static_cast<unsigned>(seconds / 60 % 60),
                static_cast<unsigned>(seconds % 60));
  std::string out = text;
  if (fraction != 0) {
    std::snprintf(text, sizeof text, ".%06u", static_cast<unsigned>(fraction));
    out += text;
  }
  return out + "Z";
}

}  // namespace wombat::cli
