#include "db/log_replay.h"

#include <algorithm>

#include "db/outside_commit.h"
#include "db/recovery.h"
#include "env/file_names.h"
#include "journal/journal_reader.h"

namespace wombat {

namespace {

struct ListedLog {
  uint64_t number;
  uint64_t sealed_size;  // 0: not sealed
};

std::vector<ListedLog> listed_logs(const ManifestState& state) {
  std::vector<ListedLog> logs;
  for (const auto& [number, size] : state.sealed_logs)
    if (number >= state.log_number_min) logs.push_back({number, size});
  std::sort(logs.begin(), logs.end(),
            [](const ListedLog& a, const ListedLog& b) { return a.number < b.number; });
  return logs;
}

/// What has to be known of a log before its predecessor is replayed.
struct LogPreview {
  std::optional<LogLink> link;  // none: the log holds no records
  bool is_used = false;         // a record follows the link
  bool has_durable_records = false;
  uint64_t durable_end = 0;    // what is in front of it is known to be durable; where that was asked for
  uint64_t dropped_bytes = 0;  // of a log that was not used
};

/// For messages.
std::string newest_manifest_name(const std::vector<FileName>& files) {
  uint64_t newest = 0;
  for (const FileName& file : files)
    if (file.kind == FileKind::kManifest) newest = std::max(newest, file.number);
  return newest == 0 ? "the manifest" : file_name(FileKind::kManifest, newest);
}

class Replayer {
 public:
  Replayer(Directory& directory, const ManifestState& state, bool wants_durability, const ApplyLogged& apply)
      : directory_(directory),
        state_(state),
        wants_durability_(wants_durability),
        apply_(apply),
        logs_(listed_logs(state)) {
    result_.last_timestamp = state.last_timestamp;
  }

  Result<ReplayResult> run() {
    previews_.resize(logs_.size());
    for (size_t i = 0; i < logs_.size(); ++i) WOMBAT_TRY(preview(i));
    WOMBAT_TRY(find_chain());
    for (size_t i = 0; i < chain_.size(); ++i) {
      bool chain_ends = false;
      WOMBAT_TRY(replay(i, &chain_ends));
      if (chain_ends) break;
    }
    // A log that lost all its records looks unused, and what it lost is told all the same.
    for (size_t i = 0; i < logs_.size(); ++i) {
      const bool is_in_chain = std::find(chain_.begin(), chain_.end(), i) != chain_.end();
      if (!is_in_chain) result_.dropped_bytes += previews_[i].dropped_bytes;
    }
    return std::move(result_);
  }

 private:
  Result<std::unique_ptr<JournalReader>> open(const ListedLog& log) {
    const std::string name = file_name(FileKind::kLog, log.number);
    Result<std::unique_ptr<ReadableFile>> file = directory_.open_file(name);
    if (!file) {
      if (file.status().code() != Code::kMissingFile) return file.status();
      return Status(Code::kMissingFile,
                    name + " is missing from " + directory_.path() +
                        ": the manifest lists it, and it may hold writes that are in no table");
    }
    WOMBAT_ASSIGN(std::unique_ptr<JournalReader> reader,
                  JournalReader::open(std::move(file).value(), name, FileKind::kLog, log.sealed_size));
    if (reader->header().database_id != state_.database_id || reader->header().file_number != log.number) {
      return Status::corruption_at(name, 0, "the header of this log of this database",
                                   "that of another file");
    }
    return reader;
  }

  /// Looks through a log without applying it: its link, whether it was used, and whether any of its records
  /// was durable.
  Status preview(size_t index) {
    LogPreview& preview = previews_[index];
    WOMBAT_ASSIGN(std::unique_ptr<JournalReader> reader, open(logs_[index]));
    Bytes record;
    if (!reader->next(&record)) {
      preview.dropped_bytes = reader->dropped_bytes();
      return reader->status();
    }
    preview.link = LogLink::decode(record);
    if (!preview.link) {
      return Status::corruption_at(file_name(FileKind::kLog, logs_[index].number), kFileHeaderSize,
                                   "a link record",
                                   "a record of " + std::to_string(record.size()) + " bytes");
    }
    const uint64_t link_end = reader->position();
    while (reader->next(&record)) {
      preview.is_used |= !record.empty();
      const bool is_known = preview.is_used && reader->synced_watermark() >= link_end;
      if (is_known && (!wants_durability_ || logs_[index].sealed_size != 0)) break;
    }
    preview.durable_end = logs_[index].sealed_size != 0 ? UINT64_MAX : reader->synced_watermark();
    preview.has_durable_records =
        preview.is_used && (reader->synced_watermark() >= link_end || logs_[index].sealed_size != 0);
    if (!preview.is_used) preview.dropped_bytes = reader->dropped_bytes();
    return reader->status();
  }

