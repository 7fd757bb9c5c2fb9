#include "db/tree.h"

#include "db/db.h"

namespace wombat {

Tree::Tree(Db& db, uint32_t id, const Options& options)
    : db_(db), id_(id), fork_generation_(fork_generation()), settings_(options) {}

Tree::~Tree() { give_up_state(); }

void Tree::give_up_state() noexcept {
  if (ReadState* const state = state_.exchange(nullptr)) process_epochs().retire(state);
}

void Tree::give_up_memtables() noexcept {
  active_ = MemtableSlot();
  sealed_.clear();
}

Status Tree::CallScope::check() const { return tree_.db_.check_open(); }

VersionPtr Tree::newest_version() const { return db_.manifest_->version(); }

}  // namespace wombat
