/// The command that lists prepared transactions and decides them.
#include <memory>

#include "command_line.h"
#include "database.h"
#include "output.h"

namespace wombat::cli {

namespace {

struct Arguments {
  std::string action;
  std::string db;
  std::vector<std::string> names;
};

ExitCode list(const Arguments& arguments, const Settings& settings) {
  const Database db(arguments.db, Access::kRead, settings);
  for (const std::string& name : db.prepared())
    write_out(settings.json ? "{\"prepared\":" + json_string(name) + "}\n" : name + "\n");
  return ExitCode::kOk;
}

ExitCode commit(const Arguments& arguments, const Settings& settings) {
  const std::string& name = arguments.names.front();
  Database db(arguments.db, Access::kChange, settings);
  uint64_t timestamp = 0;
  wombat_error error;
  check(wombat_prepared_commit(db.handle(), name.c_str(), &timestamp, &error), error, "prepared commit");
  db.close();
  if (settings.json) {
    write_out("{\"timestamp\":" + std::to_string(timestamp) + "}\n");
  } else {
    note(settings, "prepared: '" + escaped(name) + "' committed at timestamp " + std::to_string(timestamp));
  }
  return ExitCode::kOk;
}

ExitCode roll_back(const Arguments& arguments, const Settings& settings) {
  const std::string& name = arguments.names.front();
  Database db(arguments.db, Access::kChange, settings);
  wombat_error error;
  check(wombat_prepared_rollback(db.handle(), name.c_str(), &error), error, "prepared rollback");
  db.close();
  if (!settings.json) note(settings, "prepared: '" + escaped(name) + "' rolled back");
  return ExitCode::kOk;
}

ExitCode run(const Arguments& arguments, const Settings& settings) {
  const std::string& action = arguments.action;
  if (action != "list" && action != "commit" && action != "rollback") {
    throw Failure(ExitCode::kUsage, "prepared", "there is no '" + escaped(action) + "'",
                  "say list, commit or rollback");
  }
  const size_t expected = action == "list" ? 0 : 1;
  if (arguments.names.size() != expected) {
    throw Failure(ExitCode::kUsage, "prepared " + action,
                  std::to_string(arguments.names.size()) + " names were given",
                  "expected " + std::to_string(expected));
  }
  if (action == "list") return list(arguments, settings);
  return action == "commit" ? commit(arguments, settings) : roll_back(arguments, settings);
}

}  // namespace

void add_prepared_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  command_line
      .add("prepared", "Transactions",
           "List prepared transactions, which wait for a decision, commit one or roll it back")
      .positional("ACTION", &arguments->action, "list, commit or rollback")
      .positional("DB", &arguments->db, "Directory of the database")
      .positionals("NAME", &arguments->names, "The name that it was prepared under", 0)
      .examples({"wombat prepared list bank", "wombat prepared commit bank transfer-17",
                 "wombat prepared rollback bank transfer-17"})
      .action([arguments](const Settings& settings) { return run(*arguments, settings); });
}

}  // namespace wombat::cli
