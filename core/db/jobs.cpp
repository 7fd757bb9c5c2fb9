/// The work of background threads: a flush writes the oldest sealed memtable to tables. What it shares with compactions
/// (compaction_jobs.cpp): edits, outputs, the throttle.
#include <algorithm>

#include "compaction/cold_policy.h"
#include "db/db.h"
#include "db/job_ranges.h"
#include "db/value_mover.h"

namespace wombat {

namespace {

constexpr uint64_t kThrottleStepMicros = 10'000;

std::string megabytes(uint64_t bytes) { return std::to_string((bytes + (1 << 19)) >> 20) + " MiB"; }

}  // namespace

void Tree::run_flush_job(uint64_t number) noexcept {
  Status status;
  try {
    status = flush_oldest();
  } catch (const std::bad_alloc&) {
    status = Status::no_memory();
  }
  std::lock_guard lock(db_.mutex_);
  flush_is_running_ = false;
  --db_.flushes_running_;
  db_.value_log_.jobs.end(number);
  if (status.code() == Code::kDropped) status = Status::ok();  // there is nothing left to do
  if (!sealed_.empty()) db_.sealed_.move_to_back(*this);
  db_.finish_job("a flush", status);
  db_.schedule();
}

Status Tree::flush_oldest() {
  MemtablePtr memtable;
  uint64_t first_log = 0;
  uint64_t next_log = 0;
  {
    std::lock_guard lock(db_.mutex_);
    if (sealed_.empty()) return Status::ok();
    if (newest().holds(sealed_.front())) return install_tree();
    memtable = sealed_.front().memtable;
    first_log = sealed_.front().first_log;
    next_log = sealed_.size() > 1            ? sealed_[1].first_log
               : active_.memtable != nullptr ? active_.first_log
                                             : db_.wal_->active_number();
  }
  const uint64_t started_us = db_.environment_.clock->now_us();
  MergeJob job;
  const VersionPtr version = newest_version();
  job.source = memtable->new_iterator();
  job.ranges = ranges_of(*memtable, *version);
  job.snapshots = db_.moments_to_keep();
  look_below(version, 0, &job);
  job.builder_memory_max = db_.memory_shares().builder_bytes_max(db_.job_count_max());
  job.memory = MemoryAccount(db_.memory_, MemoryCategory::kMerges);
  WOMBAT_TRY(give_rules(&job, 0));
  ValueMover mover(db_, *this, {});
  job.values = &mover;
  job.open_output = [this] { return open_output(0); };
  job.output_size_max = table_size_max() * 2;
  job.on_progress = [this](uint64_t bytes) {
    db_.throttle(bytes, 1);
    return is_dropped() ? why_shut() : Status::ok();
  };
  JobRecord record;
  record.kind = JobKind::kFlush;
  record.keyspace = name();
  record.input_bytes = memtable->memory_usage();
  record.began_us = started_us;
  LoggedJob logged(db_.job_log_, std::move(record));
  Result<MergeResult> written = write_tables(job);
  if (!written) return logged.end(written.status(), db_.environment_.clock->now_us());
  MergeResult result = std::move(written).value();
  logged.record.output_tables = result.tables.size();
  logged.record.output_bytes = result.bytes_written;
  // The edit makes this memtable's logs superfluous; one that is still being written is not removed.
  if (Status sealed = db_.wal_->seal_older(); !sealed) {
    db_.degrade(sealed);
    return logged.end(sealed, db_.environment_.clock->now_us());
  }
  VersionEdit edit;
  edit.last_timestamp = result.timestamp_max;  // also of what was not worth writing
  edit.history_min = db_.history_kept_by(job.snapshots);
  for (TableInfo& info : result.tables) edit.added.push_back({0, first_log, std::move(info), id_});
  {
    std::lock_guard lock(db_.mutex_);
    db_.read_watch_.note(db_.counter_total(Counter::kGets), db_.counter_total(Counter::kSeeks),
                         db_.counter_total(Counter::kWriteEntries));
  }
  const Status applied = apply_flush(std::move(edit), next_log);
  WOMBAT_TRY(logged.end(applied, db_.environment_.clock->now_us()));
  traffics_[0].jobs.fetch_add(1);
  traffics_[0].written_bytes.fetch_add(result.bytes_written);
  flushed_bytes_.fetch_add(result.bytes_written);
  db_.count_merged(result);
  db_.statistics_.add(Counter::kFlushes);
  db_.statistics_.add(Counter::kFlushBytes, result.bytes_written);
  db_.statistics_.record(HistogramId::kFlushDuration, db_.environment_.clock->now_us() - started_us);
  db_.log_.write(LogLevel::kInfo, "flushed " + std::to_string(result.entries_read) + " entries to " +
                                      std::to_string(result.tables.size()) + " tables, " +
                                      megabytes(result.bytes_written));
  db_.remove_old_logs();
  return Status::ok();
}

/// Makes an edit durable, then shows the new tree to readers. When memory for the latter is short the edit is
/// in force all the same, and the housekeeper shows it later.
Status Tree::apply_and_install(VersionEdit edit) {
  WOMBAT_TRY(db_.apply_edit(std::move(edit)));
  return show_edit();
}

/// The same for the flush of the oldest memtable; entries of the next ones are in no log before `next_log`.
Status Tree::apply_flush(VersionEdit edit, uint64_t next_log) {
  std::lock_guard order(db_.flush_edit_mutex_);
  const uint64_t needed = db_.oldest_needed_log(*this, next_log);
  edit.log_number_min = needed;
  // Logs that other trees need hold entries that are in this one's tables now.
  if (needed < next_log) {
    edit.keyspaces.emplace_back();
    edit.keyspaces.back().id = id_;
    edit.keyspaces.back().log_number_min = next_log;
  }
  WOMBAT_TRY(db_.apply_edit(std::move(edit), &flush_count_));
  return show_edit();
}

Status Tree::show_edit() {
  std::lock_guard lock(db_.mutex_);
  if (is_dropped()) return why_shut();
  return install_tree();
}

Status Db::apply_edit(VersionEdit edit, uint64_t* flush_count) {
  const bool expires = std::any_of(edit.added.begin(), edit.added.end(), [](const VersionEdit::Added& added) {
    return added.table.expiring_count != 0 || added.table.newest_us != 0;
  });
  Status applied = manifest_->apply(std::move(edit), flush_count);
  if (applied && space_.is_on()) note_live_bytes();
  if (applied && !values_->empty()) look_for_dead_values();
  if (applied && expires) look_for_expired_soon();
  if (!applied) degrade_if_final();
  // After a refused edit as well: nothing names its tables.
  if (applied || applied.code() == Code::kDropped) remove_orphans();
  return applied;
}

/// The oldest log with entries that are in memtables alone, when `flushed` needs none before `next_log`.
uint64_t Db::oldest_needed_log(const Tree& flushed, uint64_t next_log) const {
  // First: memtables that are empty now may get entries of this log, but of none before it.
  uint64_t oldest = std::min(next_log, wal_->active_number());
  std::lock_guard lock(mutex_);
  for (const Tree* tree = writing_.first(); tree != nullptr; tree = writing_.next(*tree))
    if (tree != &flushed && tree->has_entries()) oldest = std::min(oldest, tree->active_.first_log);
  for (const Tree* tree = sealed_.first(); tree != nullptr; tree = sealed_.next(*tree)) {
    if (tree == &flushed) continue;
    const Tree::Newest newest = tree->newest();
    for (const Tree::MemtableSlot& slot : tree->sealed_)
      if (!newest.holds(slot)) oldest = std::min(oldest, slot.first_log);
  }
  return oldest;
}

void Db::remove_orphans() noexcept { remove_outputs(manifest_->take_orphans()); }

/// What decides about entries besides their readers.
Status Tree::give_rules(MergeJob* job, uint32_t output_level) const {
  job->now_us = db_.rules_.now_us();
  job->operators = db_.rules_.operators;
  job->level = output_level;
  if (notes_times()) job->newest_us = job->now_us;
  if (is_system_keyspace()) return Status::ok();  // what is there is not the program's
  job->filter = db_.environment_.compaction_filter.get();
  job->keyspace = name();
  const std::string text = option_text(OptionId::kCompactionFilterRules);
  if (text.empty()) return Status::ok();
  WOMBAT_ASSIGN(FilterRules rules, FilterRules::parse(text));
  if (!rules.empty()) job->rules = std::make_shared<const FilterRules>(std::move(rules));
  return Status::ok();
}

void Db::count_merged(const MergeResult& result) {
  statistics_.add(Counter::kEntriesExpired, result.entries_expired);
  statistics_.add(Counter::kEntriesFiltered, result.entries_filtered);
  statistics_.add(Counter::kMergesFolded, result.merges_folded);
  statistics_.add(Counter::kBlocksCompressed, result.blocks.compressed_count);
  statistics_.add(Counter::kBlocksLeftPlain, result.blocks.block_count - result.blocks.compressed_count);
  statistics_.add(Counter::kBlockRawBytes, result.blocks.frame_bytes);
  statistics_.add(Counter::kBlockStoredBytes, result.blocks.stored_bytes);
  statistics_.add(Counter::kDictionaries, result.dictionary_count);
}

Result<LevelCompression> Tree::compression_of(uint32_t level) const {
  return compression_of_level(level, option_text(OptionId::kCompressionPerLevel),
                              option_text(OptionId::kCompressionCodec),
                              static_cast<int>(setting(OptionId::kCompressionLevel)));
}

Result<TableOptions> Tree::table_options(uint32_t level) const {
  WOMBAT_ASSIGN(const LevelCompression compression, compression_of(level));
  TableOptions options;
  options.block_size_bytes = static_cast<size_t>(setting(OptionId::kTableBlockSize));
  options.filter_bits_per_key = static_cast<uint32_t>(setting(OptionId::kFilterBits));
  options.codec = compression.codec;
  options.codec_level = compression.level;
  options.picks_codec = compression.picks_codec;
  options.dictionary_size_max = static_cast<size_t>(setting(OptionId::kCompressionDictionarySize));
  if (level == 0 || !compression.picks_codec) return options;
  const VersionPtr version = newest_version();
  options.is_bottom = true;
  for (size_t below = level + 1; below < version->levels.size(); ++below)
    options.is_bottom = options.is_bottom && version->levels[below].runs.empty();
  return options;
}

Result<bool> Tree::changes_compression(const CompactionPlan& plan) const {
  WOMBAT_ASSIGN(const TableOptions below, table_options(plan.output_level));
  for (const CompactionPlan::Input& input : plan.inputs) {
    WOMBAT_ASSIGN(const TableOptions above, table_options(input.level));
    if (above.codec != below.codec || above.codec_level != below.codec_level ||
        above.picks_codec != below.picks_codec || above.is_bottom != below.is_bottom) {
      return true;
    }
  }
  return false;
}

uint64_t Tree::table_size_max() const {
  return db_.space_.table_size_max(static_cast<uint64_t>(setting(OptionId::kTableSize)));
}

/// Which tables belong in cold.directory; none when there is none.
ColdRules Tree::cold_rules() const {
  ColdRules rules;
  if (!db_.sides_.files().has_cold_side()) return rules;
  constexpr uint64_t kAgeMax = UINT64_MAX / 2 / 1'000'000;
  rules.level = static_cast<uint32_t>(setting(OptionId::kColdLevel));
  rules.age_us = std::min(static_cast<uint64_t>(setting(OptionId::kColdAge)), kAgeMax) * 1'000'000;
  if (rules.age_us != 0) rules.now_us = db_.rules_.now_us();
  return rules;
}

void Tree::note_place(TableInfo* info) const {
  const SpreadDirectory& files = db_.sides_.files();
  info->is_cold = files.has_cold_side() && files.is_cold(file_name(FileKind::kTable, info->number));
}

/// A table that merely changed its level would be where it does not belong.
bool Tree::warms_cold_level(const CompactionPlan& plan) const {
  const ColdRules rules = cold_rules();
  for (const CompactionPlan::Input& input : plan.inputs)
    for (const TablePtr& table : input.tables)
      if (!table->info.is_cold && belongs_in_cold(plan.output_level, table->info.newest_us, rules))
        return true;
  return false;
}

Result<MergeJob::Output> Tree::open_output(uint32_t level, uint64_t newest_us) {
  WOMBAT_ASSIGN(const TableOptions options, table_options(level));
  const uint64_t number = db_.manifest_->new_file_number();
  const std::string name = file_name(FileKind::kTable, number);
  WOMBAT_ASSIGN(std::unique_ptr<WritableFile> file, belongs_in_cold(level, newest_us, cold_rules())
                                                        ? db_.directory_->create_cold_file(name)
                                                        : db_.directory_->create_file(name));
  MergeJob::Output output;
  output.number = number;
  output.builder = std::make_unique<TableBuilder>(
      std::move(file), name, db_.tables_->header_of(number, db_.manifest_->incarnation()), options);
  return output;
}

/// Runs a merge, makes its files durable in the directory, and opens each once to be sure that it can be
/// read. On failure nothing is left.
Result<MergeResult> Tree::write_tables(MergeJob& job) {
  std::vector<uint64_t> opened;
  try {
    Result<MergeResult> result = run_merge(job, db_.manifest_->incarnation(), &opened);
    Status status = result ? db_.directory_->sync() : result.status();
    for (size_t i = 0; status && i < result->tables.size(); ++i) {
      note_place(&result->tables[i]);
      status = db_.tables_->open(result->tables[i]).status();
    }
    if (status) return result;
    db_.degrade_if_final();
    db_.remove_outputs(opened);
    return status;
  } catch (const std::bad_alloc&) {
    db_.remove_outputs(opened);
    throw;
  }
}

/// Files of a job that failed before any edit named them.
void Db::remove_outputs(const std::vector<uint64_t>& numbers) noexcept {
  for (const uint64_t number : numbers) {
    try {
      static_cast<void>(directory_->remove_file(
          file_name(FileKind::kTable, number)));  // the next open removes it otherwise
    } catch (const std::bad_alloc&) {
    }
  }
}

/// `share` of the throttle is for the caller. Sleeps in short steps: who closes the database does not wait for it, and a
/// new rate counts at once.
void Db::throttle(uint64_t bytes, double share) {
  const auto rate_now = [&] {
    const auto rate = static_cast<double>(setting(OptionId::kCompactionThrottle)) * share;
    return setting(OptionId::kCompactionThrottle) == 0 ? uint64_t{0}
                                                       : std::max<uint64_t>(static_cast<uint64_t>(rate), 1);
  };
  uint64_t rate = rate_now();
  background_rate_.set_rate(rate);
  uint64_t wait_us = background_rate_.reserve(bytes, environment_.clock->now_us());
  uint64_t waited_us = 0;
  while (wait_us > 0 && !is_closed()) {
    const uint64_t step = std::min(wait_us, kThrottleStepMicros);
    environment_.clock->sleep_us(step);
    waited_us += step;
    wait_us -= step;
    const uint64_t changed = rate_now();
    if (changed == 0) break;
    if (changed != rate) {
      background_rate_.set_rate(changed);
      const double left =
          static_cast<double>(wait_us) * static_cast<double>(rate) / static_cast<double>(changed);
      wait_us = static_cast<uint64_t>(std::min(left, 1e15));
      rate = changed;
    }
  }
  if (waited_us != 0) statistics_.add(Counter::kThrottleMicros, waited_us);
}

/// Removes logs that the manifest no longer needs. A file that cannot be removed is tried again by the next
/// open.
uint64_t Db::remove_old_logs() {
  uint64_t removed = 0;
  for (const uint64_t number : wal_->take_files_below(manifest_->log_number_min())) {
    if (directory_->remove_file(file_name(FileKind::kLog, number))) ++removed;
  }
  return removed;
}

Status Db::check_control(const TaskControl& control, uint64_t done, uint64_t total) const {
  if (control.cancel != nullptr && control.cancel->is_cancelled())
    return Status(Code::kCancelled, "cancelled by the caller");
  if (control.deadline.has_passed(environment_.clock->now_us()))
    return Status(Code::kTimedOut, "the time limit has passed");
  if (control.progress && !control.progress(done, total))
    return Status(Code::kCancelled, "cancelled by the progress function");
  return Status::ok();
}

}  // namespace wombat
