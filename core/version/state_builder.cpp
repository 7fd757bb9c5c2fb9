#include "version/state_builder.h"

#include <algorithm>
#include <utility>

#include "journal/database_id_text.h"

namespace wombat {
namespace {

constexpr char kBytewise[] = "bytewise";

template <typename T>
void raise(T* value, const std::optional<T>& to) {
  if (to) *value = std::max(*value, *to);
}

}  // namespace

StateBuilder::StateBuilder(const ManifestState& start) : state_(start), tree_(start.version.get()) {}

Status StateBuilder::apply(const VersionEdit& edit) {
  WOMBAT_TRY(apply_identity(edit));
  WOMBAT_TRY(apply_sealed_logs(edit));
  WOMBAT_TRY(tree_.apply(edit));
  apply_counters(edit);
  return Status::ok();
}

Status StateBuilder::apply_identity(const VersionEdit& edit) {
  if (edit.database_id) {
    if (state_.database_id != DatabaseId{} && state_.database_id != *edit.database_id) {
      return Status::corruption("the edit belongs to database " + database_id_text(*edit.database_id) +
                                ", the manifest to " + database_id_text(state_.database_id));
    }
    state_.database_id = *edit.database_id;
  }
  if (edit.comparator) {
    if (*edit.comparator != kBytewise) {
      return Status::unsupported("the database is ordered by \"" + escape_bytes(*edit.comparator) +
                                 "\"; this version of Wombat knows \"bytewise\" only");
    }
    state_.comparator = *edit.comparator;
  }
  return Status::ok();
}

Status StateBuilder::apply_sealed_logs(const VersionEdit& edit) {
  auto& logs = state_.sealed_logs;
  for (const auto& sealed : edit.sealed_logs) {
    const auto same =
        std::find_if(logs.begin(), logs.end(), [&](const auto& log) { return log.first == sealed.first; });
    if (same == logs.end()) {
      logs.push_back(sealed);
    } else if (same->second == 0) {
      same->second = sealed.second;
    } else if (same->second != sealed.second) {
      return Status::corruption("log " + std::to_string(sealed.first) + " was sealed at " +
                                std::to_string(same->second) + " bytes and again at " +
                                std::to_string(sealed.second));
    }
  }
  return Status::ok();
}

void StateBuilder::apply_counters(const VersionEdit& edit) {
  raise(&state_.incarnation, edit.incarnation);
  raise(&state_.log_number_min, edit.log_number_min);
  raise(&state_.last_timestamp, edit.last_timestamp);
  raise(&state_.next_file_number, edit.next_file_number);
  // A number that was seen is taken, whatever the counter says.
  for (const auto& added : edit.added) {
    state_.next_file_number = std::max(state_.next_file_number, added.table.number + 1);
  }
  for (const auto& [number, size] : edit.sealed_logs) {
    state_.next_file_number = std::max(state_.next_file_number, number + 1);
  }
  std::erase_if(state_.sealed_logs, [this](const auto& log) { return log.first < state_.log_number_min; });
}

Result<ManifestState> StateBuilder::build(uint32_t level_count, const TableHandleFactory& factory) {
  WOMBAT_ASSIGN(state_.version, tree_.build(level_count, factory));
  return std::move(state_);
}

Result<ManifestState> apply_edit(const ManifestState& state, const VersionEdit& edit,
                                 const TableHandleFactory& factory) {
  StateBuilder builder(state);
  WOMBAT_TRY(builder.apply(edit));
  const size_t level_count = state.version == nullptr ? 0 : state.version->levels.size();
  return builder.build(edit.level_count.value_or(static_cast<uint32_t>(level_count)), factory);
}

VersionEdit snapshot_edit(const ManifestState& state) {
  VersionEdit edit;
  edit.database_id = state.database_id;
  edit.comparator = state.comparator;
  edit.incarnation = state.incarnation;
  edit.next_file_number = state.next_file_number;
  edit.log_number_min = state.log_number_min;
  edit.last_timestamp = state.last_timestamp;
  edit.sealed_logs = state.sealed_logs;
  if (state.version == nullptr) return edit;
  edit.level_count = static_cast<uint32_t>(state.version->levels.size());
  edit.added.reserve(state.version->table_count());
  for (uint32_t level = 0; level < state.version->levels.size(); ++level) {
    for (const Run& run : state.version->levels[level].runs) {
      for (const TablePtr& table : run.tables) edit.added.push_back({level, run.id, table->info});
    }
  }
  return edit;
}

}  // namespace wombat
