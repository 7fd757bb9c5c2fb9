/// Commands over ranges of rows: scan, count.
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

constexpr char kGroup[] = "Ranges";
constexpr uint64_t kRowsBetweenChecks = 4096;

struct Arguments : RangeArguments, AsOfArgument {
  bool reverse = false;
  bool keys_only = false;
  uint64_t limit = 0;
};

[[noreturn]] void fail_cancelled(const std::string& what, uint64_t rows) {
  throw Failure(ExitCode::kCancelled, what, "cancelled after " + with_commas(rows) + " rows");
}

/// Lines of text: what TSV says, with colours and in hexadecimal where asked.
void append_row(const Settings& settings, bool with_color, bool keys_only, Bytes key, Bytes value,
                std::string* out) {
  if (settings.json) return write_json_line(key, value, keys_only, out);
  if (!with_color && !settings.hex) return write_tsv(key, value, keys_only, out);
  const std::string shown_key = settings.hex ? to_hex(key) : escaped(key);
  *out += with_color ? colored(settings, Color::kKey, shown_key) : shown_key;
  if (!keys_only) *out += "\t" + (settings.hex ? to_hex(value) : escaped(value));
  out->push_back('\n');
}

ExitCode scan(const Arguments& arguments, const Settings& settings) {
  const RowQuery query{arguments.decoded(settings), arguments.reverse, arguments.keys_only, arguments.limit,
                       arguments.moment()};
  const Database db(arguments.db, Access::kRead, settings);
  RowReader rows(db.handle(), query);
  const bool with_color = !settings.json && !colored(settings, Color::kKey, "").empty();
  std::string out;
  Bytes key, value;
  while (rows.next(&key, &value)) {
    append_row(settings, with_color, arguments.keys_only, key, value, &out);
    if (out.size() > 65536 || with_color) {
      write_out(out);
      out.clear();
    }
  }
  write_out(out);
  return ExitCode::kOk;
}

ExitCode count(const Arguments& arguments, const Settings& settings) {
  RowQuery query;
  query.range = arguments.decoded(settings);
  query.keys_only = true;
  query.as_of = arguments.moment();
  const Database db(arguments.db, Access::kRead, settings);
  catch_interrupts();
  Progress progress("count", Progress::Unit::kRecords, settings);
  RowReader rows(db.handle(), query);
  Bytes key, value;
  uint64_t rows_seen = 0;
  while (rows.next(&key, &value)) {
    if (++rows_seen % kRowsBetweenChecks != 0) continue;
    progress.update(rows_seen);
    if (is_interrupted()) fail_cancelled("count", rows_seen);
  }
  progress.clear();
  write_out(settings.json ? "{\"count\":" + std::to_string(rows_seen) + "}\n"
                          : std::to_string(rows_seen) + "\n");
  return ExitCode::kOk;
}

}  // namespace

void add_scan_commands(CommandLine& command_line) {
  auto for_scan = std::make_shared<Arguments>();
  Command scan_command =
      command_line.add("scan", kGroup, "Print rows in key order as lines of key TAB value");
  for_scan->declare(scan_command);
  for_scan->declare_as_of(scan_command);
  scan_command.flag("-r,--reverse", &for_scan->reverse, "Last key first")
      .flag("-k,--keys-only", &for_scan->keys_only, "Print no values")
      .number("-n,--limit", &for_scan->limit, "Stop after that many rows; 0: all")
      .examples({"wombat scan people --from a --to n",
                 "wombat scan people --prefix user: --reverse --limit 10", "wombat scan people --keys-only",
                 "wombat scan people --as-of -10m", "wombat scan people --json | jq .value"})
      .action([for_scan](const Settings& settings) { return scan(*for_scan, settings); });

  auto for_count = std::make_shared<Arguments>();
  Command count_command = command_line.add("count", kGroup, "Count the rows of a range");
  for_count->declare(count_command);
  for_count->declare_as_of(count_command);
  count_command.examples({"wombat count people", "wombat count people --prefix user:"})
      .action([for_count](const Settings& settings) { return count(*for_count, settings); });
}

}  // namespace wombat::cli
