#include "db/log_replay.h"

#include <algorithm>

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
  bool has_durable_records = false;
};

class Replayer {
 public:
  Replayer(Directory& directory, const ManifestState& state, const std::function<Status(BatchReader&)>& apply)
      : directory_(directory), state_(state), apply_(apply), logs_(listed_logs(state)) {
    result_.last_timestamp = state.last_timestamp;
  }

  Result<ReplayResult> run() {
    previews_.resize(logs_.size());
    for (size_t i = 0; i < logs_.size(); ++i) WOMBAT_TRY(preview(i));
    for (size_t i = 0; i < logs_.size(); ++i) {
      bool chain_ends = false;
      WOMBAT_TRY(replay(i, &chain_ends));
      if (chain_ends) break;
    }
    return std::move(result_);
  }

 private:
  Result<std::unique_ptr<JournalReader>> open(size_t index) {
    const std::string name = file_name(FileKind::kLog, logs_[index].number);
    Result<std::unique_ptr<ReadableFile>> file = directory_.open_file(name);
    if (!file) {
      if (file.status().code() != Code::kMissingFile) return file.status();
      return Status(Code::kMissingFile,
                    name + " is missing from " + directory_.path() +
                        ": the manifest lists it, and it holds writes that are in no table");
    }
    WOMBAT_ASSIGN(
        std::unique_ptr<JournalReader> reader,
        JournalReader::open(std::move(file).value(), name, FileKind::kLog, logs_[index].sealed_size));
    if (reader->header().database_id != state_.database_id ||
        reader->header().file_number != logs_[index].number) {
      return Status::corruption_at(name, 0, "the header of this log of this database",
                                   "that of another file");
    }
    return reader;
  }

  /// Reads a whole log without applying it: its link, and whether any of its records was durable.
  Status preview(size_t index) {
    WOMBAT_ASSIGN(std::unique_ptr<JournalReader> reader, open(index));
    Bytes record;
    if (!reader->next(&record)) return reader->status();
    const std::optional<LogLink> link = LogLink::decode(record);
    if (!link) {
      return Status::corruption_at(file_name(FileKind::kLog, logs_[index].number), kFileHeaderSize,
                                   "a link record",
                                   "a record of " + std::to_string(record.size()) + " bytes");
    }
    previews_[index].link = link;
    const uint64_t link_end = reader->position();
    // Only a log with a successor is asked for its durability, and only a gap before it makes the answer
    // matter.
    if (index == 0) return Status::ok();
    while (reader->next(&record)) {
      if (reader->synced_watermark() >= link_end) break;
    }
    previews_[index].has_durable_records =
        reader->synced_watermark() >= link_end || logs_[index].sealed_size != 0;
    return reader->status();
  }

  Status replay(size_t index, bool* chain_ends) {
    const LogPreview& preview = previews_[index];
    const std::string name = file_name(FileKind::kLog, logs_[index].number);
    if (!preview.link) {  // prepared and never used, or all of it lost
      *chain_ends = true;
      return check_nothing_durable_behind(index, name, 0);
    }
    WOMBAT_TRY(check_link(index, name));
    uint64_t size_limit = UINT64_MAX;  // where the successor says that this log ends
    if (index + 1 < logs_.size() && previews_[index + 1].link)
      size_limit = previews_[index + 1].link->previous_size;

    WOMBAT_ASSIGN(std::unique_ptr<JournalReader> reader, open(index));
    Bytes record;
    uint64_t valid_size = kFileHeaderSize;
    bool reached_limit = false;
    while (!reached_limit && reader->next(&record)) {
      if (reader->position() > size_limit) break;
      valid_size = reader->position();
      WOMBAT_TRY(apply(name, valid_size, record));
      reached_limit = valid_size == size_limit;
    }
    WOMBAT_TRY(reader->status());
    result_.logs.push_back({logs_[index].number, valid_size, logs_[index].sealed_size == valid_size});
    result_.dropped_bytes += reader->dropped_bytes();
    if (size_limit != UINT64_MAX && valid_size < size_limit) {
      *chain_ends = true;
      return check_nothing_durable_behind(index, name, valid_size);
    }
    return Status::ok();
  }

  Status check_link(size_t index, const std::string& name) {
    const LogLink& link = *previews_[index].link;
    if (index == 0) {
      if (link.previous_number < state_.log_number_min) return Status::ok();
      return Status(Code::kMissingFile, file_name(FileKind::kLog, link.previous_number) + " is missing: " +
                                            name + " continues it, and it holds writes that are in no table");
    }
    if (link.previous_number != logs_[index - 1].number) {
      return Status::corruption_at(name, kFileHeaderSize,
                                   "a link to log " + std::to_string(logs_[index - 1].number),
                                   "one to log " + std::to_string(link.previous_number));
    }
    return Status::ok();
  }

  Status check_nothing_durable_behind(size_t index, const std::string& name, uint64_t valid_size) {
    for (size_t i = index + 1; i < logs_.size(); ++i) {
      if (!previews_[i].has_durable_records) continue;
      return Status::corruption_at(
          name, valid_size,
          "records up to the end that " + file_name(FileKind::kLog, logs_[i].number) + " knows to be durable",
          "the end of the log");
    }
    return Status::ok();
  }

  Status apply(const std::string& name, uint64_t end, Bytes record) {
    if (record.empty() || LogLink::is_link(record)) return Status::ok();
    BatchReader batch(record);
    WOMBAT_TRY(batch.status().is_ok() ? Status::ok()
                                      : batch.status().with_context(name + " before " + std::to_string(end)));
    if (batch.timestamp() <= result_.last_timestamp && result_.record_count > 0) {
      return Status::corruption_at(name, end,
                                   "a commit timestamp after " + std::to_string(result_.last_timestamp),
                                   std::to_string(batch.timestamp()));
    }
    WOMBAT_TRY(apply_(batch));
    if (!batch.status()) return batch.status().with_context(name + " before " + std::to_string(end));
    result_.last_timestamp = std::max(result_.last_timestamp, batch.timestamp());
    ++result_.record_count;
    return Status::ok();
  }

  Directory& directory_;
  const ManifestState& state_;
  const std::function<Status(BatchReader&)>& apply_;
  std::vector<ListedLog> logs_;
  std::vector<LogPreview> previews_;
  ReplayResult result_;
};

}  // namespace

Result<ReplayResult> replay_logs(Directory& directory, const ManifestState& state,
                                 const std::function<Status(BatchReader&)>& apply) {
  return Replayer(directory, state, apply).run();
}

}  // namespace wombat
