/// The formats in which records are loaded and dumped. docs and wombat.1 describe them; each has a file of
/// its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "failure.h"
#include "input.h"
#include "text.h"

namespace wombat::cli {

enum class Format { kTsv, kJsonLines, kBinary, kDeb822 };

/// "tsv", "jsonl", "binary" or "deb822". Throws Failure (usage) for other words.
Format parse_format(const std::string& name);
/// The format that the ending of a file name speaks of, TSV where it does not.
Format format_of_file(const std::string& path);

/// Names and values.
using OptionTexts = std::vector<std::pair<std::string, std::string>>;

struct Record {
  Bytes key;
  Bytes value;
  Bytes keyspace = {};            // empty: the record names none
  bool is_keyspace_only = false;  // no key and no value: the keyspace is there
  /// Microseconds since 1970; 0: never. Nothing: the record does not say, and the entry is what a put makes of it.
  std::optional<uint64_t> expires_at_us = {};
  const OptionTexts* options = nullptr;  // of a keyspace that is_keyspace_only, where they are named
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  /// The next record, valid until the next call; false at the end. Throws Failure (malformed input) that
  /// names the line.
  virtual bool next(Record* record) = 0;
};

struct ReaderOptions {
  std::vector<std::string> key_fields;  // deb822: fields whose values, joined by '/', are the key
  std::string key_prefix;               // put before every key
};

/// `input` outlives the reader.
std::unique_ptr<RecordReader> make_reader(Format format, Input& input, const ReaderOptions& options);

/// Appends one record to `out`. deb822 cannot be written: Failure (usage) from make_writer.
using RecordWriter = void (*)(const Record& record, std::string* out);
RecordWriter make_writer(Format format);

// The members of the formats, each in its own file.
std::unique_ptr<RecordReader> make_tsv_reader(Input& input);
std::unique_ptr<RecordReader> make_json_lines_reader(Input& input);
std::unique_ptr<RecordReader> make_binary_reader(Input& input);
std::unique_ptr<RecordReader> make_deb822_reader(Input& input, const std::vector<std::string>& key_fields);
void write_tsv(Bytes key, Bytes value, bool keys_only, std::string* out);
void write_tsv_record(const Record& record, std::string* out);
void write_json_line(Bytes key, Bytes value, bool keys_only, std::string* out);
/// With its keyspace, and those that are keyspaces alone: only this format has a place for them.
void write_json_record(const Record& record, std::string* out);
void write_binary_record(const Record& record, std::string* out);

/// A malformed record at the input's present line.
[[noreturn]] void fail_line(const Input& input, const std::string& expected);
/// The same where an earlier line began the record.
[[noreturn]] void fail_at_line(const Input& input, uint64_t line_number, const std::string& expected);
/// Throws when a key or value is longer than the store allows.
void check_sizes(const Input& input, size_t key_size, size_t value_size);

}  // namespace wombat::cli
