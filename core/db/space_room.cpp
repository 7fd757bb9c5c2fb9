/// Keeps the files of a database below space.max_amplification: which compactions begin, how long writers wait, and what
/// they are told when nothing can make room for them.
#include <algorithm>
#include <chrono>
#include <thread>

#include "compaction/compaction_policy.h"
#include "compaction/live_bytes.h"
#include "compaction/space_policy.h"
#include "db/db.h"

namespace wombat {

namespace {

constexpr uint64_t kWaitStepMicros = 10'000;
/// How often nothing is found to do before a writer is told so: readers that end give files back a little later.
constexpr int kIdleLooks = 6;
constexpr int kLooksForReaders =
    200;  // as long as files are in no tree any more: calls that read them may be about to end
constexpr uint64_t kIdleLookMicros = 5'000;
/// What a commit takes besides its record: the head of the log record, the end of a block.
constexpr uint64_t kCommitBytes = 1024;
/// The leader of the writers reserves this part of the slack at once, for the commits to come as well.
constexpr uint64_t kGrantShare = 128;

/// A commit is in the log and in a memtable, of which a table will be made before the log goes.
uint64_t bytes_of_commit(uint64_t record_bytes) { return 2 * record_bytes + kCommitBytes; }

std::string amplification_text(uint64_t bytes, uint64_t live) {
  if (live == 0) return "0";
  const uint64_t hundredths =
      static_cast<uint64_t>(static_cast<double>(bytes) * 100 / static_cast<double>(live));
  const uint64_t rest = hundredths % 100;
  return std::to_string(hundredths / 100) + (rest < 10 ? ".0" : ".") + std::to_string(rest);
}

}  // namespace

/// At open, and when the option changes.
Status Db::set_space_ceiling() {
  const bool was_on = space_.is_on();
  space_.set_amplification(setting(OptionId::kSpaceMaxAmplification));
  if (space_.is_on() && !was_on && !is_read_only_) {
    if (Status learnt = measured_->learn_all(); !learnt) {
      space_.set_amplification(0);
      return learnt.with_context("space.max_amplification: the files cannot be counted");
    }
  }
  note_live_bytes();
  look_for_dead_values();
  return Status::ok();
}

/// The trees have changed.
void Db::note_live_bytes() {
  const auto manifest_size = static_cast<uint64_t>(setting(OptionId::kManifestRewriteSize));
  if (space_.is_on()) {
    const EpochGuard guard(process_epochs());  // see value_file_uses()
    uint64_t live = 0;
    bool merges_whole_runs = false;
    for (const std::shared_ptr<Tree>& tree : all_trees()) {
      if (tree->is_dropped()) continue;
      merges_whole_runs = merges_whole_runs || tree->style() == CompactionStyle::kUniversal ||
                          tree->style() == CompactionStyle::kSizeTiered;
      const VersionPtr version = tree->newest_version();
      // Style fifo merges nothing: what is there goes whole, when its time has come.
      live += tree->style() == CompactionStyle::kFifo ? version->bytes() + version->pointed_bytes()
                                                      : live_bytes(*version).total();
    }
    space_.set_live_bytes(live);
    space_.set_merges_whole_runs(merges_whole_runs);
  }
  manifest_->set_manifest_size_max(space_.manifest_size_max(manifest_size));
}

/// Bytes of tables that the memtables become, at most. Needs mutex_.
uint64_t Db::memtable_bytes() const {
  uint64_t bytes = 0;
  for (const Tree* tree = writing_.first(); tree != nullptr; tree = writing_.next(*tree))
    if (tree->has_entries()) bytes += tree->active_.memtable->memory_usage();
  for (const Tree* tree = sealed_.first(); tree != nullptr; tree = sealed_.next(*tree))
    for (const Tree::MemtableSlot& slot : tree->sealed_) bytes += slot.memtable->memory_usage();
  return bytes;
}

/// Needs mutex_.
uint64_t Db::space_taken() const { return measured_->bytes().total() + memtable_bytes(); }

/// The same as has_room() for the ceiling: without a lock in the usual case.
bool Db::has_space(const WriteRequest& request) {
  return !space_.is_on() || space_.take_credit(bytes_of_commit(request.record.size()));
}

/// Reserves what a commit of the leader takes.
Status Db::wait_for_space(const WriteRequest& request) {
  if (!space_.is_on()) return Status::ok();
  const uint64_t wanted = bytes_of_commit(request.record.size());
  const uint64_t granted = std::max(wanted, space_.slack() / kGrantShare);
  WOMBAT_TRY(reserve_space(request, wanted, true));
  {
    std::lock_guard lock(mutex_);
    if (granted > wanted && space_.reserve(space_taken(), granted - wanted, space_.kept_for_merges())) {
      space_.give_credit(granted);
    } else {
      space_.give_credit(wanted);
    }
    const auto taken = static_cast<double>(space_taken());
    const auto begin = static_cast<double>(space_.near_bytes());
    const auto width = static_cast<double>(space_.ceiling() - space_.kept_for_merges()) - begin;
    space_pressure_ = std::clamp((taken - begin) / std::max(width, 1.0), 0.0, 1.0);
  }
  static_cast<void>(space_.take_credit(wanted));
  return Status::ok();
}

/// Whether nothing will make room after so many looks at idle background threads; if not, a moment passes. What is waited for are
/// other threads, which no clock but the real one moves.
bool Db::has_looked_enough(int looks) const {
  const SpaceState state = space_state();
  if (looks >= (state.files.tables > state.in_tables ? kLooksForReaders : kIdleLooks)) return true;
  std::this_thread::sleep_for(std::chrono::microseconds(kIdleLookMicros));
  return false;
}

/// Returns when `bytes` are reserved, whatever that takes, or with why they cannot be. `leads`: it is the leader of the
/// writers, who alone changes memtables.
Status Db::reserve_space(const WriteRequest& request, uint64_t bytes, bool leads) {
  if (bytes > space_.slack() - space_.kept_for_merges()) {
    return Status(Code::kNoSpace, "a commit that takes " + std::to_string(bytes) +
                                      " bytes of files is more than " + "space.max_amplification " +
                                      option_text(OptionId::kSpaceMaxAmplification) + " leaves above " +
                                      std::to_string(space_.live_bytes()) + " bytes of live data (" +
                                      std::to_string(space_.slack() - space_.kept_for_merges()) +
                                      "): raise the option, or write in smaller batches");
  }
  uint64_t began_us = 0;
  int idle_looks = 0;
  Status status;
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (space_.reserve(space_taken(), bytes, space_.kept_for_merges())) break;
      if (is_closing_ || is_closed())
        status = Status(Code::kClosed, path_ + " is closed");
      else if (is_degraded_.load())
        status = Status(Code::kDegraded, failure_.to_string());
      else if (!job_failure_)
        status = job_failure_.with_context("background work fails, and space.max_amplification is reached");
    }
    if (!status) break;
    const uint64_t now_us = environment_.clock->now_us();
    if (request.no_wait) {
      status =
          Status(Code::kBusy, "the write would have had to wait for space below space.max_amplification");
      break;
    }
    if (request.deadline.has_passed(now_us)) {
      status = Status(Code::kTimedOut,
                      "the write waited for space below space.max_amplification until its time limit");
      break;
    }
    if (began_us == 0) {
      began_us = now_us;
      statistics_.add(Counter::kSpaceWaits);
      if (leads) queue_.turn_away_hasty();
    }
    status = make_space(leads);
    if (!status) break;
    std::unique_lock lock(mutex_);
    if (!is_idle()) {
      idle_looks = 0;
      changed_.wait_for(lock, std::chrono::microseconds(kWaitStepMicros));
      continue;
    }
    lock.unlock();
    if (has_looked_enough(++idle_looks)) {
      status = why_no_space(bytes);
      break;
    }
  }
  if (began_us != 0) statistics_.add(Counter::kSpaceWaitMicros, environment_.clock->now_us() - began_us);
  return status;
}

