/// Values that the logs of an earlier process point to. A commit's values are in a file before its record is in the log,
/// but after a loss of power the one may have been kept without the other: then nothing of the commit, and nothing behind
/// it, was ever durable.
///
/// What can be read need not be durable either, nor become so: when a sync of the file, or of its directory, failed in the
/// earlier process, the operating system may count what it has in its cache as written, and say so to whoever syncs again.
/// So values of commits that are not known to have been durable are written again, to new files, when recovery writes
/// the commits to tables; as the commits themselves are, since the log that holds them is trusted no more than that.
#include "db/db.h"
#include "db/log_replay.h"

namespace wombat {

namespace {

/// What is wrong with a value; a commit that may have been lost is not read as damage.
Status judge(const Status& fault, const LogPlace& place) {
  const bool is_lost = fault.code() == Code::kMissingFile || fault.code() == Code::kCorruption ||
                       fault.code() == Code::kNotADatabase;
  if (is_lost && !place.is_durable) return Status::outcome(Code::kEnd);
  return fault;
}

}  // namespace

/// The tree that a logged operation has to go to; null: none.
Result<Tree*> Db::tree_of_logged(uint32_t keyspace, uint64_t log_number, const ManifestState& state) {
  const auto found = trees_.find(keyspace);
  if (found == trees_.end()) {
    if (keyspace < state.next_keyspace) return static_cast<Tree*>(nullptr);
    return Status::corruption(file_name(FileKind::kLog, log_number) + " has an entry of keyspace " +
                              std::to_string(keyspace) + ", which was never made");
  }
  const KeyspacePtr known = state.find_keyspace(keyspace);
  const uint64_t log_number_min = known == nullptr ? state.default_log_number_min : known->log_number_min;
  return log_number >= log_number_min ? found->second.get() : static_cast<Tree*>(nullptr);
}

/// Before anything of `batch` is applied: all its values are there. kEnd, see replay_logs().
Status Db::check_logged_values(BatchReader batch, const LogPlace& place, const ManifestState& state) {
  BatchReader::Operation operation;
  std::string memory;
  while (batch.next(&operation)) {
    if (!kind_points(operation.kind)) continue;
    WOMBAT_ASSIGN(const Tree* const tree, tree_of_logged(operation.keyspace, place.log_number, state));
    if (tree == nullptr) continue;
    ValuePointer pointer;
    if (!read_value_pointer(operation.kind, operation.value, &pointer))
      return Status::corruption(file_name(FileKind::kLog, place.log_number) +
                                ": a damaged pointer to a value");
    Result<ValueFilePtr> file = values_->open(pointer.file);
    if (!file) return judge(file.status(), place);
    const uint64_t end = pointer.offset + value_record_size(operation.key.size(), pointer);
    if (pointer.offset >= file.value()->size() || end > file.value()->size()) {
      return judge(Status::corruption_at(file.value()->name(), file.value()->size(),
                                         "at least " + std::to_string(end) + " bytes",
                                         std::to_string(file.value()->size()) + " bytes"),
                   place);
    }
    // What was durable is checked when it is read, as everything else.
    Bytes value;
    if (!place.is_durable) {
      const Status read = values_->read_stored(operation.key, pointer, &memory, &value);
      if (!read) return judge(read, place);
      value_log_.unsure.add_from(pointer.file, pointer.offset);
    }
    hold_replayed(*file);
  }
  return Status::ok();
}

void Db::hold_replayed(const ValueFilePtr& file) {
  for (const ValueFilePtr& held : value_log_.replayed)
    if (held == file) return;
  value_log_.replayed.push_back(file);
}

}  // namespace wombat
