// What the last read of everything says about the order of versions, and which acknowledged writes it does not show.
#include <algorithm>

#include "isolation/version_order.h"

namespace wombat::isolation {

void VersionOrder::check_final() {
  if (index_.history().data_kind == DataKind::kList) return check_final_lists();
  for (const Observation& observation : observations_.all()) {
    if (observation.reader == final_reader_) check_final_register(observation);
  }
}

/// Everything else under the key came before what is there at the end. A version that is known to have come later, or
/// whose transaction began after the writer of the last one had ended, is lost.
void VersionOrder::check_final_register(const Observation& found) {
  std::vector<uint32_t> overwritten;
  for (const Succession& succession : successions_[found.key]) overwritten.push_back(succession.before);
  std::sort(overwritten.begin(), overwritten.end());
  const auto is_overwritten = [&](uint32_t v) {
    return std::binary_search(overwritten.begin(), overwritten.end(), v);
  };
  const bool is_last_known = found.is_resolved;
  const bool is_last_overwritten = is_last_known && is_overwritten(found.version);
  uint64_t last_end = 0;  // the latest moment at which what is there may have come
  if (is_last_known && found.version != kInitial) last_end = index_.writer(found.version).end;
  for (const uint32_t v : index_.versions_of_key(found.key)) {
    const Version& version = index_.versions()[v];
    const bool may_be_last = version.is_tombstone() && version.is_installed && !is_overwritten(v) &&
                             index_.writer(v).outcome != Outcome::kAborted;
    if (!is_last_known && may_be_last) last_end = std::max(last_end, index_.writer(v).end);
  }
  for (const uint32_t v : index_.versions_of_key(found.key)) {
    const Version& version = index_.versions()[v];
    if (v == found.version || !version.is_installed || !index_.happened_version(v) || is_overwritten(v))
      continue;
    if (is_last_overwritten || index_.writer(v).start > last_end) {
      report_lost(v, found.is_absence ? "absent" : std::to_string(index_.versions()[found.version].value));
    } else if (is_last_known && found.version != kInitial) {
      add(found.key, v, found.version);
    }
  }
}

void VersionOrder::check_final_lists() {
  const std::vector<Row>& rows = index_.transaction(final_reader_).operations.front().rows;
  std::vector<Content> found(index_.keys().size());
  for (const Row& row : rows) {
    const uint32_t k = index_.key_index(row.key);
    if (k != kNone) found[k] = row.content;
  }
  for (Content& content : found) std::sort(content.begin(), content.end());
  for (uint32_t v = 0; v < index_.versions().size(); ++v) {
    const Version& version = index_.versions()[v];
    const Content& content = found[version.key];
    if (version.is_undone || !index_.happened_version(v) ||
        std::binary_search(content.begin(), content.end(), version.value))
      continue;
    report_lost(v, std::to_string(content.size()) + " elements without it");
  }
}

void VersionOrder::report_lost(uint32_t v, const std::string& found) {
  if (!report_->wants(AnomalyKind::kLostWrite)) return report_->count_only(AnomalyKind::kLostWrite);
  const Version& version = index_.versions()[v];
  const std::string key = std::to_string(index_.keys()[version.key]);
  const std::string what = version.is_tombstone()
                               ? "the delete of key " + key
                               : "the write of " + std::to_string(version.value) + " to key " + key;
  report_->add(AnomalyKind::kLostWrite, "  " +
                                            to_text(index_.transaction(version.transaction),
                                                    version.transaction, index_.history().data_kind) +
                                            "\n  " + what + " is lost: at the end the key is " + found);
}

}  // namespace wombat::isolation
