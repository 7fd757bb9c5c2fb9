/// Keyspaces come and go: each change is one edit of the manifest, durable before it is in force.
#include <algorithm>

#include "db/db.h"
#include "db/keyspace_options.h"
#include "db/system_keyspace.h"

namespace wombat {

namespace {

constexpr std::string_view kDefaultName = "default";

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

/// The size of the UTF-8 character at the beginning of `text`; 0 when there is none.
size_t utf8_size(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t size = first < 0x80   ? 1
                      : first < 0xC2 ? 0
                      : first < 0xE0 ? 2
                      : first < 0xF0 ? 3
                      : first < 0xF5 ? 4
                                     : 0;
  if (size == 0 || size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if (first == 0xE0 && byte(1) < 0xA0) return 0;       // too long for what it says
  if (first == 0xED && byte(1) >= 0xA0) return 0;      // half of a pair
  if (first == 0xF0 && byte(1) < 0x90) return 0;       // too long
  return first == 0xF4 && byte(1) >= 0x90 ? 0 : size;  // beyond the last character
}

Status refuse_default(std::string_view name, std::string_view what) {
  if (name != kDefaultName) return Status::ok();
  return Status::invalid_argument("the keyspace 'default' cannot be " + std::string(what));
}

}  // namespace

Status check_public_name(std::string_view name, std::string_view what) {
  const std::string of = "the name of the " + std::string(what);
  if (name.empty()) return Status::invalid_argument(of + " is empty");
  if (name.size() > kKeyspaceNameSizeMax) {
    return Status::invalid_argument(of + " has " + std::to_string(name.size()) + " bytes; at most " +
                                    std::to_string(kKeyspaceNameSizeMax) + " are allowed");
  }
  for (size_t at = 0; at < name.size();) {
    const auto byte = static_cast<unsigned char>(name[at]);
    const size_t size = utf8_size(name.substr(at));
    if (size == 0 || byte < 0x20 || byte == 0x7F) {
      return Status::invalid_argument(of + " is not UTF-8 without control characters, at byte " +
                                      std::to_string(at));
    }
    at += size;
  }
  return Status::ok();
}

std::vector<std::shared_ptr<Tree>> Db::all_trees() const {
  std::lock_guard lock(keyspaces_mutex_);
  std::vector<std::shared_ptr<Tree>> all;
  all.reserve(trees_.size());
  for (const auto& [id, tree] : trees_) all.push_back(tree);
  return all;
}

std::shared_ptr<Tree> Db::find_tree(uint32_t id) const {
  std::lock_guard lock(keyspaces_mutex_);
  const auto found = trees_.find(id);
  return found == trees_.end() ? nullptr : found->second;
}

size_t Db::keyspace_count() const {
  std::lock_guard lock(keyspaces_mutex_);
  return trees_.size();
}

std::vector<std::string> Db::keyspace_names() const {
  std::lock_guard lock(keyspaces_mutex_);
  std::vector<std::string> names = {std::string(kDefaultName)};
  for (const auto& [name, tree] : names_)
    if (!tree->is_default() && !is_system_keyspace_name(name)) names.push_back(name);
  return names;
}

Result<std::shared_ptr<Tree>> Db::open_keyspace(std::string_view name) const {
  WOMBAT_TRY(check_open());
  std::lock_guard lock(keyspaces_mutex_);
  const auto found = names_.find(name);
  if (found == names_.end() || is_system_keyspace_name(name))
    return Status(Code::kDoesNotExist, "there is no keyspace " + quoted(name) + " in " + path_);
  return found->second;
}

Status Db::check_name(std::string_view name) const {
  WOMBAT_TRY(check_public_name(name, "keyspace"));
  std::lock_guard lock(keyspaces_mutex_);
  if (names_.find(name) == names_.end()) return Status::ok();
  return Status(Code::kAlreadyExists, "there is a keyspace " + quoted(name) + " in " + path_ + " already");
}

Result<std::shared_ptr<Tree>> Db::create_keyspace(std::string_view name, std::string overrides) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  std::lock_guard change(change_mutex_);
  WOMBAT_TRY(check_name(name));
  return make_keyspace(name, std::move(overrides));
}

std::shared_ptr<Tree> Db::find_system_keyspace() const {
  std::lock_guard lock(keyspaces_mutex_);
  const auto found = names_.find(kSystemKeyspaceName);
  return found == names_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<Tree>> Db::system_keyspace() {
  if (std::shared_ptr<Tree> made = find_system_keyspace()) return made;
  WOMBAT_TRY(check_writable());
  std::lock_guard change(change_mutex_);
  if (std::shared_ptr<Tree> made = find_system_keyspace()) return made;
  return make_keyspace(kSystemKeyspaceName, std::string());
}

/// Needs change_mutex_.
Result<std::shared_ptr<Tree>> Db::make_keyspace(std::string_view name, std::string overrides) {
  const uint32_t id = manifest_->next_keyspace();
  if (id > kKeyspaceIdMax) return Status(Code::kTooLarge, "all ids of keyspaces have been used");
  // All that can fail for lack of memory comes before the edit.
  std::shared_ptr<Tree> tree;
  {
    std::lock_guard lock(options_mutex_);
    tree = std::make_shared<Tree>(*this, id, std::string(name), effective_options_, overrides);
    WOMBAT_TRY(tree->load_settings(effective_options_));
  }
  tree->state_.store(
      new ReadState({}, std::make_shared<Version>(static_cast<uint32_t>(setting(OptionId::kMaxLevels)))));
  std::map<uint32_t, std::shared_ptr<Tree>> by_id{{id, tree}};
  std::map<std::string, std::shared_ptr<Tree>, std::less<>> by_name{{std::string(name), tree}};
  VersionEdit edit;
  VersionEdit::Keyspace& made = edit.keyspaces.emplace_back();
  made.id = id;
  made.created = std::string(name);
  if (!overrides.empty()) made.options = std::move(overrides);
  WOMBAT_TRY(apply_edit(std::move(edit)));
  std::lock_guard lock(keyspaces_mutex_);
  trees_.merge(by_id);
  names_.merge(by_name);
  return tree;
}

Status Db::rename_keyspace(std::string_view name, std::string_view new_name) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  std::lock_guard change(change_mutex_);
  WOMBAT_ASSIGN(const std::shared_ptr<Tree> tree, open_keyspace(name));
  WOMBAT_TRY(refuse_default(name, "renamed"));
  if (name == new_name) return Status::ok();
  WOMBAT_TRY(check_name(new_name));
  VersionEdit edit;
  VersionEdit::Keyspace& renamed = edit.keyspaces.emplace_back();
  renamed.id = tree->id();
  renamed.renamed = std::string(new_name);
  std::string given(new_name);
  std::map<std::string, std::shared_ptr<Tree>, std::less<>> by_name{{given, tree}};
  const auto rename = [&] {
    const Status synced = sync_earlier_commits();
    return synced ? apply_led(*tree, std::move(edit)) : synced;
  };
  WOMBAT_TRY(lead_change(rename));
  std::lock_guard lock(keyspaces_mutex_);
  names_.erase(names_.find(name));
  names_.merge(by_name);
  tree->name_ = std::move(given);
  return Status::ok();
}

Status Db::drop_keyspace(std::string_view name) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  {
    std::lock_guard change(change_mutex_);
    WOMBAT_ASSIGN(const std::shared_ptr<Tree> tree, open_keyspace(name));
    WOMBAT_TRY(refuse_default(name, "dropped"));
    {
      std::lock_guard lock(keyspaces_mutex_);
      dropped_.reserve(dropped_.size() + 1);
    }
    WOMBAT_TRY(lead_change([&] { return drop_led(*tree); }));
    std::lock_guard lock(keyspaces_mutex_);
    names_.erase(names_.find(name));
    trees_.erase(tree->id());
    dropped_.push_back(tree);
  }
  process_epochs().reclaim();
  remove_obsolete_files();
  remove_old_logs();
  wake_housekeeper();
  return Status::ok();
}

