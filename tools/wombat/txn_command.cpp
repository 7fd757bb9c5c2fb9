/// Command txn: transactions from a script.
#include <memory>

#include "command_line.h"
#include "output.h"
#include "terminal.h"
#include "txn_runner.h"
#include "write_arguments.h"

namespace wombat::cli {

namespace {

struct Arguments : WriteArguments {
  std::string db;
  std::string file = "-";
  std::string isolation;
  std::string retries;
  bool has_retries = false;  // in place of option retry.attempts
  bool is_pessimistic = false;
  bool is_dry_run = false;
};

TxnSettings txn_settings_of(const Arguments& arguments, const Settings& settings) {
  TxnSettings result;
  result.write_options = arguments.write_options(settings);
  result.is_dry_run = arguments.is_dry_run;
  return result;
}

/// "1 transaction", "3 transactions".
std::string transactions_text(uint64_t count) {
  return with_commas(count) + (count == 1 ? " transaction" : " transactions");
}

void report(const Settings& settings, const TxnSettings& txn_settings, const TxnCounts& counts) {
  if (settings.json) return;
  std::string text;
  const auto add = [&](uint64_t count, const std::string& what) {
    if (count == 0) return;
    text +=
        (text.empty() ? "" : ", ") + (text.empty() ? transactions_text(count) : with_commas(count)) + what;
  };
  add(counts.committed, " committed");
  if (counts.last_timestamp != 0) text += " at timestamp " + std::to_string(counts.last_timestamp);
  add(counts.prepared, " prepared");
  add(counts.rolled_back,
      txn_settings.is_dry_run ? " rolled back: a dry run, nothing was applied" : " rolled back");
  if (counts.retries != 0) text += ", after conflicts " + with_commas(counts.retries) + " run again";
  note(settings, "txn: " + (text.empty() ? "the script is empty" : text));
}

ExitCode txn(const Arguments& arguments, const Settings& settings) {
  const TxnSettings txn_settings = txn_settings_of(arguments, settings);
  ScriptTransaction standard;
  standard.isolation = isolation_of(arguments.isolation);
  standard.is_pessimistic = arguments.is_pessimistic;
  catch_interrupts();
  const TxnScript script = read_script(arguments.file, standard, settings);
  if (is_interrupted()) throw Failure(ExitCode::kCancelled, "txn", "cancelled", "nothing was applied");
  bool writes = false;
  for (const ScriptTransaction& transaction : script.transactions) writes |= transaction.writes();
  const Access access = !writes ? Access::kRead : arguments.is_dry_run ? Access::kChange : Access::kCreate;
  Settings of_database = settings;
  if (arguments.has_retries) of_database.options.push_back("retry.attempts=" + arguments.retries);
  Database db(arguments.db, access, of_database);
  const TxnCounts counts = TxnRunner(db, script, txn_settings, settings).run();
  db.close();
  report(settings, txn_settings, counts);
  return ExitCode::kOk;
}

}  // namespace

void add_txn_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  Command command = command_line.add("txn", "Transactions",
                                     "Run transactions from a script: several operations, all or nothing");
  command.positional("DB", &arguments->db, "Directory of the database; made when it is missing")
      .positional("SCRIPT", &arguments->file, "The script; - or nothing: standard input", false)
      .choice("--isolation", &arguments->isolation, {"serializable", "snapshot", "read_committed"},
              "Of transactions that do not say it themselves; by default as option txn.isolation")
      .flag("--pessimistic", &arguments->is_pessimistic, "Transactions lock what they write")
      .text("--retries", &arguments->retries, "N",
            "After a conflict run a transaction again so often; by default as option retry.attempts",
            &arguments->has_retries)
      .flag("--dry-run", &arguments->is_dry_run, "Roll every transaction back at its end");
  arguments->declare_sync(command);
  command
      .notes(
          {"Operations, one a line, written as the commands of these names; # begins a comment:",
           "  get KEY ...   get-for-update KEY ...   exists KEY   scan [range]   count [range]",
           "  put KEY VALUE [--ttl MS]   delete KEY ...   delete-range [range]   merge OPERATOR KEY OPERAND",
           "  assert KEY = VALUE   assert-absent KEY   assert-present KEY      else all is rolled back",
           "  use KEYSPACE      for what follows in the transaction",
           "  savepoint   rollback-to-savepoint   release-savepoint",
           "  begin [serializable|snapshot|read_committed] [read-only] [pessimistic]",
           "  commit   rollback   prepare NAME      without them the whole script is one transaction"})
      .examples({"wombat txn bank transfer.txn",
                 "printf 'assert ada = 100\\nput ada 90\\nput bob 110\\n' | wombat txn bank",
                 "printf 'use visits\\nmerge int64_add home 1\\nscan\\n' | wombat txn people --dry-run"})
      .action([arguments](const Settings& settings) { return txn(*arguments, settings); });
}

}  // namespace wombat::cli
