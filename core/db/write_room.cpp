/// Room for commits: which trees have it, who has to wait for it, and how memtables and logs are changed to make it.
/// All of it is the work of the leading writer.
#include <algorithm>
#include <vector>

#include "db/db.h"
#include "db/write_pacing.h"

namespace wombat {

namespace {

constexpr uint64_t kSleepStepMicros = 1000;
constexpr uint64_t kWaitStepMicros = 100'000;
/// Entries that may lie in a memtable when it gets a range delete.
constexpr uint64_t kEntriesUnderRangeMax = 32'768;

std::span<Tree* const> trees_of(const WriteRequest& request) {
  return request.trees.empty() ? std::span<Tree* const>(&request.tree, 1) : request.trees;
}

bool has_range_for(const WriteRequest& request, const Tree& tree) {
  OperationWalker walker(request.operations());
  while (!walker.at_end()) {
    const OperationWalker::Operation operation = walker.next();
    if (operation.kind == Kind::kRangeDelete && operation.keyspace == tree.id()) return true;
  }
  return false;
}

}  // namespace

/// There is one.
bool Tree::is_memtable_full() const {
  const auto size_max = static_cast<uint64_t>(setting(OptionId::kMemtableSize));
  if (active_.memtable->memory_usage() >= db_.space_.memtable_size_max(size_max)) return true;
  return active_.value_bytes != 0 &&
         active_.value_bytes >= db_.space_.memtable_size_max(db_.value_log_.memtable_values_max(size_max));
}

bool Tree::has_room() const {
  return active_.memtable != nullptr && !is_memtable_full() &&
         pressing_count_.load(std::memory_order_relaxed) <
             static_cast<size_t>(setting(OptionId::kCompactionMaxSstables)) &&
         !memtables_are_scarce(sealed_count_.load(std::memory_order_relaxed) + 1,
                               static_cast<size_t>(setting(OptionId::kNumMemtables))) &&
         !refuses_writes_;
}

/// True when a commit may go on at once: the usual case, decided without a lock.
bool Db::has_room(const WriteRequest& request) {
  if (!has_space(request)) return false;
  if (setting(OptionId::kIoWriteThrottle) != 0 || owed_delay_us_ != 0 ||
      wal_->logged_bytes() >= log_bytes_next_.load(std::memory_order_relaxed) || memtables_are_tight()) {
    return false;
  }
  if (request.trees.empty()) return request.tree->has_room();
  return std::all_of(request.trees.begin(), request.trees.end(),
                     [](const Tree* tree) { return tree->has_room(); });
}

/// Whether the leader, which has made room for itself, may take a follower into its group.
bool Db::may_join(const Writer& leader, const Writer& follower) {
  const WriteRequest& request = *follower.request;
  if (!leader.request->tree->db_.has_space(request)) return false;
  if (request.trees.empty()) return request.tree == leader.request->tree || request.tree->has_room();
  return std::all_of(request.trees.begin(), request.trees.end(),
                     [](const Tree* tree) { return tree->has_room(); });
}

/// Returns when there is room for one more group where the leader writes.
Status Db::make_room(const WriteRequest& request) {
  WOMBAT_TRY(check_writable());
  for (Tree* const tree : trees_of(request))
    if (tree->refuses_writes_) WOMBAT_TRY(why_refused(*tree));
  Status made = wait_for_space(request);
  if (made) made = pace(request);
  if (made && wal_->logged_bytes() >= log_bytes_next_.load(std::memory_order_relaxed))
    made = release_old_logs();
  if (made && memtables_are_tight()) made = make_memtable_room(request);
  for (Tree* const tree : trees_of(request))
    if (made) made = make_room_in(*tree, request);
  // Who was turned away wrote nothing; otherwise those who try again and again would use up the limit.
  if (!made && setting(OptionId::kIoWriteThrottle) != 0) write_rate_.give_back(request.bytes());
  return made;
}

Status Db::make_room_in(Tree& tree, const WriteRequest& request) {
  const bool is_full = tree.active_.memtable != nullptr && tree.is_memtable_full();
  if (tree.active_.memtable != nullptr && !is_full) return Status::ok();
  WOMBAT_TRY(wait_until_writable(tree, request));
  if (!is_full) return open_memtable(tree);
  Tree* const full = &tree;
  return switch_memtables(std::span<Tree* const>(&full, 1), &tree);
}

/// Range deletes are about to come. Of its own memtable readers pass what one hides one by one, of older ones with a
/// seek: so it does not go where much lies already.
Status Db::set_apart(const WriteRequest& request) {
  for (Tree* const tree : trees_of(request)) {
    const bool is_scarce = memtables_are_scarce(tree->sealed_count_.load(std::memory_order_relaxed) + 2,
                                                static_cast<size_t>(tree->setting(OptionId::kNumMemtables)));
    if (is_scarce || tree->active_.memtable->entry_count() < kEntriesUnderRangeMax ||
        !has_range_for(request, *tree)) {
      continue;
    }
    WOMBAT_TRY(check_writable());
    WOMBAT_TRY(switch_memtables(std::span<Tree* const>(&tree, 1), tree));
  }
  return Status::ok();
}

/// Of a tree that was dropped, or whose drop or rename failed so that the manifest may hold it all the same. Then what is
/// written could be gone after a crash, or under another name, until another manifest has come into force. Or of any tree,
/// when another could not be shown as it is.
Status Db::why_refused(Tree& tree) {
  if (tree.is_dropped()) return tree.why_shut();
  if (!manifest_->is_certain()) {
    return Status(Code::kNoSpace,
                  "a drop, rename or ingestion of this keyspace failed half-way: writes to it wait for space "
                  "on the disk");
  }
  // Tables that were taken in when there was no memory to show them.
  {
    std::lock_guard lock(mutex_);
    while (Tree* const hidden = uninstalled_.first()) WOMBAT_TRY(hidden->install_tree());
  }
  visible_.store(last_timestamp_, std::memory_order_release);
  tree.refuses_writes_ = false;
  return Status::ok();
}

/// Slows the writer down in proportion to how far background work is behind.
Status Db::pace(const WriteRequest& request) {
  const uint64_t bytes = request.record.size();
  uint64_t delay_us = 0;
  for (const Tree* tree : trees_of(request)) {
    PacingInput input;
    input.space_pressure = space_.is_on() ? space_pressure_ : 0;
    input.level0_count = tree->pressing_count_.load(std::memory_order_relaxed);
    input.level0_slow = static_cast<size_t>(tree->setting(OptionId::kCompactionMaxSstables));
    input.level0_stall = static_cast<size_t>(tree->setting(OptionId::kCompactionStallSstables));
    input.memtable_count = tree->sealed_count_.load(std::memory_order_relaxed) + 1;
    input.memtable_count_max = static_cast<size_t>(tree->setting(OptionId::kNumMemtables));
    if (tree->active_.memtable != nullptr) {
      input.memtable_fill = static_cast<double>(tree->active_.memtable->memory_usage()) /
                            static_cast<double>(tree->setting(OptionId::kMemtableSize));
    }
    delay_us = std::max(delay_us, write_delay_us(input, bytes));
  }
  owed_delay_us_ += delay_us;
  if (setting(OptionId::kIoWriteThrottle) != 0) {
    write_rate_.set_rate(static_cast<uint64_t>(setting(OptionId::kIoWriteThrottle)));
    owed_delay_us_ += write_rate_.reserve(request.bytes(), environment_.clock->now_us());
  }
  if (owed_delay_us_ < kSleepStepMicros) return Status::ok();
  if (request.no_wait) {
    owed_delay_us_ = 0;
    return Status(Code::kBusy, "the write would have been delayed: background work is behind");
  }
  const uint64_t started_us = environment_.clock->now_us();
  uint64_t left_us = owed_delay_us_;
  owed_delay_us_ = 0;
  statistics_.add(Counter::kWritesDelayed);
  queue_.turn_away_hasty();
  while (left_us > 0 && !is_closed()) {
    const uint64_t now = environment_.clock->now_us();
    if (request.deadline.has_passed(now)) {
      return Status(Code::kTimedOut, "the write was delayed by background work until its time limit");
    }
    const uint64_t step = std::min<uint64_t>(left_us, 10 * kSleepStepMicros);
    environment_.clock->sleep_us(step);
    left_us -= step;
  }
  const uint64_t waited_us = environment_.clock->now_us() - started_us;
  statistics_.add(Counter::kWriteDelayMicros, waited_us);
  statistics_.record(HistogramId::kDelayDuration, waited_us);
  return Status::ok();
}

/// No compaction will make room in level 0.
Status Db::why_paused() {
  return Status(Code::kBusy,
                "compactions are paused, and level 0 has compaction.stall_sstables tables: resume them");
}

/// The active memtable is full: waits while there are too many others, or too many tables in level 0.
Status Db::wait_until_writable(const Tree& tree, const WriteRequest& request) {
  bool has_told = false;
  std::unique_lock lock(mutex_);
  for (;;) {
    const bool has_room =
        tree.sealed_.size() + 1 < static_cast<size_t>(tree.setting(OptionId::kNumMemtables)) &&
        tree.pressing_count_.load() < static_cast<size_t>(tree.setting(OptionId::kCompactionStallSstables));
    if (has_room) return Status::ok();
    if (pause_count_ != 0 && tree.pressing_count_.load() >=
                                 static_cast<size_t>(tree.setting(OptionId::kCompactionStallSstables))) {
      return why_paused();
    }
    if (!has_told) {
      lock.unlock();
      queue_.turn_away_hasty();
      has_told = true;
      lock.lock();
      continue;
    }
    WOMBAT_TRY(wait_a_moment(lock, request));
  }
}

/// Until something has changed, but not for long. Fails when waiting for a flush is no use.
Status Db::wait_a_moment(std::unique_lock<std::mutex>& lock, const WriteRequest& request) {
  if (is_closing_) return Status(Code::kClosed, path_ + " is closed");
  if (is_degraded_.load()) return Status(Code::kDegraded, failure_.to_string());
  if (!job_failure_)
    return job_failure_.with_context("background work fails, and memory for writes is used up");
  if (request.no_wait) return Status(Code::kBusy, "the write would have had to wait for a flush");
  const uint64_t now = environment_.clock->now_us();
  if (request.deadline.has_passed(now)) {
    return Status(Code::kTimedOut, "the write waited for a flush until its time limit");
  }
  schedule();
  const uint64_t limit = request.deadline.at_us == 0 ? kWaitStepMicros : request.deadline.at_us - now;
  changed_.wait_for(lock, std::chrono::microseconds(std::min(limit, kWaitStepMicros)));
  return Status::ok();
}

/// The first write to a tree for a while.
Status Db::open_memtable(Tree& tree) {
  Tree::MemtableSlot next;
  WOMBAT_ASSIGN(next.memtable, tree.new_memtable(true));
  next.memtable->set_begins_after(last_timestamp_);
  next.first_log = wal_->active_number();
  next.born_us = environment_.clock->now_us();
  next.born_log_bytes = wal_->logged_bytes();
  std::lock_guard lock(mutex_);
  ReadState* const state = tree.make_state(next.memtable, tree.sealed_);
  tree.active_ = std::move(next);
  writing_.move_to_back(tree);
  tree.install_state(state);
  watch_log_size();
  return Status::ok();
}

/// Seals the active memtables of trees and goes on in a new log. `writing`, if any, and the default tree go on in a new
/// memtable, the others get one when they are written to.
Status Db::switch_memtables(std::span<Tree* const> trees, const Tree* writing) {
  if (std::none_of(trees.begin(), trees.end(), [](const Tree* tree) { return tree->has_entries(); }))
    return Status::ok();
  std::vector<Tree::MemtableSlot> next(trees.size());
  for (size_t i = 0; i < trees.size(); ++i) {
    if (!trees[i]->has_entries() || (trees[i] != writing && !trees[i]->is_default())) continue;
    WOMBAT_ASSIGN(next[i].memtable, trees[i]->new_memtable(false));
    next[i].memtable->set_begins_after(last_timestamp_);
  }
  WOMBAT_TRY(rotate_log());
  for (size_t i = 0; i < trees.size(); ++i) {
    if (!trees[i]->has_entries()) continue;
    next[i].first_log = wal_->active_number();
    next[i].born_us = environment_.clock->now_us();
    next[i].born_log_bytes = wal_->logged_bytes();
    std::lock_guard lock(mutex_);
    seal(*trees[i], std::move(next[i]));
  }
  {
    std::lock_guard lock(mutex_);
    watch_log_size();
    schedule();
  }
  wants_spare_log_.store(true);
  wake_housekeeper();  // to seal the old log and to prepare the next one
  return Status::ok();
}

/// Needs mutex_.
void Db::seal(Tree& tree, Tree::MemtableSlot next) {
  std::deque<Tree::MemtableSlot> sealed = tree.sealed_;
  sealed.push_back(tree.active_);
  sealed.back().number = tree.sealed_total_ + 1;
  ReadState* const state = tree.make_state(next.memtable, sealed);
  tree.sealed_.swap(sealed);
  ++tree.sealed_total_;
  tree.active_ = std::move(next);
  tree.sealed_count_.store(tree.sealed_.size());
  sealed_.push_back(tree);
  writing_.remove(tree);
  if (tree.active_.memtable != nullptr) writing_.push_back(tree);
  tree.install_state(state);
}

/// Keyspaces that are seldom written to would keep old logs: when the log has grown enough, their memtables go to
/// tables.
Status Db::release_old_logs() {
  const uint64_t logged = wal_->logged_bytes();
  const uint64_t kept_bytes = static_cast<uint64_t>(setting(OptionId::kWalRetainedSize)) / 2;
  std::vector<Tree*> old;
  {
    std::lock_guard lock(mutex_);
    Tree* tree = writing_.first();
    while (tree != nullptr && tree->active_.born_log_bytes + kept_bytes <= logged) {
      Tree* const following = writing_.next(*tree);
      if (tree->has_entries()) {
        old.push_back(tree);
      } else {  // it keeps no log
        tree->active_.born_log_bytes = logged;
        writing_.move_to_back(*tree);
      }
      tree = following;
    }
  }
  WOMBAT_TRY(switch_memtables(old, nullptr));
  std::lock_guard lock(mutex_);
  watch_log_size();
  return Status::ok();
}

/// Notes when the oldest memtable will have seen enough of the log. Needs mutex_.
void Db::watch_log_size() {
  const Tree* const oldest = writing_.first();
  const bool is_alone = oldest == nullptr || (oldest->is_default() && writing_.next(*oldest) == nullptr);
  log_bytes_next_.store(
      is_alone ? UINT64_MAX
               : oldest->active_.born_log_bytes + static_cast<uint64_t>(setting(OptionId::kWalRetainedSize)),
      std::memory_order_relaxed);
}

}  // namespace wombat
