#include "isolation/isolation_checker.h"

#include <algorithm>

#include "isolation/cycle_search.h"
#include "isolation/dependency_graph.h"
#include "isolation/history_index.h"
#include "isolation/observations.h"
#include "isolation/update_checks.h"
#include "isolation/version_order.h"

namespace wombat::isolation {

namespace {

constexpr uint32_t kFinalProcess = UINT32_MAX;

/// The last read of everything is one more transaction, which begins when all the others have ended.
uint32_t append_final_read(History* history) {
  if (!history->final_rows) return kNone;
  uint64_t last = 0;
  for (const RecordedTransaction& transaction : history->transactions) {
    last = std::max(last, transaction.start);
    if (transaction.end != kNoEnd) last = std::max(last, transaction.end);
  }
  RecordedTransaction final_read;
  final_read.process = kFinalProcess;
  final_read.start = last + 1;
  final_read.end = last + 2;
  Operation& scan = final_read.operations.emplace_back();
  scan.kind = OperationKind::kRangeRead;
  scan.upper = UINT64_MAX;
  scan.rows = std::move(*history->final_rows);
  history->transactions.push_back(std::move(final_read));
  return static_cast<uint32_t>(history->transactions.size()) - 1;
}

void keep_last_element(Content* content) {
  if (content->size() > 1) content->erase(content->begin(), content->end() - 1);
}

void turn_lists_into_registers(History* history) {
  history->data_kind = DataKind::kRegister;
  for (RecordedTransaction& transaction : history->transactions) {
    for (Operation& operation : transaction.operations) {
      if (operation.kind == OperationKind::kAppend) operation.kind = OperationKind::kWrite;
      keep_last_element(&operation.content);
      for (Row& row : operation.rows) keep_last_element(&row.content);
    }
  }
}

/// Timestamps of commits that wrote differ, and grow from a commit that had ended to one that began later.
void check_timestamps(const HistoryIndex& index, CheckReport* report) {
  std::vector<uint32_t> by_timestamp;
  for (uint32_t t = 0; t < index.transaction_count(); ++t) {
    const bool is_write = index.happened(t) && index.has_written(t);
    if (is_write && index.transaction(t).timestamp != 0) by_timestamp.push_back(t);
  }
  std::sort(by_timestamp.begin(), by_timestamp.end(), [&](uint32_t a, uint32_t b) {
    return index.transaction(a).timestamp < index.transaction(b).timestamp;
  });
  const auto report_pair = [&](uint32_t a, uint32_t b) {
    if (!report->wants(AnomalyKind::kTimestampOrder)) return report->count_only(AnomalyKind::kTimestampOrder);
    report->add(AnomalyKind::kTimestampOrder,
                "  " + to_text(index.transaction(a), a, index.history().data_kind) + "\n  " +
                    to_text(index.transaction(b), b, index.history().data_kind));
  };
  uint32_t latest_start = kNone;  // among those with a smaller timestamp
  for (size_t i = 0; i < by_timestamp.size(); ++i) {
    const uint32_t t = by_timestamp[i];
    const RecordedTransaction& transaction = index.transaction(t);
    if (i != 0 && index.transaction(by_timestamp[i - 1]).timestamp == transaction.timestamp)
      report_pair(by_timestamp[i - 1], t);
    if (latest_start != kNone && transaction.end < index.transaction(latest_start).start)
      report_pair(latest_start, t);
    if (latest_start == kNone || transaction.start > index.transaction(latest_start).start) latest_start = t;
  }
}

CheckReport check_once(HistoryIndex* index, uint32_t final_reader, IsolationLevel level, bool* must_restart) {
  CheckReport report;
  Observations observations(*index, &report);
  const bool has_snapshots = level != IsolationLevel::kReadCommitted;
  const VersionOrder order(index, &observations, final_reader, has_snapshots, &report);
  *must_restart = order.must_restart();
  if (*must_restart) return report;
  check_timestamps(*index, &report);
  find_lost_updates(*index, observations, &report);
  find_broken_update_reads(*index, observations, &report);
  const DependencyGraph graph(*index, observations, order, has_snapshots);
  CycleSearch(*index, graph, level, &report).run();
  report.edge_count = graph.edge_count();
  return report;
}

}  // namespace

CheckReport check_history(History history, IsolationLevel level) {
  const uint32_t final_reader = append_final_read(&history);
  const bool may_lose_updates = !is_forbidden(AnomalyKind::kLostUpdate, level);
  if (history.data_kind == DataKind::kList && history.appends_are_puts && may_lose_updates)
    turn_lists_into_registers(&history);
  HistoryIndex index(history);
  bool must_restart = false;
  CheckReport report;
  do {  // each time one more of the transactions in doubt has turned out to have happened
    report = check_once(&index, final_reader, level, &must_restart);
  } while (must_restart);
  for (uint32_t t = 0; t < index.transaction_count(); ++t) {
    if (index.happened(t) && t != final_reader) ++report.transaction_count;
    if (index.transaction(t).outcome != Outcome::kUnknown) continue;
    ++report.unknown_count;
    if (index.happened(t)) ++report.unknown_happened_count;
  }
  return report;
}

}  // namespace wombat::isolation
