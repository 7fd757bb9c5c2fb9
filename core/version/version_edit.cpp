#include "version/version_edit.h"

#include <algorithm>
#include <map>

#include "base/coding.h"

namespace wombat {
namespace {

enum class FieldTag : uint8_t {
  kDatabaseId = 1,
  kComparator = 2,
  kLevelCount = 3,
  kIncarnation = 4,
  kNextFileNumber = 5,
  kLogNumberMin = 6,
  kLastTimestamp = 7,
  kSealedLog = 8,
  kAddedTable = 9,
  kRemovedTable = 10,
  kKeyspace = 16,
  kKeyspaceCreated = 17,
  kKeyspaceRenamed = 18,
  kKeyspaceOptions = 19,
  kKeyspaceLogMin = 20,
  kKeyspaceDropped = 21,
  kNextKeyspace = 22,
  kTableTraits = 23,
  kHistoryMin = 24,
  kTableValues = 25,
  kTableTime = 28,
  kTableIngested = 30,
  kSideDirectory = 31,
  kTableShadowed = 130,  // a reader that passes over it knows less of how much is dead, and nothing wrong
};

// Fields from here on may be skipped by a reader that does not know them.
constexpr uint8_t kSkippableTagMin = 128;
constexpr size_t kComparatorSizeMax = 256;

// Writes one field: tag, size, payload. The payload is what is appended until the Field is destroyed.
class Field {
 public:
  Field(FieldTag tag, std::string* out) : out_(out) {
    out->push_back(static_cast<char>(tag));
    start_ = out->size();
    append_le<uint32_t>(out, 0);
  }
  ~Field() {
    store_le<uint32_t>(out_->data() + start_,
                       static_cast<uint32_t>(out_->size() - start_ - sizeof(uint32_t)));
  }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

