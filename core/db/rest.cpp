/// What comes due without a write: merges while nobody writes, entries that expire, deletes that scans step over.
#include <algorithm>

#include "compaction/compaction_policy.h"
#include "db/db.h"

namespace wombat {

namespace {

/// Deletes in a memtable that are worth a flush when nobody writes ...
constexpr uint64_t kRestDeletesMin = 1024;
/// ... or when a scan has stepped over many entries.
constexpr uint64_t kDeadDeletesMin = 64;
/// ... and that are this part of its entries.
constexpr uint64_t kRestDeletesShare = 8;
/// Stretches of keys that are remembered; with more they become one.
constexpr size_t kDeadGroundsMax = 16;

}  // namespace

/// While nobody writes and nothing is due, what makes reads cheaper.
std::optional<CompactionPlan> Db::pick_at_rest(Tree** owner) {
  const bool rests = is_resting_.load() || settling_count_.load() != 0;
  if (!rests || flushes_running_ != 0 || compactions_running_ != 0 || !sealed_.is_empty())
    return std::nullopt;
  while (Tree* const tree = resting_.first()) {
    resting_.remove(*tree);
    if (tree->takes_tables_) continue;                             // it becomes due afterwards
    std::optional<CompactionPlan> plan = tree->pick_compaction();  // fewer deletes are worth it now
    if (!plan)
      plan = pick_compaction_at_rest(*tree->newest_version(), tree->compaction_options(), tree->busy_);
    if (!plan) continue;
    *owner = tree;
    return plan;
  }
  return std::nullopt;
}

/// Notices that somebody has written, or that nobody has for a while.
void Db::watch_for_rest(uint64_t now_us) {
  const uint64_t writes = write_counters_.total(WriteCounter::kCommits);
  if (writes != housekeeping_.busy_write_count || housekeeping_.busy_at_us == 0) {
    housekeeping_.busy_write_count = writes;
    housekeeping_.busy_at_us = now_us;
  }
  const auto rest_ms = static_cast<uint64_t>(setting(OptionId::kCompactionRestAfter));
  is_resting_.store(rest_ms != 0 && now_us >= housekeeping_.busy_at_us + rest_ms * 1000);
}

bool Tree::has_deletes_in_memory() const {
  if (!has_entries() || setting(OptionId::kCompactionDeleteRatio) == 0) return false;
  const uint64_t deletes = active_.memtable->delete_count();
  return deletes >= kRestDeletesMin && deletes >= active_.memtable->entry_count() / kRestDeletesShare;
}

bool Db::has_deletes_in_memory() const {
  for (const Tree* tree = writing_.first(); tree != nullptr; tree = writing_.next(*tree))
    if (tree->has_deletes_in_memory()) return true;
  return false;
}

/// Deletes in memory are stepped over by every scan, and keep what they hide: when nobody writes, or a scan has met many,
/// they go to tables, where compactions find them.
void Db::flush_deletes() {
  const bool is_for_scan = has_dead_ground_.exchange(false);
  if (!is_for_scan && !is_resting_.load()) return;
  std::vector<std::shared_ptr<Tree>> full;
  {
    std::lock_guard lock(mutex_);
    for (Tree* tree = writing_.first(); tree != nullptr; tree = writing_.next(*tree)) {
      const bool is_scanned = !tree->dead_grounds_.empty() && tree->has_entries() &&
                              tree->active_.memtable->delete_count() >= kDeadDeletesMin;
      if (is_scanned || (is_resting_.load() && tree->has_deletes_in_memory()))
        full.push_back(tree->shared_from_this());
    }
  }
  if (!full.empty()) static_cast<void>(rotate_memtables(full));  // a failure is met again by the next write
}

void Tree::note_dead_ground(std::string lower, std::string upper) {
  if (setting(OptionId::kCompactionDeleteRatio) == 0 || db_.is_read_only_) return;
  if (upper < lower) lower.swap(upper);
  {
    std::lock_guard lock(db_.mutex_);
    if (is_dropped() || db_.is_closing_) return;
    const auto includes = [&](const DeadGround& ground) {
      return ground.lower <= lower && ground.upper >= upper;
    };
    if (std::any_of(dead_grounds_.begin(), dead_grounds_.end(), includes)) return;
    if (dead_grounds_.size() == kDeadGroundsMax) {
      for (const DeadGround& ground : dead_grounds_) {
        lower = std::min(lower, ground.lower);
        upper = std::max(upper, ground.upper);
      }
      dead_grounds_.clear();
    }
    dead_grounds_.push_back({std::move(lower), std::move(upper)});
    db_.due_.push_back(*this);
  }
  db_.has_dead_ground_.store(true);
  db_.wake_housekeeper();
}

/// Nothing is due, but more might be without snapshots.
void Tree::note_held_back(const Version& version, const CompactionOptions& options) {
  if (db_.snapshots_.oldest() == 0 || options.delete_ratio <= 0) return;
  for (const Level& level : version.levels) {
    for (const Run& run : level.runs) {
      for (const TablePtr& table : run.tables) {
        const TableInfo& info = table->info;
        if (info.timestamp_max <= options.seen_by_all || info.delete_count == 0 ||
            static_cast<double>(info.delete_count) <
                options.delete_ratio * static_cast<double>(info.entry_count))
          continue;
        is_held_back_ = true;
        db_.holds_back_.store(true);
        return;
      }
    }
  }
}

/// A snapshot was released. Where many come and go this is worth a look only now and then.
void Db::look_at_held_back() noexcept {
  if (holds_back_.exchange(false)) look_for_expired_in(kExpiryLookMinMicros);
}

/// schedule() finds work in trees with entries that have expired. The wall clock may jump: it is looked at again after a
/// while in any case.
void Db::look_for_expired(uint64_t now_us) {
  expiry_look_us_.store(UINT64_MAX);  // first: who adds a table meanwhile asks for another look
  uint64_t left_us = UINT64_MAX;
  for (const std::shared_ptr<Tree>& tree : all_trees()) {
    std::lock_guard lock(mutex_);
    if (tree->is_dropped()) continue;
    const CompactionOptions options = tree->compaction_options();
    if (tree->drop_due_at_ != 0 || tree->is_held_back_) due_.push_back(*tree);
    tree->is_held_back_ = false;
    const std::optional<uint64_t> due_us = next_due_us(*tree->newest_version(), options);
    if (!due_us) continue;
    if (*due_us <= options.now_us) due_.push_back(*tree);
    left_us = std::min(left_us, *due_us > options.now_us ? *due_us - options.now_us : 0);
  }
  if (left_us == UINT64_MAX) return;
  uint64_t none = UINT64_MAX;
  expiry_look_us_.compare_exchange_strong(
      none, now_us + std::clamp(left_us, kExpiryLookMinMicros, kExpiryLookMaxMicros));
}

void Db::look_for_expired_soon() {
  expiry_look_us_.store(0);
  wake_housekeeper();
}

void Db::look_for_expired_in(uint64_t delay_us) {
  const uint64_t at_us = environment_.clock->now_us() + delay_us;
  uint64_t before = expiry_look_us_.load();
  while (at_us < before && !expiry_look_us_.compare_exchange_weak(before, at_us)) {
  }
  wake_housekeeper();
}

}  // namespace wombat
