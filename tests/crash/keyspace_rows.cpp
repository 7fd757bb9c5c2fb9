#include "crash/keyspace_rows.h"

#include <algorithm>

#include "base/check.h"
#include "crash/test_clock.h"
#include "db/db_iterator.h"
#include "kv/expiry.h"
#include "kv/merge_operator.h"

namespace wombat {

namespace {

/// An operation as the engine takes it.
struct EngineOperation {
  std::shared_ptr<Tree> tree;
  Kind kind = Kind::kPut;
  std::string key;
  std::string value;                 // as an entry has it; not of a range delete
  std::optional<std::string> upper;  // of a range delete
};

Status translate(Db& db, const ModelOperation& operation, uint64_t now, EngineOperation* translated) {
  const auto place = split_keyspace(operation.key);
  WOMBAT_ASSIGN(translated->tree, db.open_keyspace(place ? place->first : "default"));
  translated->key = place ? place->second : operation.key;
  switch (operation.kind) {
    case ModelOperation::Kind::kPut:
      translated->value = operation.value;
      if (operation.ticks == 0) break;
      translated->kind = Kind::kExpiringPut;
      translated->value = with_expiry(TestClock::wall_at(now + operation.ticks), operation.value);
      break;
    case ModelOperation::Kind::kDelete:
      translated->kind = Kind::kDelete;
      break;
    case ModelOperation::Kind::kMerge:
      translated->kind = Kind::kMerge;
      translated->value = encode_merge(operation.merge_operator, operation.value);
      break;
    case ModelOperation::Kind::kDeleteRange: {
      translated->kind = Kind::kRangeDelete;
      if (!operation.has_end) break;
      const auto end = split_keyspace(operation.value);
      // "#NAME0" is behind all keys of NAME.
      if (place && !end) break;
      translated->upper = place ? end->second : operation.value;
    }
  }
  return Status::ok();
}

Result<ModelRows> read_tree(Tree& tree, const IteratorSettings& settings, bool forward) {
  ModelRows rows;
  WOMBAT_ASSIGN(const std::unique_ptr<DbIterator> iterator, tree.new_iterator(settings));
  forward ? iterator->seek_first() : iterator->seek_last();
  for (; iterator->rows().valid(); iterator->step(forward))
    rows.emplace(iterator->rows().key(), iterator->rows().value());
  WOMBAT_TRY(iterator->rows().status());
  return rows;
}

}  // namespace

std::optional<std::pair<std::string, std::string>> split_keyspace(const std::string& key) {
  const size_t slash = key.find('/');
  if (key.empty() || key[0] != '#' || slash == std::string::npos) return std::nullopt;
  return std::pair(key.substr(1, slash - 1), key.substr(slash + 1));
}

Status add_operations(Db& db, const std::vector<ModelOperation>& operations, uint64_t now, WriteBatch* batch,
                      std::vector<std::shared_ptr<Tree>>* trees) {
  for (const ModelOperation& operation : operations) {
    EngineOperation translated;
    WOMBAT_TRY(translate(db, operation, now, &translated));
    if (std::find(trees->begin(), trees->end(), translated.tree) == trees->end())
      trees->push_back(translated.tree);
    batch->use_keyspace(translated.tree->id());
    if (translated.kind == Kind::kRangeDelete) {
      const Bytes upper = translated.upper ? Bytes(*translated.upper) : Bytes();
      WOMBAT_TRY(batch->remove_range(translated.key, translated.upper ? &upper : nullptr));
    } else {
      WOMBAT_TRY(batch->add_operation(translated.kind, translated.key, translated.value));
    }
  }
  return Status::ok();
}

Status add_operations(Transaction& transaction, const std::vector<ModelOperation>& operations, uint64_t now) {
  for (const ModelOperation& operation : operations) {
    EngineOperation translated;
    WOMBAT_TRY(translate(transaction.db(), operation, now, &translated));
    Tree& tree = *translated.tree;
    if (translated.kind == Kind::kRangeDelete) {
      const Bytes upper = translated.upper ? Bytes(*translated.upper) : Bytes();
      WOMBAT_TRY(transaction.delete_range(tree, translated.key, translated.upper ? &upper : nullptr));
    } else if (translated.kind == Kind::kMerge) {
      WOMBAT_TRY(transaction.merge(tree, translated.key, translated.value));
    } else {
      WOMBAT_TRY(transaction.set(tree, translated.key, translated.kind, translated.value));
    }
  }
  return Status::ok();
}

Result<ModelRows> read_all_keyspaces(Db& db, Timestamp snapshot) {
  ModelRows rows;
  for (const std::string& name : db.keyspace_names()) {
    WOMBAT_ASSIGN(const std::shared_ptr<Tree> tree, db.open_keyspace(name));
    IteratorSettings settings;
    settings.snapshot = snapshot;
    WOMBAT_ASSIGN(const ModelRows found, read_tree(*tree, settings, true));
    WOMBAT_ASSIGN(const ModelRows backwards, read_tree(*tree, settings, false));
    if (found != backwards) return Status::internal("a scan backwards shows other rows than one forwards");
    const std::string prefix = tree->is_default() ? "" : "#" + name + "/";
    for (const auto& [key, value] : found) rows.emplace(prefix + key, value);
  }
  if (snapshot == 0) {
    for (const std::string& name : db.prepared_names()) rows.emplace(prepared_row(name), "");
  }
  return rows;
}

Result<std::optional<std::string>> read_value(Db& db, const std::string& key) {
  const auto place = split_keyspace(key);
  WOMBAT_ASSIGN(const std::shared_ptr<Tree> tree, db.open_keyspace(place ? place->first : "default"));
  const EpochGuard guard(process_epochs());
  FoundValue value;
  bool found = false;
  ReadState& state = tree->read_state(guard);
  WOMBAT_TRY(
      tree->get_at(guard, state, place ? place->second : key, db.visible_timestamp(), true, &value, &found));
  return found ? std::optional<std::string>(value.value) : std::optional<std::string>();
}

std::vector<ModelOperation> drop_operations(const std::vector<ModelOperation>& contents,
                                            const std::string& name, const std::string* new_name) {
  std::vector<ModelOperation> operations;
  const std::string prefix = "#" + name + "/";
  for (const ModelOperation& operation : contents) {
    if (operation.key.compare(0, prefix.size(), prefix) != 0) continue;
    operations.push_back(ModelOperation::erase(operation.key));
    if (new_name == nullptr) continue;
    operations.push_back(operation);
    operations.back().key = "#" + *new_name + "/" + operation.key.substr(prefix.size());
  }
  return operations;
}

std::string prepared_row(const std::string& name) { return "!" + name; }

std::vector<ModelOperation> operations_of_prepared(const std::string& name, uint64_t now) {
  const size_t at = name.find('@');
  WOMBAT_CHECK(at != std::string::npos);
  const uint64_t expires_at = std::stoull(name.substr(at + 1)) + 2;
  const std::string expiring = "prepared/expiring/" + name;
  return {ModelOperation::put("prepared/put/" + name, name),
          ModelOperation::erase_range("prepared/range/0", "prepared/range/9"),
          ModelOperation::merge("append:,", "prepared/merged", name),
          ModelOperation::put("#a/prepared/" + name, name),
          ModelOperation::erase_range("#a/r", "#a/s"),
          expires_at > now ? ModelOperation::put_expiring(expiring, name, expires_at - now)
                           : ModelOperation::erase(expiring)};
}

}  // namespace wombat
