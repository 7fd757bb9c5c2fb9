/// Command dump-file: what a single file of a database holds, for debugging. The one command that looks below
/// wombat.h.
#include <filesystem>
#include <memory>

#include "base/bytes.h"
#include "command_line.h"
#include "core_status.h"
#include "db/outside_commit.h"
#include "db/side_directories.h"
#include "dump_printer.h"
#include "dump_values.h"
#include "env/file_header.h"
#include "env/file_system.h"
#include "journal/journal_reader.h"
#include "kv/write_batch.h"
#include "output.h"
#include "table/table_reader.h"
#include "terminal.h"
#include "version/version_edit.h"

namespace wombat::cli {

namespace {

struct Arguments {
  std::string file;
  bool entries = false;
  bool values = false;
};

/// A file of a database, its header checked.
struct OpenedFile {
  std::unique_ptr<Directory> directory;
  std::string name;
  FileHeader header;
};

OpenedFile open_checked(const std::string& path) {
  const std::filesystem::path whole(path);
  const std::string folder = whole.has_parent_path() ? whole.parent_path().string() : ".";
  OpenedFile file;
  file.directory = value_or_fail(posix_file_system().open_directory(folder, DirectoryMode::kMustExist), path);
  file.name = whole.filename().string();
  const auto readable = value_or_fail(file.directory->open_file(file.name), path);
  std::string bytes(kFileHeaderSize, '\0');
  check_core(read_exactly(*readable, file.name, 0, bytes.size(), bytes.data()), path);
  // The header of a file that somebody renamed still tells what it is.
  const auto named = parse_file_name(file.name);
  FileKind expected = named ? named->kind : FileKind::kCurrent;
  for (const FileKind kind : {FileKind::kManifest, FileKind::kLog, FileKind::kTable, FileKind::kValueLog,
                              FileKind::kOwner, FileKind::kCurrent}) {
    if (decode_file_header(bytes, kind, file.name)) expected = kind;
  }
  file.header = value_or_fail(decode_file_header(bytes, expected, file.name), path);
  return file;
}

void dump_batch(const Arguments& arguments, Bytes record, uint64_t end_offset, DumpPrinter& printer) {
  BatchReader batch(record);
  const std::string place = "batch that ends at " + std::to_string(end_offset);
  check_core(batch.status(), place);
  printer.batch(end_offset, batch.timestamp(), batch.count());
  BatchReader::Operation operation;
  while (batch.next(&operation)) {
    if (arguments.entries)
      printer.operation(operation.keyspace, operation.kind, operation.key, operation.value);
  }
  check_core(batch.status(), place);
}

void dump_journal(const Arguments& arguments, const OpenedFile& file, DumpPrinter& printer) {
  auto readable = value_or_fail(file.directory->open_file(file.name), arguments.file);
  const auto reader =
      value_or_fail(JournalReader::open(std::move(readable), file.name, file.header.kind), arguments.file);
  Bytes record;
  uint64_t count = 0;
  while (reader->next(&record) && !is_interrupted()) {
    ++count;
    if (file.header.kind == FileKind::kManifest) {
      const std::string place = "edit up to offset " + std::to_string(reader->position());
      printer.edit(reader->position(), value_or_fail(VersionEdit::decode(record, file.name), place));
    } else if (const auto link = LogLink::decode(record)) {
      printer.link(*link);
    } else if (const auto commit = OutsideCommit::decode(record)) {
      printer.outside_commit(reader->position(), commit->timestamp);
    } else {
      dump_batch(arguments, record, reader->position(), printer);
    }
  }
  check_core(reader->status(), arguments.file);
  printer.journal_end(*reader, count);
}

void dump_table(const Arguments& arguments, const OpenedFile& file, const KeyspaceLabels& labels,
                DumpPrinter& printer) {
  auto readable = value_or_fail(file.directory->open_file(file.name), arguments.file);
  const uint64_t size = value_or_fail(readable->size(), arguments.file);
  // The digest is the last word of the file. A database compares it with its manifest; here only the file is
  // at hand.
  std::string last(sizeof(uint64_t), '\0');
  check_core(read_exactly(*readable, file.name, size < last.size() ? 0 : size - last.size(), last.size(),
                          last.data()),
             arguments.file);
  const auto digest = load_le<uint64_t>(last.data());
  EpochDomain epochs;
  FrameCache cache(size_t{8} << 20, epochs, nullptr);
  TableReaderOptions options;
  options.cache = &cache;
  auto table = value_or_fail(
      TableReader::open(std::move(readable), file.name, file.header, size, digest, options), arguments.file);
  printer.table(labels.of_table(file.header.file_number), *table);
  if (!arguments.entries) return;
  const auto entries = table->new_iterator(false);
  for (entries->seek_first(); entries->valid() && !is_interrupted(); entries->next())
    printer.entry(entries->key(), entries->tag(), entries->value());
  check_core(entries->status(), arguments.file);
}

/// Names of keyspaces are in the manifest: beside the file, or where OWNER says.
KeyspaceLabels labels_for(Directory& directory) {
  const auto owner = read_side_owner(directory);
  if (!owner || !owner.value()) return KeyspaceLabels::read(directory);
  const auto home = posix_file_system().open_directory(owner.value()->home, DirectoryMode::kMustExist);
  return KeyspaceLabels::read(home ? *home.value() : directory);
}

ExitCode dump_file(const Arguments& arguments, const Settings& settings) {
  const OpenedFile file = open_checked(arguments.file);
  const KeyspaceLabels labels = labels_for(*file.directory);
  const auto printer = settings.json ? make_json_printer(arguments.values, labels)
                                     : make_text_printer(arguments.values, labels);
  catch_interrupts();
  printer->header(file.header);
  uint64_t damaged_count = 0;
  switch (file.header.kind) {
    case FileKind::kLog:
    case FileKind::kManifest:
      dump_journal(arguments, file, *printer);
      break;
    case FileKind::kTable:
      dump_table(arguments, file, labels, *printer);
      break;
    case FileKind::kValueLog:
      damaged_count = dump_values(*file.directory, file.name, file.header, *printer);
      break;
    case FileKind::kCurrent:
      printer->names_manifest(file_name(FileKind::kManifest, file.header.file_number));
      break;
    case FileKind::kOwner: {
      const auto owner = value_or_fail(read_side_owner(*file.directory), arguments.file);
      if (owner) printer->names_home(owner->home);
      break;
    }
    default:
      throw Failure(ExitCode::kUsage, arguments.file, "files of this kind cannot be shown by this version");
  }
  if (is_interrupted()) throw Failure(ExitCode::kCancelled, "dump-file", "cancelled");
  if (damaged_count != 0) {
    throw Failure(
        ExitCode::kCorruption, arguments.file,
        std::to_string(damaged_count) + (damaged_count == 1 ? " place is" : " places are") + " damaged",
        "what is whole was shown");
  }
  return ExitCode::kOk;
}

}  // namespace

const char* kind_text(FileKind kind) {
  switch (kind) {
    case FileKind::kCurrent:
      return "CURRENT";
    case FileKind::kManifest:
      return "manifest";
    case FileKind::kLog:
      return "log";
    case FileKind::kTable:
      return "table";
    case FileKind::kValueLog:
      return "value log";
    case FileKind::kBatch:
      return "batch";
    case FileKind::kOwner:
      return "OWNER";
  }
  return "unknown";
}

void add_dump_file_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  command_line
      .add("dump-file", "Maintenance",
           "Show what a single file holds: table, log, manifest, values, CURRENT or OWNER")
      .positional("FILE", &arguments->file, "A file of a database")
      .flag("-a,--entries", &arguments->entries, "Show every operation of a log, every entry of a table")
      .flag("-v,--values", &arguments->values, "With --entries, and of value files: show the values too")
      .examples({"wombat dump-file people/CURRENT", "wombat dump-file people/000004.log --entries",
                 "wombat dump-file people/000007.table", "wombat dump-file people/000005.values",
                 "wombat dump-file people/000002.manifest --json"})
      .action([arguments](const Settings& settings) { return dump_file(*arguments, settings); });
}

}  // namespace wombat::cli
