#include "isolation/update_checks.h"

#include <algorithm>

namespace wombat::isolation {

namespace {

/// A change of the key between what `read` saw and the commit of its reader; kNone.
uint32_t find_change(const HistoryIndex& index, const Observation& read) {
  const uint64_t committed_at = index.transaction(read.reader).timestamp;
  const uint64_t seen = read.version == kInitial ? 0 : index.writer(read.version).timestamp;
  if (committed_at == 0 || (seen == 0 && read.version != kInitial)) return kNone;
  for (const uint32_t v : index.versions_of_key(read.key)) {
    if (!index.versions()[v].is_installed || !index.happened_version(v)) continue;
    const uint64_t changed_at = index.writer(v).timestamp;
    if (seen < changed_at && changed_at < committed_at) return v;
  }
  return kNone;
}

}  // namespace

void find_lost_updates(const HistoryIndex& index, const Observations& observations, CheckReport* report) {
  std::vector<const Observation*> updates;
  for (const Observation& observation : observations.all()) {
    if (observation.own_version != kNone && observation.is_resolved) updates.push_back(&observation);
  }
  std::stable_sort(updates.begin(), updates.end(), [](const Observation* a, const Observation* b) {
    return a->key != b->key ? a->key < b->key : a->version < b->version;
  });
  for (size_t i = 1; i < updates.size(); ++i) {
    const Observation& a = *updates[i - 1];
    const Observation& b = *updates[i];
    if (a.key != b.key || a.version != b.version || a.reader == b.reader) continue;
    if (!report->wants(AnomalyKind::kLostUpdate)) {
      report->count_only(AnomalyKind::kLostUpdate);
      continue;
    }
    const std::string value =
        a.version == kInitial || a.is_absence ? "absent" : std::to_string(index.versions()[a.version].value);
    report->add(AnomalyKind::kLostUpdate,
                "  " + to_text(index.transaction(a.reader), a.reader, index.history().data_kind) + "\n  " +
                    to_text(index.transaction(b.reader), b.reader, index.history().data_kind) +
                    "\n  - both read key " + std::to_string(index.keys()[a.key]) + " as " + value +
                    " and replaced it");
  }
}

void find_broken_update_reads(const HistoryIndex& index, const Observations& observations,
                              CheckReport* report) {
  for (const Observation& read : observations.all()) {
    if (!read.is_for_update || !read.is_resolved) continue;
    const uint32_t change = find_change(index, read);
    if (change == kNone) continue;
    if (!report->wants(AnomalyKind::kUpdateRead)) {
      report->count_only(AnomalyKind::kUpdateRead);
      continue;
    }
    const uint32_t writer = index.versions()[change].transaction;
    report->add(AnomalyKind::kUpdateRead,
                "  " + to_text(index.transaction(read.reader), read.reader, index.history().data_kind) +
                    "\n  " + to_text(index.transaction(writer), writer, index.history().data_kind) +
                    "\n  - T" + std::to_string(read.reader) + " read key " +
                    std::to_string(index.keys()[read.key]) + " for update, and T" + std::to_string(writer) +
                    " changed it before it committed");
  }
}

}  // namespace wombat::isolation
