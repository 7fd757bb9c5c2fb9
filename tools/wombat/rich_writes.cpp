/// Commands that change values without reading them: merge, delete-range.
#include <memory>

#include "command_line.h"
#include "database.h"
#include "merge_operand.h"
#include "range_arguments.h"
#include "write_arguments.h"

namespace wombat::cli {

namespace {

constexpr char kGroup[] = "Records";

struct MergeArguments : WriteArguments {
  std::string db;
  std::string name;
  std::string key;
  std::string operand;
};

struct DeleteRangeArguments : RangeArguments, WriteArguments {
  bool all = false;
};

ExitCode merge(const MergeArguments& arguments, const Settings& settings) {
  const std::string key = decode_argument(arguments.key, settings.encoding(), "key");
  const std::string operand = decode_operand(arguments.name, arguments.operand, settings);
  Database db(arguments.db, Access::kCreate, settings);
  db.merge(arguments.name, key, operand, arguments.write_options(settings));
  db.close();
  return ExitCode::kOk;
}

ExitCode delete_range(const DeleteRangeArguments& arguments, const Settings& settings) {
  const KeyRange given = arguments.decoded(settings);
  if (!given.has_from && !given.has_to && !given.has_prefix && !arguments.all) {
    throw Failure(ExitCode::kUsage, "delete-range", "no range was given",
                  "give --from, --to or --prefix; --all removes everything");
  }
  const KeyRange range = without_prefix(given);
  Database db(arguments.db, Access::kChange, settings);
  db.delete_range(range.from, range.has_to ? &range.to : nullptr, arguments.write_options(settings));
  db.close();
  return ExitCode::kOk;
}

}  // namespace

void add_rich_write_commands(CommandLine& command_line) {
  auto for_merge = std::make_shared<MergeArguments>();
  Command merge_command =
      command_line.add("merge", kGroup, "Change a value by an operator: add to a number, append, and so on");
  merge_command.positional("DB", &for_merge->db, "Directory of the database")
      .positional("OPERATOR", &for_merge->name, kMergeOperators)
      .positional("KEY", &for_merge->key, "The key")
      .positional("OPERAND", &for_merge->operand,
                  "A decimal number for operators of numbers (not with --hex), else bytes");
  for_merge->declare_sync(merge_command);
  merge_command
      .examples(
          {"wombat merge visits int64_add home 1", "wombat merge notes append:, ada 'first programmer'"})
      .action([for_merge](const Settings& settings) { return merge(*for_merge, settings); });

  auto for_range = std::make_shared<DeleteRangeArguments>();
  Command range_command =
      command_line.add("delete-range", kGroup, "Remove all keys of a range, however many there are");
  for_range->declare(range_command);
  for_range->declare_sync(range_command);
  range_command.flag("--all", &for_range->all, "Remove every key")
      .examples({"wombat delete-range log --to 2024-01-01", "wombat delete-range people --prefix a"})
      .action([for_range](const Settings& settings) { return delete_range(*for_range, settings); });
}

}  // namespace wombat::cli
