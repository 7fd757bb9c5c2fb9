#include "crash/keyspace_rows.h"

#include <algorithm>

#include "db/db_iterator.h"

namespace wombat {

std::optional<std::pair<std::string, std::string>> split_keyspace(const std::string& key) {
  const size_t slash = key.find('/');
  if (key.empty() || key[0] != '#' || slash == std::string::npos) return std::nullopt;
  return std::pair(key.substr(1, slash - 1), key.substr(slash + 1));
}

Status add_operations(Db& db, const std::vector<ModelOperation>& operations, WriteBatch* batch,
                      std::vector<std::shared_ptr<Tree>>* trees) {
  const auto add_tree = [&](const std::shared_ptr<Tree>& tree) {
    if (std::find(trees->begin(), trees->end(), tree) == trees->end()) trees->push_back(tree);
  };
  for (const ModelOperation& operation : operations) {
    const auto place = split_keyspace(operation.key);
    const std::string& key = place ? place->second : operation.key;
    WOMBAT_ASSIGN(const std::shared_ptr<Tree> tree, db.open_keyspace(place ? place->first : "default"));
    add_tree(tree);
    batch->use_keyspace(tree->id());
    WOMBAT_TRY(operation.kind == ModelOperation::Kind::kPut ? batch->put(key, operation.value)
                                                            : batch->remove(key));
  }
  return Status::ok();
}

Result<ModelRows> read_all_keyspaces(Db& db, Timestamp snapshot) {
  ModelRows rows;
  for (const std::string& name : db.keyspace_names()) {
    WOMBAT_ASSIGN(const std::shared_ptr<Tree> tree, db.open_keyspace(name));
    const std::string prefix = tree->is_default() ? "" : "#" + name + "/";
    IteratorSettings settings;
    settings.snapshot = snapshot;
    WOMBAT_ASSIGN(const std::unique_ptr<DbIterator> iterator, tree->new_iterator(settings));
    for (iterator->seek_first(); iterator->rows().valid(); iterator->step(true)) {
      rows.emplace(prefix + std::string(iterator->rows().key()), iterator->rows().value());
    }
    WOMBAT_TRY(iterator->rows().status());
  }
  return rows;
}

std::vector<ModelOperation> drop_operations(const ModelRows& rows, const std::string& name,
                                            const std::string* new_name) {
  std::vector<ModelOperation> operations;
  const std::string prefix = "#" + name + "/";
  for (const auto& [key, value] : rows) {
    if (key.compare(0, prefix.size(), prefix) != 0) continue;
    operations.push_back(ModelOperation::erase(key));
    if (new_name != nullptr)
      operations.push_back(ModelOperation::put("#" + *new_name + "/" + key.substr(prefix.size()), value));
  }
  return operations;
}

}  // namespace wombat