  size_t index_of(uint64_t number) const {
    size_t i = 0;
    while (i < logs_.size() && logs_[i].number != number) ++i;
    return i;
  }

  /// The last used log below `end`; `end` when there is none.
  size_t last_used_below(size_t end) const {
    for (size_t i = end; i > 0; --i)
      if (previews_[i - 1].is_used) return i - 1;
    return end;
  }

  /// Follows the links back from the last log that was used. A log that nobody links to was prepared, and
  /// perhaps given a link, but never used: nothing in it, and nothing that its link says, counts.
  Status find_chain() {
    size_t current = last_used_below(logs_.size());
    while (current != logs_.size()) {
      chain_.push_back(current);
      if (!previews_[current].link) {  // all of it is lost; what came before it is found by number
        const size_t before = last_used_below(current);
        current = before == current ? logs_.size() : before;
        continue;
      }
      const uint64_t previous = previews_[current].link->previous_number;
      if (previous < state_.log_number_min || previous == 0) break;
      const size_t found = index_of(previous);
      if (found >= current) {
        return Status(Code::kMissingFile, file_name(FileKind::kLog, previous) + " is missing: " +
                                              file_name(FileKind::kLog, logs_[current].number) +
                                              " continues it, and it holds writes that are in no table");
      }
      current = found;
    }
    std::reverse(chain_.begin(), chain_.end());
    return Status::ok();
  }

  /// Applies log `position` of the chain, up to where its successor says that it ends.
  Status replay(size_t position, bool* chain_ends) {
    const ListedLog& log = logs_[chain_[position]];
    const std::string name = file_name(FileKind::kLog, log.number);
    uint64_t size_limit = UINT64_MAX;
    if (position + 1 < chain_.size()) size_limit = previous_size_of(chain_[position + 1], log.number);

    WOMBAT_ASSIGN(std::unique_ptr<JournalReader> reader, open(log));
    Bytes record;
    uint64_t valid_size = kFileHeaderSize;
    const uint64_t durable_end = durable_end_of(position);
    bool is_lost = false;
    while (valid_size < size_limit && reader->next(&record)) {
      const uint64_t end = reader->position();
      if (is_lost || end > size_limit) {
        if (is_lost) continue;
        break;
      }
      const Status applied = apply({log.number, end <= durable_end}, name, end, record);
      is_lost = applied.code() == Code::kEnd;
      if (is_lost) continue;
      WOMBAT_TRY(applied);
      valid_size = end;
    }
    WOMBAT_TRY(reader->status());
    result_.logs.push_back({log.number, valid_size, log.sealed_size == valid_size});
    result_.dropped_bytes += reader->dropped_bytes();
    if (is_lost) result_.dropped_bytes += reader->position() - valid_size;
    if (!is_lost && (size_limit == UINT64_MAX || valid_size == size_limit)) return Status::ok();
    *chain_ends = true;
    return check_nothing_durable_behind(position, name, valid_size);
  }

  /// Where log `number` ends, according to the log behind it. A successor without a link lost everything, so
  /// the log's own end counts.
  uint64_t previous_size_of(size_t successor, uint64_t number) const {
    const std::optional<LogLink>& link = previews_[successor].link;
    return link && link->previous_number == number ? link->previous_size : UINT64_MAX;
  }

  /// A log is durable before anything in the next one is.
  uint64_t durable_end_of(size_t position) const {
    for (size_t i = position + 1; i < chain_.size(); ++i)
      if (previews_[chain_[i]].has_durable_records) return UINT64_MAX;
    return previews_[chain_[position]].durable_end;
  }

  Status check_nothing_durable_behind(size_t position, const std::string& name, uint64_t valid_size) {
    for (size_t i = position + 1; i < chain_.size(); ++i) {
      if (!previews_[chain_[i]].has_durable_records) continue;
      return Status::corruption_at(name, valid_size,
                                   "records up to the end that " +
                                       file_name(FileKind::kLog, logs_[chain_[i]].number) +
                                       " knows to be durable",
                                   "the end of the log");
    }
    return Status::ok();
  }

