/// Format deb822, the one of Debian's package indexes: stanzas of "Field: value" lines, separated by empty
/// lines; lines that begin with a blank continue a field. The value of a record is the stanza, its key the
/// value of one or more fields.
#include <algorithm>
#include <cctype>

#include "record_format.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

bool equal_without_case(Bytes a, Bytes b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

Bytes trimmed(Bytes text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_blank(Bytes line) { return line.find_first_not_of(" \t") == Bytes::npos; }

class Deb822Reader : public RecordReader {
 public:
  Deb822Reader(Input& input, const std::vector<std::string>& key_fields)
      : input_(input), key_fields_(key_fields), parts_(key_fields.size()), has_part_(key_fields.size()) {}

  bool next(Record* record) override {
    if (!read_stanza()) return false;
    key_.clear();
    for (size_t i = 0; i < key_fields_.size(); ++i) {
      if (!has_part_[i]) {
        fail_at_line(input_, first_line_,
                     "expected a field '" + key_fields_[i] + ":' in the stanza that begins here, found none");
      }
      if (i > 0) key_.push_back('/');
      key_ += parts_[i];
    }
    check_sizes(input_, key_.size(), stanza_.size());
    *record = Record{key_, stanza_};
    return true;
  }

 private:
  bool read_stanza() {
    stanza_.clear();
    std::fill(has_part_.begin(), has_part_.end(), false);
    Bytes line;
    while (input_.next_line(&line)) {
      if (!line.empty() && line.front() == '#') continue;
      if (is_blank(line)) {
        if (stanza_.empty()) continue;
        return true;
      }
      if (stanza_.empty()) first_line_ = input_.line_number();
      read_line(line);
      stanza_.append(line);
      stanza_.push_back('\n');
    }
    return !stanza_.empty() && !is_interrupted();
  }

  void read_line(Bytes line) {
    if (line.front() == ' ' || line.front() == '\t') {
      if (stanza_.empty())
        fail_line(input_, "expected 'Field: value' at the start of a stanza, found a continuation line");
      return;
    }
    const size_t colon = line.find(':');
    if (colon == 0 || colon == Bytes::npos) {
      fail_line(input_, "expected 'Field: value', a continuation line or an empty line, found '" +
                            escaped(line.substr(0, 40)) + "'");
    }
    for (size_t i = 0; i < key_fields_.size(); ++i) {
      if (!equal_without_case(line.substr(0, colon), key_fields_[i])) continue;
      if (has_part_[i])
        fail_line(input_, "expected field '" + key_fields_[i] + "' once in a stanza, found it again");
      parts_[i] = trimmed(line.substr(colon + 1));
      has_part_[i] = true;
    }
  }

  Input& input_;
  const std::vector<std::string> key_fields_;
  std::vector<std::string> parts_;
  std::vector<bool> has_part_;
  std::string stanza_;
  std::string key_;
  uint64_t first_line_ = 0;
};

}  // namespace

std::unique_ptr<RecordReader> make_deb822_reader(Input& input, const std::vector<std::string>& key_fields) {
  return std::make_unique<Deb822Reader>(input, key_fields);
}

}  // namespace wombat::cli
