/// The command that lists, makes, renames and drops keyspaces.
#include <memory>

#include "command_line.h"
#include "database.h"
#include "output.h"

namespace wombat::cli {

namespace {

struct Arguments {
  std::string action = "list";
  std::string db;
  std::vector<std::string> names;
};

ExitCode list(const Arguments& arguments, const Settings& settings) {
  const Database db(arguments.db, Access::kRead, settings);
  for (const std::string& name : db.keyspaces())
    write_out(settings.json ? "{\"keyspace\":" + json_string(name) + "}\n" : name + "\n");
  return ExitCode::kOk;
}

/// Options of the command line are those of the new keyspace, so the database is opened without them.
ExitCode create(const Arguments& arguments, const Settings& settings) {
  Settings of_database = settings;
  of_database.options.clear();
  of_database.preset.clear();
  of_database.options_file.clear();
  const OptionsPtr options = make_options(settings);
  Database db(arguments.db, Access::kCreate, of_database);
  wombat_error error;
  check(wombat_keyspace_create(db.handle(), arguments.names[0].c_str(), options.get(), &error), error,
        "keyspaces create");
  db.close();
  return ExitCode::kOk;
}

ExitCode change(const Arguments& arguments, const Settings& settings) {
  Database db(arguments.db, Access::kChange, settings);
  wombat_error error;
  if (arguments.action == "drop") {
    check(wombat_keyspace_drop(db.handle(), arguments.names[0].c_str(), &error), error, "keyspaces drop");
  } else {
    check(wombat_keyspace_rename(db.handle(), arguments.names[0].c_str(), arguments.names[1].c_str(), &error),
          error, "keyspaces rename");
  }
  db.close();
  return ExitCode::kOk;
}

ExitCode run(const Arguments& arguments, const Settings& settings) {
  const std::string& action = arguments.action;
  const bool is_known = action == "list" || action == "create" || action == "rename" || action == "drop";
  if (!is_known) {
    throw Failure(ExitCode::kUsage, "keyspaces", "there is no '" + escaped(action) + "'",
                  "say list, create, rename or drop");
  }
  const size_t expected = action == "list" ? 0 : action == "rename" ? 2 : 1;
  if (arguments.names.size() != expected) {
    throw Failure(ExitCode::kUsage, "keyspaces " + action,
                  std::to_string(arguments.names.size()) + " names were given",
                  "expected " + std::to_string(expected));
  }
  if (!settings.keyspace.empty())
    throw Failure(ExitCode::kUsage, "keyspaces", "--keyspace was given",
                  "name the keyspace behind the database");
  if (action == "list") return list(arguments, settings);
  return action == "create" ? create(arguments, settings) : change(arguments, settings);
}

}  // namespace

void add_keyspaces_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  command_line
      .add("keyspaces", "Maintenance", "List, create, rename or drop keyspaces; a drop removes what is in it")
      .positional("ACTION", &arguments->action, "list, create, rename or drop")
      .positional("DB", &arguments->db, "Directory of the database")
      .positionals("NAME", &arguments->names, "The keyspace; for rename also its new name", 0)
      .examples({"wombat keyspaces list people",
                 "wombat keyspaces create people visits -o memtable.size=8MiB",
                 "wombat keyspaces rename people visits calls", "wombat keyspaces drop people calls",
                 "wombat --keyspace calls scan people"})
      .action([arguments](const Settings& settings) { return run(*arguments, settings); });
}

}  // namespace wombat::cli
