/// How tables that were made outside come into a tree: each is checked and copied while everything goes on; then, led
/// like a commit, all of them enter the tree with one edit of the manifest and become visible with one timestamp.
///
/// What is in a memtable is found before what is in tables, so memtables with keys in between are flushed first.
#include <algorithm>
#include <thread>

#include "db/db.h"
#include "db/external_table.h"
#include "db/ingestion.h"
#include "db/outside_commit.h"
#include "table/table_copy.h"

namespace wombat {

namespace {

/// How often memtables with keys in between are flushed while others write. After that nobody writes meanwhile.
constexpr int kFreeTriesMax = 3;
/// For want of memory.
constexpr int kShowTriesMax = 3;
constexpr uint64_t kShowPauseMicros = 1000;
/// What stands for the commit to come while tables are checked.
constexpr Timestamp kAnyCommit = 1;

bool has_key_in(const Memtable& memtable, const TableInfo& info) {
  const std::unique_ptr<Iterator> entries = memtable.new_iterator();
  entries->seek(info.smallest_key, kTagMax);
  if (entries->valid() && compare_bytes(entries->key(), info.largest_key) <= 0) return true;
  for (const RangeSetPtr& deleted : memtable.ranges().sets()) {
    for (const RangeSet::Fragment& fragment : deleted->fragments()) {
      const bool begins_in_time = compare_bytes(fragment.lower, info.largest_key) <= 0;
      if (begins_in_time && fragment.reaches(info.smallest_key)) return true;
    }
  }
  return false;
}

/// Counts what a long call has done.
class Steps {
 public:
  Steps(const Tree& tree, std::function<Status(uint64_t, uint64_t)> check, uint64_t total)
      : tree_(tree), check_(std::move(check)), total_(total) {}
  Status operator()(uint64_t bytes) {
    done_ = std::min(done_ + bytes, total_);
    return tree_.is_shut() ? tree_.why_shut() : check_(done_, total_);
  }