/// Begins all that gives space back: memtables go to tables, logs and files that nobody needs go, compactions begin.
Status Db::make_space(bool leads) {
  const std::vector<std::shared_ptr<Tree>> trees = all_trees();
  if (leads) {
    std::vector<Tree*> full;
    {
      std::lock_guard lock(mutex_);
      for (Tree* tree = writing_.first(); tree != nullptr; tree = writing_.next(*tree))
        if (tree->has_entries() && sealed_.is_empty()) full.push_back(tree);
    }
    if (!full.empty()) WOMBAT_TRY(switch_memtables(full, nullptr));
  } else {
    bool has_entries = false;
    {
      std::lock_guard lock(mutex_);
      for (Tree* tree = writing_.first(); tree != nullptr; tree = writing_.next(*tree))
        has_entries = has_entries || (tree->has_entries() && sealed_.is_empty());
    }
    if (has_entries) WOMBAT_TRY(rotate_memtables(trees));
  }
  process_epochs().reclaim();
  remove_obsolete_files();
  remove_old_logs();
  if (!values_->empty()) {
    bool ends_files = false;
    {
      std::lock_guard lock(mutex_);
      ends_files = is_idle() && value_log_.dying.empty();
    }
    if (ends_files) {  // what still grows could not be written again
      value_log_.writer->end_file();
      value_log_.moved_writer->end_file();
      WOMBAT_TRY(sync_values());
    }
    look_for_dead_values();
  }
  std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Tree>& tree : trees)
    if (!tree->is_dropped()) due_.push_back(*tree);
  schedule();
  return Status::ok();
}

