#include "isolation/anomaly.h"

namespace wombat::isolation {

const char* anomaly_name(AnomalyKind kind) {
  switch (kind) {
    case AnomalyKind::kGarbageRead:
      return "garbage read";
    case AnomalyKind::kInternal:
      return "own write not seen";
    case AnomalyKind::kDuplicate:
      return "duplicate element";
    case AnomalyKind::kIncompatibleOrder:
      return "incompatible orders";
    case AnomalyKind::kLostWrite:
      return "lost write";
    case AnomalyKind::kUpdateRead:
      return "change under a read for update";
    case AnomalyKind::kTimestampOrder:
      return "timestamps out of order";
    case AnomalyKind::kG0:
      return "G0 (dirty write)";
    case AnomalyKind::kG1a:
      return "G1a (aborted read)";
    case AnomalyKind::kG1b:
      return "G1b (intermediate read)";
    case AnomalyKind::kG1c:
      return "G1c (circular information flow)";
    case AnomalyKind::kLostUpdate:
      return "lost update";
    case AnomalyKind::kGSingle:
      return "G-single (read skew)";
    case AnomalyKind::kGSinglePredicate:
      return "G-single through a range (phantom)";
    case AnomalyKind::kGNonadjacent:
      return "G-nonadjacent";
    case AnomalyKind::kStaleSnapshot:
      return "stale snapshot";
    case AnomalyKind::kG2Item:
      return "G2-item (write skew)";
    case AnomalyKind::kG2Predicate:
      return "G2 (write skew through a range)";
    case AnomalyKind::kRealTime:
      break;
  }
  return "real-time violation";
}

bool is_forbidden(AnomalyKind kind, IsolationLevel level) {
  switch (level) {
    case IsolationLevel::kReadCommitted:
      return kind < AnomalyKind::kLostUpdate;
    case IsolationLevel::kSnapshot:
      return kind < AnomalyKind::kG2Item;
    case IsolationLevel::kSerializable:
      break;
  }
  return true;
}

void CheckReport::add(AnomalyKind kind, std::string description) {
  ++counts_[index(kind)];
  if (!wants(kind)) return;
  ++described_[index(kind)];
  anomalies_.push_back({kind, std::move(description)});
}

void CheckReport::merge(const CheckReport& other) {
  for (size_t i = 0; i < kAnomalyKindCount; ++i) counts_[i] += other.counts_[i];
  for (const Anomaly& anomaly : other.anomalies_) {
    if (!wants(anomaly.kind)) continue;
    ++described_[index(anomaly.kind)];
    anomalies_.push_back(anomaly);
  }
  transaction_count += other.transaction_count;
  unknown_count += other.unknown_count;
  unknown_happened_count += other.unknown_happened_count;
  edge_count += other.edge_count;
  ambiguous_read_count += other.ambiguous_read_count;
}

bool CheckReport::is_clean(IsolationLevel level) const {
  for (size_t i = 0; i < kAnomalyKindCount; ++i) {
    if (counts_[i] != 0 && is_forbidden(static_cast<AnomalyKind>(i), level)) return false;
  }
  return true;
}

std::string CheckReport::forbidden_text(IsolationLevel level) const {
  if (is_clean(level)) return "";
  std::string text = std::string("not ") + level_name(level) + ": " + counts_text() + "\n";
  for (const Anomaly& anomaly : anomalies_) {
    if (is_forbidden(anomaly.kind, level))
      text += std::string(anomaly_name(anomaly.kind)) + "\n" + anomaly.description + "\n";
  }
  return text;
}

std::string CheckReport::counts_text() const {
  std::string text;
  for (size_t i = 0; i < kAnomalyKindCount; ++i) {
    if (counts_[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::string(anomaly_name(static_cast<AnomalyKind>(i))) + " " + std::to_string(counts_[i]);
  }
  return text.empty() ? "no anomaly" : text;
}

}  // namespace wombat::isolation
