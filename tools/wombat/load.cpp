/// Command load: records from a file or a pipe into a database.
#include <algorithm>
#include <memory>
#include <optional>

#include "bulk_load.h"
#include "command_line.h"
#include "database.h"
#include "load_keyspaces.h"
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
  bool sorts = false;
  BulkSettings bulk;
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

/// Loads what a reader gives, batch after batch, and counts.
class Loader {
 public:
  Loader(const Database& db, const Arguments& arguments, const Settings& settings)
      : db_(db),
        arguments_(arguments),
        settings_(settings),
        keyspaces_(db, settings),
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

  LoadCounts counts() const { return {records_, expired_, bytes_, progress_.seconds()}; }

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

  /// A batch is of one keyspace, so a record of another one ends it. False: the record cannot be loaded.
  bool choose_keyspace(const Input& input, const Record& record, std::optional<Failure>* malformed) {
    *malformed = keyspaces_.check(input, record);
    if (*malformed) return false;
    if (keyspaces_.is_here(record)) return true;
    commit();
    keyspaces_.enter(record);
    return true;
  }

  void commit() {
    const size_t count = batch_.count();
    batch_.commit(keyspaces_.here(), write_options_);
    records_ += count;
  }

  const Database& db_;
  const Arguments& arguments_;
  const Settings& settings_;
  LoadKeyspaces keyspaces_;
  Progress progress_;
  wombat_write_options write_options_ = {};
  PackedBatch batch_;
  uint64_t records_ = 0;
  uint64_t expired_ = 0;
  uint64_t bytes_ = 0;
};

void report(const LoadCounts& counts, const Settings& settings) {
  const double rate = static_cast<double>(counts.bytes) / std::max(counts.seconds, 1e-3);
  if (settings.json) {
    write_out("{\"records\":" + std::to_string(counts.records) + ",\"expired\":" +
              std::to_string(counts.expired) + ",\"bytes\":" + std::to_string(counts.bytes) +
              ",\"seconds\":" + std::to_string(counts.seconds) + "}\n");
    return;
  }
  note(settings, "load: " + with_commas(counts.records) + " records, " +
                     human_bytes(static_cast<double>(counts.bytes)) + " in " + human_seconds(counts.seconds) +
                     " (" + human_bytes(rate) + "/s)");
  if (counts.expired != 0)
    note(settings, "load: " + with_commas(counts.expired) + " more had expired and were left out");
}

/// By files that the database takes in.
ExitCode load_in_bulk(const Arguments& arguments, Input& input, RecordReader& reader,
                      const Settings& settings) {
  if (arguments.bulk.is_sorted && arguments.sorts)
    throw Failure(ExitCode::kUsage, "load", "--sorted and --sort are given", "leave one of them out");
  Database db(arguments.db, Access::kCreate, settings);
  const LoadCounts counts = bulk_load(db, input, reader, arguments.bulk, settings);
  db.close();
  report(counts, settings);
  return ExitCode::kOk;
}

ExitCode load(const Arguments& arguments, const Settings& settings) {
  const Format format =
      arguments.format.empty() ? format_of_file(arguments.file) : parse_format(arguments.format);
  ReaderOptions reader_options;
  reader_options.key_fields = split_at_commas(arguments.key_fields);
  reader_options.key_prefix = decode_argument(arguments.key_prefix, settings.encoding(), "--key-prefix");
  catch_interrupts();
  Input input(arguments.file);
  const auto reader = make_reader(format, input, reader_options);
  if (arguments.bulk.is_sorted || arguments.sorts) return load_in_bulk(arguments, input, *reader, settings);
  Database db(arguments.db, Access::kCreate, settings);
  Loader loader(db, arguments, settings);
  const std::optional<Failure> malformed = loader.run(input, *reader);
  db.close();
  const std::string loaded = with_commas(loader.counts().records) + " records before it were loaded and stay";
  if (malformed) throw Failure(malformed->code(), "load", malformed->what(), loaded);
  if (is_interrupted()) {
    throw Failure(ExitCode::kCancelled, "load", "cancelled",
                  with_commas(loader.counts().records) + " records were loaded and stay");
  }
  report(loader.counts(), settings);
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
      .flag(
          "--sorted", &arguments->bulk.is_sorted,
          "The keys ascend: write tables at once, and take them into the database at the end, all or nothing")
      .flag("--sort", &arguments->sorts,
            "The same for any order: sort first, of records with the same key the last one counts")
      .text("--temp-dir", &arguments->bulk.temp_dir, "DIR",
            "--sorted, --sort: where files are meanwhile (beside the database)")
      .number("--memory", &arguments->bulk.memory_bytes, "--sort: memory to use (512MiB)", 1 << 20)
      .number("--threads", &arguments->bulk.thread_count, "--sort: threads (one a processor, at most 8)", 1,
              256)
      .examples({"wombat load people people.tsv", "wombat load people people.jsonl",
                 "printf 'ada\\t1815\\ngrace\\t1906\\n' | wombat load people",
                 "wombat dump old --format binary | wombat load new --format binary --sorted",
                 "wombat load people huge.tsv --sort --memory 2GiB --temp-dir /scratch",
                 "wombat dump old --format binary | wombat load new --format binary",
                 "wombat dump old --all-keyspaces | wombat load new --format jsonl",
                 "apt-cache dumpavail | wombat load packages --format deb822 --key-field Package"})
      .action([arguments](const Settings& settings) { return load(*arguments, settings); });
}

}  // namespace wombat::cli
