#include "formats/content_reader.h"

#include "db/db_iterator.h"

namespace wombat {

namespace {

Result<ModelRows> read_backwards(const std::shared_ptr<Db>& db) {
  WOMBAT_ASSIGN(const std::unique_ptr<DbIterator> iterator, db->new_iterator({}));
  ModelRows rows;
  for (iterator->seek_last(); iterator->rows().valid(); iterator->step(false)) {
    rows.emplace(iterator->rows().key(), iterator->rows().value());
  }
  WOMBAT_TRY(iterator->rows().status());
  return rows;
}

}  // namespace

Result<ModelRows> read_forwards(const std::shared_ptr<Db>& db, Timestamp snapshot) {
  IteratorSettings settings;
  settings.snapshot = snapshot;
  WOMBAT_ASSIGN(const std::unique_ptr<DbIterator> iterator, db->new_iterator(settings));
  ModelRows rows;
  for (iterator->seek_first(); iterator->rows().valid(); iterator->step(true)) {
    if (!rows.emplace(iterator->rows().key(), iterator->rows().value()).second)
      return Status::internal("a scan shows a key twice");
  }
  WOMBAT_TRY(iterator->rows().status());
  return rows;
}

Result<std::optional<std::string>> read_key(Db& db, const std::string& key, Timestamp snapshot) {
  const EpochGuard guard(process_epochs());
  FoundValue value;
  bool found = false;
  WOMBAT_TRY(db.get(guard, key, snapshot, true, &value, &found));
  return found ? std::optional<std::string>(value.value) : std::optional<std::string>();
}

Result<ModelRows> read_content(const std::shared_ptr<Db>& db, const std::vector<std::string>& keys) {
  WOMBAT_ASSIGN(ModelRows rows, read_forwards(db));
  WOMBAT_ASSIGN(const ModelRows backwards, read_backwards(db));
  if (rows != backwards) return Status::internal("a scan backwards shows other rows than one forwards");
  for (const std::string& key : keys) {
    WOMBAT_ASSIGN(const std::optional<std::string> value, read_key(*db, key));
    const auto row = rows.find(key);
    if (value != (row == rows.end() ? std::nullopt : std::optional<std::string>(row->second)))
      return Status::internal("get of " + escape_bytes(key) + " disagrees with the scan");
  }
  WOMBAT_TRY(db->verify({}));
  return rows;
}

}  // namespace wombat