 private:
  std::string* out_;
  size_t start_;
};

template <typename T>
void encode_number(FieldTag tag, const std::optional<T>& value, std::string* out) {
  if (!value) return;
  const Field field(tag, out);
  append_le<T>(out, *value);
}

void encode_table(const VersionEdit::Added& added, std::string* out) {
  const Field field(FieldTag::kAddedTable, out);
  const TableInfo& table = added.table;
  append_le<uint32_t>(out, added.level);
  append_le<uint64_t>(out, added.run_id);
  for (const uint64_t number :
       {table.number, table.file_size, table.digest, table.entry_count, table.delete_count, table.key_bytes,
        table.value_bytes, table.timestamp_min, table.timestamp_max}) {
    append_le<uint64_t>(out, number);
  }
  append_le<uint32_t>(out, table.incarnation);
  append_sized(out, table.smallest_key);
  append_sized(out, table.largest_key);
}

bool has_traits(const TableInfo& table) { return table.expiring_count != 0 || table.range_count != 0; }

/// Of a table that the same edit adds, in an earlier field.
void encode_traits(const TableInfo& table, std::string* out) {
  const Field field(FieldTag::kTableTraits, out);
  for (const uint64_t number : {table.number, table.expiring_count, table.expiry_min_us, table.expiry_max_us,
                                table.range_count, table.range_bytes}) {
    append_le<uint64_t>(out, number);
  }
}

/// The same of what the table has in value files.
void encode_values(const TableInfo& table, std::string* out) {
  const Field field(FieldTag::kTableValues, out);
  append_le<uint64_t>(out, table.number);
  for (const ValueUse& use : table.values)
    for (const uint64_t number : {use.file, use.count, use.bytes, use.end}) append_le<uint64_t>(out, number);
}

void encode_time(const TableInfo& table, std::string* out) {
  const Field field(FieldTag::kTableTime, out);
  append_le<uint64_t>(out, table.number);
  append_le<uint64_t>(out, table.newest_us);
}

void encode_ingested(const TableInfo& table, std::string* out) {
  const Field field(FieldTag::kTableIngested, out);
  append_le<uint64_t>(out, table.number);
  append_le<uint64_t>(out, table.ingested_at);
}

void encode_shadowed(const TableInfo& table, std::string* out) {
  const Field field(FieldTag::kTableShadowed, out);
  for (const uint64_t number : {table.number, table.shadowed_bytes, table.shadowed_value_bytes})
    append_le<uint64_t>(out, number);
}

void encode_added(const VersionEdit::Added& added, std::string* out) {
  encode_table(added, out);
  if (has_traits(added.table)) encode_traits(added.table, out);
  if (!added.table.values.empty()) encode_values(added.table, out);
  if (added.table.newest_us != 0) encode_time(added.table, out);
  if (added.table.ingested_at != 0) encode_ingested(added.table, out);
  if (added.table.shadowed_bytes != 0) encode_shadowed(added.table, out);
}

const char* decode_table(Cursor* cursor, VersionEdit::Added* added) {
  TableInfo& table = added->table;
  added->level = cursor->fixed<uint32_t>();
  added->run_id = cursor->fixed<uint64_t>();
  for (uint64_t* number :
       {&table.number, &table.file_size, &table.digest, &table.entry_count, &table.delete_count,
        &table.key_bytes, &table.value_bytes, &table.timestamp_min, &table.timestamp_max}) {
    *number = cursor->fixed<uint64_t>();
  }
  table.incarnation = cursor->fixed<uint32_t>();
  const Bytes smallest = cursor->sized();
  const Bytes largest = cursor->sized();
  if (!cursor->ok()) return "table that is cut short";
  if (added->level >= kLevelCountMax) return "table in a level that cannot exist";
  if (table.number == 0 || table.number > kFileNumberMax) return "table with an impossible number";
  if (smallest.size() > kKeySizeMax || largest.size() > kKeySizeMax)
    return "table with a key that is too long";
  if (compare_bytes(smallest, largest) > 0) return "table whose keys are the wrong way round";
  if (table.timestamp_max > kTimestampMax) return "table with an impossible timestamp";
  table.smallest_key = smallest;
  table.largest_key = largest;
  return nullptr;
}

// Reads a field that may occur once.
template <typename T>
const char* decode_number(Cursor* cursor, T limit, std::optional<T>* value) {
  if (value->has_value()) return "field that occurs twice";
  const T number = cursor->fixed<T>();
  if (number > limit) return "number that is too large";
  *value = number;
  return nullptr;
}

const char* decode_database_id(Cursor* cursor, std::optional<DatabaseId>* value) {
  if (value->has_value()) return "field that occurs twice";
  DatabaseId id;
  const Bytes bytes = cursor->bytes(id.size());
  if (bytes.size() != id.size()) return "database id that is cut short";
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(id.data()));
  *value = id;
  return nullptr;
}

const char* decode_comparator(Cursor* cursor, std::optional<std::string>* value) {
  if (value->has_value()) return "field that occurs twice";
  if (cursor->remaining() > kComparatorSizeMax) return "comparator with a name that is too long";
  *value = std::string(cursor->bytes(cursor->remaining()));
  return nullptr;
}

const char* decode_level_count(Cursor* cursor, VersionEdit* edit) {
  const char* fault = decode_number(cursor, kLevelCountMax, &edit->level_count);
  return fault == nullptr && *edit->level_count == 0 ? "tree without levels" : fault;
}

const char* decode_removed(Cursor* cursor, uint32_t keyspace, VersionEdit* edit) {
  VersionEdit::Removed removed;
  removed.level = cursor->fixed<uint32_t>();
  removed.number = cursor->fixed<uint64_t>();
  if (removed.level >= kLevelCountMax) return "table in a level that cannot exist";
  removed.keyspace = keyspace;
  edit->removed.push_back(removed);
  return nullptr;
}

const char* decode_sealed_log(Cursor* cursor, VersionEdit* edit) {
  const auto number = cursor->fixed<uint64_t>();
  const auto size = cursor->fixed<uint64_t>();
  if (number > kFileNumberMax) return "log with an impossible number";
  edit->sealed_logs.emplace_back(number, size);
  return nullptr;
}

const char* decode_added(Cursor* cursor, uint32_t keyspace, VersionEdit* edit) {
  VersionEdit::Added added;
  added.keyspace = keyspace;
  const char* fault = decode_table(cursor, &added);
  if (fault == nullptr) edit->added.push_back(std::move(added));
  return fault;
}

const char* decode_traits(Cursor* cursor, VersionEdit* edit) {
  const auto number = cursor->fixed<uint64_t>();
  if (edit->added.empty() || edit->added.back().table.number != number)
    return "table that is not the last one added";
  TableInfo& table = edit->added.back().table;
  if (has_traits(table)) return "field that occurs twice";
  table.expiring_count = cursor->fixed<uint64_t>();
  table.expiry_min_us = cursor->fixed<uint64_t>();
  table.expiry_max_us = cursor->fixed<uint64_t>();
  table.range_count = cursor->fixed<uint64_t>();
  table.range_bytes = cursor->fixed<uint64_t>();
  if (table.expiring_count > table.entry_count || table.expiry_min_us > table.expiry_max_us)
    return "table with impossible times";
  return nullptr;
}

const char* decode_values(Cursor* cursor, VersionEdit* edit) {
  const auto number = cursor->fixed<uint64_t>();
  if (edit->added.empty() || edit->added.back().table.number != number)
    return "table that is not the last one added";
  std::vector<ValueUse>& values = edit->added.back().table.values;
  if (!values.empty()) return "field that occurs twice";
  while (cursor->ok() && cursor->remaining() != 0) {
    ValueUse use;
    for (uint64_t* part : {&use.file, &use.count, &use.bytes, &use.end}) *part = cursor->fixed<uint64_t>();
    if (use.file == 0 || use.file > kFileNumberMax || (!values.empty() && use.file <= values.back().file))
      return "value file with an impossible number";
    values.push_back(use);
  }
  return values.empty() ? "table without values" : nullptr;
}

const char* decode_time(Cursor* cursor, VersionEdit* edit) {
  const auto number = cursor->fixed<uint64_t>();
  if (edit->added.empty() || edit->added.back().table.number != number)
    return "table that is not the last one added";
  TableInfo& table = edit->added.back().table;
  if (table.newest_us != 0) return "field that occurs twice";
  table.newest_us = cursor->fixed<uint64_t>();
  return table.newest_us == 0 && cursor->ok() ? "table with a time of 0" : nullptr;
}

const char* decode_ingested(Cursor* cursor, VersionEdit* edit) {
  const auto number = cursor->fixed<uint64_t>();
  if (edit->added.empty() || edit->added.back().table.number != number)
    return "table that is not the last one added";
  TableInfo& table = edit->added.back().table;
  if (table.ingested_at != 0) return "field that occurs twice";
  table.ingested_at = cursor->fixed<uint64_t>();
  if (table.ingested_at == 0 || table.ingested_at != table.timestamp_min ||
      table.ingested_at != table.timestamp_max) {
    return "table taken in at another time than that of its entries";
  }
  return nullptr;
}

const char* decode_shadowed(Cursor* cursor, VersionEdit* edit) {
  const auto number = cursor->fixed<uint64_t>();
  if (edit->added.empty() || edit->added.back().table.number != number)
    return "table that is not the last one added";
  TableInfo& table = edit->added.back().table;
  if (table.shadowed_bytes != 0) return "field that occurs twice";
  table.shadowed_bytes = cursor->fixed<uint64_t>();
  table.shadowed_value_bytes = cursor->fixed<uint64_t>();
  if (!cursor->ok()) return nullptr;
  const bool is_possible = table.shadowed_bytes != 0 &&
                           table.shadowed_bytes <= table.key_bytes + table.value_bytes &&
                           table.shadowed_value_bytes <= table.pointed_bytes();
  return is_possible ? nullptr : "table with impossible shadowed bytes";
}

const char* decode_text(Cursor* cursor, size_t size_max, std::optional<std::string>* value) {
  if (value->has_value()) return "field that occurs twice";
  if (cursor->remaining() > size_max) return "text that is too long";
  *value = std::string(cursor->bytes(cursor->remaining()));
  return nullptr;
}

/// What follows belongs to another keyspace.
const char* decode_keyspace(Cursor* cursor, uint32_t* keyspace, VersionEdit* edit) {
  const auto id = cursor->fixed<uint32_t>();
  if (id > kKeyspaceIdMax) return "keyspace with an impossible id";
  // A record says all of one keyspace before it comes to the next.
  if (!edit->keyspaces.empty() && edit->keyspaces.back().id >= id) return "keyspace that is out of order";
  *keyspace = id;
  edit->keyspaces.emplace_back();
  edit->keyspaces.back().id = id;
  return nullptr;
}

/// A field about the keyspace that the edit has come to.
const char* decode_keyspace_field(FieldTag tag, Cursor* cursor, VersionEdit* edit) {
  if (edit->keyspaces.empty()) return "field of a keyspace before any keyspace";
  VersionEdit::Keyspace& keyspace = edit->keyspaces.back();
  if (tag == FieldTag::kKeyspaceLogMin)
    return decode_number(cursor, kFileNumberMax, &keyspace.log_number_min);
  if (keyspace.id == kDefaultKeyspace) return "change of the default keyspace";
  switch (tag) {
    case FieldTag::kKeyspaceCreated:
      return decode_text(cursor, kKeyspaceNameSizeMax, &keyspace.created);
    case FieldTag::kKeyspaceRenamed:
      return decode_text(cursor, kKeyspaceNameSizeMax, &keyspace.renamed);
    case FieldTag::kKeyspaceOptions:
      return decode_text(cursor, kKeyspaceOptionsSizeMax, &keyspace.options);
    default:
      if (keyspace.is_dropped) return "field that occurs twice";
      keyspace.is_dropped = true;
      return nullptr;
  }
}

// Reads the payload of a known field; `*keyspace` is the one that the edit has come to. Returns nullptr, or a phrase
// that says what was found instead.
const char* decode_field(FieldTag tag, Cursor* cursor, uint32_t* keyspace, VersionEdit* edit) {
  switch (tag) {
    case FieldTag::kDatabaseId:
      return decode_database_id(cursor, &edit->database_id);
    case FieldTag::kComparator:
      return decode_comparator(cursor, &edit->comparator);
    case FieldTag::kLevelCount:
      return decode_level_count(cursor, edit);
    case FieldTag::kIncarnation:
      return decode_number(cursor, ~uint32_t{0}, &edit->incarnation);
    case FieldTag::kNextFileNumber:
      return decode_number(cursor, kFileNumberMax, &edit->next_file_number);
    case FieldTag::kLogNumberMin:
      return decode_number(cursor, kFileNumberMax, &edit->log_number_min);
    case FieldTag::kLastTimestamp:
      return decode_number(cursor, kTimestampMax, &edit->last_timestamp);
    case FieldTag::kSealedLog:
      return decode_sealed_log(cursor, edit);
    case FieldTag::kAddedTable:
      return decode_added(cursor, *keyspace, edit);
    case FieldTag::kRemovedTable:
      return decode_removed(cursor, *keyspace, edit);
    case FieldTag::kKeyspace:
      return decode_keyspace(cursor, keyspace, edit);
    case FieldTag::kKeyspaceCreated:
    case FieldTag::kKeyspaceRenamed:
    case FieldTag::kKeyspaceOptions:
    case FieldTag::kKeyspaceLogMin:
    case FieldTag::kKeyspaceDropped:
      return decode_keyspace_field(tag, cursor, edit);
    case FieldTag::kNextKeyspace:
      return decode_number(cursor, kKeyspaceIdMax + 1, &edit->next_keyspace);
    case FieldTag::kTableTraits:
      return decode_traits(cursor, edit);
    case FieldTag::kTableIngested:
      return decode_ingested(cursor, edit);
    case FieldTag::kHistoryMin:
      return decode_number(cursor, kTimestampMax, &edit->history_min);
    case FieldTag::kTableValues:
      return decode_values(cursor, edit);
    case FieldTag::kTableTime:
      return decode_time(cursor, edit);
    case FieldTag::kTableShadowed:
      return decode_shadowed(cursor, edit);
    case FieldTag::kSideDirectory:
      return decode_side_directory(cursor, &edit->side_directories);
  }
  return "field of unknown kind";
}

bool is_known(uint8_t tag) {
  return (tag >= static_cast<uint8_t>(FieldTag::kDatabaseId) &&
          tag <= static_cast<uint8_t>(FieldTag::kRemovedTable)) ||
         (tag >= static_cast<uint8_t>(FieldTag::kKeyspace) &&
          tag <= static_cast<uint8_t>(FieldTag::kTableValues)) ||
         tag == static_cast<uint8_t>(FieldTag::kTableTime) ||
         tag == static_cast<uint8_t>(FieldTag::kTableIngested) ||
         tag == static_cast<uint8_t>(FieldTag::kSideDirectory) ||
         tag == static_cast<uint8_t>(FieldTag::kTableShadowed);
}

void encode_text(FieldTag tag, const std::optional<std::string>& text, std::string* out) {
  if (!text) return;
  const Field field(tag, out);
  out->append(*text);
}

void encode_removed(const VersionEdit::Removed& table, std::string* out) {
  const Field field(FieldTag::kRemovedTable, out);
  append_le<uint32_t>(out, table.level);
  append_le<uint64_t>(out, table.number);
}

/// All that an edit says of one keyspace.
struct Section {
  const VersionEdit::Keyspace* change = nullptr;
  std::vector<const VersionEdit::Removed*> removed;
  std::vector<const VersionEdit::Added*> added;
};

void encode_section(uint32_t id, const Section& section, std::string* out) {
  encode_number(FieldTag::kKeyspace, std::optional<uint32_t>(id), out);
  if (section.change != nullptr) {
    encode_text(FieldTag::kKeyspaceCreated, section.change->created, out);
    encode_text(FieldTag::kKeyspaceRenamed, section.change->renamed, out);
    encode_text(FieldTag::kKeyspaceOptions, section.change->options, out);
    encode_number(FieldTag::kKeyspaceLogMin, section.change->log_number_min, out);
    if (section.change->is_dropped) const Field field(FieldTag::kKeyspaceDropped, out);
  }
  for (const VersionEdit::Removed* table : section.removed) encode_removed(*table, out);
  for (const VersionEdit::Added* table : section.added) encode_added(*table, out);
}

}  // namespace

