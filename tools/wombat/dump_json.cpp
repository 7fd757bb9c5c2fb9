/// Objects of dump-file for programs: one a line, each with a member "type". Bytes that are not UTF-8 stand in
/// members whose names end in _base64.
#include <nlohmann/json.hpp>

#include "dump_printer.h"
#include "entry_parts.h"
#include "kv/write_batch.h"
#include "output.h"
#include "system_entry.h"
#include "text.h"

namespace wombat::cli {

namespace {

using Json = nlohmann::ordered_json;

void add_bytes(const char* name, Bytes bytes, Json* object) {
  if (is_utf8(bytes)) {
    (*object)[name] = std::string(bytes);
  } else {
    (*object)[std::string(name) + "_base64"] = to_base64(bytes);
  }
}

template <typename T>
void add(const char* name, const std::optional<T>& value, Json* object) {
  if (value) (*object)[name] = *value;
}

void print(const Json& object) { write_out(object.dump() + "\n"); }

std::string id_text(const DatabaseId& id) {
  return to_hex(Bytes(reinterpret_cast<const char*>(id.data()), id.size()));
}

Json table_json(const VersionEdit::Added& added) {
  const TableInfo& info = added.table;
  Json table = {{"keyspace", added.keyspace},
                {"level", added.level},
                {"run", added.run_id},
                {"number", info.number},
                {"bytes", info.file_size},
                {"entries", info.entry_count},
                {"deletes", info.delete_count},
                {"timestamp_min", info.timestamp_min},
                {"timestamp_max", info.timestamp_max}};
  if (info.expiring_count != 0) {
    table["expiring"] = info.expiring_count;
    table["expiry_min_us"] = info.expiry_min_us;
    table["expiry_max_us"] = info.expiry_max_us;
  }
  if (info.ingested_at != 0) table["ingested_at"] = info.ingested_at;
  if (info.range_count != 0) {
    table["range_deletes"] = info.range_count;
    table["range_bytes"] = info.range_bytes;
  }
  add_bytes("smallest_key", info.smallest_key, &table);
  add_bytes("largest_key", info.largest_key, &table);
  return table;
}

Json keyspace_json(const VersionEdit::Keyspace& change) {
  Json keyspace = {{"id", change.id}};
  if (change.created) add_bytes("created", *change.created, &keyspace);
  if (change.renamed) add_bytes("renamed", *change.renamed, &keyspace);
  if (change.options) add_bytes("options", *change.options, &keyspace);
  add("log_number_min", change.log_number_min, &keyspace);
  if (change.is_dropped) keyspace["dropped"] = true;
  return keyspace;
}

class JsonPrinter final : public DumpPrinter {
 public:
  JsonPrinter(bool values, KeyspaceLabels labels) : values_(values), labels_(std::move(labels)) {}

  void header(const FileHeader& header) override {
    print({{"type", "header"},
           {"kind", kind_text(header.kind)},
           {"number", header.file_number},
           {"format_major", header.format_major},
           {"format_minor", header.format_minor},
           {"database_id", id_text(header.database_id)},
           {"incarnation", header.incarnation}});
  }

  void names_manifest(const std::string& manifest) override {
    print({{"type", "current"}, {"manifest", manifest}});
  }

  void names_home(const std::string& home) override { print({{"type", "owner"}, {"home", home}}); }

  void link(const LogLink& link) override {
    print({{"type", "link"},
           {"previous_number", link.previous_number},
           {"previous_bytes", link.previous_size},
           {"last_timestamp", link.last_timestamp}});
  }

  void batch(uint64_t end_offset, uint64_t timestamp, uint64_t operation_count) override {
    print({{"type", "batch"},
           {"end_offset", end_offset},
           {"timestamp", timestamp},
           {"operations", operation_count}});
  }

  void outside_commit(uint64_t end_offset, uint64_t timestamp) override {
    print({{"type", "outside_commit"}, {"end_offset", end_offset}, {"timestamp", timestamp}});
  }

  void operation(uint32_t keyspace, Kind kind, Bytes key, Bytes value) override {
    Json line = {{"type", "operation"}};
    add_keyspace(keyspace, &line);
    add_row(keyspace, kind, key, value, &line);
    print(line);
  }

  void edit(uint64_t end_offset, const VersionEdit& edit) override {
    Json line = {{"type", "edit"}, {"end_offset", end_offset}};
    if (edit.database_id) line["database_id"] = id_text(*edit.database_id);
    if (edit.comparator) add_bytes("comparator", *edit.comparator, &line);
    add("level_count", edit.level_count, &line);
    add("incarnation", edit.incarnation, &line);
    add("next_file_number", edit.next_file_number, &line);
    add("log_number_min", edit.log_number_min, &line);
    add("last_timestamp", edit.last_timestamp, &line);
    add("history_min", edit.history_min, &line);
    add("next_keyspace", edit.next_keyspace, &line);
    for (const VersionEdit::Keyspace& change : edit.keyspaces)
      line["keyspaces"].push_back(keyspace_json(change));
    for (const auto& [number, size] : edit.sealed_logs)
      line["logs"].push_back({{"number", number}, {"bytes", size}});
    for (const VersionEdit::Removed& removed : edit.removed)
      line["removed"].push_back(
          {{"keyspace", removed.keyspace}, {"level", removed.level}, {"number", removed.number}});
    for (const VersionEdit::Added& added : edit.added) line["added"].push_back(table_json(added));
    print(line);
  }

  void journal_end(const JournalReader& reader, uint64_t record_count) override {
    print({{"type", "end"},
           {"records", record_count},
           {"end_offset", reader.position()},
           {"synced_offset", reader.synced_watermark()},
           {"dropped_bytes", reader.dropped_bytes()}});
  }

