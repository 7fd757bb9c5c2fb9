/// Keyspaces and prepared transactions in histories that know keys only: the row "#NAME/KEY" is KEY of keyspace NAME,
/// the row "!NAME" says that there is a prepared transaction of that name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/db.h"
#include "db/transaction.h"
#include "support/model_database.h"

namespace wombat {

/// The keyspace of a key and the key there; nothing for one of the default keyspace.
std::optional<std::pair<std::string, std::string>> split_keyspace(const std::string& key);

/// Puts operations into a batch, each into its keyspace; puts expire as many ticks after `now` (test_clock.h) as they
/// say. kDoesNotExist when a keyspace is not there.
Status add_operations(Db& db, const std::vector<ModelOperation>& operations, uint64_t now, WriteBatch* batch,
                      std::vector<std::shared_ptr<Tree>>* trees);
/// The same in a transaction.
Status add_operations(Transaction& transaction, const std::vector<ModelOperation>& operations, uint64_t now);

/// The rows of all keyspaces at a snapshot (0: the newest state), in both directions, and of prepared transactions.
Result<ModelRows> read_all_keyspaces(Db& db, Timestamp snapshot);

/// The newest value of a row.
Result<std::optional<std::string>> read_value(Db& db, const std::string& key);

/// What a drop, or a rename to `new_name`, does to `contents`.
std::vector<ModelOperation> drop_operations(const std::vector<ModelOperation>& contents,
                                            const std::string& name, const std::string* new_name);

std::string prepared_row(const std::string& name);
/// What every prepared transaction of a name means, as that says when it was made: "NAME@TICK".
std::vector<ModelOperation> operations_of_prepared(const std::string& name, uint64_t now);

}  // namespace wombat