void VersionEdit::encode(std::string* out) const {
  if (database_id) {
    const Field field(FieldTag::kDatabaseId, out);
    out->append(reinterpret_cast<const char*>(database_id->data()), database_id->size());
  }
  if (comparator) {
    const Field field(FieldTag::kComparator, out);
    out->append(*comparator);
  }
  encode_number(FieldTag::kLevelCount, level_count, out);
  encode_number(FieldTag::kIncarnation, incarnation, out);
  encode_number(FieldTag::kNextFileNumber, next_file_number, out);
  encode_number(FieldTag::kLogNumberMin, log_number_min, out);
  encode_number(FieldTag::kLastTimestamp, last_timestamp, out);
  encode_number(FieldTag::kHistoryMin, history_min, out);
  for (const SideDirectory& side : side_directories) {
    const Field field(FieldTag::kSideDirectory, out);
    encode_side_directory(side, out);
  }
  for (const auto& [number, size] : sealed_logs) {
    const Field field(FieldTag::kSealedLog, out);
    append_le<uint64_t>(out, number);
    append_le<uint64_t>(out, size);
  }
  // Tables of the default keyspace come before any keyspace is named, as in databases that have no other.
  std::map<uint32_t, Section> sections;
  for (const Keyspace& change : keyspaces) sections[change.id].change = &change;
  for (const Removed& table : removed) {
    if (table.keyspace == kDefaultKeyspace) {
      encode_removed(table, out);
    } else {
      sections[table.keyspace].removed.push_back(&table);
    }
  }
  for (const Added& table : added) {
    if (table.keyspace == kDefaultKeyspace) {
      encode_added(table, out);
    } else {
      sections[table.keyspace].added.push_back(&table);
    }
  }
  encode_number(FieldTag::kNextKeyspace, next_keyspace, out);
  for (const auto& [id, section] : sections) encode_section(id, section, out);
}