  void value(const ValueRecordHead& head, const Bytes* value) override {
    Json line = {{"type", "value"}, {"offset", head.offset}, {"bytes", head.size}};
    add_keyspace(head.keyspace, &line);
    add_bytes("key", head.key, &line);
    line["value_bytes"] = head.value_size;
    line["stored_bytes"] = head.stored_size;
    line["codec"] = codec_name(static_cast<CodecId>(head.codec));
    line["is_whole"] = value != nullptr;
    if (values_ && value != nullptr) add_bytes("value", *value, &line);
    print(line);
  }

  void damage(uint64_t offset, const std::string& problem) override {
    print({{"type", "damage"}, {"offset", offset}, {"problem", problem}});
  }

  void passed_over(uint64_t offset, uint64_t bytes) override {
    print({{"type", "passed_over"}, {"offset", offset}, {"bytes", bytes}});
  }

  void values_end(uint64_t record_count, uint64_t damaged_count, uint64_t file_size) override {
    print(
        {{"type", "end"}, {"records", record_count}, {"damaged", damaged_count}, {"end_offset", file_size}});
  }

  void table(uint32_t keyspace, const TableReader& table) override {
    keyspace_ = keyspace;
    const TableProperties& properties = table.properties();
    Json line = {{"type", "table"}};
    add_keyspace(keyspace, &line);
    line["bytes"] = properties.file_size;
    line["entries"] = properties.entry_count;
    line["deletes"] = properties.delete_count;
    line["key_bytes"] = properties.key_bytes;
    line["value_bytes"] = properties.value_bytes;
    line["timestamp_min"] = properties.timestamp_min;
    line["timestamp_max"] = properties.timestamp_max;
    const TableCompression& compression = properties.compression;
    line["compression"] = {{"codec", codec_name(compression.codec)},
                           {"level", compression.level},
                           {"blocks", compression.block_count},
                           {"compressed_blocks", compression.compressed_count},
                           {"raw_bytes", compression.frame_bytes},
                           {"stored_bytes", compression.stored_bytes},
                           {"dictionary_bytes", compression.dictionary_bytes}};
    if (table.ranges() != nullptr) {
      for (const RangeSet::Fragment& fragment : table.ranges()->fragments())
        line["range_deletes"].push_back(range_json(fragment));
    }
    add_bytes("smallest_key", properties.smallest_key, &line);
    add_bytes("largest_key", properties.largest_key, &line);
    table.describe([&](std::string_view text) { line["description"].push_back(std::string(text)); });
    print(line);
  }

  void entry(Bytes key, Tag tag, Bytes value) override {
    Json line = {{"type", "entry"}, {"timestamp", tag_timestamp(tag)}};
    add_row(keyspace_, tag_kind(tag), key, value, &line);
    print(line);
  }

 private:
  static Json range_json(const RangeSet::Fragment& fragment) {
    Json range;
    add_bytes("from", fragment.lower, &range);
    if (fragment.has_upper) add_bytes("to", fragment.upper, &range);
    range["timestamps"] = fragment.timestamps;
    return range;
  }

  void add_keyspace(uint32_t keyspace, Json* line) const {
    (*line)["keyspace"] = keyspace;
    const std::string name = labels_.name(keyspace);
    if (!name.empty()) add_bytes("keyspace_name", name, line);
  }

  void add_system(const SystemEntry& entry, Json* line) const {
    if (entry.what == SystemEntry::What::kTime) (*line)["newest_commit"] = entry.timestamp;
    if (entry.time_us != 0) (*line)["time_us"] = entry.time_us;
    if (entry.what != SystemEntry::What::kPrepared) return;
    Json prepared;
    add_bytes("name", entry.name, &prepared);
    prepared["keys"] = entry.prepared.claims.key_count();
    prepared["ranges"] = entry.prepared.claims.ranges().count();
    prepared["operations"] = Json::array();
    BatchReader batch(entry.prepared.batch);
    BatchReader::Operation operation;
    while (!entry.prepared.batch.empty() && batch.next(&operation)) {
      Json row;
      add_keyspace(operation.keyspace, &row);
      add_row(operation.keyspace, operation.kind, operation.key, operation.value, &row);
      prepared["operations"].push_back(row);
    }
    (*line)["prepared"] = prepared;
  }

  void add_row(uint32_t keyspace, Kind kind, Bytes key, Bytes value, Json* line) const {
    const EntryParts parts = parts_of(kind, value);
    (*line)["kind"] = parts.word;
    add_bytes("key", key, line);
    if (labels_.is_system(keyspace)) {
      if (const auto entry = read_system_entry(kind, key, value)) add_system(*entry, line);
    }
    if (kind == Kind::kRangeDelete && parts.has_upper) add_bytes("upper", parts.value, line);
    if (kind == Kind::kExpiringPut) (*line)["expires_at_us"] = parts.expires_at_us;
    if (kind == Kind::kMerge) add_bytes("operator", parts.merge_operator, line);
    if (!has_value(kind)) return;
    (*line)["value_bytes"] = parts.value.size();
    if (values_) add_bytes("value", parts.value, line);
  }

  const bool values_;
  const KeyspaceLabels labels_;
  uint32_t keyspace_ = kDefaultKeyspace;  // of the table
};

}  // namespace

std::unique_ptr<DumpPrinter> make_json_printer(bool values, KeyspaceLabels labels) {
  return std::make_unique<JsonPrinter>(values, std::move(labels));
}

}  // namespace wombat::cli
