#include "db/tree.h"

#include "db/db.h"
#include "db/system_keyspace.h"

namespace wombat {

Tree::Tree(Db& db, uint32_t id, std::string name, const Options& options, std::string overrides)
    : db_(db),
      id_(id),
      gate_(fork_generation()),
      settings_(options),
      name_(std::move(name)),
      overrides_(std::move(overrides)) {}

Tree::~Tree() { give_up_state(); }

void Tree::give_up_state() noexcept {
  if (ReadState* const state = state_.exchange(nullptr)) process_epochs().retire(state);
}

void Tree::give_up_memtables() noexcept {
  active_ = MemtableSlot();
  sealed_.clear();
}

std::string Tree::name() const {
  std::lock_guard lock(db_.keyspaces_mutex_);
  return name_;
}

std::string Tree::own_options() const {
  std::lock_guard lock(db_.options_mutex_);
  return overrides_;
}

Status Tree::why_shut() const {
  if (db_.is_forked())
    return Status(Code::kForked, "the database was opened by the parent process; open it in this one");
  if (db_.is_closed()) return Status(Code::kClosed, db_.path() + " is closed");
  if (is_dropped()) return Status(Code::kDropped, "the keyspace was dropped");
  return Status::ok();
}

bool Tree::is_abandoned() const { return weak_from_this().use_count() == 1 && calls_.load() == 0; }

bool Tree::is_system_keyspace() const { return name() == kSystemKeyspaceName; }

Status Tree::load_settings(const Options& options) {
  if (overrides_.empty()) {
    settings_.load(options);
  } else {
    Options changed = options;
    WOMBAT_TRY(changed.parse(overrides_));
    settings_.load(changed);
  }
  db_.note_value_threshold(setting(OptionId::kValueLogThreshold));
  return Status::ok();
}

std::string Tree::option_text(OptionId id) const {
  std::lock_guard lock(db_.options_mutex_);
  if (overrides_.empty()) return db_.options_.text(id);
  Options options = db_.options_;
  static_cast<void>(options.parse(overrides_));  // it was parsed before
  return options.text(id);
}

VersionPtr Tree::newest_version() const { return db_.manifest_->version(id_); }

Tree::Newest Tree::newest() const {
  Newest newest;
  newest.version = db_.manifest_->version(id_, flush_count_, &newest.flush_count);
  return newest;
}

}  // namespace wombat
