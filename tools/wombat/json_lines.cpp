/// Format jsonl: a record is a line, {"key":"...","value":"..."}. Bytes that are not UTF-8 stand in base64
/// under "key_base64" or "value_base64" instead. An entry that expires has "expires_at_us". "keyspace" names the keyspace;
/// without a key it says that there is one, and "options" which it has its own values of.
#include <nlohmann/json.hpp>

#include "record_format.h"

namespace wombat::cli {

namespace {

/// "[json.exception.parse_error.101] parse error at line 1, column 7: why" becomes "column 7: why".
std::string parser_message(const std::string& text) {
  const size_t column = text.find("column ");
  if (column != std::string::npos) return text.substr(column);
  const size_t bracket = text.find("] ");
  return bracket == std::string::npos ? text : text.substr(bracket + 2);
}

class JsonLinesReader : public RecordReader {
 public:
  explicit JsonLinesReader(Input& input) : input_(input) {}

  bool next(Record* record) override {
    Bytes line;
    do {
      if (!input_.next_line(&line)) return false;
    } while (line.find_first_not_of(" \t\r") == Bytes::npos);
    const nlohmann::json row = parse(line);
    if (!row.is_object()) fail_line(input_, std::string("expected a JSON object, found ") + row.type_name());
    for (const auto& member : row.items()) {
      const std::string& name = member.key();
      if (name != "key" && name != "value" && name != "key_base64" && name != "value_base64" &&
          name != "keyspace" && name != "expires_at_us" && name != "options") {
        fail_line(input_,
                  "expected only \"key\" and \"value\" (or \"key_base64\" and \"value_base64\"), "
                  "\"expires_at_us\", \"keyspace\" and \"options\", found " +
                      json_string(name));
      }
    }
    keyspace_.clear();
    if (row.contains("keyspace")) {
      keyspace_ = text_of(row.at("keyspace"), "keyspace");
      if (keyspace_.empty()) fail_line(input_, "expected the name of a keyspace, found \"\"");
      const bool has_options = row.contains("options");
      if (row.size() == (has_options ? 2u : 1u)) {
        *record = Record{Bytes(), Bytes(), keyspace_, true};
        if (has_options) record->options = read_options(row.at("options"));
        return true;
      }
    }
    if (row.contains("options"))
      fail_line(input_, "expected \"options\" beside \"keyspace\" alone, found more or none");
    key_ = member_bytes(row, "key");
    value_ = member_bytes(row, "value");
    check_sizes(input_, key_.size(), value_.size());
    *record = Record{key_, value_, keyspace_};
    if (row.contains("expires_at_us")) record->expires_at_us = time_of(row.at("expires_at_us"));
    return true;
  }

 private:
  nlohmann::json parse(Bytes line) const {
    try {
      return nlohmann::json::parse(line.begin(), line.end());
    } catch (const nlohmann::json::exception& problem) {
      fail_line(input_, "expected a JSON object: " + escaped(parser_message(problem.what())));
    }
  }

  const std::string& text_of(const nlohmann::json& member, const std::string& name) const {
    if (!member.is_string())
      fail_line(input_, "expected a string for \"" + name + "\", found " + member.type_name());
    return member.get_ref<const std::string&>();
  }

  uint64_t time_of(const nlohmann::json& member) const {
    if (!member.is_number_unsigned())
      fail_line(input_, "expected a whole number for \"expires_at_us\", found " + escaped(member.dump()));
    return member.get<uint64_t>();
  }

  const OptionTexts* read_options(const nlohmann::json& member) {
    if (!member.is_object())
      fail_line(input_, std::string("expected an object for \"options\", found ") + member.type_name());
    options_.clear();
    for (const auto& option : member.items())
      options_.emplace_back(option.key(), text_of(option.value(), option.key()));
    return &options_;
  }

  std::string member_bytes(const nlohmann::json& row, const std::string& name) const {
    const bool is_plain = row.contains(name);
    const bool is_coded = row.contains(name + "_base64");
    if (is_plain == is_coded) {
      fail_line(input_, "expected either \"" + name + "\" or \"" + name + "_base64\", found " +
                            (is_plain ? "both" : "neither"));
    }
    const nlohmann::json& member = row.at(is_plain ? name : name + "_base64");
    const std::string& text = text_of(member, name);
    if (is_plain) return text;
    std::string problem;
    const auto bytes = from_base64(text, &problem);
    if (!bytes) fail_line(input_, "\"" + name + "_base64\": " + problem);
    return *bytes;
  }

  Input& input_;
  std::string key_;
  std::string value_;
  std::string keyspace_;
  OptionTexts options_;
};

void append_options(const OptionTexts& options, std::string* out) {
  *out += ",\"options\":{";
  for (const auto& [name, value] : options) {
    if (out->back() != '{') out->push_back(',');
    *out += json_string(name) + ":" + json_string(value);
  }
  out->push_back('}');
}

}  // namespace

std::unique_ptr<RecordReader> make_json_lines_reader(Input& input) {
  return std::make_unique<JsonLinesReader>(input);
}

void write_json_line(Bytes key, Bytes value, bool keys_only, std::string* out) {
  out->push_back('{');
  append_json_bytes("key", key, out);
  if (!keys_only) {
    out->push_back(',');
    append_json_bytes("value", value, out);
  }
  *out += "}\n";
}

void write_json_record(const Record& record, std::string* out) {
  out->push_back('{');
  if (!record.keyspace.empty()) *out += "\"keyspace\":" + json_string(record.keyspace);
  if (record.is_keyspace_only) {
    if (record.options != nullptr) append_options(*record.options, out);
    *out += "}\n";
    return;
  }
  if (!record.keyspace.empty()) out->push_back(',');
  append_json_bytes("key", record.key, out);
  out->push_back(',');
  append_json_bytes("value", record.value, out);
  if (record.expires_at_us) *out += ",\"expires_at_us\":" + std::to_string(*record.expires_at_us);
  *out += "}\n";
}

}  // namespace wombat::cli
