#include "db/recovery.h"

#include <algorithm>
#include <unordered_set>

#include "db/db.h"
#include "db/job_ranges.h"
#include "db/value_mover.h"
#include "journal/journal_format.h"
#include "kv/batch_ranges.h"
#include "kv/merging_iterator.h"

namespace wombat {

namespace {

/// Logs of cleanly closed runs are kept and read again at the next open, until they are this many or their
/// entries fill half a memtable.
constexpr size_t kKeptLogCountMax = 8;

/// A memtable's filter takes this part of its size: 13 bits an entry of 16 + 100 bytes.
constexpr size_t kMemtablePerFilter = 128;
/// That of a memtable that may not get many entries.
constexpr size_t kSmallFilterSize = 16 * 1024;

}  // namespace

Result<DirectoryListing> list_directory(Directory& directory) {
  DirectoryListing listing;
  WOMBAT_ASSIGN(const std::vector<std::string> names, directory.list());
  for (const std::string& name : names) {
    if (name == kCurrentFileName) {
      listing.has_current = true;
    } else if (const std::optional<FileName> file = parse_file_name(name)) {
      listing.files.push_back(*file);
      listing.largest_number = std::max(listing.largest_number, file->number);
    } else if (name != kLockFileName && name != kCurrentTempFileName) {
      listing.foreign_names.push_back(name);
    }
  }
  return listing;
}

Status check_open_options(Directory& directory, const Options& options, bool* exists) {
  WOMBAT_ASSIGN(const DirectoryListing listing, list_directory(directory));
  *exists = listing.has_current;
  if (listing.has_current) {
    if (!options.flag(OptionId::kOpenFailIfExists)) return Status::ok();
    return Status(Code::kAlreadyExists,
                  directory.path() + " holds a database already, and open.fail_if_exists is set");
  }
  // What a create that was cut short leaves behind holds no data and may be replaced; anything else may not.
  bool has_data = false;
  for (const FileName& file : listing.files) {
    if (file.kind == FileKind::kTable || file.kind == FileKind::kValueLog) has_data = true;
    if (file.kind != FileKind::kLog) continue;
    const Result<uint64_t> size = directory.file_size(file_name(FileKind::kLog, file.number));
    // Who has the database open may remove a log before we look at it; the lock will tell about him.
    if (!size && size.status().code() == Code::kMissingFile) continue;
    if (!size) return size.status();
    has_data |= size.value() > kFileHeaderSize + kFragmentHeaderSize + LogLink::kSize;
  }
  if (std::find(listing.foreign_names.begin(), listing.foreign_names.end(), kOwnerFileName) !=
      listing.foreign_names.end()) {
    return Status(Code::kNotADatabase, directory.path() +
                                           " holds files of a database that is elsewhere (see its file " +
                                           kOwnerFileName + "), and is none itself");
  }
  if (has_data) {
    return Status(Code::kMissingFile,
                  directory.path() + " holds files of a database but no " + kCurrentFileName +
                      " file, which says which manifest is in force; restore it from a copy");
  }
  const bool has_foreign_files =
      std::any_of(listing.foreign_names.begin(), listing.foreign_names.end(),
                  [&](const std::string& name) { return !is_way_to_side(name, options); });
  if (has_foreign_files && listing.files.empty()) {
    return Status(
        Code::kNotADatabase,
        directory.path() + " holds other files and no database; choose an empty or a new directory");
  }
  if (!options.flag(OptionId::kOpenCreateIfMissing) || options.flag(OptionId::kOpenReadOnly)) {
    return Status(Code::kDoesNotExist,
                  directory.path() + " holds no database, and this open may not create one");
  }
  return Status::ok();
}

void remove_stray_files(Directory& directory, const ManifestState& state, uint64_t manifest_number,
                        const std::vector<uint64_t>& numbers) {
  std::unordered_set<uint64_t> live(numbers.begin(), numbers.end());
  live.insert(manifest_number);
  const auto keep = [&](const Version& version) {
    for (const Level& level : version.levels)
      for (const Run& run : level.runs)
        for (const TablePtr& table : run.tables) live.insert(table->info.number);
  };
  keep(*state.version);
  for (const KeyspacePtr& keyspace : state.keyspaces) keep(*keyspace->version);
  const Result<DirectoryListing> listing = list_directory(directory);
  if (!listing) return;
  for (const FileName& file : listing.value().files) {
    const bool is_ours = file.kind == FileKind::kManifest || file.kind == FileKind::kLog ||
                         file.kind == FileKind::kTable || file.kind == FileKind::kValueLog;
    if (!is_ours || live.count(file.number) != 0) continue;
    static_cast<void>(directory.remove_file(file_name(file.kind, file.number)));
  }
}

/// Open, after the directory is known and locked: manifest, logs, fresh files. In the order that lets a crash
/// at any point be followed by an open that finds the same.
Status Db::recover(bool exists) {
  ManifestState state;
  state.comparator = "bytewise";
  const uint32_t level_count = static_cast<uint32_t>(setting(OptionId::kMaxLevels));
  state.version = std::make_shared<Version>(level_count);
  WOMBAT_ASSIGN(DirectoryListing listing, list_directory(*directory_));
  if (exists) {
    // Handles made while edits are replayed come and go; the tables' store needs the database's identity,
    // which the manifest tells.
    const auto plain_handle = [](const TableInfo& info) { return std::make_shared<TableHandle>(info); };
    WOMBAT_ASSIGN(RecoveredManifest recovered, recover_manifest(*directory_, level_count, plain_handle));
    if (!is_read_only_) WOMBAT_TRY(recovered.may_write);
    state = std::move(recovered.state);
    history_min_ = state.history_min;
    statistics_.add(Counter::kRecoveryDroppedBytes, recovered.dropped_bytes);
  } else {
    state.database_id = random_database_id();
  }
  database_id_ = state.database_id;
  WOMBAT_TRY(sides_.attach({*environment_.file_system, path_, database_id_, options_, is_read_only_},
                           &state.side_directories));
  if (!sides_.is_empty()) {
    WOMBAT_ASSIGN(DirectoryListing all, list_directory(*directory_));
    all.files.insert(all.files.end(), listing.files.begin(), listing.files.end());
    all.largest_number = std::max(all.largest_number, listing.largest_number);
    listing = std::move(all);
  }
  TableReaderOptions reader_options;
  reader_options.cache = cache_.get();
  reader_options.statistics = &statistics_;
  reader_options.verify_checksums = setting(OptionId::kChecksumVerifyReads) != 0;
  reader_options.read_mode = setting(OptionId::kIoDirect) != 0 ? ReadMode::kDirect : ReadMode::kBuffered;
  reader_options.memory = MemoryAccount(memory_, MemoryCategory::kIndexes);
  values_ = std::make_unique<ValueStore>(*directory_, *descriptors_, database_id_, *cache_, &statistics_,
                                         reader_options.read_mode);
  rules_.values = values_.get();
  tables_ =
      std::make_unique<TableStore>(*directory_, *descriptors_, database_id_, reader_options, values_.get());
  begin_memory();
  value_log_.had_files = value_log_.had_files ||
                         std::any_of(listing.files.begin(), listing.files.end(),
                                     [](const FileName& file) { return file.kind == FileKind::kValueLog; });
  WOMBAT_TRY(open_trees(&state));
  if (exists) WOMBAT_TRY(check_logs_are_listed(*directory_, state, listing.files));

  if (!is_read_only_) {
    ++state.incarnation;
    state.next_file_number = std::max(state.next_file_number, listing.largest_number + 1);
  }
  manifest_ = std::make_unique<TreeState>(*directory_, *tables_, state);
  manifest_->set_manifest_size_max(static_cast<uint64_t>(setting(OptionId::kManifestRewriteSize)));
  begin_values();
  return is_read_only_ ? replay_read_only(state) : replay_and_begin(std::move(state));
}

/// Trees for all keyspaces, with tables that can be read.
Status Db::open_trees(ManifestState* state) {
  WOMBAT_ASSIGN(state->version, with_open_tables(*state->version, *default_tree_));
  WOMBAT_TRY(check_tables(*state->version));
  for (KeyspacePtr& keyspace : state->keyspaces) {
    const auto tree =
        std::make_shared<Tree>(*this, keyspace->id, keyspace->name, effective_options_, keyspace->options);
    if (const Status loaded = tree->load_settings(effective_options_); !loaded)
      return loaded.with_context("the options of keyspace '" + keyspace->name + "'");
    if (keyspace->version->table_count() != 0) {
      KeyspaceState opened = *keyspace;
      WOMBAT_ASSIGN(opened.version, with_open_tables(*keyspace->version, *tree));
      WOMBAT_TRY(check_tables(*opened.version));
      keyspace = std::make_shared<const KeyspaceState>(std::move(opened));
    }
    trees_.emplace(keyspace->id, tree);
    names_.emplace(keyspace->name, tree);
  }
  return Status::ok();
}

/// The same version with handles that can open their files, and know where these are.
Result<VersionPtr> Db::with_open_tables(const Version& version, const Tree& tree) {
  auto opened = std::make_shared<Version>(static_cast<uint32_t>(version.levels.size()));
  for (size_t i = 0; i < version.levels.size(); ++i) {
    for (const Run& run : version.levels[i].runs) {
      Run copy;
      copy.id = run.id;
      for (const TablePtr& table : run.tables) {
        TableInfo info = table->info;
        tree.note_place(&info);
        // When it was written is not known: no later than now.
        if (info.newest_us == 0 && tree.setting(OptionId::kColdAge) != 0 && !is_read_only_)
          info.newest_us = rules_.now_us();
        WOMBAT_ASSIGN(TablePtr handle, tables_->open_handle(info));
        copy.tables.push_back(std::move(handle));
      }
      opened->levels[i].runs.push_back(std::move(copy));
    }
  }
  return VersionPtr(std::move(opened));
}

/// Every table that the manifest names is there in its full size; with open.verify_tables, in every byte.
Status Db::check_tables(const Version& version) {
  for (const Level& level : version.levels) {
    for (const Run& run : level.runs) {
      for (const TablePtr& table : run.tables) {
        const std::string name = file_name(FileKind::kTable, table->info.number);
        const Result<uint64_t> size = directory_->file_size(name);
        if (!size && size.status().code() == Code::kMissingFile) {
          std::string text =
              name + " is missing from " + path_ + ": the manifest lists it; restore it from a copy";
          if (!sides_.is_empty()) text += " (" + std::string(size.status().message()) + ")";
          return Status(Code::kMissingFile, text);
        }
        WOMBAT_TRY(size.status());
        if (size.value() != table->info.file_size) {
          return Status::corruption_at(name, std::min(size.value(), table->info.file_size),
                                       std::to_string(table->info.file_size) + " bytes",
                                       std::to_string(size.value()) + " bytes");
        }
        if (setting(OptionId::kOpenVerifyTables) == 0) continue;
        WOMBAT_ASSIGN(const TableReaderRef reader, as_open(table).hold());
        WOMBAT_TRY(reader->verify([](uint64_t) { return Status::ok(); }));
      }
    }
  }
  return Status::ok();
}

namespace {

BatchRanges ranges_of(BatchReader batch) {
  BatchRanges ranges;
  if (!batch.may_have_ranges()) return ranges;
  BatchReader::Operation operation;
  for (uint64_t index = 0; batch.next(&operation); ++index) {
    Bytes upper;
    bool has_upper = false;
    if (operation.kind != Kind::kRangeDelete || !decode_range_end(operation.value, &upper, &has_upper))
      continue;
    ranges.add(index, operation.keyspace, operation.key, has_upper ? &upper : nullptr);
  }
  ranges.finish();
  return ranges;
}

void insert_range(const BatchReader::Operation& operation, Timestamp timestamp, Memtable& memtable) {
  Bytes upper;
  bool has_upper = false;
  WOMBAT_CHECK(
      decode_range_end(operation.value, &upper, &has_upper));  // as the reader of the batch has found
  memtable.ranges().stage(operation.key, has_upper ? &upper : nullptr, timestamp);
  memtable.ranges().link_staged(1);
}

}  // namespace

/// The memtable keeps where its entries point to.
Status Db::hold_value_of(const BatchReader::Operation& operation, Memtable& memtable) {
  ValuePointer pointer;
  WOMBAT_CHECK(read_value_pointer(operation.kind, operation.value, &pointer));  // as was found before
  WOMBAT_ASSIGN(const ValueFilePtr file, values_->open(pointer.file));
  memtable.hold(file);
  return Status::ok();
}

/// Puts a logged batch into memtables. Entries of keyspaces that were dropped, and those that are in tables already,
/// are passed over. `*is_full` becomes true when a memtable is.
Status Db::replay_batch(BatchReader& batch, const LogPlace& place, const ManifestState& state,
                        bool* is_full) {
  if (value_log_.had_files) WOMBAT_TRY(check_logged_values(batch, place, state));
  const BatchRanges ranges = ranges_of(batch);
  BatchReader::Operation operation;
  Tree* tree = nullptr;
  std::optional<uint32_t> keyspace;
  for (uint64_t index = 0; batch.next(&operation); ++index) {
    if (keyspace != operation.keyspace) {
      WOMBAT_ASSIGN(tree, tree_of_logged(operation.keyspace, place.log_number, state));
      keyspace = operation.keyspace;
      if (tree != nullptr && tree->active_.memtable == nullptr) WOMBAT_TRY(tree->begin_memtable());
      if (tree != nullptr && tree->active_.first_log == 0) tree->active_.first_log = place.log_number;
    }
    if (tree == nullptr) continue;
    Memtable& memtable = *tree->active_.memtable;
    if (kind_points(operation.kind)) WOMBAT_TRY(hold_value_of(operation, memtable));
    if (operation.kind == Kind::kRangeDelete) [[unlikely]] {
      tree->has_ranges_.store(true, std::memory_order_relaxed);
      insert_range(operation, batch.timestamp(), memtable);
    } else if (!ranges.hides(index, operation.keyspace, operation.key)) {
      memtable.insert(operation.key, make_tag(batch.timestamp(), operation.kind), operation.value);
    }
    *is_full |= memtable.memory_usage() >= static_cast<uint64_t>(tree->setting(OptionId::kMemtableSize));
  }
  return batch.status();
}

Result<MemtablePtr> Tree::new_memtable(bool starts_small) {
  const auto size = static_cast<size_t>(setting(OptionId::kMemtableSize));
  const size_t filter_size = size / kMemtablePerFilter;
  const std::string_view kind = choice_word(option_info(OptionId::kMemtableKind).choices,
                                            static_cast<size_t>(setting(OptionId::kMemtableKind)));
  WOMBAT_ASSIGN(std::unique_ptr<Memtable> memtable,
                make_memtable(kind, db_.memtable_blocks_,
                              starts_small ? std::min(filter_size, kSmallFilterSize) : filter_size));
  return MemtablePtr(std::move(memtable));
}

Status Tree::begin_memtable() {
  WOMBAT_ASSIGN(active_.memtable, new_memtable(!is_default()));
  active_.first_log = 0;
  active_.born_us = db_.environment_.clock->now_us();
  return Status::ok();
}

Status Db::replay_read_only(const ManifestState& state) {
  WOMBAT_TRY(default_tree_->begin_memtable());
  WOMBAT_ASSIGN(ReplayResult replayed, replay_logs(*directory_, state, value_log_.had_files,
                                                   [&](BatchReader& batch, const LogPlace& place) {
                                                     bool is_full = false;  // there is nowhere else to put it
                                                     if (memory_->is_exceeded()) return why_memory_is_short();
                                                     return replay_batch(batch, place, state, &is_full);
                                                   }));
  value_log_.replayed.clear();  // the memtables have them
  finish_replay(replayed);
  return Status::ok();
}

void Db::finish_replay(const ReplayResult& replayed) {
  // 0 means "the newest state" to readers, so a snapshot of an empty database needs a timestamp, too.
  last_timestamp_ = std::max<Timestamp>(replayed.last_timestamp, 1);
  visible_.store(last_timestamp_);
  statistics_.add(Counter::kRecoveryRecords, replayed.record_count);
  statistics_.add(Counter::kRecoveryDroppedBytes, replayed.dropped_bytes);
  if (replayed.dropped_bytes != 0) {
    log_.write(LogLevel::kWarning, "ignored " + std::to_string(replayed.dropped_bytes) +
                                       " bytes of log that were never acknowledged as durable");
  }
}

/// Writes the replayed entries to level 0 of `state`.
Status Tree::flush_replayed(uint64_t run_id, ManifestState* state) {
  if (!has_entries()) return Status::ok();
  MergeJob job;
  job.source = active_.memtable->new_iterator();
  const VersionPtr version = is_default() ? state->version : state->find_keyspace(id_)->version;
  job.ranges = wombat::ranges_of(*active_.memtable, *version);
  job.builder_memory_max = db_.memory_shares().builder_bytes_max(1);
  job.memory = MemoryAccount(db_.memory_, MemoryCategory::kMerges);
  look_below(version, 0, &job);
  WOMBAT_TRY(give_rules(&job, 0));
  ValueMover mover(db_, *this, db_.value_log_.unsure);
  job.values = &mover;
  // Nobody reads yet; but how much of the past is to be kept is known only when all of the data is there.
  job.snapshots = {db_.keeps_history() ? Timestamp{0} : kTimestampMax};
  job.open_output = [this] { return open_output(0); };
  job.output_size_max = static_cast<uint64_t>(setting(OptionId::kTableSize)) * 2;
  WOMBAT_ASSIGN(MergeResult result, write_tables(job));
  VersionEdit edit;
  for (TableInfo& info : result.tables) edit.added.push_back({0, run_id, std::move(info), id_});
  WOMBAT_ASSIGN(*state, wombat::apply_edit(*state, edit, [this](const TableInfo& info) {
    return db_.tables_->make_handle(info);
  }));
  db_.count_merged(result);
  db_.statistics_.add(Counter::kFlushes);
  active_ = MemtableSlot();
  return is_default() ? begin_memtable() : Status::ok();
}

/// Flushes the replayed entries of trees whose memtable is full, or of all.
Status Db::flush_full_trees(ManifestState* state, bool all) {
  for (const auto& [id, tree] : trees_) {
    const bool is_due = all || (tree->active_.memtable != nullptr &&
                                tree->active_.memtable->memory_usage() >=
                                    static_cast<uint64_t>(tree->setting(OptionId::kMemtableSize)));
    // Runs are numbered by the oldest log whose entries they hold; several of one log need several numbers.
    if (is_due) WOMBAT_TRY(tree->flush_replayed(manifest_->new_file_number(), state));
  }
  return Status::ok();
}

/// Whether logs are kept, to be read again at the next open, since there is little in them.
bool Db::logs_can_stay(const ReplayResult& replayed) const {
  // Unsealed logs may be in the page cache only: nothing durable may build on them, so their entries go to
  // tables now.
  const bool all_sealed = std::all_of(replayed.logs.begin(), replayed.logs.end(),
                                      [](const ReplayedLog& log) { return log.is_sealed; });
  if (!all_sealed || replayed.logs.size() > kKeptLogCountMax) return false;
  uint64_t used = 0;
  bool has_entries = false;
  for (const auto& [id, tree] : trees_) {
    if (tree->active_.memtable == nullptr) continue;
    // Entries of several memtables are one now, with the oldest log of all: flushed later it would come below a run of
    // tables that were taken in between them.
    const std::vector<Run>& runs = tree->newest_version()->levels[0].runs;
    if (tree->has_entries() && !runs.empty() && runs.front().id >= tree->active_.first_log) return false;
    const uint64_t usage = tree->active_.memtable->memory_usage();
    if (usage > static_cast<uint64_t>(tree->setting(OptionId::kMemtableSize)) / 2) return false;
    used += usage;
    has_entries |= tree->has_entries();
  }
  return has_entries && used <= static_cast<uint64_t>(setting(OptionId::kMemtableSize)) / 2;
}

Status Db::replay_and_begin(ManifestState state) {
  WOMBAT_TRY(default_tree_->begin_memtable());
  bool is_full = false;
  bool has_flushed = false;
  const ManifestState recovered = state;  // flushes change the other one while logs are read
  WOMBAT_ASSIGN(const ReplayResult replayed, replay_logs(*directory_, recovered, value_log_.had_files,
                                                         [&](BatchReader& batch, const LogPlace& place) {
                                                           if (is_full) {
                                                             has_flushed = true;
                                                             is_full = false;
                                                             WOMBAT_TRY(flush_full_trees(&state, false));
                                                           }
                                                           return replay_batch(batch, place, recovered,
                                                                               &is_full);
                                                         }));
  finish_replay(replayed);

  const bool keeps_logs = !has_flushed && logs_can_stay(replayed);
  if (!keeps_logs) WOMBAT_TRY(flush_full_trees(&state, true));

  const uint64_t log_number = manifest_->new_file_number();
  LogLink link;
  link.last_timestamp = last_timestamp_;
  if (!keeps_logs) state.last_timestamp = std::max(state.last_timestamp, last_timestamp_);
  std::vector<uint64_t> numbers = {log_number};  // of files that stay
  state.sealed_logs.clear();
  if (default_tree_->active_.first_log == 0) default_tree_->active_.first_log = log_number;
  state.log_number_min = log_number;
  if (keeps_logs) {
    for (const ReplayedLog& log : replayed.logs) {
      state.sealed_logs.emplace_back(log.number, log.valid_size);
      numbers.push_back(log.number);
    }
    state.log_number_min = replayed.logs.front().number;
    link.previous_number = replayed.logs.back().number;
    link.previous_size = replayed.logs.back().valid_size;
  }
  state.sealed_logs.emplace_back(log_number, 0);

  wal_ = std::make_unique<WriteAheadLog>(*directory_, *manifest_, database_id_, statistics_);
  wal_->set_sync_before([this] { return value_log_.writer->sync(); });
  WOMBAT_TRY(wal_->begin(log_number, link));
  if (keeps_logs)
    for (const ReplayedLog& log : replayed.logs) wal_->add_old_file(log.number);
  WOMBAT_TRY(manifest_->begin_with(std::move(state)));
  value_log_.replayed.clear();  // tables and memtables have them
  value_log_.unsure = ValuesToMove();
  for (const ValueFilePtr& file : values_->files()) numbers.push_back(file->number());
  sides_.retire(*environment_.file_system);
  remove_stray_files(*directory_, manifest_->copy(), manifest_->manifest_number(), numbers);
  return Status::ok();
}

}  // namespace wombat
