/// Commands that read and write one key as one step: cas, add. (put --if-absent stands with put.)
#include <memory>

#include "command_line.h"
#include "database.h"
#include "merge_operand.h"
#include "output.h"
#include "write_arguments.h"

namespace wombat::cli {

namespace {

constexpr char kGroup[] = "Records";

struct CasArguments : WriteArguments {
  std::string db;
  std::string key;
  std::string expected;
  std::vector<std::string> desired;
  bool removes = false;
};

struct AddArguments : WriteArguments {
  std::string db;
  std::string key;
  std::string delta;
};

ExitCode cas(const CasArguments& arguments, const Settings& settings) {
  if (arguments.desired.size() > 1) {
    throw Failure(ExitCode::kUsage, "cas", "more than one new value was given",
                  "put quotation marks around a value with spaces");
  }
  if (arguments.desired.empty() != arguments.removes) {
    throw Failure(ExitCode::kUsage, "cas",
                  arguments.removes ? "a new value and --delete were both given" : "no new value was given",
                  "give the value that is to be there then, or --delete to remove the key");
  }
  const std::string key = decode_argument(arguments.key, settings.encoding(), "key");
  const std::string expected = decode_argument(arguments.expected, settings.encoding(), "expected value");
  std::string desired;
  if (!arguments.removes)
    desired = decode_argument(arguments.desired.front(), settings.encoding(), "new value");
  Database db(arguments.db, Access::kChange, settings);
  const bool is_written = db.compare_and_set(key, expected, arguments.removes ? nullptr : &desired,
                                             arguments.write_options(settings));
  db.close();
  return report_written(settings, is_written,
                        "the value of '" + escaped(key) + "' is not the one that was expected");
}

ExitCode add(const AddArguments& arguments, const Settings& settings) {
  const std::string key = decode_argument(arguments.key, settings.encoding(), "key");
  const int64_t delta = decode_integer(arguments.delta, "add");
  Database db(arguments.db, Access::kCreate, settings);
  const int64_t before = db.fetch_add(key, delta, arguments.write_options(settings));
  db.close();
  const auto after = static_cast<int64_t>(static_cast<uint64_t>(before) + static_cast<uint64_t>(delta));
  write_out(settings.json
                ? "{\"before\":" + std::to_string(before) + ",\"after\":" + std::to_string(after) + "}\n"
                : std::to_string(after) + "\n");
  return ExitCode::kOk;
}

}  // namespace

void add_conditional_write_commands(CommandLine& command_line) {
  auto for_cas = std::make_shared<CasArguments>();
  Command cas_command = command_line.add(
      "cas", kGroup, "Replace a value when it is the expected one; exit code 1 when it is another");
  cas_command.positional("DB", &for_cas->db, "Directory of the database")
      .positional("KEY", &for_cas->key, "The key")
      .positional("EXPECTED", &for_cas->expected, "The value that must be there")
      .positionals("NEW", &for_cas->desired, "The value that is to be there then", 0)
      .flag("--delete", &for_cas->removes, "Remove the key instead");
  for_cas->declare_sync(cas_command);
  for_cas->declare_ttl(cas_command);
  cas_command
      .examples({"wombat cas people ada 1815 1816", "wombat cas jobs lock $$ --delete",
                 "wombat put jobs lock $$ --if-absent     when the key must be absent"})
      .action([for_cas](const Settings& settings) { return cas(*for_cas, settings); });

  auto for_add = std::make_shared<AddArguments>();
  Command add_command = command_line.add(
      "add", kGroup, "Add to a number of 8 bytes, 0 when absent, and print what it has become");
  add_command.positional("DB", &for_add->db, "Directory of the database")
      .positional("KEY", &for_add->key, "The key")
      .positional("DELTA", &for_add->delta, "A whole number");
  for_add->declare_sync(add_command);
  for_add->declare_ttl(add_command);
  add_command.examples({"wombat add visits home 1", "wombat add visits home -1"})
      .action([for_add](const Settings& settings) { return add(*for_add, settings); });
}

}  // namespace wombat::cli
