/// Prepared transactions: how they are made, decided and found again after a crash.
#include "db/db.h"
#include "db/db_iterator.h"
#include "db/system_keyspace.h"
#include "db/transaction.h"
#include "db/transaction_iterator.h"

namespace wombat {

/// Everything a later commit could conflict with is claimed, whatever the isolation.
Status Transaction::prepare(std::string_view name) {
  WOMBAT_TRY(check_may_write());
  WOMBAT_TRY(check_public_name(name, "prepared transaction"));
  WOMBAT_ASSIGN(const std::shared_ptr<Tree> system, db_->system_keyspace());
  for (TransactionIterator* const iterator : iterators_) iterator->note_scan();
  check_writes_as_well();
  auto record = std::make_shared<PreparedRecord>();
  record->claims = checked_;
  claim_writes(&record->claims);
  if (!writes_.is_empty()) {
    WriteBatch batch;
    WriteRequest unused;
    std::vector<Tree*> trees;
    WOMBAT_TRY(encode_writes(&batch, &unused, &trees));
    record->batch.assign(batch.record());
  }
  std::string bytes;
  record->encode(&bytes);
  const std::string key = prepared_key(name);
  SingleWrite write(Kind::kPut, key, bytes);
  write.assign_keyspace(system->id());
  PreparedChange change = PreparedChange::adds(std::string(name), std::move(record));
  WriteRequest request;
  request.record = write.record();
  request.tree = system.get();
  request.sync = SyncChoice::kAlways;
  request.prepared = &change;
  Timestamp committed_at = 0;
  return commit_checked(request, &committed_at);
}

std::vector<std::string> Db::prepared_names() const { return prepared_.names(); }

Status Db::decide_prepared(std::string_view name, bool commits, Timestamp* committed_at) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  const PreparedPtr record = prepared_.find(name);
  PreparedChange change = PreparedChange::removes(std::string(name));
  WOMBAT_TRY(prepared_.check(change));
  if (record == nullptr) return Status(Code::kDoesNotExist, "the prepared transaction was decided just now");
  WOMBAT_ASSIGN(const std::shared_ptr<Tree> system, system_keyspace());
  WriteBatch batch;
  std::vector<std::shared_ptr<Tree>> kept = {system};
  if (commits && !record->batch.empty()) WOMBAT_TRY(copy_prepared(record->batch, &batch, &kept));
  batch.use_keyspace(system->id());
  WOMBAT_TRY(batch.remove(prepared_key(name)));
  std::vector<Tree*> trees;
  for (const std::shared_ptr<Tree>& tree : kept) trees.push_back(tree.get());
  WriteRequest request;
  request.record = batch.record();
  request.tree = system.get();
  if (trees.size() > 1) request.trees = trees;
  request.sync = SyncChoice::kAlways;
  request.prepared = &change;
  return write(call, request, committed_at);
}

/// The operations of a prepared transaction. What it meant for a keyspace that was dropped meanwhile is left out, as it
/// would have gone with it.
Status Db::copy_prepared(Bytes record, WriteBatch* batch, std::vector<std::shared_ptr<Tree>>* trees) const {
  BatchReader reader(record);
  BatchReader::Operation operation;
  while (reader.next(&operation)) {
    const auto is_it = [&](const std::shared_ptr<Tree>& tree) { return tree->id() == operation.keyspace; };
    if (std::none_of(trees->begin(), trees->end(), is_it)) {
      const std::shared_ptr<Tree> tree = find_tree(operation.keyspace);
      if (tree == nullptr) continue;
      trees->push_back(tree);
    }
    batch->use_keyspace(operation.keyspace);
    WOMBAT_TRY(batch->add_operation(operation.kind, operation.key, operation.value));
  }
  return reader.status();
}

/// Called by open, when all of the data is there.
Status Db::load_prepared() {
  const std::shared_ptr<Tree> system = find_system_keyspace();
  if (system == nullptr) return Status::ok();
  IteratorSettings settings;
  settings.lower = std::string(1, kPreparedKey);
  settings.upper = std::string(1, kPreparedKey + 1);
  WOMBAT_ASSIGN(const std::unique_ptr<DbIterator> rows, system->new_iterator(settings));
  for (rows->seek_first(); rows->rows().valid(); rows->step(true)) {
    const std::string name(rows->rows().key().substr(1));
    Result<PreparedRecord> record = PreparedRecord::decode(rows->rows().value());
    if (!record) return record.status().with_context("prepared transaction '" + name + "' of " + path_);
    PreparedChange change =
        PreparedChange::adds(name, std::make_shared<PreparedRecord>(std::move(record).value()));
    prepared_.apply(change);
  }
  return rows->rows().status();
}

}  // namespace wombat
