/// Lines of dump-file for people.
#include "base/bytes.h"
#include "dump_printer.h"
#include "entry_parts.h"
#include "output.h"
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
  if (kind == Kind::kExpiringPut) text += ", expires at " + std::to_string(parts.expires_at_us);
  if (kind == Kind::kMerge) text += ", operator " + quoted(parts.merge_operator);
  return has_value(kind) ? text + bytes_text(parts.value) : text;
}
Bytes value_part(Kind kind, Bytes value) { return parts_of(kind, value).value; }

class TextPrinter final : public DumpPrinter {
 public:
  explicit TextPrinter(bool values) : values_(values) {}

  void header(const FileHeader& header) override {
    const auto* id = reinterpret_cast<const char*>(header.database_id.data());
    print(std::string("kind ") + kind_text(header.kind) + ", number " + std::to_string(header.file_number) +
          ", format " + std::to_string(header.format_major) + "." + std::to_string(header.format_minor));
    print("database " + to_hex(Bytes(id, header.database_id.size())) + ", incarnation " +
          std::to_string(header.incarnation));
  }

  void names_manifest(const std::string& manifest) override { print("names manifest " + manifest); }

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

  void operation(Kind kind, Bytes key, Bytes value) override {
    print("  " + entry_text(kind, key, value));
    if (has_value(kind)) show_value(value_part(kind, value));
  }

  void edit(uint64_t end_offset, const VersionEdit& edit) override {
    print("edit up to offset " + std::to_string(end_offset) + ": " + edit.to_string());
  }

  void journal_end(const JournalReader& reader, uint64_t record_count) override {
    print("records " + std::to_string(record_count) + ", end at offset " + std::to_string(reader.position()) +
          ", known to be synced up to " + std::to_string(reader.synced_watermark()) +
          ", bytes ignored behind the end " + std::to_string(reader.dropped_bytes()));
  }

  void table(const TableReader& table) override {
    table.describe([](std::string_view line) { print(std::string(line)); });
  }

  void entry(Bytes key, Tag tag, Bytes value) override {
    const Kind kind = tag_kind(tag);
    print("  " + entry_text(kind, key, value, " at " + std::to_string(tag_timestamp(tag))));
    if (has_value(kind)) show_value(value_part(kind, value));
  }

 private:
  void show_value(Bytes value) const {
    if (values_) print("      " + quoted(value));
  }

  const bool values_;
};

}  // namespace

std::unique_ptr<DumpPrinter> make_text_printer(bool values) { return std::make_unique<TextPrinter>(values); }

}  // namespace wombat::cli
