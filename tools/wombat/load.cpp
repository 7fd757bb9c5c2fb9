/// Command load: records from a file or a pipe into a database.
#include <chrono>
#include <memory>
#include <optional>
#include <set>

#include "command_line.h"
#include "database.h"
#include "keyspace_handles.h"
#include "output.h"
#include "progress.h"
#include "record_format.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

constexpr size_t kBatchBytesMax = size_t{4} << 20;

struct Arguments {
  std::string db;
  std::string file = "-";
  std::string format;
  std::string key_fields = "Package";
  std::string key_prefix;
  std::string sync = "end";
  uint64_t batch_size = 1000;
};

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

uint64_t wall_us() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count());
}

/// Loads what a reader gives, batch after batch, and counts.
class Loader {
 public:
  Loader(const Database& db, const Arguments& arguments, const Settings& settings)
      : db_(db),
        arguments_(arguments),
        settings_(settings),
        keyspaces_(db),
        keyspace_(db.handle()),
        progress_("load", Progress::Unit::kBytes, settings) {
    write_options_.size = sizeof write_options_;
    write_options_.sync = arguments.sync == "always" ? WOMBAT_SYNC_ALWAYS : WOMBAT_SYNC_NEVER;
    write_options_.timeout_us = settings.timeout_us();
  }

  /// Everything up to the end of the input, an interrupt or a malformed record, which is returned.
  std::optional<Failure> run(Input& input, RecordReader& reader) {
    if (input.total()) progress_.set_total(*input.total());
    std::optional<Failure> malformed;
    Record record;
    while (next(reader, &record, &malformed)) {
      if (!choose_keyspace(input, record, &malformed)) break;
      if (record.is_keyspace_only) continue;
      if (!add(record)) continue;
      if (batch_.count() >= arguments_.batch_size || batch_.size_bytes() >= kBatchBytesMax) {
        commit();
        progress_.update(input.offset());
      }
      if (is_interrupted()) break;
    }
    commit();
    if (arguments_.sync == "end") db_.sync();
    progress_.clear();
    return malformed;
  }

  uint64_t records() const { return records_; }

  void report() const {
    const double seconds = progress_.seconds();
    const double rate = static_cast<double>(bytes_) / (seconds > 1e-3 ? seconds : 1e-3);
    if (settings_.json) {
      write_out("{\"records\":" + std::to_string(records_) + ",\"expired\":" + std::to_string(expired_) +
                ",\"bytes\":" + std::to_string(bytes_) + ",\"seconds\":" + std::to_string(seconds) + "}\n");
    } else {
      note(settings_, "load: " + with_commas(records_) + " records, " +
                          human_bytes(static_cast<double>(bytes_)) + " in " + human_seconds(seconds) + " (" +
                          human_bytes(rate) + "/s)");
      if (expired_ != 0)
        note(settings_, "load: " + with_commas(expired_) + " more had expired and were left out");
    }
  }

 private:
  static bool next(RecordReader& reader, Record* record, std::optional<Failure>* malformed) {
    try {
      return reader.next(record);
    } catch (const Failure& failure) {
      *malformed = failure;
      return false;
    }
  }

  /// False: it has expired.
  bool add(const Record& record) {
    if (record.expires_at_us.value_or(0) != 0 && *record.expires_at_us <= wall_us()) {
      ++expired_;
      return false;
    }
    if (record.expires_at_us)
      batch_.put_until(record.key, record.value, *record.expires_at_us);
    else
      batch_.put(record.key, record.value);
    bytes_ += record.key.size() + record.value.size();
    return true;
  }

  /// A batch is of one keyspace, so a record of another one ends it.
  bool choose_keyspace(const Input& input, const Record& record, std::optional<Failure>* malformed) {
    if (record.keyspace.empty() && keyspace_name_.empty()) return true;
    if (!settings_.keyspace.empty()) {
      *malformed = Failure(ExitCode::kUsage, input.name() + ", line " + std::to_string(input.line_number()),
                           "the record names a keyspace, and --keyspace was given", "leave --keyspace out");
      return false;
    }
    if (record.keyspace == keyspace_name_ && record.options == nullptr) return true;
    commit();
    keyspace_name_ = record.keyspace;
    if (!keyspace_name_.empty()) prepare_keyspace(record.options);
    keyspace_ = keyspace_name_.empty() ? db_.handle() : keyspaces_.open(keyspace_name_);
    return true;
  }

