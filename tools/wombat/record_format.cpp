#include "record_format.h"

#include <utility>

#include "wombat.h"

namespace wombat::cli {

namespace {

/// Puts something in front of every key that another reader finds.
class PrefixingReader : public RecordReader {
 public:
  PrefixingReader(std::unique_ptr<RecordReader> reader, Input& input, std::string prefix)
      : reader_(std::move(reader)), input_(input), prefix_(std::move(prefix)) {}

  bool next(Record* record) override {
    if (!reader_->next(record)) return false;
    if (record->is_keyspace_only) return true;
    key_ = prefix_;
    key_.append(record->key);
    check_sizes(input_, key_.size(), 0);
    record->key = key_;
    return true;
  }

 private:
  const std::unique_ptr<RecordReader> reader_;
  Input& input_;
  const std::string prefix_;
  std::string key_;
};

bool ends_with(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

std::unique_ptr<RecordReader> make_plain_reader(Format format, Input& input, const ReaderOptions& options) {
  switch (format) {
    case Format::kJsonLines:
      return make_json_lines_reader(input);
    case Format::kBinary:
      return make_binary_reader(input);
    case Format::kDeb822:
      return make_deb822_reader(input, options.key_fields);
    case Format::kTsv:
      break;
  }
  return make_tsv_reader(input);
}

}  // namespace

Format parse_format(const std::string& name) {
  if (name == "tsv") return Format::kTsv;
  if (name == "jsonl" || name == "json") return Format::kJsonLines;
  if (name == "binary") return Format::kBinary;
  if (name == "deb822") return Format::kDeb822;
  throw Failure(ExitCode::kUsage, "--format " + escaped(name), "no such format",
                "use tsv, jsonl, binary or deb822");
}

Format format_of_file(const std::string& path) {
  if (ends_with(path, ".jsonl") || ends_with(path, ".ndjson") || ends_with(path, ".json"))
    return Format::kJsonLines;
  if (ends_with(path, ".bin") || ends_with(path, ".binary")) return Format::kBinary;
  if (ends_with(path, ".deb822")) return Format::kDeb822;
  return Format::kTsv;
}

std::unique_ptr<RecordReader> make_reader(Format format, Input& input, const ReaderOptions& options) {
  auto reader = make_plain_reader(format, input, options);
  if (options.key_prefix.empty()) return reader;
  return std::make_unique<PrefixingReader>(std::move(reader), input, options.key_prefix);
}

RecordWriter make_writer(Format format) {
  switch (format) {
    case Format::kTsv:
      return write_tsv_record;
    case Format::kJsonLines:
      return write_json_record;
    case Format::kBinary:
      return write_binary_record;
    case Format::kDeb822:
      break;
  }
  throw Failure(ExitCode::kUsage, "--format deb822", "this format can only be read",
                "use tsv, jsonl or binary");
}

void fail_at_line(const Input& input, uint64_t line_number, const std::string& expected) {
  throw Failure(ExitCode::kMalformedInput, input.name() + ", line " + std::to_string(line_number), expected);
}

void fail_line(const Input& input, const std::string& expected) {
  fail_at_line(input, input.line_number(), expected);
}

void check_sizes(const Input& input, size_t key_size, size_t value_size) {
  if (key_size > WOMBAT_KEY_SIZE_MAX) {
    fail_line(input, "expected a key of at most " + with_commas(WOMBAT_KEY_SIZE_MAX) + " bytes, found " +
                         with_commas(key_size));
  }
  if (value_size > WOMBAT_VALUE_SIZE_MAX) {
    fail_line(input, "expected a value of at most " + with_commas(WOMBAT_VALUE_SIZE_MAX) + " bytes, found " +
                         with_commas(value_size));
  }
}

}  // namespace wombat::cli
