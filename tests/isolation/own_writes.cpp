#include "isolation/own_writes.h"

#include <algorithm>
#include <utility>

namespace wombat::isolation {

void OwnWrites::clear() {
  writes_.clear();
  written_.clear();
  undone_.clear();
  savepoints_.clear();
}

void OwnWrites::roll_back() {
  if (savepoints_.empty()) return;
  Savepoint& savepoint = savepoints_.back();
  undone_.insert(undone_.end(), written_.begin() + static_cast<ptrdiff_t>(savepoint.written_count),
                 written_.end());
  writes_ = std::move(savepoint.writes);
  savepoints_.pop_back();
}

void OwnWrites::release() {
  if (!savepoints_.empty()) savepoints_.pop_back();
}

const OwnWrite* OwnWrites::find(uint32_t key) const {
  for (const OwnWrite& own : writes_) {
    if (own.key == key) return &own;
  }
  return nullptr;
}

bool OwnWrites::is_undone(Value value) const {
  return std::find(undone_.begin(), undone_.end(), value) != undone_.end();
}

OwnWrite& OwnWrites::find_or_add(uint32_t key) {
  for (OwnWrite& own : writes_) {
    if (own.key == key) return own;
  }
  return writes_.emplace_back(OwnWrite{key, false, {}});
}

}  // namespace wombat::isolation
