/// Reads a whole database in every way there is, and compares the ways with each other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "db/db.h"
#include "support/model_database.h"

namespace wombat {

/// All rows of all keyspaces (crash/keyspace_rows.h) forwards and backwards, `keys` one by one, and a check of all files.
/// A failure is that of the database; kInternal, which it never answers, when two ways of reading disagree.
Result<ModelRows> read_content(const std::shared_ptr<Db>& db, const std::vector<std::string>& keys);

}  // namespace wombat