SpaceState Db::space_state() const {
  SpaceState state;
  for (const std::shared_ptr<Tree>& tree : all_trees()) {
    if (tree->is_dropped()) continue;
    const VersionPtr version = tree->newest_version();
    for (const Level& level : version->levels)
      for (const Run& run : level.runs)
        for (const TablePtr& table : run.tables)
          state.in_tables += MeasuredDirectory::in_blocks(table->info.file_size);
    state.shadowed += shadowed_bytes(*version);
  }
  state.files = measured_->bytes();
  state.reserved = space_.reserved();
  std::lock_guard lock(mutex_);
  state.memtables = memtable_bytes();
  return state;
}

/// Nothing is running and nothing can begin.
Status Db::why_no_space(uint64_t bytes) const {
  const SpaceState state = space_state();
  std::string text =
      "no room for " + std::to_string(bytes) + " bytes: files take " + std::to_string(state.files.total()) +
      " bytes, and space.max_amplification " + option_text(OptionId::kSpaceMaxAmplification) + " allows " +
      std::to_string(space_.ceiling()) + " for " + std::to_string(space_.live_bytes()) +
      " bytes of live data, " + std::to_string(space_.kept_for_merges()) + " of them for merges alone. ";
  bool is_paused = false;
  {
    std::lock_guard lock(mutex_);
    is_paused = pause_count_ != 0;
  }
  if (is_paused) {
    return Status(Code::kBusy, text + "Compactions are paused, so nothing makes room: resume them");
  }
  std::string pins;
  if (const size_t count = snapshots_.count(); count != 0) {
    pins += std::to_string(count) + (count == 1 ? " snapshot" : " snapshots") +
            " or transactions (the oldest of commit " + std::to_string(snapshots_.oldest()) + ")";
  }
  if (keeps_history()) pins += std::string(pins.empty() ? "" : " and ") + "history.retention_s";
  if (const size_t count = prepared_names().size(); count != 0)
    pins += std::string(pins.empty() ? "" : " and ") + std::to_string(count) + " prepared transactions";
  if (state.shadowed != 0)
    text += std::to_string(state.shadowed) + " bytes are old versions" +
            (pins.empty() ? ". " : " that " + pins + " keep. ");
  else if (!pins.empty())
    text += pins + " may keep old versions. ";
  if (state.files.tables > state.in_tables) {
    text += std::to_string(state.files.tables - state.in_tables) +
            " bytes of tables are in no tree any more: iterators or snapshots still read them. ";
  }
  uint64_t least = 0;
  {
    std::lock_guard lock(mutex_);
    least = space_least_needed_;
  }
  if (least != 0)
    text += "The smallest merge that would free space needs " + std::to_string(least) + " bytes. ";
  return Status(Code::kNoSpace, text + "Release what is kept, or raise the option");
}