  Status apply(const LogPlace& place, const std::string& name, uint64_t end, Bytes record) {
    if (record.empty() || LogLink::is_link(record)) return Status::ok();
    if (OutsideCommit::is_one(record)) return check_outside_commit(name, end, record);
    BatchReader batch(record);
    WOMBAT_TRY(batch.status().is_ok() ? Status::ok()
                                      : batch.status().with_context(name + " before " + std::to_string(end)));
    // Tables may hold later commits than the first logs: those of keyspaces that were flushed before others.
    if (batch.timestamp() <= replayed_timestamp_ && result_.record_count > 0) {
      return Status::corruption_at(name, end,
                                   "a commit timestamp after " + std::to_string(replayed_timestamp_),
                                   std::to_string(batch.timestamp()));
    }
    const Status applied = apply_(batch, place);
    if (!batch.status()) return batch.status().with_context(name + " before " + std::to_string(end));
    WOMBAT_TRY(applied);
    replayed_timestamp_ = batch.timestamp();
    result_.last_timestamp = std::max(result_.last_timestamp, batch.timestamp());
    ++result_.record_count;
    return Status::ok();
  }

  Status check_outside_commit(const std::string& name, uint64_t end, Bytes record) const {
    const std::optional<OutsideCommit> commit = OutsideCommit::decode(record);
    if (!commit) {
      return Status::corruption_at(name, end, "a commit of the manifest",
                                   "a record of " + std::to_string(record.size()) + " bytes");
    }
    if (commit->timestamp <= state_.last_timestamp) return Status::ok();
    return Status::corruption_at(
        name, end, "a manifest with commit " + std::to_string(commit->timestamp) + ", which took tables in",
        manifest_name() + ", which ends with commit " + std::to_string(state_.last_timestamp));
  }

  std::string manifest_name() const {
    const Result<DirectoryListing> listing = list_directory(directory_);
    return newest_manifest_name(listing ? listing.value().files : std::vector<FileName>());
  }

  Directory& directory_;
  const ManifestState& state_;
  const bool wants_durability_;
  const ApplyLogged& apply_;
  std::vector<ListedLog> logs_;
  std::vector<LogPreview> previews_;
  std::vector<size_t> chain_;         // indexes of the logs that count, oldest first
  Timestamp replayed_timestamp_ = 0;  // of the last record
  ReplayResult result_;
};

bool is_listed(const ManifestState& state, uint64_t log_number) {
  return std::any_of(state.sealed_logs.begin(), state.sealed_logs.end(),
                     [&](const auto& log) { return log.first == log_number; });
}

/// Whether a log that is not listed continues one that is, with commits. One that cannot be read was never used.
bool continues_listed_log(Directory& directory, const ManifestState& state, uint64_t number) {
  const std::string name = file_name(FileKind::kLog, number);
  Result<std::unique_ptr<ReadableFile>> file = directory.open_file(name);
  if (!file) return false;
  Result<std::unique_ptr<JournalReader>> reader =
      JournalReader::open(std::move(file).value(), name, FileKind::kLog);
  if (!reader) return false;
  const FileHeader& header = (*reader)->header();
  if (header.database_id != state.database_id || header.file_number != number) return false;
  Bytes record;
  if (!(*reader)->next(&record)) return false;
  const std::optional<LogLink> link = LogLink::decode(record);
  if (!link || !is_listed(state, link->previous_number)) return false;
  while ((*reader)->next(&record))
    if (!record.empty()) return true;
  return false;
}

}  // namespace

Status check_logs_are_listed(Directory& directory, const ManifestState& state,
                             const std::vector<FileName>& files) {
  for (const FileName& file : files) {
    if (file.kind != FileKind::kLog || file.number < state.log_number_min || is_listed(state, file.number) ||
        !continues_listed_log(directory, state, file.number))
      continue;
    return Status::corruption(newest_manifest_name(files) + " in " + directory.path() +
                              " ends too early: " + file_name(FileKind::kLog, file.number) +
                              " holds commits, and a log is listed before it is used; restore the manifest "
                              "from a copy");
  }
  return Status::ok();
}

Result<ReplayResult> replay_logs(Directory& directory, const ManifestState& state, bool wants_durability,
                                 const ApplyLogged& apply) {
  return Replayer(directory, state, wants_durability, apply).run();
}

Result<ReplayResult> replay_logs(Directory& directory, const ManifestState& state,
                                 const std::function<Status(BatchReader&)>& apply) {
  return replay_logs(directory, state, false,
                     [&](BatchReader& batch, const LogPlace&) { return apply(batch); });
}

}  // namespace wombat
