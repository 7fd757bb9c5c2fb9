#include "crash/commit_history.h"

#include <algorithm>

#include "base/check.h"

namespace wombat {

CommitHistory::CommitHistory(const std::vector<ModelOperation>& contents, uint64_t ticks)
    : lanes_(kLaneCountMax) {
  while (now() < ticks) tick();
  std::vector<std::vector<ModelOperation>> first(kLaneCountMax);
  for (const ModelOperation& operation : contents) first[lane_of(operation.key)].push_back(operation);
  for (std::vector<ModelOperation>& operations : first) {
    if (!operations.empty()) acknowledge(begin(std::move(operations)), true);
  }
}

size_t CommitHistory::lane_of(const std::string& key) {
  return key.size() >= 2 && key[0] == '@' ? static_cast<size_t>(key[1] - '0') % kLaneCountMax : 0;
}

CommitHistory::Commit CommitHistory::begin(std::vector<ModelOperation> operations) {
  std::lock_guard lock(mutex_);
  Commit commit;
  commit.lane = lane_of(operations.front().key);
  Lane& lane = lanes_[commit.lane];
  commit.version = lane.model.apply(operations);
  lane.times.resize(commit.version);
  lane.times[commit.version - 1].begun = ++time_;
  commit.operations = std::move(operations);
  return commit;
}

void CommitHistory::acknowledge(const Commit& commit, bool is_durable) {
  std::lock_guard lock(mutex_);
  Lane& lane = lanes_[commit.lane];
  lane.times[commit.version - 1].acknowledged = ++time_;
  lane.acknowledged_version = commit.version;
  if (is_durable) lane.model.mark_durable(commit.version);
}

void CommitHistory::tick() {
  std::lock_guard lock(mutex_);
  for (Lane& lane : lanes_) lane.model.tick();
}

uint64_t CommitHistory::now() const { return lanes_.front().model.now(); }

void CommitHistory::refuse(const Commit& commit) {
  std::lock_guard lock(mutex_);
  Lane& lane = lanes_[commit.lane];
  lane.model.resolve(commit.version, false);
  lane.times[commit.version - 1].was_refused = true;
}

void CommitHistory::doubt(const Commit& commit) {
  std::lock_guard lock(mutex_);
  lanes_[commit.lane].model.mark_uncertain(commit.version);
  lanes_[commit.lane].doubtful.push_back(commit.version);
  ++doubt_count_;
}

size_t CommitHistory::doubt_count() const {
  std::lock_guard lock(mutex_);
  return doubt_count_;
}

CommitHistory::Mark CommitHistory::mark() const {
  std::lock_guard lock(mutex_);
  Mark mark;
  for (const Lane& lane : lanes_) mark.push_back(lane.acknowledged_version);
  return mark;
}

void CommitHistory::mark_durable(const Mark& mark) {
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < lanes_.size(); ++i) lanes_[i].model.mark_durable(mark[i]);
}

CommitHistory::Bounds CommitHistory::bounds() const {
  std::lock_guard lock(mutex_);
  Bounds bounds;
  for (const Lane& lane : lanes_) bounds.durable.push_back(lane.model.durable_version());
  return bounds;
}

void CommitHistory::complete(Bounds* bounds) const {
  std::lock_guard lock(mutex_);
  for (const Lane& lane : lanes_) bounds->newest.push_back(lane.model.version());
  bounds->now = now();
  bounds->may_be_destroyed = may_be_destroyed_;
}

void CommitHistory::begin_destroying() {
  std::lock_guard lock(mutex_);
  may_be_destroyed_ = true;
}

std::optional<std::string> CommitHistory::check(const ModelRows& recovered, const Bounds& bounds,
                                                uint64_t now, std::vector<ModelOperation>* contents) const {
  std::lock_guard lock(mutex_);
  std::vector<ModelDatabase::Match> matches;
  if (auto wrong = find(recovered, bounds, now == 0 ? bounds.now : now, &matches)) return wrong;
  Mark present;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (contents != nullptr) {
      for (ModelOperation& operation : lanes_[i].model.rebuild(matches[i].version, matches[i].did_not_happen))
        contents->push_back(std::move(operation));
    }
    // Of several prefixes with the same rows the shortest: a commit that did nothing proves nothing.
    const ModelDatabase::Match& match = matches[i];
    uint64_t version = match.version;
    while (version != 0 &&
           (match.did_not_happen.count(version) != 0 || lanes_[i].times[version - 1].was_refused))
      --version;
    present.push_back(version);
  }
  return check_order(present);
}

