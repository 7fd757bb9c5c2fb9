#include "match_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "resource_usage.h"

namespace wombat::bench {
namespace {

/// Three digits and a letter.
std::string brief(double value) {
  const char* const units[] = {"", " K", " M", " G"};
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(units)) value /= 1000, ++unit;
  char text[32];
  std::snprintf(text, sizeof text,
                value >= 99.95   ? "%.0f%s"
                : value >= 9.995 ? "%.1f%s"
                                 : "%.2f%s",
                value, units[unit]);
  return text;
}

std::string brief_time(double ns) {
  const char* const units[] = {" ns", " us", " ms", " s"};
  size_t unit = 0;
  while (ns >= 999.5 && unit + 1 < std::size(units)) ns /= 1000, ++unit;
  char text[32];
  std::snprintf(text, sizeof text, ns >= 99.95 || unit == 0 ? "%.0f%s" : "%.1f%s", ns, units[unit]);
  return text;
}

std::string fixed(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string padded(const std::string& text, size_t width, bool left = false) {
  const std::string blank(text.size() < width ? width - text.size() : 0, ' ');
  return left ? text + blank : blank + text;
}

constexpr size_t kNameWidth = 19;

size_t column_width(const StoreKind& kind) { return std::max<size_t>(std::string(kind.name).size() + 2, 10); }

/// One operation is an opening, not one of many calls.
bool is_duration(const MatchWorkload& workload) {
  return workload.work == MatchWork::kOpen || workload.work == MatchWork::kRecover;
}

std::string rate_text(const MatchWorkload& workload, double rate) {
  return is_duration(workload) ? brief_time(rate > 0 ? 1e9 / rate : 0) : brief(rate);
}

std::string ratio_text(const std::optional<PeerRatio>& ratio) {
  if (!ratio) return padded("-", 8) + padded("", 16) + padded("", 8);
  return padded(fixed(ratio->ratio, 2), 8) + padded(fixed(ratio->lowest_ratio, 2), 8) + "  " +
         padded(ratio->peer->kind->name, 14, true);
}

void print_head(std::ostream& out, const MatchConfig& config, const Contest& contest) {
  out << machine_name() << "\n";
  for (const StoreKind* kind : contest.kinds())
    out << "  " << padded(kind->name, 15, true) << contest.version(*kind)
        << (kind->is_logged ? "" : " (no log)") << "\n";
  out << config.entry_count << " entries of " << config.keys.size_bytes << " + " << config.value_size
      << " bytes, cache " << (config.stores.cache_bytes >> 20) << " MiB, write buffer "
      << (config.stores.write_buffer_bytes >> 20) << " MiB x " << config.stores.write_buffer_count << ", "
      << config.thread_count << " thread(s), medians of " << config.rounds
      << " rounds. bench/README.md has every setting and its reason.\n";
}

/// Only the engines that take part in these rows have a column.
std::vector<const StoreKind*> kinds_of(const Contest& contest, const std::vector<const RowSummary*>& rows) {
  std::vector<const StoreKind*> kinds;
  for (const StoreKind* kind : contest.kinds())
    if (std::any_of(rows.begin(), rows.end(),
                    [&](const RowSummary* row) { return row->find(kind->name) != nullptr; }))
      kinds.push_back(kind);
  return kinds;
}

void print_ratios(std::ostream& out, const char* what, const Contest& contest,
                  const std::vector<const RowSummary*>& rows) {
  if (rows.empty()) return;
  const std::vector<const StoreKind*> kinds = kinds_of(contest, rows);
  out << "\n"
      << what
      << " a second, and Wombat's ratio to the best peer that has a log and to the best of all "
         "(above 1: Wombat is "
         "faster; low: the round where it was lowest)\n\n"
      << padded("", kNameWidth);
  for (const StoreKind* kind : kinds)
    out << padded(std::string(kind->name) + (kind->is_logged ? "" : "*"), column_width(*kind));
  out << "  |  logged     low  best            |     all     low  best\n";
  for (const RowSummary* row : rows) {
    out << padded(row->workload->name, kNameWidth, true);
    for (const StoreKind* kind : kinds) {
      const EngineSummary* const engine = row->find(kind->name);
      out << padded(engine != nullptr ? rate_text(*row->workload, engine->rate) : "-", column_width(*kind));
    }
    out << "  |" << ratio_text(row->to_best_peer(true)) << "  |" << ratio_text(row->to_best_peer(false));
    const EngineSummary* const own = row->find("wombat");
    if (row->device_rate && own != nullptr)
      out << "  device " << brief(*row->device_rate) << ", wombat " << fixed(own->rate / *row->device_rate, 2)
          << " of it";
    out << "\n";
  }
  out << "* has no log: a crash of the machine can cost the whole file, and in fillsync it writes every page "
         "instead.\n";
}

void print_costs(std::ostream& out, const std::vector<RowSummary>& rows) {
  out << "\nWhat it cost. settle: flush and background work behind the workload, not part of the rate (open: "
         "closing); cpu: all "
         "threads, then while settling;\nwritten: bytes written by bytes given, settling included; space: "
         "size of the files by "
         "keys and values in them\n\n"
      << padded("", kNameWidth) << padded("", 15) << padded("rate", 9) << padded("p50", 9) << padded("p99", 9)
      << padded("p99.9", 9) << padded("stall", 9) << padded("settle s", 10) << padded("cpu s", 8)
      << padded("+settle", 9) << padded("written", 9) << padded("space", 7) << padded("MiB", 7) << "\n";
  for (const RowSummary& row : rows) {
    bool is_first = true;
    for (const EngineSummary& engine : row.engines) {
      out << padded(is_first ? row.workload->name : "", kNameWidth, true)
          << padded(engine.kind->name, 15, true) << padded(rate_text(*row.workload, engine.rate), 9)
          << padded(brief_time(engine.p50_ns), 9) << padded(brief_time(engine.p99_ns), 9)
          << padded(brief_time(engine.p999_ns), 9) << padded(brief_time(engine.stall_ns), 9)
          << padded(fixed(engine.settle_s, 2), 10) << padded(fixed(engine.cpu_s, 2), 8)
          << padded(fixed(engine.settle_cpu_s, 2), 9)
          << padded(engine.write_amplification ? fixed(*engine.write_amplification, 2) : "-", 9)
          << padded(engine.space_amplification ? fixed(*engine.space_amplification, 2) : "-", 7)
          << padded(fixed(engine.memory_bytes / (1 << 20), 0), 7);
      if (engine.abort_rate) out << "  aborted " << fixed(100 * *engine.abort_rate, 2) << " %";
      if (row.workload->has_writer) out << "  writer " << brief(engine.writer_rate);
      out << "\n";
      is_first = false;
    }
  }
}

}  // namespace

void print_tables(std::ostream& out, const MatchConfig& config, const Contest& contest,
                  const std::vector<RowSummary>& rows) {
  print_head(out, config, contest);
  std::vector<const RowSummary*> operations, transactions;
  for (const RowSummary& row : rows)
    (row.workload->work == MatchWork::kTransact ? transactions : operations).push_back(&row);
  print_ratios(out, "Operations", contest, operations);
  print_ratios(out, "Transactions", contest, transactions);
  print_costs(out, rows);
}

}  // namespace wombat::bench