std::string Db::space_usage() const {
  const SpaceState state = space_state();
  const uint64_t live = space_.is_on() ? space_.live_bytes() : [&] {
    uint64_t sum = 0;
    for (const std::shared_ptr<Tree>& tree : all_trees())
      if (!tree->is_dropped()) sum += live_bytes(*tree->newest_version()).total();
    return sum;
  }();
  const FileBytes files = state.files;
  const char* word = "off";
  if (space_.is_on()) {
    const uint64_t ceiling = space_.ceiling();
    const uint64_t total = files.total();
    if (total > ceiling) {
      word = "over";
    } else if (total > ceiling - space_.kept_for_merges()) {
      word = "full";
    } else {
      word = total > space_.near_bytes() ? "near" : "below";
    }
  }
  const auto number = [](const char* name, uint64_t value) {
    return "\"" + std::string(name) + "\":" + std::to_string(value);
  };
  return "{" + number("tables", files.tables) + "," + number("value_files", files.values) + "," +
         number("logs", files.logs) + "," + number("other_files", files.others) + "," +
         number("total", files.total()) + "," + number("in_tables_of_trees", state.in_tables) + "," +
         number("old_versions", state.shadowed) + "," + number("memtables", state.memtables) + "," +
         number("reserved", state.reserved) + "," + number("live", live) +
         ",\"amplification\":" + amplification_text(files.total(), live) +
         ",\"max_amplification\":" + option_text(OptionId::kSpaceMaxAmplification) + "," +
         number("ceiling", space_.is_on() ? space_.ceiling() : 0) + ",\"state\":\"" + word + "\"}";
}

/// Somebody has lowered the ceiling, or what was alive has gone. Nothing but merges makes that good, one at a time, and
/// until writers have room again: at the ceiling itself no merge would fit any more. Needs mutex_.
bool Db::is_above_ceiling(uint64_t used) {
  const uint64_t ceiling = space_.ceiling();
  if (used > ceiling)
    is_coming_down_ = true;
  else if (used <= ceiling - space_.kept_for_merges())
    is_coming_down_ = false;
  return is_coming_down_;
}

/// What is due in a tree below a ceiling: what frees space when files come near it, otherwise what the style wants, as far
/// as there is space for it.
std::optional<CompactionPlan> Tree::fit_into_space(std::optional<CompactionPlan> wanted,
                                                   const Version& version, const CompactionOptions& options) {
  const uint64_t used = db_.measured_->bytes().total();
  const uint64_t spoken_for = used + db_.memtable_bytes() + db_.space_.reserved();
  const uint64_t ceiling = db_.space_.ceiling();
  SpaceLimits limits;
  limits.room = ceiling - std::min(ceiling, spoken_for);
  limits.cut_bytes = db_.space_.cut_bytes();
  limits.dying = db_.value_log_.dying;
  limits.takes_smallest = db_.is_above_ceiling(used) && db_.compactions_running_ == 0;
  const bool is_near = used > db_.space_.near_bytes();
  const bool fits = !wanted || wanted->is_trivial_move || space_needed(*wanted, limits.dying) <= limits.room;
  if (fits && !is_near) return wanted;
  uint64_t least = 0;
  std::optional<CompactionPlan> freeing = pick_space_compaction(version, options, busy_, limits, &least);
  db_.space_least_needed_ = freeing ? 0 : least;
  if (freeing) {
    if (!freeing->is_trivial_move) db_.statistics_.add(Counter::kSpaceCompactions);
    return freeing;
  }
  return fits ? wanted : std::nullopt;
}

