/// The value log of a database: where commits and jobs write values, what of it is dead, and how that space comes back.
#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "compaction/reclaim_policy.h"
#include "db/db.h"

namespace wombat {

namespace {

/// Values that no sync has made durable yet are made so in the background from here on: so that little has to be checked
/// after a crash.
constexpr uint64_t kUnsyncedMax = 64 * kMiB;
constexpr double kRatioNearCeiling = 0.03;

/// How soon a call that waits for another one notices that it shall stop.
constexpr int64_t kTurnPollMicros = 5'000;
/// A reader is inside for one lookup. One that stays longer than this hangs in a callback or on a device, and does not
/// make others hang with it.
constexpr auto kReadersWait = std::chrono::seconds(1);

}  // namespace

/// When the numbers of files are known.
void Db::begin_values() {
  const auto new_number = [this] {
    value_log_.bytes.store(values_->bytes(), std::memory_order_relaxed);
    return manifest_->new_file_number();
  };
  value_log_.writer =
      std::make_unique<ValueAppender>(*values_, new_number, manifest_->incarnation(), SyncFailure::kIsFinal);
  value_log_.moved_writer = std::make_unique<ValueAppender>(*values_, new_number, manifest_->incarnation(),
                                                            SyncFailure::kLosesFiles);
}

void Db::note_value_threshold(int64_t threshold) noexcept {
  if (threshold == 0) return;
  auto least = value_log_.threshold_min.load();
  while (static_cast<uint64_t>(threshold) < least &&
         !value_log_.threshold_min.compare_exchange_weak(least, static_cast<uint64_t>(threshold))) {
  }
}

Status Db::append_values(std::deque<EncodedValue>& values, ValuePointer* pointers, ValueFilePtr* file) {
  WOMBAT_TRY(value_log_.writer->append(
      values, value_log_.file_size_max(setting(OptionId::kValueLogFileSize), space_), pointers, file));
  if (value_log_.writer->unsynced_bytes() >= kUnsyncedMax && !value_log_.wants_sync.exchange(true))
    wake_housekeeper();
  return Status::ok();
}

Status Db::append_moved(std::deque<EncodedValue>& values, ValuePointer* pointer, ValueFilePtr* file) {
  return value_log_.moved_writer->append(
      values, value_log_.file_size_max(setting(OptionId::kValueLogFileSize), space_), pointer, file);
}

/// A failure of what commits wrote is final, as that of a log: what was acknowledged may be lost.
Status Db::sync_values() {
  if (Status synced = value_log_.writer->sync(); !synced) {
    degrade(synced);
    return synced;
  }
  Status moved = value_log_.moved_writer->sync();
  if (!moved) degrade_if_final();
  return moved;
}

/// A chore of the housekeeper. The log follows, so that a recovery knows.
void Db::sync_many_values() {
  if (!value_log_.wants_sync.exchange(false)) return;
  if (sync_values()) static_cast<void>(sync());
}

const Codec* Tree::value_codec() const {
  // Not by its place among the choices, which is no format.
  const OptionInfo& info = option_info(OptionId::kValueLogCodec);
  const int64_t choice = setting(OptionId::kValueLogCodec);
  if (choice == 0) return nullptr;
  Result<CodecId> id = codec_id_by_name(choice_word(info.choices, static_cast<size_t>(choice)));
  return id ? codec_if_built(id.value()) : nullptr;  // one that is not built cannot be set
}

Status Db::close_values() {
  const Status closed = value_log_.writer->close();
  const Status moved_closed = value_log_.moved_writer->close();
  return closed ? moved_closed : closed;
}

ValueFileUses Db::value_file_uses() const {
  ValueFileUses uses;
  {
    const EpochGuard guard(process_epochs());  // versions keep files: reclaim() waits for who looks at them
    for (const std::shared_ptr<Tree>& tree : all_trees())
      if (!tree->is_dropped()) add_live_bytes(*tree->newest_version(), &uses);
  }
  for (auto& [number, use] : uses) {
    const std::optional<ValueStore::Facts> facts = values_->facts_of(number);
    if (!facts) continue;  // it goes at this moment
    use.size = facts->size - std::min<uint64_t>(facts->size, kFileHeaderSize);
    use.is_full = facts->is_full;
  }
  return uses;
}

double Db::reclaim_ratio() const {
  const int32_t by_hand = value_log_.reclaim_by_hand.load();
  if (by_hand >= 0) return static_cast<double>(by_hand) / 100.0;
  const int64_t thousandths = setting(OptionId::kValueLogReclaimRatio);
  return thousandths == 0 ? 2.0 : static_cast<double>(thousandths) / 1000.0;  // 0: never
}

/// Below a ceiling on space less has to be dead the nearer the files are to it, and all that is written again at a time
/// fits into the slack.
std::set<uint64_t> Db::choose_dying_files() const {
  const ValueFileUses uses = value_file_uses();
  if (!space_.is_on()) return dying_files(uses, reclaim_ratio());
  const FileBytes files = measured_->bytes();
  const bool is_near = files.total() > space_.near_bytes();
  const double ratio = is_near ? std::min(reclaim_ratio(), kRatioNearCeiling) : reclaim_ratio();
  return dying_files_within(uses, ratio, space_.slack() / 8);
}

/// Called when tables with values have come or gone: notes the files that are worth writing again. One at a time, so that the last to
/// look decides by what it saw last.
void Db::look_for_dead_values() {
  std::lock_guard turn(value_log_.looking_mutex);
  const std::set<uint64_t> dying = choose_dying_files();
  const std::vector<std::shared_ptr<Tree>> trees = all_trees();
  std::lock_guard lock(mutex_);
  value_log_.dying = dying;
  if (dying.empty()) return;
  for (const std::shared_ptr<Tree>& tree : trees)
    if (!tree->is_dropped()) due_.push_back(*tree);
}

std::set<uint64_t> Db::dying_value_files() const {
  std::lock_guard lock(mutex_);
  return value_log_.dying;
}

/// Waits until those of `files` that no table points to any more are gone, as far as the database itself keeps them: its jobs
/// hold tables and memtables until they end, long after the tree is without them, and readers keep for a moment what
/// was retired. What iterators and other calls hold is theirs.
Status Db::wait_until_let_go(const std::vector<uint64_t>& files, const TaskControl& control) {
  const auto keeps_unused = [&] {
    const std::vector<uint64_t> held = values_->numbers();
    const ValueFileUses uses = value_file_uses();
    return std::any_of(files.begin(), files.end(), [&](uint64_t number) {
      return std::binary_search(held.begin(), held.end(), number) && !uses.contains(number);
    });
  };
  uint64_t first_later_job = 0;
  {
    std::lock_guard lock(mutex_);
    first_later_job = value_log_.jobs.next();
  }
  for (;;) {
    process_epochs().reclaim();
    if (!keeps_unused()) return Status::ok();
    std::unique_lock lock(mutex_);
    if (!value_log_.jobs.has_before(first_later_job)) break;
    WOMBAT_TRY(wait_for_change(lock, {control.deadline, control.cancel, nullptr}));
  }
  Status status;
  const auto until = std::chrono::steady_clock::now() + kReadersWait;
  static_cast<void>(process_epochs().synchronize([&] {
    status = is_closed_.load() ? Status(Code::kClosed, path_ + " is closed")
                               : check_control({control.deadline, control.cancel, nullptr}, 0, 0);
    return !status || std::chrono::steady_clock::now() > until;
  }));
  return status;
}

/// Returns when no table points any more into files of which at least `dead_percent` were dead at the start, and still are, and
/// the database has let go of those that nothing points to.
Status Db::reclaim(uint32_t dead_percent, const TaskControl& control) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  WOMBAT_TRY(flush(control));
  value_log_.writer->end_file();
  value_log_.moved_writer->end_file();
  WOMBAT_TRY(sync_values());  // lets go of what has ended
  std::unique_lock turn(value_log_.reclaim_mutex, std::defer_lock);
  while (!turn.try_lock()) {
    WOMBAT_TRY(check_control(control, 0, 0));
    {
      std::lock_guard lock(mutex_);
      if (is_closing_) return Status(Code::kClosed, path_ + " is closed");
    }
    std::this_thread::sleep_for(std::chrono::microseconds(kTurnPollMicros));
  }
  struct ByHand {
    explicit ByHand(std::atomic<int32_t>& percent, uint32_t value) : percent_(percent) {
      percent_.store(static_cast<int32_t>(value));
    }
    ~ByHand() { percent_.store(-1); }
    std::atomic<int32_t>& percent_;
  } by_hand(value_log_.reclaim_by_hand, dead_percent);
  uint64_t failure_count = 0;
  {
    std::lock_guard lock(mutex_);
    failure_count = job_failure_count_;  // an older failure says nothing
  }
  const std::vector<uint64_t> files = values_->numbers();
  look_for_dead_values();
  const std::set<uint64_t> wanted = dying_value_files();
  // What a running job has written looks dead until its tables are there: such a file may come off the list untouched, and nothing
  // writes it again.
  const auto bytes_left = [&] {
    const std::set<uint64_t> dying = dying_value_files();
    uint64_t bytes = 0;
    for (const auto& [number, use] : value_file_uses())
      if (wanted.contains(number) && dying.contains(number)) bytes += use.live_bytes;
    return bytes;
  };
  const uint64_t total = bytes_left();
  for (uint64_t left = total; left != 0; left = bytes_left()) {
    std::unique_lock lock(mutex_);
    if (!job_failure_ && job_failure_count_ != failure_count) return job_failure_;
    if (pause_count_ != 0) return why_paused();
    schedule();
    if (space_.is_on() &&
        is_idle()) {  // what is left does not fit below the ceiling, or has become less urgent
      lock.unlock();
      break;
    }
    WOMBAT_TRY(wait_for_change(lock, {control.deadline, control.cancel, nullptr}));
    lock.unlock();
    WOMBAT_TRY(check_control(control, total - std::min(left, total), total));
  }
  WOMBAT_TRY(wait_until_let_go(files, control));
  remove_obsolete_files();
  return Status::ok();
}

void Db::remove_obsolete_files() noexcept {
  if (tables_ != nullptr) tables_->remove_obsolete_files();
  if (values_ != nullptr) values_->remove_obsolete_files();
}

}  // namespace wombat