 private:
  const Tree& tree_;
  const std::function<Status(uint64_t, uint64_t)> check_;
  const uint64_t total_;
  uint64_t done_ = 0;
};

/// The digest is the last word of the file. The database knows it of its own tables; of this one only the file tells.
Status read_identity(const ReadableFile& file, const std::string& name, FileHeader* header, uint64_t* size,
                     uint64_t* digest) {
  WOMBAT_ASSIGN(*size, file.size());
  char bytes[kFileHeaderSize];
  WOMBAT_TRY(read_exactly(file, name, 0, sizeof bytes, bytes));
  WOMBAT_ASSIGN(*header, decode_file_header(Bytes(bytes, sizeof bytes), FileKind::kTable, name));
  WOMBAT_TRY(check_may_write(*header, name));
  char last[sizeof(uint64_t)];
  WOMBAT_TRY(read_exactly(file, name, *size - sizeof last, sizeof last, last));
  *digest = load_le<uint64_t>(last);
  return Status::ok();
}

/// Without the record damage to the manifest may be taken for an older state; no more. The next commit finds a log that
/// has failed.
void note_outside_commit(WriteAheadLog& log, Timestamp at) noexcept {
  try {
    static_cast<void>(log.append(OutsideCommit{at}.encode(), Bytes()));
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

Status Tree::ingest(const std::vector<std::string>& paths, bool removes_files, const TaskControl& control) {
  const CallScope call(*this);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(db_.check_writable());
  if (paths.empty()) return Status::ok();
  Ingestion ingestion;
  Status status;
  try {
    status = prepare_ingestion(paths, &ingestion, control);
    if (status) status = install(&ingestion, control);
  } catch (const std::bad_alloc&) {
    if (!ingestion.is_submitted) db_.remove_outputs(ingestion.numbers());
    throw;
  }
  if (!status) {
    if (!ingestion.is_submitted) db_.remove_outputs(ingestion.numbers());
    return status;
  }
  finish_ingestion(ingestion, removes_files);
  return Status::ok();
}

/// What was taken in stays so, whatever goes wrong here.
void Tree::finish_ingestion(const Ingestion& ingestion, bool removes_files) noexcept {
  try {
    uint64_t bytes = 0;
    for (const Ingestion::File& file : ingestion.files) bytes += file.info.file_size;
    db_.log_.write(LogLevel::kInfo, "took in " + std::to_string(ingestion.files.size()) + " tables, " +
                                        std::to_string((bytes + (1 << 19)) >> 20) + " MiB");
    if (!removes_files) return;
    for (const Ingestion::File& file : ingestion.files) {
      Result<FilePlace> place = open_place(db_.outside_files(), file.path);
      const Status removed = place ? place->directory->remove_file(place->name) : place.status();
      if (!removed)
        db_.log_.write(LogLevel::kWarning, file.path + " was taken in and stays: " + removed.to_string());
    }
  } catch (const std::bad_alloc&) {
  }
}

/// Where tables of others are found.
FileSystem& Db::outside_files() const {
  return environment_.own_file_system != nullptr ? posix_file_system() : *environment_.file_system;
}

/// Checks and copies everything, and makes it durable.
Status Tree::prepare_ingestion(const std::vector<std::string>& paths, Ingestion* ingestion,
                               const TaskControl& control) {
  uint64_t total = 0;
  for (const std::string& path : paths) {
    WOMBAT_ASSIGN(const FilePlace place, open_place(db_.outside_files(), path));
    WOMBAT_ASSIGN(const uint64_t size, place.directory->file_size(place.name));
    total += 2 * size;
  }
  Steps steps(
      *this, [&](uint64_t done, uint64_t all) { return db_.check_control(control, done, all); }, total);
  for (const std::string& path : paths)
    WOMBAT_TRY(take_in(path, ingestion, [&](uint64_t bytes) { return steps(bytes); }));
  WOMBAT_TRY(ingestion->arrange());
  if (Status synced = db_.directory_->sync(); !synced) {
    db_.degrade_if_final();
    return synced;
  }
  for (const Ingestion::File& file : ingestion->files) WOMBAT_TRY(db_.tables_->open(file.info).status());
  return Status::ok();
}

Status Tree::take_in(const std::string& path, Ingestion* ingestion,
                     const std::function<Status(uint64_t)>& progress) {
  WOMBAT_ASSIGN(const FilePlace place, open_place(db_.outside_files(), path));
  WOMBAT_ASSIGN(std::unique_ptr<ReadableFile> file, place.directory->open_file(place.name));
  FileHeader header;
  uint64_t size = 0;
  uint64_t digest = 0;
  WOMBAT_TRY(read_identity(*file, path, &header, &size, &digest));
  TableReaderOptions reader_options;
  reader_options.cache = db_.cache_.get();
  WOMBAT_ASSIGN(const std::unique_ptr<TableReader> reader,
                TableReader::open(std::move(file), path, header, size, digest, reader_options, kAnyCommit));
  WOMBAT_TRY(reader->verify(progress));

  WOMBAT_ASSIGN(const std::unique_ptr<ReadableFile> source, place.directory->open_file(place.name));
  const uint64_t number = db_.manifest_->new_file_number();
  SpaceReservation reservation(db_.space_);  // until the file is there
  WOMBAT_TRY(db_.reserve_for_file(size, &reservation.bytes));
  const uint32_t incarnation = db_.manifest_->incarnation();
  ingestion->files.push_back({path, table_info_of(reader->properties(), number, incarnation), 0});
  TableInfo& info = ingestion->files.back().info;
  info.ingested_at = kAnyCommit;
  WOMBAT_ASSIGN(const std::unique_ptr<WritableFile> copy,
                db_.directory_->create_file(file_name(FileKind::kTable, number)));
  return copy_table({*source, path, size, digest}, *copy, db_.tables_->header_of(number, incarnation),
                    progress, &info.digest);
}

/// A level 0 with too many runs takes no more of them.
Status Tree::wait_for_level0(const TaskControl& control) {
  std::unique_lock lock(db_.mutex_);
  while (pressing_count_.load() >= static_cast<size_t>(setting(OptionId::kCompactionStallSstables))) {
    if (!db_.job_failure_) return db_.job_failure_;
    if (db_.pause_count_ != 0) return Db::why_paused();
    db_.schedule();
    WOMBAT_TRY(db_.wait_for_change(lock, control));
  }
  return Status::ok();
}

Status Tree::install(Ingestion* ingestion, const TaskControl& control) {
  WOMBAT_TRY(wait_for_level0(control));
  for (int tries = 0;; ++tries) {
    uint64_t waits_for = 0;
    const bool may_wait = tries >= kFreeTriesMax;
    WOMBAT_TRY(
        db_.lead_change([&] { return install_led(ingestion, may_wait ? &control : nullptr, &waits_for); }));
    if (waits_for == 0) return Status::ok();
    WOMBAT_TRY(wait_for_flush(waits_for, control));
  }
}

/// `*waits_for`: when it is not 0 nothing has been done yet, and memtables up to the one that began with that log are to
/// be flushed first. With `control` that is done here.
Status Tree::install_led(Ingestion* ingestion, const TaskControl* control, uint64_t* waits_for) {
  if (is_shut()) return why_shut();
  if (refuses_writes_) WOMBAT_TRY(db_.why_refused(*this));
  for (const Ingestion::File& file : ingestion->files) {
    if (db_.prepared_.is_empty()) break;
    const std::string behind = file.info.largest_key + '\0';
    WOMBAT_TRY(db_.prepared_.check_write({id_, file.info.smallest_key, true, Bytes(behind)}, nullptr));
  }
  WOMBAT_TRY(seal_overlapping(*ingestion, waits_for));
  if (*waits_for != 0) {
    if (control == nullptr) return Status::ok();
    WOMBAT_TRY(wait_for_flush(*waits_for, *control));
    *waits_for = 0;
  }
  // What was committed before is not to be lost when this is not.
  if (db_.wal_->is_broken()) WOMBAT_TRY(db_.rotate_log());
  WOMBAT_TRY(db_.sync_log());
  {
    std::lock_guard lock(db_.mutex_);
    takes_tables_ = true;
    place(ingestion);
  }
  Status status;
  try {
    status = number_run(ingestion);
    if (status) status = commit_led(ingestion);
  } catch (const std::bad_alloc&) {
    status = Status::no_memory();
  }
  std::lock_guard lock(db_.mutex_);
  takes_tables_ = false;
  if (!is_dropped()) db_.due_.push_back(*this);
  db_.changed_.notify_all();
  db_.schedule();
  return status;
}

/// Style fifo drops what lies deepest first, and by the time of writing: there the files are the newest run of level 0.
void Tree::place(Ingestion* ingestion) const {
  const VersionPtr version = newest_version();
  const bool is_fifo = style() == CompactionStyle::kFifo;
  const bool has_time = notes_times();
  for (Ingestion::File& file : ingestion->files) {
    file.level = is_fifo ? 0 : deepest_free_level(*version, running_plans_, file.info);
    if (has_time) file.info.newest_us = db_.rules_.now_us();
  }
}

Status Tree::seal_overlapping(const Ingestion& ingestion, uint64_t* waits_for) {
  const auto is_hit = [&](const Memtable& memtable) {
    return std::any_of(ingestion.files.begin(), ingestion.files.end(),
                       [&](const Ingestion::File& file) { return has_key_in(memtable, file.info); });
  };
  std::deque<MemtableSlot> sealed;
  {
    std::lock_guard lock(db_.mutex_);
    const Newest newest = this->newest();
    for (const MemtableSlot& slot : sealed_)
      if (!newest.holds(slot)) sealed.push_back(slot);
  }
  *waits_for = 0;
  for (const MemtableSlot& slot : sealed)
    if (is_hit(*slot.memtable)) *waits_for = slot.first_log;
  if (!has_entries() || !is_hit(*active_.memtable)) return Status::ok();
  *waits_for = active_.first_log;
  Tree* const self = this;
  return db_.switch_memtables(std::span<Tree* const>(&self, 1), nullptr);
}

/// The run of level 0 is newer than all that are there, and older than what will be flushed: such a number is free
/// mostly. If not, two new logs leave one between.
Status Tree::number_run(Ingestion* ingestion) {
  if (std::none_of(ingestion->files.begin(), ingestion->files.end(),
                   [](const Ingestion::File& file) { return file.level == 0; })) {
    return Status::ok();
  }
  {
    std::lock_guard lock(db_.mutex_);
    const std::vector<Run>& runs = newest_version()->levels[0].runs;
    uint64_t last = runs.empty() ? 0 : runs.front().id;
    for (const MemtableSlot& slot : sealed_) last = std::max(last, slot.first_log);
    const uint64_t next = active_.memtable != nullptr ? active_.first_log : db_.wal_->active_number();
    ingestion->run_id = next - 1;
    if (ingestion->run_id > last) return Status::ok();
  }
  WOMBAT_TRY(db_.rotate_log());
  ingestion->run_id = db_.wal_->active_number();
  if (has_entries()) {
    Tree* const self = this;
    return db_.switch_memtables(std::span<Tree* const>(&self, 1), this);
  }
  WOMBAT_TRY(db_.rotate_log());
  std::lock_guard lock(db_.mutex_);
  active_.first_log = db_.wal_->active_number();  // it holds nothing of an earlier one
  return Status::ok();
}

Status Tree::commit_led(Ingestion* ingestion) {
  const Timestamp at = db_.last_timestamp_ + 1;
  VersionEdit edit;
  edit.last_timestamp = at;
  for (Ingestion::File& file : ingestion->files) {
    file.info.timestamp_min = file.info.timestamp_max = file.info.ingested_at = at;
    edit.added.push_back({file.level, file.level == 0 ? ingestion->run_id : 0, file.info, id_});
  }
  db_.last_timestamp_ = at;  // whatever comes of it: it may be in the manifest
  ingestion->is_submitted = true;
  WOMBAT_TRY(db_.apply_led(*this, std::move(edit)));
  ingested_at_.store(at, std::memory_order_release);
  db_.recent_writes_.pause();  // who has read looks at the tables
  Status shown = show_ingested();
  if (shown) {
    db_.visible_.store(at, std::memory_order_release);
  } else {  // no later commit may be seen before this one: see Db::why_refused()
    std::lock_guard lock(db_.keyspaces_mutex_);
    for (const auto& [id, tree] : db_.trees_) tree->refuses_writes_ = true;
  }
  note_outside_commit(*db_.wal_, at);
  return shown;
}

/// The edits of jobs change nothing that readers see; this one does.
Status Tree::show_ingested() {
  for (int tries = 1;; ++tries) {
    Status shown = show_edit();
    if (shown || shown.code() != Code::kNoMemory || tries == kShowTriesMax) return shown;
    db_.environment_.clock->sleep_us(kShowPauseMicros);
  }
}

}  // namespace wombat
