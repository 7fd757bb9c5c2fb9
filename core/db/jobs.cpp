/// The work of background threads: a flush writes the oldest sealed memtable to tables, a compaction carries
/// out a plan.
#include <algorithm>

#include "compaction/leveled_policy.h"
#include "db/db.h"
#include "db/job_ranges.h"
#include "db/run_iterator.h"
#include "kv/merging_iterator.h"

namespace wombat {

namespace {

/// No reader sees anything of the table any more: it goes without being read.
bool is_covered(const TableInfo& table, const RangeSet& ranges, const DropRule& rule) {
  return !ranges.empty() && hides_all(ranges, rule, table.smallest_key, table.largest_key,
                                      table.timestamp_min, table.timestamp_max);
}

std::string megabytes(uint64_t bytes) { return std::to_string((bytes + (1 << 19)) >> 20) + " MiB"; }

}  // namespace

void Tree::run_flush_job() noexcept {
  Status status;
  try {
    status = flush_oldest();
  } catch (const std::bad_alloc&) {
    status = Status::no_memory();
  }
  std::lock_guard lock(db_.mutex_);
  flush_is_running_ = false;
  --db_.flushes_running_;
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
  db_.give_rules(&job);
  job.open_output = [this] { return open_output(0); };
  job.output_size_max = static_cast<uint64_t>(setting(OptionId::kTableSize)) * 2;
  job.on_progress = [this](uint64_t bytes) {
    db_.throttle(bytes);
    return is_dropped() ? why_shut() : Status::ok();
  };
  WOMBAT_ASSIGN(MergeResult result, write_tables(job));
  // The edit makes this memtable's logs superfluous; one that is still being written is not removed.
  if (Status sealed = db_.wal_->seal_older(); !sealed) {
    db_.degrade(sealed);
    return sealed;
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
  if (Status applied = apply_flush(std::move(edit), next_log); !applied) return applied;
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
    return added.table.expiring_count != 0;
  });
  Status applied = manifest_->apply(std::move(edit), flush_count);
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

void Db::give_rules(MergeJob* job) {
  job->now_us = rules_.now_us();
  job->operators = rules_.operators;
}

void Db::count_merged(const MergeResult& result) {
  statistics_.add(Counter::kEntriesExpired, result.entries_expired);
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
  WOMBAT_ASSIGN(const TableOptions above, table_options(plan.inputs.front().level));
  WOMBAT_ASSIGN(const TableOptions below, table_options(plan.output_level));
  return above.codec != below.codec || above.codec_level != below.codec_level ||
         above.picks_codec != below.picks_codec || above.is_bottom != below.is_bottom;
}

Result<MergeJob::Output> Tree::open_output(uint32_t level) {
  WOMBAT_ASSIGN(const TableOptions options, table_options(level));
  const uint64_t number = db_.manifest_->new_file_number();
  const std::string name = file_name(FileKind::kTable, number);
  WOMBAT_ASSIGN(std::unique_ptr<WritableFile> file, db_.directory_->create_file(name));
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
    for (size_t i = 0; status && i < result->tables.size(); ++i)
      status = db_.tables_->open(result->tables[i]).status();
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

void Tree::run_compaction_job(std::shared_ptr<const CompactionPlan> plan) noexcept {
  Status status;
  try {
    status = compact(*plan, nullptr, 0, 0);
  } catch (const std::bad_alloc&) {
    status = Status::no_memory();
  }
  {
    std::lock_guard lock(db_.mutex_);
    clear_busy(*plan);
  }
  plan.reset();  // who waits for the end of the job then removes the files of what it has merged
  std::lock_guard lock(db_.mutex_);
  --compactions_running_;
  --db_.compactions_running_;
  if (status.code() == Code::kClosed || status.code() == Code::kDropped)
    status = Status::ok();  // nothing is wrong with the database
  db_.finish_job("a compaction", status);
  db_.schedule();
}

Status Tree::compact(const CompactionPlan& plan, const TaskControl* control, uint64_t done, uint64_t total) {
  if (!plan.is_trivial_move) return merge_tables(plan, control, done, total);
  WOMBAT_ASSIGN(const bool is_recompressed, changes_compression(plan));
  return is_recompressed ? merge_tables(plan, control, done, total) : move_tables(plan);
}

Status Tree::move_tables(const CompactionPlan& plan) {
  VersionEdit edit;
  size_t count = 0;
  for (const CompactionPlan::Input& input : plan.inputs) {
    for (const TablePtr& table : input.tables) {
      edit.removed.push_back({input.level, table->info.number, id_});
      edit.added.push_back({plan.output_level, plan.output_run_id, table->info, id_});
      ++count;
    }
  }
  WOMBAT_TRY(apply_and_install(std::move(edit)));
  db_.statistics_.add(Counter::kTrivialMoves, count);
  return Status::ok();
}

Status Tree::merge_tables(const CompactionPlan& plan, const TaskControl* control, uint64_t done,
                          uint64_t total) {
  const uint64_t started_us = db_.environment_.clock->now_us();
  MergeJob job;
  TableReadOptions read_options;
  read_options.fill_cache = false;
  read_options.readahead_size_bytes = static_cast<size_t>(setting(OptionId::kIoReadahead));
  WOMBAT_ASSIGN(job.ranges, ranges_of(plan));
  // The order matters: what the snapshots allow to drop is judged by a tree at least as old as they are.
  const VersionPtr version = newest_version();
  job.snapshots = db_.moments_to_keep();
  const DropRule rule(job.snapshots);
  std::vector<std::unique_ptr<Iterator>> sources;
  VersionEdit edit;
  uint64_t covered_count = 0;
  for (const CompactionPlan::Input& input : plan.inputs) {
    std::vector<OpenTable*> tables;
    for (const TablePtr& table : input.tables) {
      edit.removed.push_back({input.level, table->info.number, id_});
      if (is_covered(table->info, job.ranges, rule))
        ++covered_count;
      else
        tables.push_back(&as_open(table));
    }
    if (!tables.empty()) sources.push_back(make_run_iterator(std::move(tables), read_options));
  }
  job.source = make_merging_iterator(std::move(sources));
  db_.give_rules(&job);
  // Older runs of level 0 may hold any key.
  if (plan.output_level != 0) {
    job.may_exist_below = [version, level = plan.output_level](Bytes key) {
      return version->key_may_exist_below(level, key);
    };
    look_below(version, plan.output_level + 1, &job);
  }
  job.open_output = [this, level = plan.output_level] { return open_output(level); };
  job.output_size_max = static_cast<uint64_t>(setting(OptionId::kTableSize));
  uint64_t bytes_read = 0;
  job.on_progress = [&](uint64_t bytes) {
    bytes_read += bytes;
    db_.throttle(bytes);
    if (is_shut()) return why_shut();
    return control == nullptr ? Status::ok()
                              : db_.check_control(*control, std::min(done + bytes_read, total), total);
  };
  WOMBAT_ASSIGN(MergeResult result, write_tables(job));
  edit.history_min = db_.history_kept_by(job.snapshots);
  for (TableInfo& info : result.tables)
    edit.added.push_back({plan.output_level, plan.output_run_id, std::move(info), id_});
  WOMBAT_TRY(apply_and_install(std::move(edit)));

  db_.count_merged(result);
  db_.statistics_.add(Counter::kTablesCovered, covered_count);
  const uint64_t duration_us = db_.environment_.clock->now_us() - started_us;
  db_.statistics_.add(Counter::kCompactions);
  db_.statistics_.add(Counter::kCompactionReadBytes, plan.input_bytes());
  db_.statistics_.add(Counter::kCompactionWriteBytes, result.bytes_written);
  db_.statistics_.add(Counter::kEntriesDropped, result.entries_dropped);
  db_.statistics_.record(HistogramId::kCompactionDuration, duration_us);
  const std::string text = "merged " + megabytes(plan.input_bytes()) + " of level " +
                           std::to_string(plan.inputs.front().level) + " into level " +
                           std::to_string(plan.output_level) + ", wrote " + megabytes(result.bytes_written) +
                           " in " + std::to_string(duration_us / 1000) + " ms";
  const int64_t slow_ms = setting(OptionId::kCompactionSlowThreshold);
  const bool is_slow = slow_ms != 0 && duration_us / 1000 > static_cast<uint64_t>(slow_ms);
  db_.log_.write(is_slow ? LogLevel::kWarning : LogLevel::kInfo, text);
  return Status::ok();
}

void Db::throttle(uint64_t bytes) {
  background_rate_.set_rate(static_cast<uint64_t>(setting(OptionId::kCompactionThrottle)));
  uint64_t wait_us = background_rate_.reserve(bytes, environment_.clock->now_us());
  if (wait_us == 0) return;
  statistics_.add(Counter::kThrottleMicros, wait_us);
  while (wait_us > 0 && !is_closed()) {
    const uint64_t step = std::min<uint64_t>(wait_us, 50'000);
    environment_.clock->sleep_us(step);
    wait_us -= step;
  }
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
