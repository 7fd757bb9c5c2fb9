/// Commands that change values without reading them: merge, delete-range.
#include <bit>
#include <charconv>
#include <memory>

#include "command_line.h"
#include "database.h"
#include "range_arguments.h"

namespace wombat::cli {

namespace {

constexpr char kGroup[] = "Records";

struct MergeArguments {
  std::string db;
  std::string name;
  std::string key;
  std::string operand;
};

/// The least text that is greater than all that begin with `prefix`; empty when there is none.
std::string end_of(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

struct DeleteRangeArguments : RangeArguments {
  bool all = false;
};

wombat_write_options write_options(const Settings& settings) {
  wombat_write_options options = {};
  options.size = sizeof options;
  options.timeout_us = settings.timeout_us();
  return options;
}

/// The eight bytes of a number given as text.
template <typename Number>
std::string number_bytes(const std::string& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stopped != end) {
    throw Failure(ExitCode::kUsage, "merge", "'" + text + "' is not a number that fits",
                  "operators of numbers take a decimal number");
  }
  const auto bits = std::bit_cast<uint64_t>(number);
  std::string bytes(sizeof bits, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bits >> (8 * i));
  return bytes;
}

std::string operand_bytes(const MergeArguments& arguments, const Settings& settings) {
  if (settings.hex) return decode_argument(arguments.operand, settings.encoding(), "operand");
  if (arguments.name.starts_with("int64_")) return number_bytes<int64_t>(arguments.operand);
  if (arguments.name.starts_with("double_")) return number_bytes<double>(arguments.operand);
  return decode_argument(arguments.operand, settings.encoding(), "operand");
}

ExitCode merge(const MergeArguments& arguments, const Settings& settings) {
  const std::string key = decode_argument(arguments.key, settings.encoding(), "key");
  const std::string operand = operand_bytes(arguments, settings);
  Database db(arguments.db, Access::kCreate, settings);
  db.merge(arguments.name, key, operand, write_options(settings));
  db.close();
  return ExitCode::kOk;
}

ExitCode delete_range(const DeleteRangeArguments& arguments, const Settings& settings) {
  RowReader::Range range = arguments.decoded(settings);
  if (!range.has_from && !range.has_to && !range.has_prefix && !arguments.all) {
    throw Failure(ExitCode::kUsage, "delete-range", "no range was given",
                  "give --from, --to or --prefix; --all removes everything");
  }
  if (range.has_prefix) {
    if (!range.has_from || range.from < range.prefix) range.from = range.prefix;
    const std::string end = end_of(range.prefix);
    if (!end.empty() && (!range.has_to || end < range.to)) {
      range.to = end;
      range.has_to = true;
    }
  }
  Database db(arguments.db, Access::kChange, settings);
  db.delete_range(range.from, range.has_to ? &range.to : nullptr, write_options(settings));
  db.close();
  return ExitCode::kOk;
}

}  // namespace

void add_rich_write_commands(CommandLine& command_line) {
  auto for_merge = std::make_shared<MergeArguments>();
  command_line.add("merge", kGroup, "Change a value by an operator: add to a number, append, and so on")
      .positional("DB", &for_merge->db, "Directory of the database")
      .positional(
          "OPERATOR", &for_merge->name,
          "int64_add, int64_min, int64_max, double_add, double_min, double_max, bytes_min, bytes_max, "
          "append, append:SEP, bit_or, set_if_absent")
      .positional("KEY", &for_merge->key, "The key")
      .positional("OPERAND", &for_merge->operand,
                  "A decimal number for operators of numbers (not with --hex), else bytes")
      .examples(
          {"wombat merge visits int64_add home 1", "wombat merge notes append:, ada 'first programmer'"})
      .action([for_merge](const Settings& settings) { return merge(*for_merge, settings); });

  auto for_range = std::make_shared<DeleteRangeArguments>();
  Command command =
      command_line.add("delete-range", kGroup, "Remove all keys of a range, however many there are");
  for_range->declare(command);
  command.flag("--all", &for_range->all, "Remove every key")
      .examples({"wombat delete-range log --to 2024-01-01", "wombat delete-range people --prefix a"})
      .action([for_range](const Settings& settings) { return delete_range(*for_range, settings); });
}

}  // namespace wombat::cli