/// Does something while nobody commits.
Status Db::lead_change(const std::function<Status()>& change) {
  WriteRequest request;
  Writer writer;
  writer.work = Writer::Work::kChange;
  writer.change = &change;
  writer.request = &request;
  return enqueue(writer);
}

/// What changes keyspaces is durable at once, and must not outlive what was committed before it.
Status Db::sync_earlier_commits() {
  if (wal_->is_broken()) WOMBAT_TRY(rotate_log());
  return sync_log();
}

/// After a failure the manifest may hold the edit all the same, so what would be acknowledged from then on could be lost:
/// see why_refused().
Status Db::apply_led(Tree& tree, VersionEdit edit) {
  tree.refuses_writes_ = true;
  WOMBAT_TRY(apply_edit(std::move(edit)));
  tree.refuses_writes_ = false;
  return Status::ok();
}

/// The drop itself: nobody is putting entries into the tree meanwhile.
Status Db::drop_led(Tree& tree) {
  const auto empty = std::make_shared<Version>(static_cast<uint32_t>(setting(OptionId::kMaxLevels)));
  NewReadState state(new ReadState({}, empty));
  VersionEdit edit;
  VersionEdit::Keyspace& dropped = edit.keyspaces.emplace_back();
  dropped.id = tree.id();
  dropped.is_dropped = true;
  Status applied = sync_earlier_commits();  // and logs that were kept for this keyspace alone may go
  std::lock_guard order(flush_edit_mutex_);
  try {
    edit.log_number_min = oldest_needed_log(tree, wal_->active_number());
    if (applied) applied = apply_led(tree, std::move(edit));
  } catch (const std::bad_alloc&) {
    applied = Status::no_memory();
  }
  if (!applied) return applied;
  std::lock_guard lock(mutex_);
  tree.refuses_writes_ = true;
  tree.is_dropped_.store(true, std::memory_order_release);
  tree.shut();
  tree.give_up_memtables();
  tree.sealed_count_.store(0);
  tree.install_state(state.release());
  for (TreeList* list : {&writing_, &sealed_, &due_, &resting_, &uninstalled_}) list->remove(tree);
  watch_log_size();
  schedule();
  return Status::ok();
}