  void prepare_keyspace(const OptionTexts* options) {
    const bool is_new = known_.insert(keyspace_name_).second;
    if (!is_new && options == nullptr) return;
    if (keyspaces_.make(keyspace_name_, options != nullptr ? *options : OptionTexts())) return;
    if (options == nullptr || keyspaces_.own_options(keyspace_name_) == *options) return;
    note(settings_, "load: keyspace '" + escaped(keyspace_name_) + "' was there; it keeps its own options");
  }

  void commit() {
    const size_t count = batch_.count();
    batch_.commit(keyspace_, write_options_);
    records_ += count;
  }

  const Database& db_;
  const Arguments& arguments_;
  const Settings& settings_;
  KeyspaceHandles keyspaces_;
  wombat_db* keyspace_;  // of the batch
  std::string keyspace_name_;
  Progress progress_;
  wombat_write_options write_options_ = {};
  PackedBatch batch_;
  std::set<std::string> known_;  // keyspaces that are there
  uint64_t records_ = 0;
  uint64_t expired_ = 0;
  uint64_t bytes_ = 0;
};

ExitCode load(const Arguments& arguments, const Settings& settings) {
  const Format format =
      arguments.format.empty() ? format_of_file(arguments.file) : parse_format(arguments.format);
  ReaderOptions reader_options;
  reader_options.key_fields = split_at_commas(arguments.key_fields);
  reader_options.key_prefix = decode_argument(arguments.key_prefix, settings.encoding(), "--key-prefix");
  catch_interrupts();
  Input input(arguments.file);
  const auto reader = make_reader(format, input, reader_options);
  Database db(arguments.db, Access::kCreate, settings);
  Loader loader(db, arguments, settings);
  const std::optional<Failure> malformed = loader.run(input, *reader);
  db.close();
  const std::string loaded = with_commas(loader.records()) + " records before it were loaded and stay";
  if (malformed) throw Failure(malformed->code(), "load", malformed->what(), loaded);
  if (is_interrupted()) {
    throw Failure(ExitCode::kCancelled, "load", "cancelled",
                  with_commas(loader.records()) + " records were loaded and stay");
  }
  loader.report();
  return ExitCode::kOk;
}

}  // namespace

void add_load_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  command_line
      .add("load", "Ranges",
           "Load records from a file or standard input; makes the database when it is missing")
      .positional("DB", &arguments->db, "Directory of the database")
      .positional("FILE", &arguments->file, "The file; - or nothing: standard input", false)
      .choice("-f,--format", &arguments->format, {"tsv", "jsonl", "binary", "deb822"},
              "Format of the records; by default what the ending of FILE says, else tsv")
      .text("--key-field", &arguments->key_fields, "FIELD,...",
            "deb822: the fields whose values, with / between, are the key (default Package)")
      .text("--key-prefix", &arguments->key_prefix, "KEY", "Put this before every key")
      .number("--batch-size", &arguments->batch_size, "Records that are committed together", 1, 1000000)
      .choice("--sync", &arguments->sync, {"end", "always", "never"},
              "Make durable once at the end, every batch, or as the operating system likes")
      .examples({"wombat load people people.tsv", "wombat load people people.jsonl",
                 "printf 'ada\\t1815\\ngrace\\t1906\\n' | wombat load people",
                 "wombat dump old --format binary | wombat load new --format binary",
                 "wombat dump old --all-keyspaces | wombat load new --format jsonl",
                 "apt-cache dumpavail | wombat load packages --format deb822 --key-field Package"})
      .action([arguments](const Settings& settings) { return load(*arguments, settings); });
}

}  // namespace wombat::cli
