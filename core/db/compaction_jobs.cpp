/// Compactions: how a plan of a policy is carried out. Large merges are cut by key into parts for several threads.
#include <algorithm>

#include "compaction/plan_parts.h"
#include "compaction/space_policy.h"
#include "compaction/split_keys.h"
#include "db/approximate_size.h"
#include "db/db.h"
#include "db/job_ranges.h"
#include "db/part_crew.h"
#include "db/part_iterator.h"
#include "db/run_iterator.h"
#include "db/value_mover.h"
#include "env/memory_advice.h"
#include "kv/merging_iterator.h"

namespace wombat {

namespace {

/// Outputs of a part: with fewer, threads would not be worth their beginnings and ends.
constexpr uint64_t kPartTables = 2;

/// No reader sees anything of the table any more: it goes without being read.
bool is_covered(const TableInfo& table, const RangeSet& ranges, const DropRule& rule) {
  return !ranges.empty() && hides_all(ranges, rule, table.smallest_key, table.largest_key,
                                      table.timestamp_min, table.timestamp_max);
}

std::string megabytes(uint64_t bytes) { return std::to_string((bytes + (1 << 19)) >> 20) + " MiB"; }

/// What all parts of a merge have in common.
struct MergeWork {
  RangeSet ranges;
  VersionPtr older;  // what lies below the outputs
  std::vector<Timestamp> snapshots;
  std::vector<std::vector<OpenTable*>> inputs;  // of each run, newest first
  TableReadOptions read_options;
  MemoryShares shares;
  size_t job_count = 1;  // that may be at work at the same time
  MemoryAccount memory;
  uint64_t newest_us = 0;
  std::vector<std::string> cuts;
};

/// When the newest of the inputs was written; 0: of one it is not known.
uint64_t newest_us_of(const CompactionPlan& plan) {
  uint64_t newest = 0;
  for (const CompactionPlan::Input& input : plan.inputs) {
    for (const TablePtr& table : input.tables) {
      if (table->info.newest_us == 0) return 0;
      newest = std::max(newest, table->info.newest_us);
    }
  }
  return newest;
}

RangeSet ranges_of_part(const MergeWork& work, const std::optional<std::string>& lower,
                        const std::optional<std::string>& upper) {
  if (!lower && !upper) return work.ranges;
  const Bytes from(lower ? Bytes(*lower) : Bytes());
  const Bytes to(upper ? Bytes(*upper) : Bytes());
  return work.ranges.cut(lower ? &from : nullptr, upper ? &to : nullptr);
}

/// Tables of a run that may hold keys of a part.
std::vector<OpenTable*> tables_of_part(const std::vector<OpenTable*>& run,
                                       const std::optional<std::string>& lower,
                                       const std::optional<std::string>& upper) {
  std::vector<OpenTable*> tables;
  for (OpenTable* table : run) {
    const bool is_below = lower && table->info.largest_key < *lower;
    const bool is_above = upper && table->info.smallest_key >= *upper;
    if (!is_below && !is_above) tables.push_back(table);
  }
  return tables;
}

/// The sources of part `i`, and what is known of what lies below it.
void begin_part(const MergeWork& work, size_t i, MergeJob* job) {
  std::optional<std::string> lower;
  std::optional<std::string> upper;
  if (i > 0) lower = work.cuts[i - 1];
  if (i < work.cuts.size()) upper = work.cuts[i];
  job->ranges = ranges_of_part(work, lower, upper);
  job->snapshots = work.snapshots;
  job->newest_us = work.newest_us;
  std::vector<std::unique_ptr<Iterator>> sources;
  TableReadOptions read_options = work.read_options;
  read_options.readahead_size_bytes =
      work.shares.readahead_bytes(work.job_count, work.inputs.size(), read_options.readahead_size_bytes);
  for (const std::vector<OpenTable*>& run : work.inputs) {
    std::vector<OpenTable*> tables = tables_of_part(run, lower, upper);
    if (!tables.empty()) sources.push_back(make_run_iterator(std::move(tables), read_options));
  }
  job->builder_memory_max = work.shares.builder_bytes_max(work.job_count);
  job->memory = work.memory;
  job->source_memory = sources.size() * 2 * read_options.readahead_size_bytes;  // the piece before is kept
  job->source = make_merging_iterator(std::move(sources));
  if (lower || upper)
    job->source = std::make_unique<PartIterator>(std::move(job->source), std::move(lower), std::move(upper));
  job->may_exist_below = [older = work.older](Bytes key) { return older->key_may_exist_from(0, key); };
  job->range_may_exist_below = [older = work.older](Bytes from, const Bytes* to) {
    return older->range_may_exist_from(0, from, to);
  };
  job->range_bytes_below = [older = work.older](Bytes from, const Bytes* to) {
    return approximate_size(*older, 0, &from, to);
  };
}

void add_result(MergeResult&& part, MergeResult* sum) {
  for (TableInfo& info : part.tables) sum->tables.push_back(std::move(info));
  sum->entries_read += part.entries_read;
  sum->entries_dropped += part.entries_dropped;
  sum->entries_expired += part.entries_expired;
  sum->entries_filtered += part.entries_filtered;
  sum->merges_folded += part.merges_folded;
  sum->bytes_written += part.bytes_written;
  sum->blocks.block_count += part.blocks.block_count;
  sum->blocks.compressed_count += part.blocks.compressed_count;
  sum->blocks.frame_bytes += part.blocks.frame_bytes;
  sum->blocks.stored_bytes += part.blocks.stored_bytes;
  sum->dictionary_count += part.dictionary_count;
  sum->timestamp_max = std::max(sum->timestamp_max, part.timestamp_max);
}

JobRecord record_of(const CompactionPlan& plan, JobKind kind, std::string keyspace, uint64_t began_us) {
  JobRecord record;
  record.kind = kind;
  record.keyspace = std::move(keyspace);
  record.input_level = plan.inputs.front().level;
  record.output_level = plan.output_level;
  for (const CompactionPlan::Input& input : plan.inputs) record.input_tables += input.tables.size();
  record.input_bytes = plan.input_bytes();
  record.began_us = began_us;
  return record;
}

}  // namespace

void Tree::run_compaction_job(std::shared_ptr<const CompactionPlan> plan, uint64_t number) noexcept {
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
  const uint64_t space_bytes = plan->space_bytes;
  if (db_.memory_shares().derives_sizes) return_free_memory();
  plan.reset();  // who waits for the end of the job then removes the files of what it has merged
  std::lock_guard lock(db_.mutex_);
  --compactions_running_;
  --db_.compactions_running_;
  db_.value_log_.jobs.end(number);
  db_.space_.release(space_bytes);
  if (status.code() == Code::kClosed || status.code() == Code::kDropped)
    status = Status::ok();  // nothing is wrong with the database
  db_.finish_job("a compaction", status);
  db_.schedule();
}

Status Tree::compact(const CompactionPlan& plan, const TaskControl* control, uint64_t done, uint64_t total) {
  if (plan.is_drop) return drop_tables(plan);
  if (!plan.is_trivial_move) return merge_tables(plan, control, done, total);
  WOMBAT_ASSIGN(const bool is_recompressed, changes_compression(plan));
  return is_recompressed || warms_cold_level(plan) ? merge_tables(plan, control, done, total)
                                                   : move_tables(plan);
}

Status Tree::move_tables(const CompactionPlan& plan) {
  const uint64_t began_us = db_.environment_.clock->now_us();
  LoggedJob logged(db_.job_log_, record_of(plan, JobKind::kMove, name(), began_us));
  VersionEdit edit;
  size_t count = 0;
  for (const CompactionPlan::Input& input : plan.inputs) {
    for (const TablePtr& table : input.tables) {
      edit.removed.push_back({input.level, table->info.number, id_});
      edit.added.push_back({plan.output_level, plan.output_run_id, table->info, id_});
      ++count;
    }
  }
  WOMBAT_TRY(logged.end(apply_and_install(std::move(edit)), db_.environment_.clock->now_us()));
  db_.statistics_.add(Counter::kTrivialMoves, count);
  return Status::ok();
}

/// One edit takes all of them out of the tree; who reads them already goes on doing so.
Status Tree::drop_tables(const CompactionPlan& plan) {
  const uint64_t began_us = db_.environment_.clock->now_us();
  LoggedJob logged(db_.job_log_, record_of(plan, JobKind::kDrop, name(), began_us));
  VersionEdit edit;
  for (const CompactionPlan::Input& input : plan.inputs)
    for (const TablePtr& table : input.tables) edit.removed.push_back({input.level, table->info.number, id_});
  const size_t count = edit.removed.size();
  WOMBAT_TRY(logged.end(apply_and_install(std::move(edit)), db_.environment_.clock->now_us()));
  db_.statistics_.add(Counter::kTablesDropped, count);
  db_.log_.write(LogLevel::kInfo, "dropped " + std::to_string(count) + " of the oldest tables, " +
                                      megabytes(plan.input_bytes()));
  return Status::ok();
}

/// Threads that may work on a merge.
size_t Tree::part_count_max() const {
  const auto wanted = static_cast<size_t>(setting(OptionId::kCompactionMaxParts));
  return wanted != 0 ? wanted : db_.compaction_threads_;
}

/// The share of the throttle that a compaction gets: the nearer writers are to waiting for it, the more.
double Tree::throttle_share() const {
  const double idle = static_cast<double>(setting(OptionId::kCompactionThrottleIdle)) / 1000.0;
  const auto slow = static_cast<double>(setting(OptionId::kCompactionMaxSstables));
  const double runs = static_cast<double>(pressing_count_.load()) / std::max(slow, 1.0);
  const auto memtables = static_cast<double>(setting(OptionId::kNumMemtables));
  const double waiting = static_cast<double>(sealed_count_.load()) / std::max(memtables - 1, 1.0);
  return idle + (1 - idle) * std::clamp(std::max(runs, waiting), 0.0, 1.0);
}

Status Tree::merge_tables(const CompactionPlan& plan, const TaskControl* control, uint64_t done,
                          uint64_t total) {
  const uint64_t started_us = db_.environment_.clock->now_us();
  MergeWork work;
  work.read_options.fill_cache = false;
  work.read_options.readahead_size_bytes = static_cast<size_t>(setting(OptionId::kIoReadahead));
  work.shares = db_.memory_shares();
  work.job_count = db_.job_count_max();
  work.memory = MemoryAccount(db_.memory_, MemoryCategory::kMerges);
  WOMBAT_ASSIGN(work.ranges, ranges_of(plan));
  // The order matters: what the snapshots allow to drop is judged by a tree at least as old as they are.
  work.older = older_than(*newest_version(), plan);
  work.snapshots = db_.moments_to_keep();
  work.newest_us = newest_us_of(plan);
  work.cuts = split_keys(plan, part_count_max(), kPartTables * table_size_max());
  std::vector<std::string> cuts;
  if (db_.space_.is_on() && style() == CompactionStyle::kLeveled)
    cuts = space_cuts(*newest_version(), plan.output_level, db_.space_.cut_bytes());
  const DropRule rule(work.snapshots);
  VersionEdit edit;
  uint64_t covered_count = 0;
  for (const CompactionPlan::Input& input : plan.inputs) {
    std::vector<OpenTable*> tables;
    for (const TablePtr& table : input.tables) {
      edit.removed.push_back({input.level, table->info.number, id_});
      if (is_covered(table->info, work.ranges, rule))
        ++covered_count;
      else
        tables.push_back(&as_open(table));
    }
    if (!tables.empty()) work.inputs.push_back(std::move(tables));
  }

  JobRecord record = record_of(plan, JobKind::kMerge, name(), started_us);
  record.parts = work.cuts.size() + 1;
  LoggedJob logged(db_.job_log_, std::move(record));
  std::atomic<uint64_t> bytes_read{0};
  const auto watch = [&](bool is_owner) -> Status {
    if (is_shut()) return why_shut();
    if (control == nullptr) return Status::ok();
    const uint64_t reached = std::min(done + bytes_read.load(), total);
    if (is_owner) return db_.check_control(*control, reached, total);
    return db_.check_control({control->deadline, control->cancel, nullptr}, reached,
                             total);  // calls back from none
  };
  std::vector<MergeResult> results(work.cuts.size() + 1);
  std::deque<ValueMover> movers;  // which hold the files they wrote until the edit is in force
  ValuesToMove moved;
  for (const uint64_t number : db_.dying_value_files()) moved.add_file(number);
  for (size_t i = 0; i < results.size(); ++i) movers.emplace_back(db_, *this, moved);
  PartCrew* crew_of_parts = nullptr;
  const PartCrew::Work do_part = [&](size_t i, bool is_owner) -> Status {
    MergeJob job;
    WOMBAT_TRY(give_rules(&job, plan.output_level));
    begin_part(work, i, &job);
    job.values = &movers[i];
    job.open_output = [this, level = plan.output_level, newest_us = work.newest_us] {
      return open_output(level, newest_us);
    };
    job.output_size_max = table_size_max();
    job.cuts = cuts;
    job.on_progress = [&, is_owner](uint64_t bytes) -> Status {
      bytes_read.fetch_add(bytes);
      db_.throttle(bytes, throttle_share());
      if (crew_of_parts->has_failed())
        return Status(Code::kCancelled, "another part of the compaction has failed");
      return watch(is_owner);
    };
    WOMBAT_ASSIGN(results[i], write_tables(job));
    return Status::ok();
  };
  const auto crew = std::make_shared<PartCrew>(results.size(), do_part);
  crew_of_parts = crew.get();
  if (db_.workers_ != nullptr) crew->call_helpers(*db_.workers_, work.cuts.size());
  if (const Status made = crew->run([&] { return watch(true); }); !made) {
    for (const MergeResult& part : results)
      for (const TableInfo& info : part.tables) db_.remove_outputs({info.number});
    return logged.end(made, db_.environment_.clock->now_us());
  }
  MergeResult result;
  for (MergeResult& part : results) add_result(std::move(part), &result);
  edit.history_min = db_.history_kept_by(work.snapshots);
  logged.record.output_tables = result.tables.size();
  logged.record.output_bytes = result.bytes_written;
  for (TableInfo& info : result.tables)
    edit.added.push_back({plan.output_level, plan.output_run_id, std::move(info), id_});
  const Status applied = apply_and_install(std::move(edit));
  WOMBAT_TRY(logged.end(applied, db_.environment_.clock->now_us()));
  count_merge(plan, result, covered_count, work.cuts.empty() ? 0 : results.size(),
              db_.environment_.clock->now_us() - started_us);
  return Status::ok();
}

void Tree::count_merge(const CompactionPlan& plan, const MergeResult& result, uint64_t covered_count,
                       uint64_t part_count, uint64_t duration_us) {
  db_.count_merged(result);
  for (const CompactionPlan::Input& input : plan.inputs)
    for (const TablePtr& table : input.tables)
      traffics_[input.level].read_bytes.fetch_add(table->info.file_size);
  traffics_[plan.output_level].jobs.fetch_add(1);
  traffics_[plan.output_level].written_bytes.fetch_add(result.bytes_written);
  db_.statistics_.add(Counter::kTablesCovered, covered_count);
  db_.statistics_.add(Counter::kCompactionParts, part_count);
  db_.statistics_.add(Counter::kCompactions);
  db_.statistics_.add(Counter::kCompactionReadBytes, plan.input_bytes());
  db_.statistics_.add(Counter::kCompactionWriteBytes, result.bytes_written);
  db_.statistics_.add(Counter::kEntriesDropped, result.entries_dropped);
  if (plan.is_cold_move) {
    db_.statistics_.add(Counter::kColdMovedTables, plan.table_count());
    db_.statistics_.add(Counter::kColdMovedBytes, plan.input_bytes());
  }
  db_.statistics_.record(HistogramId::kCompactionDuration, duration_us);
  const std::string text = "merged " + megabytes(plan.input_bytes()) + " of level " +
                           std::to_string(plan.inputs.front().level) + " into level " +
                           std::to_string(plan.output_level) + ", wrote " + megabytes(result.bytes_written) +
                           " in " + std::to_string(duration_us / 1000) + " ms";
  const int64_t slow_ms = setting(OptionId::kCompactionSlowThreshold);
  const bool is_slow = slow_ms != 0 && duration_us / 1000 > static_cast<uint64_t>(slow_ms);
  db_.log_.write(is_slow ? LogLevel::kWarning : LogLevel::kInfo, text);
}

}  // namespace wombat
