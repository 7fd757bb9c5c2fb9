/// Keyspaces in histories that know keys only: the row "#NAME/KEY" is KEY of keyspace NAME.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/db.h"
#include "support/model_database.h"

namespace wombat {

/// The keyspace of a key and the key there; nothing for one of the default keyspace.
std::optional<std::pair<std::string, std::string>> split_keyspace(const std::string& key);

/// Puts operations into a batch, each into its keyspace. kDoesNotExist when one is not there.
Status add_operations(Db& db, const std::vector<ModelOperation>& operations, WriteBatch* batch,
                      std::vector<std::shared_ptr<Tree>>* trees);

/// The rows of all keyspaces at a snapshot (0: the newest state).
Result<ModelRows> read_all_keyspaces(Db& db, Timestamp snapshot);

/// What a drop, or a rename to `new_name`, does to `rows`.
std::vector<ModelOperation> drop_operations(const ModelRows& rows, const std::string& name,
                                            const std::string* new_name);

}  // namespace wombat
