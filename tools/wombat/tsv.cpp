/// Format tsv: a record is a line, key TAB value. TAB, LF, CR and backslash inside are written \t \n \r \\;
/// \xNN is any byte.
#include "record_format.h"

namespace wombat::cli {

namespace {

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
    const Bytes value = line.substr(tab + 1);
    if (value.find('\t') != Bytes::npos) {
      fail_line(input_, "expected one TAB, found a second one; write \\t for a TAB inside a value");
    }
    if (!value.empty() && value.back() == '\r') {
      fail_line(input_,
                "expected LF at the end of the line, found CR LF; convert the file, or write \\r for a CR "
                "inside a value");
    }
    record->key = decode(line.substr(0, tab), &key_, "key");
    record->value = decode(value, &value_, "value");
    check_sizes(input_, record->key.size(), record->value.size());
    return true;
  }

 private:
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

}  // namespace wombat::cli
