#include "db/prepared_transactions.h"

#include "db/written_key.h"

namespace wombat {

namespace {

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

Status waits(std::string_view name, const WrittenKey& write) {
  return Status(Code::kConflict, "key \"" + escape_bytes(write.key) + "\" belongs to prepared transaction " +
                                     quoted(name) + ", which waits for a decision");
}

/// Whether `claims` needs anything that a batch writes to stay as it is.
bool is_written(const ReadSet& claims, Bytes batch, WrittenKey* which) {
  if (batch.empty()) return false;
  for (OperationWalker walker(batch.substr(WriteBatch::kHeaderSize)); !walker.at_end();) {
    *which = written_by(walker.next());
    if (has_read(claims, *which)) return true;
  }
  return false;
}

}  // namespace

PreparedChange PreparedChange::adds(std::string name, PreparedPtr record) {
  PreparedChange change;
  change.added_.emplace(name, std::move(record));
  change.name_ = std::move(name);
  return change;
}

PreparedChange PreparedChange::removes(std::string name) {
  PreparedChange change;
  change.name_ = std::move(name);
  return change;
}

PreparedPtr PreparedTransactions::find(std::string_view name) const {
  std::lock_guard lock(mutex_);
  const auto found = all_.find(name);
  return found == all_.end() ? nullptr : found->second;
}

std::vector<std::string> PreparedTransactions::names() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, record] : all_) names.push_back(name);
  return names;
}

Status PreparedTransactions::check(const PreparedChange& change) const {
  const bool is_there = find(change.name()) != nullptr;
  if (change.is_addition() && is_there) {
    return Status(Code::kAlreadyExists,
                  "there is a prepared transaction " + quoted(change.name()) + " already");
  }
  if (!change.is_addition() && !is_there)
    return Status(Code::kDoesNotExist, "there is no prepared transaction " + quoted(change.name()));
  return change.is_addition() ? check_beside_others(*change.added_.begin()->second) : Status::ok();
}

/// Each of two prepared transactions must be free to commit whatever becomes of the other.
Status PreparedTransactions::check_beside_others(const PreparedRecord& added) const {
  std::lock_guard lock(mutex_);
  WrittenKey which;
  for (const auto& [name, record] : all_) {
    if (is_written(record->claims, added.batch, &which) || is_written(added.claims, record->batch, &which))
      return waits(name, which);
  }
  return Status::ok();
}

Status PreparedTransactions::check_write(const WrittenKey& write, const PreparedChange* except) const {
  std::lock_guard lock(mutex_);
  for (const auto& [name, record] : all_) {
    if (except != nullptr && except->name() == name) continue;
    if (has_read(record->claims, write)) return waits(name, write);
  }
  return Status::ok();
}

void PreparedTransactions::apply(PreparedChange& change) noexcept {
  std::lock_guard lock(mutex_);
  if (change.is_addition())
    all_.merge(change.added_);
  else if (const auto found = all_.find(change.name_); found != all_.end())
    all_.erase(found);
  count_.store(all_.size(), std::memory_order_release);
}

}  // namespace wombat
