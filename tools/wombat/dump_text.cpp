/// Lines of dump-file for people.
#include "base/bytes.h"
#include "dump_printer.h"
#include "entry_parts.h"
#include "kv/write_batch.h"
#include "moment.h"
#include "output.h"
#include "system_entry.h"
#include "text.h"

namespace wombat::cli {

namespace {

std::string quoted(Bytes bytes) { return "\"" + escape_bytes(bytes) + "\""; }
std::string bytes_text(Bytes value) { return ", value of " + std::to_string(value.size()) + " bytes"; }
void print(const std::string& line) { write_out(line + "\n"); }

/// An entry or operation without its value; `at` says when.
std::string entry_text(Kind kind, Bytes key, Bytes value, const std::string& at = "") {
  const EntryParts parts = parts_of(kind, value);
  std::string text = std::string(parts.word) + " " + quoted(key);
  if (kind == Kind::kRangeDelete) text += parts.has_upper ? " to " + quoted(parts.value) : " to the end";
  text += at;
  if (kind == Kind::kExpiringPut) text += ", expires at " + time_text(parts.expires_at_us);
  if (kind == Kind::kMerge) text += ", operator " + quoted(parts.merge_operator);
  return has_value(kind) ? text + bytes_text(parts.value) : text;
}
Bytes value_part(Kind kind, Bytes value) { return parts_of(kind, value).value; }

class TextPrinter final : public DumpPrinter {
 public:
  TextPrinter(bool values, KeyspaceLabels labels) : values_(values), labels_(std::move(labels)) {}

  void header(const FileHeader& header) override {
    const auto* id = reinterpret_cast<const char*>(header.database_id.data());
    print(std::string("kind ") + kind_text(header.kind) + ", number " + std::to_string(header.file_number) +
          ", format " + std::to_string(header.format_major) + "." + std::to_string(header.format_minor));
    print("database " + to_hex(Bytes(id, header.database_id.size())) + ", incarnation " +
          std::to_string(header.incarnation));
  }

  void names_manifest(const std::string& manifest) override { print("names manifest " + manifest); }

  void names_home(const std::string& home) override {
    print("files here belong to the database at " + escape_bytes(home));
  }

  void link(const LogLink& link) override {
    if (link.previous_number == 0) return print("link: the first log");
    print("link: follows log " + std::to_string(link.previous_number) + " of " +
          std::to_string(link.previous_size) + " bytes, last timestamp " +
          std::to_string(link.last_timestamp));
  }

  void batch(uint64_t end_offset, uint64_t timestamp, uint64_t operation_count) override {
    print("batch up to offset " + std::to_string(end_offset) + ": timestamp " + std::to_string(timestamp) +
          ", operations " + std::to_string(operation_count));
  }

  void outside_commit(uint64_t end_offset, uint64_t timestamp) override {
    print("up to offset " + std::to_string(end_offset) + ": the manifest holds commit " +
          std::to_string(timestamp) + ", which took tables in");
  }

  void operation(uint32_t keyspace, Kind kind, Bytes key, Bytes value) override {
    show("  ", keyspace, kind, key, value, place_of(keyspace));
  }

  void edit(uint64_t end_offset, const VersionEdit& edit) override {
    print("edit up to offset " + std::to_string(end_offset) + ": " + edit.to_string());
  }

  void journal_end(const JournalReader& reader, uint64_t record_count) override {
    print("records " + std::to_string(record_count) + ", end at offset " + std::to_string(reader.position()) +
          ", known to be synced up to " + std::to_string(reader.synced_watermark()) +
          ", bytes ignored behind the end " + std::to_string(reader.dropped_bytes()));
  }

  void value(const ValueRecordHead& head, const Bytes* value) override {
    std::string text = "value of " + quoted(head.key) + place_of(head.keyspace) + " at offset " +
                       std::to_string(head.offset) + ": " + std::to_string(head.value_size) + " bytes";
    if (head.stored_size != head.value_size) {
      text += ", " + std::to_string(head.stored_size) + " stored by " +
              codec_name(static_cast<CodecId>(head.codec));
    }
    print(text);
    if (values_ && value != nullptr) print("    " + quoted(*value));
  }

  void damage(uint64_t, const std::string& problem) override { print("damaged: " + problem); }

  void passed_over(uint64_t offset, uint64_t bytes) override {
    print("passed over: " + std::to_string(bytes) + " bytes from offset " + std::to_string(offset) + " on");
  }

  void values_end(uint64_t record_count, uint64_t damaged_count, uint64_t file_size) override {
    print("records " + std::to_string(record_count) + ", damaged places " + std::to_string(damaged_count) +
          ", end at offset " + std::to_string(file_size));
  }

  void table(uint32_t keyspace, const TableReader& table) override {
    keyspace_ = keyspace;
    if (keyspace != kDefaultKeyspace) print("of " + labels_.text(keyspace));
    table.describe([](std::string_view line) { print(std::string(line)); });
  }

  void entry(Bytes key, Tag tag, Bytes value) override {
    show("  ", keyspace_, tag_kind(tag), key, value, " at " + std::to_string(tag_timestamp(tag)));
  }

 private:
  /// What need not be said of the default keyspace, nor of entries that speak for themselves.
  std::string place_of(uint32_t keyspace) const {
    return keyspace == kDefaultKeyspace || labels_.is_system(keyspace) ? "" : " in " + labels_.text(keyspace);
  }

  /// `at`: where or when it was written.
  void show(const std::string& indent, uint32_t keyspace, Kind kind, Bytes key, Bytes value,
            const std::string& at) const {
    if (labels_.is_system(keyspace)) {
      if (const auto entry = read_system_entry(kind, key, value)) return show_system(indent, *entry, at);
    }
    print(indent + entry_text(kind, key, value, at));
    if (values_ && has_value(kind)) print(indent + "    " + quoted(value_part(kind, value)));
  }

  void show_system(const std::string& indent, const SystemEntry& entry, const std::string& at) const {
    switch (entry.what) {
      case SystemEntry::What::kTime:
        return print(indent + "time " + time_text(entry.time_us) + ": commit " +
                     std::to_string(entry.timestamp) + " was the newest" + at);
      case SystemEntry::What::kForgotten:
        return print(indent + "time " + time_text(entry.time_us) + ": forgotten" + at);
      case SystemEntry::What::kDecided:
        return print(indent + "prepared transaction " + quoted(entry.name) + ": decided" + at);
      case SystemEntry::What::kPrepared:
        break;
    }
    const ReadSet& claims = entry.prepared.claims;
    print(indent + "prepared transaction " + quoted(entry.name) + at + ": claims " +
          std::to_string(claims.key_count()) + " keys, " + std::to_string(claims.ranges().count()) +
          " ranges; writes");
    if (entry.prepared.batch.empty()) return print(indent + "  nothing");
    BatchReader batch(entry.prepared.batch);
    BatchReader::Operation operation;
    while (batch.next(&operation)) {
      show(indent + "  ", operation.keyspace, operation.kind, operation.key, operation.value,
           place_of(operation.keyspace));
    }
  }

  const bool values_;
  const KeyspaceLabels labels_;
  uint32_t keyspace_ = kDefaultKeyspace;  // of the table
};

}  // namespace

std::unique_ptr<DumpPrinter> make_text_printer(bool values, KeyspaceLabels labels) {
  return std::make_unique<TextPrinter>(values, std::move(labels));
}

}  // namespace wombat::cli
