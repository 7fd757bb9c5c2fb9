/// Old versions that are kept for a time (option history.retention_s): which commits can still be asked for, and at what
/// time each was the newest. The marks of the timeline lie in the system keyspace as well, for the next open.
#include <chrono>
#include <thread>

#include "db/db.h"
#include "db/db_iterator.h"
#include "db/system_keyspace.h"

namespace wombat {

namespace {

constexpr uint64_t kMicrosPerSecond = 1'000'000;
constexpr int kCloseWaitMillis = 1000;
constexpr uint64_t kForgetMicros = 30 * kMicrosPerSecond;

}  // namespace

bool Db::keeps_history() const { return setting(OptionId::kHistoryRetention) != 0; }

/// Wall-clock time up to which history may be forgotten.
uint64_t Db::history_begins_us() const {
  const uint64_t now_us = environment_.clock->wall_us();
  const auto retention_s = static_cast<uint64_t>(setting(OptionId::kHistoryRetention));
  return retention_s > now_us / kMicrosPerSecond ? 0 : now_us - retention_s * kMicrosPerSecond;
}

/// What a job that starts now must keep visible. A reader who asks for a moment in front of the horizon is refused, so
/// that is raised first.
std::vector<Timestamp> Db::moments_to_keep() {
  std::vector<Timestamp> moments = snapshots_.all_and_visible();
  Timestamp horizon = moments.back();
  if (keeps_history()) horizon = std::min(horizon, timeline_.horizon(history_begins_us(), 0));
  Timestamp before = history_horizon_.load();
  while (before < horizon && !history_horizon_.compare_exchange_weak(before, horizon)) {
  }
  std::erase_if(moments, [&](Timestamp moment) { return moment >= horizon; });
  moments.push_back(horizon);
  return moments;
}

/// What moments_to_keep() would begin with.
Timestamp Db::seen_by_all() const {
  const Timestamp oldest = snapshots_.oldest();
  Timestamp seen = oldest != 0 ? oldest : visible_timestamp();
  if (keeps_history()) seen = std::min(seen, timeline_.horizon(history_begins_us(), 0));
  return seen;
}

/// What the edit of a job that kept `moments` says, so that after the next open, whose retention may be another and whose
/// times may not all be forgotten yet, nobody reads what the job has dropped. Without retention there are no times.
std::optional<Timestamp> Db::history_kept_by(const std::vector<Timestamp>& moments) const {
  if (!keeps_history()) return std::nullopt;
  return moments.back();
}

/// Called after the state that is read has been loaded: what was dropped from it was in front of the horizon by then.
Status Db::check_history(Timestamp at) const {
  const Timestamp visible = visible_timestamp();
  if (at > visible) {
    return Status::invalid_argument("there is no commit " + std::to_string(at) + " yet: the newest is " +
                                    std::to_string(visible));
  }
  if (at >= history_horizon_.load(std::memory_order_seq_cst)) return Status::ok();
  return too_old("the state at commit " + std::to_string(at) + " is not kept any more");
}

Status Db::too_old(const std::string& what) const {
  std::string text = what + "; the oldest that is kept is that at commit " +
                     std::to_string(history_horizon_.load(std::memory_order_relaxed));
  // A read-only open reads what those who write have kept, whatever its own option says.
  if (!is_read_only_)
    text += ", history.retention_s is " + std::to_string(setting(OptionId::kHistoryRetention));
  return Status(Code::kTooOld, text);
}

Status Db::find_commit_at(uint64_t wall_us, Timestamp* timestamp) const {
  if (wall_us >= environment_.clock->wall_us()) {
    *timestamp = visible_timestamp();
    return Status::ok();
  }
  const std::optional<Timestamp> found = timeline_.at(wall_us);
  if (!found) return too_old("no commit of that time is kept");
  *timestamp = *found;
  return Status::ok();
}

/// Notes now and then which commit is the newest. For the housekeeper.
void Db::keep_time() {
  if (!keeps_history()) return;
  const std::lock_guard lock(time_mutex_);
  time_due_us_ = environment_.clock->now_us() + Timeline::kStepMicros;
  if (is_degraded_.load()) return;
  const Timeline::Mark mark{environment_.clock->wall_us(), visible_timestamp()};
  if (mark.timestamp != time_noted_at_ && timeline_.add(mark)) {
    time_noted_at_ = mark.timestamp;
    if (const Status noted = write_time(mark, false); !noted)
      log_.write(LogLevel::kWarning, "noting the time of a commit: " + noted.to_string());
  }
  if (mark.wall_us >= times_forgotten_at_us_ + kForgetMicros || mark.wall_us < times_forgotten_at_us_) {
    times_forgotten_at_us_ = mark.wall_us;
    static_cast<void>(remove_times(timeline_.forget_before(history_begins_us()), SyncChoice::kNever));
  }
}

/// Called by close, while writes are still taken: the next open may be a long time away, and could not tell when the last
/// commits were made.
void Db::keep_last_time() noexcept try {
  if (!is_started_ || is_read_only_ || is_degraded_.load() || !keeps_history()) return;
  std::unique_lock lock(time_mutex_, std::defer_lock);
  // The housekeeper may just be noting a time, or, in a new database, making the keyspace for it. Not longer: it may wait
  // for room that it never gets.
  for (int i = 0; !lock.try_lock() && i < kCloseWaitMillis; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (!lock) return;
  const Timeline::Mark mark{environment_.clock->wall_us(), visible_timestamp()};
  if (mark.timestamp == time_noted_at_ || !timeline_.add(mark, 0)) return;
  if (const Status noted = write_time(mark, true); !noted)
    log_.write(LogLevel::kWarning, "noting the time of the last commit: " + noted.to_string());
} catch (const std::bad_alloc&) {  // nobody will know the time of the last commits
}

/// A mark is a commit of its own, which needs none.
Status Db::write_time(const Timeline::Mark& mark, bool no_wait) {
  WOMBAT_ASSIGN(const std::shared_ptr<Tree> system, system_keyspace());
  std::string value;
  append_le<uint64_t>(&value, mark.timestamp);
  const std::string key = time_key(mark.wall_us);
  SingleWrite write(Kind::kPut, key, value);
  write.assign_keyspace(system->id());
  WriteRequest request;
  request.record = write.record();
  request.tree = system.get();
  request.sync = SyncChoice::kNever;
  request.no_wait = no_wait;
  Timestamp committed_at = 0;
  WOMBAT_TRY(this->write(request, &committed_at));
  if (committed_at == mark.timestamp + 1)
    time_noted_at_ = committed_at;  // else others were faster: they need a mark
  return Status::ok();
}

Status Db::remove_times(const std::vector<Timeline::Mark>& marks, SyncChoice sync) {
  const std::shared_ptr<Tree> system = find_system_keyspace();
  if (marks.empty() || system == nullptr) return Status::ok();
  WriteBatch batch;
  batch.use_keyspace(system->id());
  for (const Timeline::Mark& mark : marks) WOMBAT_TRY(batch.remove(time_key(mark.wall_us)));
  WriteRequest request;
  request.record = batch.record();
  request.tree = system.get();
  request.sync = sync;
  return write(request);
}

/// From here on nothing is kept, so that later nobody may believe what the marks say.
Status Db::forget_history() { return remove_times(timeline_.forget_all(), SyncChoice::kAlways); }

/// Called by open.
Status Db::load_history() {
  history_horizon_.store(visible_timestamp());
  const std::shared_ptr<Tree> system = find_system_keyspace();
  if (system == nullptr) return Status::ok();
  IteratorSettings settings;
  settings.lower = std::string(1, kTimeKey);
  settings.upper = std::string(1, kTimeKey + 1);
  WOMBAT_ASSIGN(const std::unique_ptr<DbIterator> rows, system->new_iterator(settings));
  for (rows->seek_first(); rows->rows().valid(); rows->step(true)) {
    Timeline::Mark mark;
    const Bytes value = rows->rows().value();
    if (!read_time_key(rows->rows().key(), &mark.wall_us) || value.size() != sizeof mark.timestamp)
      return Status::corruption("the system keyspace of " + path_ + " has a time that cannot be read");
    mark.timestamp = load_le<uint64_t>(value.data());
    timeline_.restore(mark);
  }
  WOMBAT_TRY(rows->rows().status());
  if (keeps_history() || is_read_only_)
    history_horizon_.store(std::max(history_min_, timeline_.horizon(0, visible_timestamp())));
  return keeps_history() || is_read_only_ ? Status::ok() : forget_history();
}

}  // namespace wombat