Result<VersionEdit> VersionEdit::decode(Bytes record, std::string_view where) {
  VersionEdit edit;
  uint32_t keyspace = kDefaultKeyspace;
  Cursor cursor(record);
  while (cursor.remaining() != 0) {
    const size_t offset = cursor.position();
    const auto tag = cursor.fixed<uint8_t>();
    const Bytes payload = cursor.sized();
    const auto place = [&] {
      return std::string(where) + ", byte " + std::to_string(offset) + " of the edit";
    };
    if (!cursor.ok()) return Status::corruption(place() + ": expected a field, found one that is cut short");
    if (tag >= kSkippableTagMin && !is_known(tag)) continue;
    if (!is_known(tag)) {
      return Status(Code::kFormatVersion,
                    place() + ": found field " + std::to_string(tag) +
                        ", which this version of Wombat does not know; the database was "
                        "written by a newer version");
    }
    Cursor field(payload);
    const char* fault = decode_field(static_cast<FieldTag>(tag), &field, &keyspace, &edit);
    if (fault == nullptr && !field.ok()) fault = "field that is cut short";
    if (fault == nullptr && field.remaining() != 0) fault = "field with bytes left over";
    if (fault != nullptr) return Status::corruption(place() + ": found a " + fault);
  }
  return edit;
}

}  // namespace wombat