std::optional<std::string> CommitHistory::find(const ModelRows& rows, const Bounds& bounds, uint64_t now,
                                               std::vector<ModelDatabase::Match>* matches) const {
  matches->resize(lanes_.size());
  for (size_t i = 0; i < lanes_.size(); ++i) {
    ModelRows own;
    for (const auto& row : rows) {
      if (lane_of(row.first) == i) own.insert(row);
    }
    if (auto wrong =
            lanes_[i].model.check_prefix(own, bounds.durable[i], bounds.newest[i], &(*matches)[i], now)) {
      return "lane " + std::to_string(i) + ": " + *wrong;
    }
  }
  return std::nullopt;
}

std::optional<std::string> CommitHistory::settle(const ModelRows& rows) {
  Bounds all;
  all.durable = mark();
  complete(&all);
  std::lock_guard lock(mutex_);
  std::vector<ModelDatabase::Match> matches;
  if (auto wrong = find(rows, all, all.now, &matches)) return wrong;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    for (const uint64_t version : lane.doubtful) {
      const bool happened = version <= matches[i].version && matches[i].did_not_happen.count(version) == 0;
      lane.model.resolve(version, happened);
      lane.times[version - 1].was_refused = !happened;
      if (happened) lane.acknowledged_version = std::max(lane.acknowledged_version, version);
    }
    lane.doubtful.clear();
  }
  doubt_count_ = 0;
  return std::nullopt;
}

std::optional<std::string> CommitHistory::check_order(const Mark& present) const {
  for (size_t b = 0; b < lanes_.size(); ++b) {
    if (present[b] == 0) continue;
    const uint64_t begun = lanes_[b].times[present[b] - 1].begun;
    for (size_t a = 0; a < lanes_.size(); ++a) {
      if (a == b || present[a] >= lanes_[a].times.size()) continue;
      const Times& first_missing = lanes_[a].times[present[a]];
      if (first_missing.acknowledged == 0 || first_missing.acknowledged > begun) continue;
      return "commit " + std::to_string(present[a] + 1) + " of lane " + std::to_string(a) +
             " is missing although it was acknowledged before commit " + std::to_string(present[b]) +
             " of lane " + std::to_string(b) + " began, which is there";
    }
  }
  return std::nullopt;
}

std::optional<std::string> CommitHistory::check_acknowledged(const ModelRows& recovered, uint64_t now) const {
  Bounds all;
  all.durable = mark();
  complete(&all);
  return check(recovered, all, now);
}

std::vector<ModelOperation> CommitHistory::visible_contents() const {
  std::lock_guard lock(mutex_);
  std::vector<ModelOperation> contents;
  for (const Lane& lane : lanes_) {
    const std::set<uint64_t> doubtful(lane.doubtful.begin(), lane.doubtful.end());
    for (ModelOperation& operation : lane.model.rebuild(lane.acknowledged_version, doubtful))
      contents.push_back(std::move(operation));
  }
  return contents;
}

ModelRows CommitHistory::visible_rows() const { return rows_of(visible_contents()); }

std::vector<std::string> CommitHistory::keys() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const Lane& lane : lanes_) {
    const std::vector<std::string> keys = lane.model.keys();
    all.insert(all.end(), keys.begin(), keys.end());
  }
  return all;
}

ModelRows rows_of(const std::vector<ModelOperation>& contents, uint64_t ticks_passed) {
  ModelDatabase model;
  model.apply(contents);
  for (; ticks_passed > 0; --ticks_passed) model.tick();
  return model.scan();
}

std::vector<ModelOperation> contents_of(const ModelRows& rows) {
  std::vector<ModelOperation> contents;
  for (const auto& [key, value] : rows) contents.push_back(ModelOperation::put(key, value));
  return contents;
}

std::string describe_difference(const ModelRows& expected, const ModelRows& found) {
  if (expected == found) return "";
  std::string text =
      "expected " + std::to_string(expected.size()) + " rows, found " + std::to_string(found.size());
  for (const auto& [key, value] : expected) {
    const auto row = found.find(key);
    if (row == found.end()) return text + "; key " + escape_bytes(key) + " is missing";
    if (row->second != value) return text + "; key " + escape_bytes(key) + " has another value";
  }
  for (const auto& [key, value] : found) {
    if (expected.count(key) == 0) return text + "; key " + escape_bytes(key) + " should not exist";
  }
  return text;
}

}  // namespace wombat
