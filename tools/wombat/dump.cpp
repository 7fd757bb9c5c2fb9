/// Command dump: the rows of a range to a file or standard output, in a format that load reads.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "command_line.h"
#include "database.h"
#include "output.h"
#include "progress.h"
#include "range_arguments.h"
#include "record_format.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

constexpr size_t kPieceSize = size_t{1} << 16;

struct Arguments : RangeArguments {
  std::string file = "-";
  std::string format;
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

ExitCode dump(const Arguments& arguments, const Settings& settings) {
  const bool wants_json = arguments.format.empty() && settings.json;
  const Format format = wants_json                 ? Format::kJsonLines
                        : arguments.format.empty() ? format_of_file(arguments.file)
                                                   : parse_format(arguments.format);
  const RecordWriter write = make_writer(format);
  const RowReader::Range range = arguments.decoded(settings);
  const Database db(arguments.db, Access::kRead, settings);
  if (format == Format::kBinary && arguments.file == "-" && is_terminal(stdout)) {
    throw Failure(ExitCode::kUsage, "dump", "binary records would disturb the terminal",
                  "send them to a file or a pipe");
  }
  Sink sink(arguments.file);
  catch_interrupts();
  Progress progress("dump", Progress::Unit::kRecords, settings);
  RowReader rows(db, range, false, false);
  std::string piece;
  Bytes key, value;
  uint64_t count = 0;
  while (rows.next(&key, &value)) {
    write(key, value, false, &piece);
    ++count;
    if (piece.size() < kPieceSize) continue;
    sink.write(piece);
    piece.clear();
    progress.update(count);
    if (is_interrupted()) {
      throw Failure(ExitCode::kCancelled, "dump", "cancelled after " + with_commas(count) + " records",
                    "the output is incomplete");
    }
  }
  sink.write(piece);
  sink.close();
  progress.clear();
  if (arguments.file != "-" || !is_terminal(stdout)) {
    note(settings, "dump: " + with_commas(count) + " records in " + human_seconds(progress.seconds()));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_dump_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  Command command = command_line.add("dump", "Ranges", "Write records in a format that load reads");
  arguments->declare(command);
  command.positional("FILE", &arguments->file, "The file; - or nothing: standard output", false)
      .choice("-f,--format", &arguments->format, {"tsv", "jsonl", "binary"},
              "Format of the records; by default what the ending of FILE says, else tsv")
      .examples({"wombat dump people people.tsv",
                 "wombat dump people --format jsonl | gzip > people.jsonl.gz",
                 "wombat dump people --prefix a | wombat load people-with-a"})
      .action([arguments](const Settings& settings) { return dump(*arguments, settings); });
}

}  // namespace wombat::cli
