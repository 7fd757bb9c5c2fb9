/// The value log of a database: where commits and jobs write values, what of it is dead, and how that space comes back.
#include <algorithm>

#include "compaction/reclaim_policy.h"
#include "db/db.h"

namespace wombat {

namespace {

/// Values that no sync has made durable yet are made so in the background from here on: so that little has to be checked
/// after a crash.
constexpr uint64_t kUnsyncedMax = 64 * kMiB;
constexpr double kRatioNearCeiling = 0.03;

/// How soon a call that waits for another one notices that it shall stop.
constexpr int64_t kTurnPollMicros = 20'000;

}  // namespace

/// When the numbers of files are known.
void Db::begin_values() {
  const auto new_number = [this] { return manifest_->new_file_number(); };
  value_writer_ =
      std::make_unique<ValueAppender>(*values_, new_number, manifest_->incarnation(), SyncFailure::kIsFinal);
  moved_value_writer_ = std::make_unique<ValueAppender>(*values_, new_number, manifest_->incarnation(),
                                                        SyncFailure::kLosesFiles);
}

void Db::note_value_threshold(int64_t threshold) noexcept {
  if (threshold == 0) return;
  auto least = value_threshold_min_.load();
  while (static_cast<uint64_t>(threshold) < least &&
         !value_threshold_min_.compare_exchange_weak(least, static_cast<uint64_t>(threshold))) {
  }
}

Status Db::append_values(std::deque<EncodedValue>& values, ValuePointer* pointers, ValueFilePtr* file) {
  const auto size_max =
      space_.value_file_size_max(static_cast<uint64_t>(setting(OptionId::kValueLogFileSize)));
  WOMBAT_TRY(value_writer_->append(values, size_max, pointers, file));
  if (value_writer_->unsynced_bytes() >= kUnsyncedMax && !wants_value_sync_.exchange(true))
    wake_housekeeper();
  return Status::ok();
}

Status Db::append_moved(std::deque<EncodedValue>& values, ValuePointer* pointer, ValueFilePtr* file) {
  const auto size_max =
      space_.value_file_size_max(static_cast<uint64_t>(setting(OptionId::kValueLogFileSize)));
  return moved_value_writer_->append(values, size_max, pointer, file);
}

/// A failure of what commits wrote is final, as that of a log: what was acknowledged may be lost.
Status Db::sync_values() {
  if (Status synced = value_writer_->sync(); !synced) {
    degrade(synced);
    return synced;
  }
  Status moved = moved_value_writer_->sync();
  if (!moved) degrade_if_final();
  return moved;
}

/// A chore of the housekeeper. The log follows, so that a recovery knows.
void Db::sync_many_values() {
  if (!wants_value_sync_.exchange(false)) return;
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
  const Status closed = value_writer_->close();
  const Status moved_closed = moved_value_writer_->close();
  return closed ? moved_closed : closed;
}

ValueFileUses Db::value_file_uses() const {
  ValueFileUses uses;
  for (const std::shared_ptr<Tree>& tree : all_trees())
    if (!tree->is_dropped()) add_live_bytes(*tree->newest_version(), &uses);
  for (auto& [number, use] : uses) {
    const ValueFilePtr file = values_->find(number);
    if (file == nullptr) continue;  // it goes at this moment
    use.size = file->size() - std::min<uint64_t>(file->size(), kFileHeaderSize);
    use.is_full = file->is_full();
  }
  return uses;
}

double Db::reclaim_ratio() const {
  const int32_t by_hand = reclaim_by_hand_.load();
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
  std::lock_guard turn(looking_mutex_);
  const std::set<uint64_t> dying = choose_dying_files();
  const std::vector<std::shared_ptr<Tree>> trees = all_trees();
  std::lock_guard lock(mutex_);
  dying_files_ = dying;
  if (dying.empty()) return;
  for (const std::shared_ptr<Tree>& tree : trees)
    if (!tree->is_dropped()) due_.push_back(*tree);
}

std::set<uint64_t> Db::dying_value_files() const {
  std::lock_guard lock(mutex_);
  return dying_files_;
}

/// Returns when no table points any more into files of which at least `dead_percent` were dead at the start, and still are.
Status Db::reclaim(uint32_t dead_percent, const TaskControl& control) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  WOMBAT_TRY(flush(control));
  value_writer_->end_file();
  moved_value_writer_->end_file();
  WOMBAT_TRY(sync_values());  // lets go of what has ended
  std::unique_lock turn(reclaim_mutex_, std::defer_lock);
  while (!turn.try_lock_for(std::chrono::microseconds(kTurnPollMicros))) {
    WOMBAT_TRY(check_control(control, 0, 0));
    std::lock_guard lock(mutex_);
    if (is_closing_) return Status(Code::kClosed, path_ + " is closed");
  }
  struct ByHand {
    explicit ByHand(std::atomic<int32_t>& percent, uint32_t value) : percent_(percent) {
      percent_.store(static_cast<int32_t>(value));
    }
    ~ByHand() { percent_.store(-1); }
    std::atomic<int32_t>& percent_;
  } by_hand(reclaim_by_hand_, dead_percent);
  uint64_t failure_count = 0;
  {
    std::lock_guard lock(mutex_);
    failure_count = job_failure_count_;  // an older failure says nothing
  }
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
  process_epochs().reclaim();
  remove_obsolete_files();
  return Status::ok();
}

void Db::remove_obsolete_files() noexcept {
  if (tables_ != nullptr) tables_->remove_obsolete_files();
  if (values_ != nullptr) values_->remove_obsolete_files();
}

}  // namespace wombat
