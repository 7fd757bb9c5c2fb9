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
  WOMBAT_TRY(apply_keyspaces(edit));
  WOMBAT_TRY(apply_tables(edit));
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

StateBuilder::Touched* StateBuilder::touch(uint32_t id) {
  if (const auto found = touched_.find(id); found != touched_.end()) return &found->second;
  if (dropped_.contains(id)) return nullptr;
  const KeyspacePtr state = state_.find_keyspace(id);
  if (state == nullptr) return nullptr;
  return &touched_.emplace(id, Touched{*state, VersionBuilder(state->version.get())}).first->second;
}

std::unordered_set<std::string>& StateBuilder::names() {
  if (!has_names_) {
    names_.insert("default");
    for (const KeyspacePtr& keyspace : state_.keyspaces) names_.insert(keyspace->name);
    has_names_ = true;
  }
  return names_;
}

Status StateBuilder::apply_keyspaces(const VersionEdit& edit) {
  // First, since an edit that holds a whole state says which ids are taken, and creates those that are left.
  const uint32_t next_before = state_.next_keyspace;
  for (const VersionEdit::Keyspace& change : edit.keyspaces) {
    if (change.created && change.id < next_before) {
      return Status::corruption("keyspace " + std::to_string(change.id) +
                                " is to be created, but its id was in use before");
    }
    WOMBAT_TRY(apply_keyspace(change));
  }
  raise(&state_.next_keyspace, edit.next_keyspace);
  return Status::ok();
}

Status StateBuilder::apply_keyspace(const VersionEdit::Keyspace& change) {
  if (change.id == kDefaultKeyspace) {
    raise(&state_.default_log_number_min, change.log_number_min);
    return Status::ok();
  }
  const auto refuse = [&](std::string_view fault) {
    return Status::corruption("keyspace " + std::to_string(change.id) + " " + std::string(fault));
  };
  if (change.created) {
    if (touch(change.id) != nullptr) return refuse("is to be created, but exists");
    if (change.created->empty()) return refuse("has no name");
    if (!names().insert(*change.created).second) return refuse("has the name of another one");
    KeyspaceState state;
    state.id = change.id;
    state.name = *change.created;
    touched_.emplace(change.id, Touched{std::move(state), VersionBuilder(nullptr)});
    state_.next_keyspace = std::max(state_.next_keyspace, change.id + 1);
  }
  Touched* const touched = touch(change.id);
  if (touched == nullptr) return refuse("is to be changed, but does not exist");
  KeyspaceState& state = touched->state;
  if (change.renamed) {
    if (change.renamed->empty()) return refuse("has no name");
    if (!names().insert(*change.renamed).second) return refuse("has the name of another one");
    names().erase(state.name);
    state.name = *change.renamed;
  }
  if (change.options) state.options = *change.options;
  raise(&state.log_number_min, change.log_number_min);
  if (change.is_dropped) {
    names().erase(state.name);
    dropped_.insert(change.id);
    touched_.erase(change.id);
  }
  return Status::ok();
}

Status StateBuilder::apply_tables(const VersionEdit& edit) {
  WOMBAT_TRY(tree_.apply(edit));
  std::unordered_set<uint32_t> ids;
  for (const VersionEdit::Removed& removed : edit.removed) ids.insert(removed.keyspace);
  for (const VersionEdit::Added& added : edit.added) ids.insert(added.keyspace);
  ids.erase(kDefaultKeyspace);
  if (ids.size() <= 1) {
    for (const uint32_t id : ids) {
      Touched* const touched = touch(id);
      if (touched == nullptr)
        return Status::corruption("a table of keyspace " + std::to_string(id) + ", which does not exist");
      WOMBAT_TRY(touched->tree.apply(edit, id));
    }
    return Status::ok();
  }
  // A whole state: one pass over all tables instead of one for each keyspace.
  std::map<uint32_t, VersionEdit> parts;
  for (const VersionEdit::Removed& removed : edit.removed) parts[removed.keyspace].removed.push_back(removed);
  for (const VersionEdit::Added& added : edit.added) parts[added.keyspace].added.push_back(added);
  for (const auto& [id, part] : parts) {
    if (id == kDefaultKeyspace) continue;
    Touched* const touched = touch(id);
    if (touched == nullptr)
      return Status::corruption("a table of keyspace " + std::to_string(id) + ", which does not exist");
    WOMBAT_TRY(touched->tree.apply(part, id));
  }
  return Status::ok();
}