/// Frees dropped trees that nobody uses any more.
void Db::bury_dropped_trees() {
  std::vector<std::shared_ptr<Tree>> buried;
  std::lock_guard lock(keyspaces_mutex_);
  buried.reserve(dropped_.size());
  std::erase_if(dropped_, [&](std::shared_ptr<Tree>& tree) {
    if (!tree->is_abandoned()) return false;
    buried.push_back(std::move(tree));
    return true;
  });
}

Status Db::set_keyspace_option(Tree& tree, OptionId id, std::string_view text) {
  const CallScope call(tree);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  if (!is_keyspace_option(id)) {
    return Status::invalid_argument("option " + std::string(option_info(id).name) +
                                    " belongs to the whole database: set it there");
  }
  std::lock_guard change(change_mutex_);
  std::string before;
  {
    std::lock_guard lock(options_mutex_);
    before = tree.overrides_;
  }
  WOMBAT_ASSIGN(std::string overrides, with_override(before, id, text));
  VersionEdit edit;
  VersionEdit::Keyspace& changed = edit.keyspaces.emplace_back();
  changed.id = tree.id();
  changed.options = overrides;
  WOMBAT_TRY(apply_edit(std::move(edit)));
  {
    std::lock_guard lock(options_mutex_);
    tree.overrides_ = std::move(overrides);
    WOMBAT_TRY(tree.load_settings(effective_options_));
  }
  {
    std::lock_guard lock(mutex_);
    tree.note_pressure(*tree.newest_version());
    if (!tree.is_dropped()) due_.push_back(tree);
    schedule();
  }
  look_for_expired_soon();
  return Status::ok();
}

/// After options of the database have changed.
Status Db::load_all_settings() {
  const std::vector<std::shared_ptr<Tree>> trees = all_trees();
  {
    std::lock_guard lock(options_mutex_);
    for (const auto& tree : trees) WOMBAT_TRY(tree->load_settings(effective_options_));
  }
  std::lock_guard lock(mutex_);
  for (const auto& tree : trees)
    if (!tree->is_dropped()) {
      tree->note_pressure(*tree->newest_version());
      due_.push_back(*tree);
    }
  watch_log_size();
  schedule();
  return Status::ok();
}

}  // namespace wombat
