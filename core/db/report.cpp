#include "db/report.h"

#include <algorithm>
#include <cmath>

#include "db/job_log.h"

namespace wombat {

namespace {

/// The columns of kHistogramNames, in their order.
constexpr uint64_t (*kColumns[])(const HistogramSnapshot& snapshot) = {
    [](const HistogramSnapshot& s) { return s.count; },
    [](const HistogramSnapshot& s) { return static_cast<uint64_t>(std::llround(s.mean())); },
    [](const HistogramSnapshot& s) { return s.percentile(50); },
    [](const HistogramSnapshot& s) { return s.percentile(99); },
    [](const HistogramSnapshot& s) { return s.percentile(99.9); },
    [](const HistogramSnapshot& s) { return s.max; },
};
constexpr size_t kColumnCount = std::size(kColumns);
constexpr size_t kCounterCount = static_cast<size_t>(Counter::kCount);
constexpr size_t kHistogramCount = static_cast<size_t>(HistogramId::kCount);

// Literals joined by the preprocessor, so that names are static texts.
#define WOMBAT_COLUMNS(name, help)                                                 \
  {name ".count", help ": how many were measured"}, {name ".mean", help ": mean"}, \
      {name ".p50", help ": median"}, {name ".p99", help ": 99 % are below"},      \
      {name ".p999", help ": 99.9 % are below"}, {name ".max", help ": largest"},
constexpr StatisticName kHistogramNames[] = {
#define WOMBAT_X(name, id, help) WOMBAT_COLUMNS(name, help)
    WOMBAT_HISTOGRAMS(WOMBAT_X)
#undef WOMBAT_X
};
static_assert(std::size(kHistogramNames) == kHistogramCount * kColumnCount);

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<uint64_t> all_values(Db& db) {
  std::vector<uint64_t> values(statistic_count());
  read_statistics(db, values.data(), values.size());
  return values;
}

std::string padded(std::string_view name) {
  std::string text(name);
  text.resize(std::max<size_t>(text.size() + 1, 30), ' ');
  return text;
}

}  // namespace

size_t statistic_count() { return kCounterCount + kHistogramCount * kColumnCount; }

StatisticName statistic_name(size_t index) {
  if (index >= kCounterCount) return kHistogramNames[index - kCounterCount];
  const StatisticInfo info = counter_info(static_cast<Counter>(index));
  return {info.name, info.help};
}

void read_statistics(Db& db, uint64_t* values, size_t count) {
  HistogramSnapshot snapshot;
  for (size_t i = 0; i < count; ++i) {
    if (i < kCounterCount) {
      values[i] = db.counter_total(static_cast<Counter>(i));
      continue;
    }
    const size_t column = (i - kCounterCount) % kColumnCount;
    if (column == 0)
      snapshot = db.statistics().snapshot(static_cast<HistogramId>((i - kCounterCount) / kColumnCount));
    values[i] = kColumns[column](snapshot);
  }
}

/// Counters of the point read path live in the readers' stripes, all others in Statistics.
uint64_t Db::counter_total(Counter counter) const {
  const uint64_t total = statistics_.total(counter);
  switch (counter) {
    case Counter::kGets:
      return total + read_counters_.total(ReadCounter::kGets);
    case Counter::kGetsFound:
      return total + read_counters_.total(ReadCounter::kGetsFound);
    case Counter::kGetMemtableHits:
      return total + read_counters_.total(ReadCounter::kMemtableHits);
    case Counter::kGetBytes:
      return total + read_counters_.total(ReadCounter::kGetBytes);
    case Counter::kFilterChecked:
      return total + read_counters_.total(ReadCounter::kFilterChecked);
    case Counter::kFilterUseful:
      return total + read_counters_.total(ReadCounter::kFilterUseful);
    case Counter::kCacheHits:
      return total + read_counters_.total(ReadCounter::kCacheHits);
    case Counter::kLogBytes:
      return total + (wal_ == nullptr ? 0 : wal_->logged_bytes());
    case Counter::kWrites:
      return total + write_counters_.total(WriteCounter::kCommits);
    case Counter::kWriteEntries:
      return total + write_counters_.total(WriteCounter::kEntries);
    case Counter::kPuts:
      return total + write_counters_.total(WriteCounter::kPuts);
    case Counter::kDeletes:
      return total + write_counters_.total(WriteCounter::kDeletes);
    case Counter::kMerges:
      return total + write_counters_.total(WriteCounter::kMerges);
    case Counter::kRangeDeletes:
      return total + write_counters_.total(WriteCounter::kRangeDeletes);
    case Counter::kWriteBytes:
      return total + write_counters_.total(WriteCounter::kBytes);
    case Counter::kWriteGroups:
      return total + write_counters_.total(WriteCounter::kGroups);
    default:
      return total;
  }
}

namespace {

std::string report_with(Tree& tree, bool opens_tables) {
  const std::vector<uint64_t> values = all_values(tree.db());
  std::string text = "statistics since open\n";
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] != 0) text += "  " + padded(statistic_name(i).name) + std::to_string(values[i]) + "\n";
  }
  text += "properties\n";
  for (size_t i = 0; i < property_count(); ++i) {
    if (!opens_tables && property_opens_tables(i)) continue;
    const Result<std::string> value = tree.property(property_name(i).name);
    if (!value || value.value().empty()) continue;
    if (value.value().back() != '\n') {
      text += "  " + padded(property_name(i).name) + value.value() + "\n";
      continue;
    }
    text += "  " + std::string(property_name(i).name) + "\n";
    for (size_t at = 0; at < value.value().size();) {
      const size_t end = value.value().find('\n', at);
      text += "    " + value.value().substr(at, end - at) + "\n";
      at = end + 1;
    }
  }
  return text;
}

}  // namespace

std::string text_report(Tree& tree) { return report_with(tree, true); }
std::string light_report(Tree& tree) { return report_with(tree, false); }

std::string json_report(Tree& tree) {
  const std::vector<uint64_t> values = all_values(tree.db());
  std::string text = "{\"statistics\":{";
  for (size_t i = 0; i < values.size(); ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::string(statistic_name(i).name) + "\":" + std::to_string(values[i]);
  }
  text += "},\"properties\":{";
  for (size_t i = 0; i < property_count(); ++i) {
    const Result<std::string> value = tree.property(property_name(i).name);
    if (!value) continue;
    text += (i == 0 ? "\"" : ",\"") + std::string(property_name(i).name) + "\":";
    text += is_number(value.value()) ? value.value() : "\"" + json_escaped(value.value()) + "\"";
  }
  return text + "}}";
}

}  // namespace wombat
