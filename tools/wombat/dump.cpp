/// Command dump: the rows of a range to a file or standard output, in a format that load reads.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "command_line.h"
#include "database.h"
#include "keyspace_handles.h"
#include "output.h"
#include "progress.h"
#include "range_arguments.h"
#include "record_format.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

constexpr char kDefaultName[] = "default";
constexpr size_t kPieceSize = size_t{1} << 16;

struct Arguments : RangeArguments, AsOfArgument {
  std::string file = "-";
  std::string format;
  bool all_keyspaces = false;
};

/// A file or standard output.
class Sink {
 public:
  explicit Sink(const std::string& path)
      : path_(path), file_(path == "-" ? stdout : std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr)
      throw Failure(ExitCode::kIo, "cannot write '" + escaped(path) + "'", std::strerror(errno));
  }
  ~Sink() {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void write(Bytes bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail_write();
  }
  void close() {
    std::FILE* file = file_;
    file_ = nullptr;
    if ((file == stdout ? std::fflush(file) : std::fclose(file)) != 0) fail_write();
  }

 private:
  [[noreturn]] void fail_write() const {
    throw Failure(ExitCode::kIo, "writing " + (path_ == "-" ? "standard output" : "'" + escaped(path_) + "'"),
                  std::strerror(errno), "make room or choose another place; the file is incomplete");
  }
  const std::string path_;
  std::FILE* file_;
};

Format chosen_format(const Arguments& arguments, const Settings& settings) {
  const bool is_named = !arguments.format.empty();
  Format format = is_named ? parse_format(arguments.format) : format_of_file(arguments.file);
  const bool has_no_ending = arguments.file == "-";
  if (!is_named && (settings.json || (arguments.all_keyspaces && has_no_ending))) format = Format::kJsonLines;
  if (arguments.all_keyspaces && format != Format::kJsonLines) {
    throw Failure(ExitCode::kUsage, "dump --all-keyspaces", "this format has no place for keyspaces",
                  "use --format jsonl");
  }
  if (format == Format::kBinary && arguments.file == "-" && is_terminal(stdout)) {
    throw Failure(ExitCode::kUsage, "dump", "binary records would disturb the terminal",
                  "send them to a file or a pipe");
  }
  return format;
}

/// Writes the rows of keyspaces, and counts.
class Dumper {
 public:
  Dumper(const Arguments& arguments, const Settings& settings)
      : sink_(arguments.file), progress_("dump", Progress::Unit::kRecords, settings) {}

  /// `keyspace_name`: what stands in the records; empty: nothing.
  void add(wombat_db* keyspace, Bytes keyspace_name, const RowQuery& query, RecordWriter write) {
    // What a put without a time would be given one, a load must be told that it has none.
    const bool needs_every_time = option_text(keyspace, "ttl.default_ms") != "0";
    ExpiringRowReader rows(keyspace, query);
    Record record;
    record.keyspace = keyspace_name;
    uint64_t expires_at_us = 0;
    while (rows.next(&record.key, &record.value, &expires_at_us)) {
      record.expires_at_us =
          expires_at_us != 0 || needs_every_time ? std::optional(expires_at_us) : std::nullopt;
      write(record, &piece_);
      ++count_;
      if (piece_.size() >= kPieceSize) hand_over();
    }
  }
  void announce(Bytes keyspace_name, const OptionTexts& options) {
    Record record;
    record.keyspace = keyspace_name;
    record.is_keyspace_only = true;
    if (!options.empty()) record.options = &options;
    write_json_record(record, &piece_);
  }
  void finish() {
    sink_.write(piece_);
    sink_.close();
    progress_.clear();
  }
  uint64_t count() const { return count_; }
  double seconds() const { return progress_.seconds(); }

 private:
  void hand_over() {
    sink_.write(piece_);
    piece_.clear();
    progress_.update(count_);
    if (is_interrupted()) {
      throw Failure(ExitCode::kCancelled, "dump", "cancelled after " + with_commas(count_) + " records",
                    "the output is incomplete");
    }
  }

  Sink sink_;
  Progress progress_;
  std::string piece_;
  uint64_t count_ = 0;
};

/// What the dump does not hold and the database does.
void note_losses(const Arguments& arguments, const Settings& settings, const Database& db) {
  const size_t others = db.keyspaces().size() - 1;
  if (!arguments.all_keyspaces && settings.keyspace.empty() && others != 0) {
    note(settings, "dump: of keyspace default alone; there are " + with_commas(others) +
                       " more, see --keyspace and --all-keyspaces");
  }
  if (!arguments.all_keyspaces && !db.property("keyspace.options").empty())
    note(settings, "dump: the keyspace has options of its own, which only --all-keyspaces writes");
}

ExitCode dump(const Arguments& arguments, const Settings& settings) {
  if (arguments.all_keyspaces && !settings.keyspace.empty()) {
    throw Failure(ExitCode::kUsage, "dump", "--all-keyspaces and --keyspace were both given",
                  "give one of them");
  }
  const Format format = chosen_format(arguments, settings);
  const RecordWriter write = make_writer(format);
  RowQuery query;
  query.range = arguments.decoded(settings);
  query.as_of = arguments.moment();
  const Database db(arguments.db, Access::kRead, settings);
  KeyspaceHandles handles(db);
  catch_interrupts();
  Dumper dumper(arguments, settings);
  if (!arguments.all_keyspaces) {
    dumper.add(db.handle(), Bytes(), query, write);
  } else {
    for (const std::string& name : db.keyspaces()) {
      // Those without rows are to be made again as well; the default one is always there.
      if (name != kDefaultName) dumper.announce(name, handles.own_options(name));
      dumper.add(handles.open(name), name, query, write);
    }
  }
  dumper.finish();
  note_losses(arguments, settings, db);
  if (arguments.file != "-" || !is_terminal(stdout)) {
    note(settings, "dump: " + with_commas(dumper.count()) + " records in " + human_seconds(dumper.seconds()));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_dump_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  Command command = command_line.add("dump", "Ranges", "Write records in a format that load reads");
  arguments->declare(command);
  arguments->declare_as_of(command);
  command.positional("FILE", &arguments->file, "The file; - or nothing: standard output", false)
      .choice("-f,--format", &arguments->format, {"tsv", "jsonl", "binary"},
              "Format of the records; by default what the ending of FILE says, else tsv")
      .flag("--all-keyspaces", &arguments->all_keyspaces,
            "The records of all keyspaces and their options, in format jsonl; load makes them again")
      .notes({"A record holds key and value as get gives them: merges are worked out, deletes and what has",
              "expired are not there; an entry that expires stands with its time. --all-keyspaces writes "
              "options",
              "that keyspaces have their own values of. Prepared transactions and old states are left out."})
      .examples({"wombat dump people people.tsv",
                 "wombat dump people --format jsonl | gzip > people.jsonl.gz",
                 "wombat dump people --prefix a | wombat load people-with-a",
                 "wombat dump people --all-keyspaces | wombat load copy --format jsonl"})
      .action([arguments](const Settings& settings) { return dump(*arguments, settings); });
}

}  // namespace wombat::cli
