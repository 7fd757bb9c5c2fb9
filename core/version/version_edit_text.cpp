/// Edits in words, for `wombat dump-file` and messages.
#include "journal/database_id_text.h"
#include "version/version_edit.h"

namespace wombat {

namespace {

template <typename T>
void describe(const char* name, const std::optional<T>& value, std::string* text) {
  if (value) *text += std::string(" ") + name + "=" + std::to_string(*value);
}

std::string traits_text(const TableInfo& table) {
  std::string text;
  if (table.expiring_count != 0) text += std::to_string(table.expiring_count) + " expiring, ";
  if (table.range_count != 0) text += std::to_string(table.range_count) + " range deletes, ";
  for (const ValueUse& use : table.values) {
    text += std::to_string(use.count) + " values of " + std::to_string(use.bytes) + " bytes in file " +
            std::to_string(use.file) + ", ";
  }
  if (table.newest_us != 0) text += "written until " + std::to_string(table.newest_us) + " us, ";
  if (table.shadowed_bytes != 0) {
    text += std::to_string(table.shadowed_bytes) + " bytes shadowed and " +
            std::to_string(table.shadowed_value_bytes) + " in value files, ";
  }
  if (table.ingested_at != 0) text += "taken in at commit " + std::to_string(table.ingested_at) + ", ";
  return text;
}

}  // namespace

std::string VersionEdit::to_string() const {
  std::string text = "edit:";
  if (database_id) text += " database_id=" + database_id_text(*database_id);
  if (comparator) text += " comparator=" + escape_bytes(*comparator);
  describe("level_count", level_count, &text);
  describe("incarnation", incarnation, &text);
  describe("next_file_number", next_file_number, &text);
  describe("log_number_min", log_number_min, &text);
  describe("last_timestamp", last_timestamp, &text);
  describe("history_min", history_min, &text);
  for (const SideDirectory& side : side_directories)
    text += " directory " + std::to_string(side.id) + " \"" + escape_bytes(side.path) + "\";";
  for (const auto& [number, size] : sealed_logs) {
    text += " sealed log " + std::to_string(number) + " at " + std::to_string(size) + " bytes;";
  }
  describe("next_keyspace", next_keyspace, &text);
  for (const Keyspace& change : keyspaces) {
    text += " keyspace " + std::to_string(change.id);
    if (change.created) text += " created as \"" + escape_bytes(*change.created) + "\"";
    if (change.renamed) text += " renamed to \"" + escape_bytes(*change.renamed) + "\"";
    if (change.options) text += " options \"" + escape_bytes(*change.options) + "\"";
    describe("log_number_min", change.log_number_min, &text);
    text += change.is_dropped ? " dropped;" : ";";
  }
  const auto of_keyspace = [](uint32_t id) {
    return id == kDefaultKeyspace ? std::string() : " keyspace " + std::to_string(id);
  };
  for (const Removed& table : removed) {
    text += of_keyspace(table.keyspace) + " level " + std::to_string(table.level) + " -table " +
            std::to_string(table.number) + ";";
  }
  for (const Added& added_table : added) {
    const TableInfo& table = added_table.table;
    text += of_keyspace(added_table.keyspace) + " level " + std::to_string(added_table.level) + " run " +
            std::to_string(added_table.run_id) + " +table " + std::to_string(table.number) + " (" +
            std::to_string(table.file_size) + " bytes, " + std::to_string(table.entry_count) + " entries, " +
            traits_text(table) + "\"" + escape_bytes(table.smallest_key) + "\" to \"" +
            escape_bytes(table.largest_key) + "\");";
  }
  return text;
}

}  // namespace wombat
