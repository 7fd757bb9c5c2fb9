#include "formats/content_reader.h"

#include "crash/keyspace_rows.h"

namespace wombat {

Result<ModelRows> read_content(const std::shared_ptr<Db>& db, const std::vector<std::string>& keys) {
  WOMBAT_ASSIGN(ModelRows rows, read_all_keyspaces(*db, 0));
  for (const std::string& key : keys) {
    if (key.starts_with("!")) continue;
    const Result<std::optional<std::string>> found = read_value(*db, key);
    if (!found && found.status().code() != Code::kDoesNotExist) return found.status();
    const std::optional<std::string> value = found ? found.value() : std::nullopt;
    const auto row = rows.find(key);
    if (value != (row == rows.end() ? std::nullopt : std::optional<std::string>(row->second)))
      return Status::internal("get of " + escape_bytes(key) + " disagrees with the scan");
  }
  WOMBAT_TRY(db->verify({}));
  return rows;
}

}  // namespace wombat
