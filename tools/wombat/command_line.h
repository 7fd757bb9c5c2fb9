/// Declaring commands, their arguments and options. Hides the library that parses them, so that command files
/// stay quick to compile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exit_code.h"
#include "settings.h"

namespace CLI {
class App;
}

namespace wombat::cli {

/// What a command does once its arguments are known. May throw Failure.
using Action = std::function<ExitCode(const Settings&)>;

/// One command being declared. Targets must live until the action has run.
class Command {
 public:
  Command(CLI::App* app, Action* action) : app_(app), action_(action) {}

  Command& positional(const std::string& name, std::string* target, const std::string& help,
                      bool is_required = true);
  /// All remaining arguments, at least `count_min`.
  Command& positionals(const std::string& name, std::vector<std::string>* target, const std::string& help,
                       int count_min = 1);
  Command& flag(const std::string& names, bool* target, const std::string& help);
  /// `has_target` (may be null) becomes true when the option was given, with an empty text too.
  Command& text(const std::string& names, std::string* target, const std::string& type,
                const std::string& help, bool* has_target = nullptr);
  /// A whole number, with an ending as in 10k, 64KiB.
  Command& number(const std::string& names, uint64_t* target, const std::string& help, uint64_t minimum = 0,
                  uint64_t maximum = UINT64_MAX);
  Command& choice(const std::string& names, std::string* target, const std::vector<std::string>& words,
                  const std::string& help);
  /// Lines that the command's help has between its options and its examples; to be called before examples().
  Command& notes(const std::vector<std::string>& lines);
  /// Lines shown under "Examples" in the command's help.
  Command& examples(const std::vector<std::string>& lines);
  void action(Action action) { *action_ = std::move(action); }

 private:
  CLI::App* app_;
  Action* action_;
  std::string notes_;
};

class CommandLine {
 public:
  CommandLine();
  ~CommandLine();

  /// `group` is the heading of the list in `wombat --help`.
  Command add(const std::string& name, const std::string& group, const std::string& help);
  /// Parses and runs. Returns the exit code; prints help and messages itself.
  ExitCode run(int argument_count, char** arguments);

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

// The groups of commands, each declared in a file of its own.
void add_value_commands(CommandLine& command_line);              // get, put, delete, exists
void add_rich_write_commands(CommandLine& command_line);         // merge, delete-range
void add_conditional_write_commands(CommandLine& command_line);  // cas, add
void add_scan_commands(CommandLine& command_line);               // scan, count
void add_load_command(CommandLine& command_line);
void add_dump_command(CommandLine& command_line);
void add_txn_command(CommandLine& command_line);
void add_prepared_command(CommandLine& command_line);  // list, commit, rollback
void add_stats_commands(CommandLine& command_line);    // stats, properties
void add_options_command(CommandLine& command_line);
void add_verify_command(CommandLine& command_line);
void add_maintenance_commands(CommandLine& command_line);  // compact, reclaim, flush, clean-logs
void add_destroy_command(CommandLine& command_line);
void add_keyspaces_command(CommandLine& command_line);  // list, create, rename, drop
void add_dump_file_command(CommandLine& command_line);
void add_fill_command(CommandLine& command_line);
void add_bench_command(CommandLine& command_line);

}  // namespace wombat::cli
