/// Commands for single records: get, put, delete, exists.
#include <memory>

#include "command_line.h"
#include "database.h"
#include "input.h"
#include "output.h"
#include "range_arguments.h"
#include "record_format.h"
#include "write_arguments.h"

namespace wombat::cli {

namespace {

constexpr char kGroup[] = "Records";

struct Arguments : WriteArguments, AsOfArgument {
  std::string db;
  std::vector<std::string> keys;
  std::string key;
  std::string value;
  std::string file;
  bool raw = false;
  bool if_absent = false;
};

void print_record(const Settings& settings, Bytes key, Bytes value) {
  std::string line;
  if (settings.json) {
    write_json_line(key, value, false, &line);
  } else if (settings.hex) {
    line = to_hex(key) + "\t" + to_hex(value) + "\n";
  } else {
    write_tsv(key, value, false, &line);
  }
  write_out(line);
}

ExitCode get(const Arguments& arguments, const Settings& settings) {
  const Moment as_of = arguments.moment();
  const Database db(arguments.db, Access::kRead, settings);
  const bool is_single = arguments.keys.size() == 1;
  bool all_found = true;
  std::string value;
  for (const std::string& text : arguments.keys) {
    const std::string key = decode_argument(text, settings.encoding(), "key");
    if (!db.get(key, as_of, &value)) {
      all_found = false;
      note(settings, "wombat: not found: '" + escaped(key) + "'");
    } else if (is_single && arguments.raw) {
      write_out(value);
    } else if (is_single && !settings.json) {
      write_out(shown(settings, value) + "\n");
    } else {
      print_record(settings, key, value);
    }
  }
  return all_found ? ExitCode::kOk : ExitCode::kNotFound;
}

ExitCode put(const Arguments& arguments, const Settings& settings, bool has_value, bool has_file) {
  if (has_value == has_file) {
    throw Failure(ExitCode::kUsage, "put",
                  has_file ? "a VALUE and --file were both given" : "no value was given",
                  "give the value as an argument, as '-' for standard input, or with --file FILE");
  }
  const std::string key = decode_argument(arguments.key, settings.encoding(), "key");
  std::string value;
  if (has_file) {
    value = read_whole_file(arguments.file);
  } else if (arguments.value == "-") {
    value = read_whole_file("-");
  } else {
    value = decode_argument(arguments.value, settings.encoding(), "value");
  }
  Database db(arguments.db, Access::kCreate, settings);
  const wombat_write_options options = arguments.write_options(settings);
  bool is_written = true;
  if (arguments.if_absent) {
    is_written = db.put_if_absent(key, value, options);
  } else {
    db.put(key, value, options);
  }
  db.close();
  if (!arguments.if_absent) return ExitCode::kOk;
  return report_written(settings, is_written, "'" + escaped(key) + "' is there already");
}

ExitCode remove(const Arguments& arguments, const Settings& settings) {
  PackedBatch batch;
  for (const std::string& text : arguments.keys)
    batch.remove(decode_argument(text, settings.encoding(), "key"));
  Database db(arguments.db, Access::kChange, settings);
  batch.commit(db.handle(), arguments.write_options(settings));
  db.close();
  return ExitCode::kOk;
}

ExitCode exists(const Arguments& arguments, const Settings& settings) {
  const std::string key = decode_argument(arguments.key, settings.encoding(), "key");
  const Moment as_of = arguments.moment();
  const Database db(arguments.db, Access::kRead, settings);
  const bool is_present = db.exists(key, as_of);
  if (settings.json) {
    write_out(is_present ? "{\"exists\":true}\n" : "{\"exists\":false}\n");
  } else if (!settings.quiet) {
    write_out(is_present ? "present\n" : "absent\n");
  }
  return is_present ? ExitCode::kOk : ExitCode::kNotFound;
}

void add_put(CommandLine& command_line) {
  struct PutArguments : Arguments {
    bool has_file = false;
    std::vector<std::string> values;
  };
  auto arguments = std::make_shared<PutArguments>();
  Command command =
      command_line.add("put", kGroup, "Store a value under a key; makes the database when it is missing");
  command.positional("DB", &arguments->db, "Directory of the database")
      .positional("KEY", &arguments->key, "The key")
      .positionals("VALUE", &arguments->values, "The value; - reads it from standard input", 0)
      .text("-f,--file", &arguments->file, "FILE", "Read the value from a file", &arguments->has_file)
      .flag("--if-absent", &arguments->if_absent,
            "Only when the key is absent; exit code 1 when it is there: nothing is written");
  arguments->declare_sync(command);
  arguments->declare_ttl(command);
  command
      .examples({"wombat put people ada 1815", "wombat put -e blobs 'a\\x00b' 'line one\\nline two'",
                 "wombat put pictures cat --file cat.png", "date | wombat put log now -",
                 "wombat put jobs lock $$ --if-absent --ttl 60000"})
      .action([arguments](const Settings& settings) {
        if (arguments->values.size() > 1) {
          throw Failure(ExitCode::kUsage, "put", "more than one value was given",
                        "put quotation marks around a value with spaces");
        }
        if (!arguments->values.empty()) arguments->value = arguments->values.front();
        return put(*arguments, settings, !arguments->values.empty(), arguments->has_file);
      });
}

void add_get(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  Command command = command_line.add(
      "get", kGroup, "Print the value of a key, or of several keys as lines of key TAB value");
  command.positional("DB", &arguments->db, "Directory of the database")
      .positionals("KEY", &arguments->keys, "The keys")
      .flag("-r,--raw", &arguments->raw, "Write the value's bytes exactly, without a line end");
  arguments->declare_as_of(command);
  command
      .examples({"wombat get people ada", "wombat get --raw pictures cat > cat.png",
                 "wombat get --hex blobs 610062", "wombat get --json people ada grace",
                 "wombat get people ada --as-of 2026-11-20T12:00:00Z"})
      .action([arguments](const Settings& settings) {
        if (arguments->raw && arguments->keys.size() > 1) {
          throw Failure(ExitCode::kUsage, "get", "--raw was given with several keys", "ask for one key");
        }
        return get(*arguments, settings);
      });
}

}  // namespace

void add_value_commands(CommandLine& command_line) {
  add_get(command_line);
  add_put(command_line);

  auto for_delete = std::make_shared<Arguments>();
  Command delete_command =
      command_line.add("delete", kGroup, "Remove keys, all at once; an absent key is no error");
  delete_command.positional("DB", &for_delete->db, "Directory of the database")
      .positionals("KEY", &for_delete->keys, "The keys");
  for_delete->declare_sync(delete_command);
  delete_command.examples({"wombat delete people ada grace", "wombat delete --hex blobs 610062"})
      .action([for_delete](const Settings& settings) { return remove(*for_delete, settings); });

  auto for_exists = std::make_shared<Arguments>();
  Command exists_command =
      command_line.add("exists", kGroup, "Tell whether a key is present: exit code 0 when it is, 1 when not");
  exists_command.positional("DB", &for_exists->db, "Directory of the database")
      .positional("KEY", &for_exists->key, "The key");
  for_exists->declare_as_of(exists_command);
  exists_command.examples({"if wombat exists -q people ada; then echo yes; fi"})
      .action([for_exists](const Settings& settings) { return exists(*for_exists, settings); });
}

}  // namespace wombat::cli