void StateBuilder::apply_counters(const VersionEdit& edit) {
  if (!edit.side_directories.empty()) state_.side_directories = edit.side_directories;
  raise(&state_.incarnation, edit.incarnation);
  raise(&state_.log_number_min, edit.log_number_min);
  raise(&state_.last_timestamp, edit.last_timestamp);
  raise(&state_.history_min, edit.history_min);
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
  if (!dropped_.empty()) {
    std::erase_if(state_.keyspaces, [this](const KeyspacePtr& keyspace) {
      return dropped_.contains(keyspace->id) || touched_.contains(keyspace->id);
    });
  }
  VersionPtr empty;
  for (auto& [id, touched] : touched_) {
    Result<VersionPtr> version = touched.tree.build(level_count, factory);
    if (!version) return version.status().with_context("keyspace " + std::to_string(id));
    if (version.value()->table_count() == 0) {  // one for all that are empty
      if (empty == nullptr) empty = version.value();
      version = empty;
    }
    touched.state.version = std::move(version).value();
    auto state = std::make_shared<const KeyspaceState>(std::move(touched.state));
    auto& all = state_.keyspaces;
    const auto place = std::partition_point(
        all.begin(), all.end(), [&, wanted = id](const KeyspacePtr& k) { return k->id < wanted; });
    if (place != all.end() && (*place)->id == id) {
      *place = std::move(state);
    } else {
      all.insert(place, std::move(state));
    }
  }
  return std::move(state_);
}

KeyspacePtr ManifestState::find_keyspace(uint32_t id) const {
  const auto place = std::partition_point(keyspaces.begin(), keyspaces.end(),
                                          [id](const KeyspacePtr& keyspace) { return keyspace->id < id; });
  return place != keyspaces.end() && (*place)->id == id ? *place : nullptr;
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
  if (state.history_min != 0) edit.history_min = state.history_min;
  edit.sealed_logs = state.sealed_logs;
  if (state.next_keyspace != 1) edit.next_keyspace = state.next_keyspace;
  edit.side_directories = state.side_directories;
  if (state.default_log_number_min > state.log_number_min) {
    edit.keyspaces.emplace_back();
    edit.keyspaces.back().log_number_min = state.default_log_number_min;
  }
  for (const KeyspacePtr& keyspace : state.keyspaces) {
    VersionEdit::Keyspace& change = edit.keyspaces.emplace_back();
    change.id = keyspace->id;
    change.created = keyspace->name;
    if (!keyspace->options.empty()) change.options = keyspace->options;
    if (keyspace->log_number_min > state.log_number_min) change.log_number_min = keyspace->log_number_min;
  }
  if (state.version == nullptr) return edit;
  edit.level_count = static_cast<uint32_t>(state.version->levels.size());
  edit.added.reserve(state.version->table_count());
  for (uint32_t level = 0; level < state.version->levels.size(); ++level) {
    for (const Run& run : state.version->levels[level].runs) {
      for (const TablePtr& table : run.tables) edit.added.push_back({level, run.id, table->info});
    }
  }
  for (const KeyspacePtr& keyspace : state.keyspaces) {
    for (uint32_t level = 0; level < keyspace->version->levels.size(); ++level) {
      for (const Run& run : keyspace->version->levels[level].runs)
        for (const TablePtr& table : run.tables)
          edit.added.push_back({level, run.id, table->info, keyspace->id});
    }
  }
  return edit;
}

}  // namespace wombat