/// Asked again of what is about to begin: a reclaim has not been asked yet.
bool Db::has_space_for(const CompactionPlan& plan) {
  const uint64_t used = measured_->bytes().total();
  if (plan.is_trivial_move || plan.is_drop || (is_above_ceiling(used) && compactions_running_ == 0))
    return true;
  return used + memtable_bytes() + space_.reserved() + space_needed(plan, value_log_.dying) <=
         space_.ceiling();
}

/// Of a table that is about to be taken in from outside: not waited for, since only who asks can do something about it.
Status Db::reserve_for_file(uint64_t bytes, uint64_t* reserved) {
  *reserved = 0;
  if (!space_.is_on()) return Status::ok();
  bool fits = false;
  {
    std::lock_guard lock(mutex_);
    fits = space_.reserve(space_taken(), bytes, 0);
  }
  if (!fits) return why_no_space(bytes).with_context("a table is not taken in");
  *reserved = bytes;
  return Status::ok();
}

/// What a caller wants to be compacted goes down piece by piece below a ceiling, until nothing lies above anything else.
Status Tree::compact_in_little_space(const TaskControl& control) {
  for (;;) {
    JobScope job(db_.value_log_.jobs, db_.mutex_, db_.changed_);
    std::optional<CompactionPlan> plan;
    {
      std::unique_lock lock(db_.mutex_);
      SpaceLimits limits;
      const uint64_t spoken_for = db_.space_taken() + db_.space_.reserved();
      limits.room = db_.space_.ceiling() - std::min(db_.space_.ceiling(), spoken_for);
      limits.cut_bytes = db_.space_.cut_bytes();
      limits.dying = db_.value_log_.dying;
      uint64_t least = 0;
      if (!takes_tables_)
        plan = pick_space_compaction(*newest_version(), compaction_options(), busy_, limits, &least);
      if (!plan && (compactions_running_ != 0 || takes_tables_)) {
        WOMBAT_TRY(db_.wait_for_change(lock, control));
        continue;
      }
      if (!plan && least != 0) {
        lock.unlock();
        return db_.why_no_space(least);
      }
      if (!plan) return Status::ok();
      job.begin();
      mark_busy(*plan);
    }
    WOMBAT_TRY(run_asked_for(*plan, control, 0, 0));
  }
}

/// Of a compaction that a caller asked for. Waits for those that run.
Status Db::reserve_for_merge(const CompactionPlan& plan, const TaskControl& control, uint64_t* reserved) {
  *reserved = 0;
  if (!space_.is_on() || plan.is_trivial_move || plan.is_drop) return Status::ok();
  const uint64_t bytes = space_needed(plan, dying_value_files());
  int idle_looks = 0;
  for (;;) {
    WOMBAT_TRY(check_control({control.deadline, control.cancel, nullptr}, 0, 0));
    {
      std::unique_lock lock(mutex_);
      if (space_.reserve(space_taken(), bytes, 0)) break;
      if (!is_idle()) {
        idle_looks = 0;
        WOMBAT_TRY(wait_for_change(lock, {control.deadline, control.cancel, nullptr}));
        continue;
      }
    }
    process_epochs().reclaim();
    remove_obsolete_files();
    if (has_looked_enough(++idle_looks)) return why_no_space(bytes);
  }
  *reserved = bytes;
  return Status::ok();
}

}  // namespace wombat
