#include "version/version_edit.h"

#include <algorithm>

#include "base/coding.h"
#include "journal/database_id_text.h"

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

const char* decode_removed(Cursor* cursor, VersionEdit* edit) {
  VersionEdit::Removed removed;
  removed.level = cursor->fixed<uint32_t>();
  removed.number = cursor->fixed<uint64_t>();
  if (removed.level >= kLevelCountMax) return "table in a level that cannot exist";
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

const char* decode_added(Cursor* cursor, VersionEdit* edit) {
  VersionEdit::Added added;
  const char* fault = decode_table(cursor, &added);
  if (fault == nullptr) edit->added.push_back(std::move(added));
  return fault;
}

// Reads the payload of a known field. Returns nullptr, or a phrase that says what was found instead.
const char* decode_field(FieldTag tag, Cursor* cursor, VersionEdit* edit) {
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
      return decode_added(cursor, edit);
    case FieldTag::kRemovedTable:
      return decode_removed(cursor, edit);
  }
  return "field of unknown kind";
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
  for (const auto& [number, size] : sealed_logs) {
    const Field field(FieldTag::kSealedLog, out);
    append_le<uint64_t>(out, number);
    append_le<uint64_t>(out, size);
  }
  for (const Removed& table : removed) {
    const Field field(FieldTag::kRemovedTable, out);
    append_le<uint32_t>(out, table.level);
    append_le<uint64_t>(out, table.number);
  }
  for (const Added& table : added) encode_table(table, out);
}

Result<VersionEdit> VersionEdit::decode(Bytes record, std::string_view where) {
  VersionEdit edit;
  Cursor cursor(record);
  while (cursor.remaining() != 0) {
    const size_t offset = cursor.position();
    const auto tag = cursor.fixed<uint8_t>();
    const Bytes payload = cursor.sized();
    const auto place = [&] {
      return std::string(where) + ", byte " + std::to_string(offset) + " of the edit";
    };
    if (!cursor.ok()) return Status::corruption(place() + ": expected a field, found one that is cut short");
    if (tag >= kSkippableTagMin) continue;
    if (tag == 0 || tag > static_cast<uint8_t>(FieldTag::kRemovedTable)) {
      return Status(Code::kFormatVersion,
                    place() + ": found field " + std::to_string(tag) +
                        ", which this version of Wombat does not know; the database was "
                        "written by a newer version");
    }
    Cursor field(payload);
    const char* fault = decode_field(static_cast<FieldTag>(tag), &field, &edit);
    if (fault == nullptr && !field.ok()) fault = "field that is cut short";
    if (fault == nullptr && field.remaining() != 0) fault = "field with bytes left over";
    if (fault != nullptr) return Status::corruption(place() + ": found a " + fault);
  }
  return edit;
}

namespace {

template <typename T>
void describe(const char* name, const std::optional<T>& value, std::string* text) {
  if (value) *text += std::string(" ") + name + "=" + std::to_string(*value);
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
  for (const auto& [number, size] : sealed_logs) {
    text += " sealed log " + std::to_string(number) + " at " + std::to_string(size) + " bytes;";
  }
  for (const Removed& table : removed) {
    text += " level " + std::to_string(table.level) + " -table " + std::to_string(table.number) + ";";
  }
  for (const Added& added_table : added) {
    const TableInfo& table = added_table.table;
    text += " level " + std::to_string(added_table.level) + " run " + std::to_string(added_table.run_id) +
            " +table " + std::to_string(table.number) + " (" + std::to_string(table.file_size) + " bytes, " +
            std::to_string(table.entry_count) + " entries, \"" + escape_bytes(table.smallest_key) +
            "\" to \"" + escape_bytes(table.largest_key) + "\");";
  }
  return text;
}

}  // namespace wombat
