/// Format tsv: a record is a line, key TAB value. TAB, LF, CR and backslash inside are written \t \n \r \\;
/// \xNN is any byte. An entry that expires has a third column, expires_at_us=NUMBER.
#include <charconv>

#include "record_format.h"

namespace wombat::cli {

namespace {

constexpr Bytes kExpiryName = "expires_at_us=";

class TsvReader : public RecordReader {
 public:
  explicit TsvReader(Input& input) : input_(input) {}

  bool next(Record* record) override {
    Bytes line;
    if (!input_.next_line(&line)) return false;
    const size_t tab = line.find('\t');
    if (tab == Bytes::npos) {
      fail_line(input_, "expected key, TAB, value, found no TAB in '" + start_of(line) + "'");
    }
    Bytes value = line.substr(tab + 1);
    if (!value.empty() && value.back() == '\r') {
      fail_line(input_,
                "expected LF at the end of the line, found CR LF; convert the file, or write \\r for a CR "
                "inside a value");
    }
    record->expires_at_us = take_expiry(&value);
    record->key = decode(line.substr(0, tab), &key_, "key");
    record->value = decode(value, &value_, "value");
    check_sizes(input_, record->key.size(), record->value.size());
    return true;
  }

 private:
  /// The third column, which is cut off. Its name tells it from a TAB that somebody forgot to escape.
  std::optional<uint64_t> take_expiry(Bytes* value) const {
    const size_t tab = value->find('\t');
    if (tab == Bytes::npos) return std::nullopt;
    const Bytes column = value->substr(tab + 1);
    if (column.substr(0, kExpiryName.size()) != kExpiryName) {
      fail_line(input_, "expected one TAB, found a second one; write \\t for a TAB inside a value");
    }
    uint64_t expires_at_us = 0;
    const char* const end = column.data() + column.size();
    const auto read = std::from_chars(column.data() + kExpiryName.size(), end, expires_at_us);
    if (read.ec != std::errc() || read.ptr != end) {
      fail_line(input_, "expected expires_at_us= and a whole number, found '" + start_of(column) + "'");
    }
    *value = value->substr(0, tab);
    return expires_at_us;
  }

  static std::string start_of(Bytes line) {
    return escaped(line.substr(0, 40)) + (line.size() > 40 ? "..." : "");
  }

  Bytes decode(Bytes text, std::string* storage, const char* what) const {
    if (text.find('\\') == Bytes::npos) return text;
    std::string problem;
    auto bytes = unescape(text, &problem);
    if (!bytes) fail_line(input_, std::string(what) + ": " + problem);
    *storage = std::move(*bytes);
    return *storage;
  }

  Input& input_;
  std::string key_;
  std::string value_;
};

}  // namespace

std::unique_ptr<RecordReader> make_tsv_reader(Input& input) { return std::make_unique<TsvReader>(input); }

void write_tsv(Bytes key, Bytes value, bool keys_only, std::string* out) {
  append_escaped(key, true, out);
  if (!keys_only) {
    out->push_back('\t');
    append_escaped(value, true, out);
  }
  out->push_back('\n');
}

void write_tsv_record(const Record& record, std::string* out) {
  append_escaped(record.key, true, out);
  out->push_back('\t');
  append_escaped(record.value, true, out);
  if (record.expires_at_us) {
    out->push_back('\t');
    out->append(kExpiryName);
    *out += std::to_string(*record.expires_at_us);
  }
  out->push_back('\n');
}

}  // namespace wombat::cli
