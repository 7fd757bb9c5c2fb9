#include "isolation/version_order.h"

#include <algorithm>
#include <map>

namespace wombat::isolation {

VersionOrder::VersionOrder(HistoryIndex* index, Observations* observations, uint32_t final_reader,
                           bool has_snapshots, CheckReport* report)
    : index_(*index), observations_(*observations), final_reader_(final_reader), report_(report) {
  successions_.resize(index_.keys().size());
  for (uint32_t k = 0; k < successions_.size(); ++k) {
    follow_timestamps(k);
    follow_list(k);
    if (has_snapshots) follow_time(k);
  }
  follow_reads();
  for (uint32_t k = 0; k < successions_.size(); ++k) root(k);
  resolve_absences();
  if (final_reader != kNone && !must_restart_) check_final();
}

void VersionOrder::add(uint32_t key, uint32_t before, uint32_t after) {
  if (before != after) successions_[key].push_back({before, after});
}

void VersionOrder::follow_timestamps(uint32_t key) {
  std::vector<uint32_t> dated;
  for (const uint32_t v : index_.versions_of_key(key)) {
    if (index_.happened_version(v) && index_.versions()[v].is_installed && index_.writer(v).timestamp != 0)
      dated.push_back(v);
  }
  std::sort(dated.begin(), dated.end(), [this](uint32_t a, uint32_t b) {
    return index_.writer(a).timestamp < index_.writer(b).timestamp;
  });
  for (size_t i = 1; i < dated.size(); ++i) add(key, dated[i - 1], dated[i]);
}

void VersionOrder::follow_list(uint32_t key) {
  uint32_t before = kInitial;
  for (const Value element : observations_.longest(key)) {
    const uint32_t v = index_.version_of(element);
    if (v == kNone || index_.versions()[v].key != key || !index_.happened_version(v)) continue;
    add(key, before, v);
    before = v;
  }
}

/// A version without a timestamp (of a batch, or in doubt) comes after what was committed before its transaction began,
/// and before what began after its transaction had ended; the nearest of each are enough.
void VersionOrder::follow_time(uint32_t key) {
  std::vector<uint32_t> installed;
  for (const uint32_t v : index_.versions_of_key(key)) {
    if (index_.happened_version(v) && index_.versions()[v].is_installed) installed.push_back(v);
  }
  for (const uint32_t v : installed) {
    const RecordedTransaction& writer = index_.writer(v);
    if (writer.timestamp != 0) continue;
    uint32_t before = kNone;
    uint32_t after = kNone;
    for (const uint32_t other : installed) {
      const RecordedTransaction& o = index_.writer(other);
      if (o.end < writer.start && (before == kNone || o.end > index_.writer(before).end)) before = other;
      if (o.start > writer.end && (after == kNone || o.start < index_.writer(after).start)) after = other;
    }
    if (before != kNone) add(key, before, v);
    if (after != kNone) add(key, v, after);
  }
}

void VersionOrder::follow_reads() {
  for (const Observation& observation : observations_.all()) {
    if (observation.is_resolved) add_read_before_write(observation);
  }
}

/// Who reads a version and writes the key comes after that version. Timestamps know it better where both have one: if
/// they contradict the read, the read makes the cycle.
void VersionOrder::add_read_before_write(const Observation& observation) {
  const uint32_t before = observation.version;
  const uint32_t after = observation.own_version;
  if (after == kNone || before == kInitial) return;
  if (index_.writer(before).timestamp != 0 && index_.writer(after).timestamp != 0) return;
  add(observation.key, before, after);
}

/// What has no predecessor follows the initial state.
void VersionOrder::root(uint32_t key) {
  std::vector<uint32_t> followers;
  for (const Succession& succession : successions_[key]) followers.push_back(succession.after);
  std::sort(followers.begin(), followers.end());
  for (const uint32_t v : index_.versions_of_key(key)) {
    const bool counts = index_.versions()[v].is_installed && index_.happened_version(v);
    if (counts && !std::binary_search(followers.begin(), followers.end(), v)) add(key, kInitial, v);
  }
}

/// For each of the key's versions (as versions_of_key lists them; behind them the initial one): the earliest end of a
/// transaction that wrote a later version. Empty when the order has a cycle.
std::vector<uint64_t> VersionOrder::earliest_end_after(uint32_t key) const {
  const auto versions = index_.versions_of_key(key);
  const size_t count = versions.size();
  const auto place = [&](uint32_t v) {
    return v == kInitial ? count
                         : static_cast<size_t>(std::lower_bound(versions.begin(), versions.end(), v) -
                                               versions.begin());
  };
  std::vector<std::vector<size_t>> before(count + 1);
  std::vector<size_t> after_count(count + 1, 0);
  for (const Succession& succession : successions_[key]) {
    before[place(succession.after)].push_back(place(succession.before));
    ++after_count[place(succession.before)];
  }
  std::vector<uint64_t> result(count + 1, kNoEnd);
  std::vector<size_t> ready;
  for (size_t i = 0; i <= count; ++i) {
    if (after_count[i] == 0) ready.push_back(i);
  }
  for (size_t done = 0; done < ready.size(); ++done) {
    const size_t i = ready[done];
    for (const size_t b : before[i]) {
      result[b] = std::min({result[b], result[i], index_.writer(versions[i]).end});
      if (--after_count[b] == 0) ready.push_back(b);
    }
  }
  if (ready.size() != count + 1) result.clear();
  return result;
}

void VersionOrder::resolve_absences() {
  std::map<uint32_t, std::vector<uint64_t>> end_after;  // by key
  for (Observation& observation : observations_.all()) {
    if (observation.is_resolved) continue;
    auto known = end_after.find(observation.key);
    if (known == end_after.end())
      known = end_after.emplace(observation.key, earliest_end_after(observation.key)).first;
    resolve_absence(&observation, known->second);
    if (!observation.is_resolved) ++report_->ambiguous_read_count;
  }
  for (const Observation& observation : observations_.all()) {
    if (observation.is_absence && observation.is_resolved) add_read_before_write(observation);
  }
}

/// An absence is the initial state or one of the deletes. Those that began after the read had ended, and those that
/// were overwritten before it began, cannot be it: choosing them would be a real-time violation. So the choice is made
/// when one is left, and when none is left the violation is there.
void VersionOrder::resolve_absence(Observation* observation, const std::vector<uint64_t>& end_after) {
  if (end_after.empty()) return;
  const RecordedTransaction& reader = index_.transaction(observation->reader);
  const auto versions = index_.versions_of_key(observation->key);
  uint32_t found = kNone;
  uint32_t found_count = 0;
  uint32_t maybe = kNone;
  uint32_t maybe_count = 0;
  if (end_after[versions.size()] >= reader.start) ++found_count;  // kInitial
  for (size_t i = 0; i < versions.size(); ++i) {
    const Version& version = index_.versions()[versions[i]];
    const RecordedTransaction& writer = index_.transaction(version.transaction);
    if (!version.is_tombstone() || !version.is_installed || version.transaction == observation->reader)
      continue;
    if (writer.outcome == Outcome::kAborted || writer.start > reader.end || end_after[i] < reader.start)
      continue;
    if (index_.happened(version.transaction)) {
      ++found_count;
      found = versions[i];
    } else {
      ++maybe_count;
      maybe = version.transaction;
    }
  }
  if (found_count == 1 && maybe_count == 0) {
    observation->version = found;
    observation->is_resolved = true;
  } else if (found_count == 0 && maybe_count == 1) {
    index_.declare_happened(maybe);
    must_restart_ = true;
  } else if (found_count == 0 && maybe_count == 0 && observation->reader != final_reader_) {
    report_->add(AnomalyKind::kStaleSnapshot,
                 "  " + to_text(reader, observation->reader, index_.history().data_kind) + "\n  key " +
                     std::to_string(index_.keys()[observation->key]) +
                     " was absent to it, but was present all the time from before it began");
  }
}

}  // namespace wombat::isolation
