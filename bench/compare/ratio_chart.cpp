#include "ratio_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace wombat::bench {
namespace {

constexpr int kLeft = 150, kWidth = 560, kRight = 190, kTop = 92, kBar = 9, kRowHeight = 26;

struct Bar {
  const char* color;
  std::optional<PeerRatio> ratio;
};

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

class Chart {
 public:
  explicit Chart(const std::vector<RowSummary>& rows) : rows_(rows) {
    for (const RowSummary& row : rows)
      for (const bool only_logged : {true, false})
        if (const auto ratio = row.to_best_peer(only_logged); ratio && ratio->ratio > 0) {
          low_ = std::clamp(std::floor(std::log2(ratio->ratio)), kLowest, low_);
          high_ = std::clamp(std::ceil(std::log2(ratio->ratio)), high_, kHighest);
        }
  }

  std::string draw(const std::string& title, const std::string& subtitle) const {
    const int height = kTop + static_cast<int>(rows_.size()) * kRowHeight + 24;
    std::string svg = format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
        "font-size=\"12\" fill=\"#222\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
        kLeft + kWidth + kRight, height);
    svg += format("<text x=\"16\" y=\"24\" font-size=\"16\" font-weight=\"bold\">%s</text>\n", title.c_str());
    svg += format("<text x=\"16\" y=\"42\" fill=\"#555\">%s</text>\n", subtitle.c_str());
    svg += legend();
    for (int power = static_cast<int>(low_); power <= static_cast<int>(high_); ++power)
      svg += grid_line(power, height);
    for (size_t i = 0; i < rows_.size(); ++i) svg += row(rows_[i], kTop + static_cast<int>(i) * kRowHeight);
    return svg + "</svg>\n";
  }

 private:
  static constexpr const char* kLoggedColor = "#2c6fbb";
  static constexpr const char* kAllColor = "#e08a1e";

  static constexpr double kLowest = -4, kHighest = 6;  // bars end there; their labels tell the truth

  double x(double ratio) const {
    return kLeft + kWidth * (std::clamp(std::log2(ratio), low_, high_) - low_) / (high_ - low_);
  }

  static std::string legend() {
    return format(
               "<rect x=\"16\" y=\"54\" width=\"12\" height=\"%d\" fill=\"%s\"/>"
               "<text x=\"34\" y=\"63\">to the best peer that has a log</text>\n",
               kBar, kLoggedColor) +
           format(
               "<rect x=\"246\" y=\"54\" width=\"12\" height=\"%d\" fill=\"%s\"/>"
               "<text x=\"264\" y=\"63\">to the best of all</text>\n",
               kBar, kAllColor);
  }

  std::string grid_line(int power, int height) const {
    const double at = x(std::exp2(power));
    const bool is_one = power == 0;
    const std::string label = power >= 0 ? std::to_string(1 << power) : "1/" + std::to_string(1 << -power);
    return format("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"%d\"/>", at,
                  at, kTop - 8, height - 16, is_one ? "#444" : "#ddd", is_one ? 2 : 1) +
           format("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">%s</text>\n", at, kTop - 12,
                  label.c_str());
  }

  std::string row(const RowSummary& row, int top) const {
    std::string svg = format("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", kLeft - 10, top + 15,
                             row.workload->name);
    const Bar bars[] = {{kLoggedColor, row.to_best_peer(true)}, {kAllColor, row.to_best_peer(false)}};
    int y = top + 2;
    for (const Bar& bar : bars) {
      if (bar.ratio && bar.ratio->ratio > 0) {
        const double from = std::min(x(1), x(bar.ratio->ratio)), to = std::max(x(1), x(bar.ratio->ratio));
        svg += format("<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>", from, y,
                      std::max(to - from, 1.0), kBar, bar.color);
        svg += format("<text x=\"%.1f\" y=\"%d\" font-size=\"10\">%.2f %s</text>\n", to + 5, y + kBar,
                      bar.ratio->ratio, bar.ratio->peer->kind->name);
      }
      y += kBar + 1;
    }
    return svg;
  }

  const std::vector<RowSummary>& rows_;
  double low_ = -1, high_ = 1;
};

}  // namespace

std::string to_svg(const MatchConfig& config, const Contest& contest, const std::vector<RowSummary>& rows) {
  std::string versions;
  for (const StoreKind* kind : contest.kinds())
    versions += (versions.empty() ? "" : ", ") + contest.version(*kind);
  const std::string title =
      format("Wombat's speed as a multiple of its peers', %llu entries of %zu + %zu bytes",
             static_cast<unsigned long long>(config.entry_count), config.keys.size_bytes, config.value_size);
  return Chart(rows).draw(title, versions + format("; medians of %u rounds", config.rounds));
}

}  // namespace wombat::bench
