#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <deque>
#include <new>

#include "failure.h"
#include "nearest_word.h"
#include "output.h"
#include "wombat.h"

namespace wombat::cli {

namespace {

constexpr char kDescription[] = "wombat - look into and change Wombat databases";
constexpr char kFooter[] =
    "Examples:\n"
    "  wombat put people ada 1815                  make a database with one record\n"
    "  wombat get people ada                       prints 1815\n"
    "  wombat load people records.tsv              load lines of key TAB value\n"
    "  wombat scan people --prefix a --reverse     the keys with a, last first\n"
    "  wombat dump people | wombat load copy       copy a database\n"
    "  wombat txn people script.txn                several operations, all or nothing\n"
    "  wombat options cache.size                   what an option means\n"
    "  wombat COMMAND --help                       more about a command\n"
    "\n"
    "Exit codes: 0 done, 1 not found or not as expected, 2 wrong usage, 3 the database cannot be opened,\n"
    "4 damaged data, 5 input, output or space, 6 malformed input, 7 cancelled or out of time,\n"
    "8 locked, busy or a conflict, 9 a bug in wombat.";

/// CLI11 takes an argument such as "[a,b]" for a list. A mark in front, which our targets remove again,
/// prevents that.
constexpr char kMark = '\x01';

std::string marked(const std::string& argument) {
  const size_t sign = argument.find('=');
  if (argument.compare(0, 2, "--") == 0 && sign != std::string::npos) {
    return argument.substr(0, sign + 1) + marked(argument.substr(sign + 1));
  }
  const bool looks_like_list = argument.size() > 1 && argument.front() == '[' && argument.back() == ']';
  const bool looks_marked = !argument.empty() && argument.front() == kMark;
  return looks_like_list || looks_marked ? kMark + argument : argument;
}

std::string unmarked(const std::string& argument) {
  return !argument.empty() && argument.front() == kMark ? argument.substr(1) : argument;
}

}  // namespace

struct CommandLine::State {
  CLI::App app{kDescription, "wombat"};
  Settings settings;
  std::deque<Action> actions;  // addresses stay valid while commands are added
  std::vector<std::pair<CLI::App*, Action*>> commands;

  void add_global_options();
  std::string usage_problem(const CLI::ParseError& problem) const;
  std::string nearest_command(const std::string& name) const;
  ExitCode run_chosen() const;
};

void CommandLine::State::add_global_options() {
  app.add_option("-o,--option", settings.options,
                 "Set a database option; may be repeated. See `wombat options`")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  app.add_option("--preset", settings.preset, "Begin with the options of a preset, such as write_heavy")
      ->type_name("NAME");
  app.add_option("--options-file", settings.options_file, "Read options from a file of NAME=VALUE lines")
      ->type_name("FILE");
  app.add_option("--keyspace", settings.keyspace, "Work on this keyspace instead of the default one")
      ->type_name("NAME");
  app.add_flag("--read-only", settings.read_only, "Open read-only: takes no lock, changes nothing");
  app.add_flag("--json", settings.json, "Write results as JSON");
  app.add_flag("--hex", settings.hex, "Keys and values are hexadecimal, given and shown");
  app.add_flag("-e,--escapes", settings.escapes,
               "Keys and values are written with \\t \\n \\r \\0 \\\\ \\xNN, given and shown");
  app.add_option("--timeout", settings.timeout_seconds,
                 "Give up after that time (writes, verify, compact, reclaim, flush)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("SECONDS");
  app.add_flag("-q,--quiet", settings.quiet, "No progress and no notes");
  app.add_flag("--no-color", settings.no_color, "No colours (as with NO_COLOR in the environment)");
  app.set_version_flag("-V,--version", std::string("wombat ") + wombat_version_string());
}

std::string CommandLine::State::nearest_command(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& [command, action] : commands) names.push_back(command->get_name());
  return nearest_word(name, names);
}

std::string CommandLine::State::usage_problem(const CLI::ParseError& problem) const {
  for (const auto& [command, action] : commands) {
    if (!command->parsed()) continue;
    std::string text = problem.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return command->get_name() + ": " + text + "; see `wombat " + command->get_name() + " --help`";
  }
  const std::vector<std::string> rest = app.remaining();
  if (rest.empty()) {
    if (problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError)) {
      return "no command: expected one such as get, put, scan or load; see `wombat --help`";
    }
    return std::string(problem.what()) + "; see `wombat --help`";
  }
  const std::string nearest = nearest_command(rest.front());
  return "'" + escaped(rest.front()) + "': no such " + (rest.front().front() == '-' ? "option" : "command") +
         (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") + "; see `wombat --help`";
}

ExitCode CommandLine::State::run_chosen() const {
  for (const auto& [command, action] : commands) {
    if (!command->parsed()) continue;
    const ExitCode code = (*action)(settings);
    flush_out();
    return code;
  }
  return ExitCode::kUsage;
}

CommandLine::CommandLine() : state_(std::make_unique<State>()) {
  state_->add_global_options();
  state_->app.require_subcommand(1);
  state_->app.fallthrough();
  state_->app.footer(kFooter);
  state_->app.get_formatter()->column_width(34);
}

CommandLine::~CommandLine() = default;

Command CommandLine::add(const std::string& name, const std::string& group, const std::string& help) {
  CLI::App* app = state_->app.add_subcommand(name, help)->group(group)->fallthrough();
  Action& action = state_->actions.emplace_back();
  state_->commands.emplace_back(app, &action);
  return Command(app, &action);
}

ExitCode CommandLine::run(int argument_count, char** arguments) {
  const auto complain = [this](const std::string& text) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s %s\n", colored_error(state_->settings, Color::kBad, "wombat:").c_str(),
                 text.c_str());
  };
  try {
    std::vector<std::string> reversed;  // the order that CLI11 wants
    for (int i = argument_count - 1; i > 0; --i) reversed.push_back(marked(arguments[i]));
    state_->app.parse(std::move(reversed));
    return state_->run_chosen();
  } catch (const CLI::Success& success) {
    return static_cast<ExitCode>(state_->app.exit(success));
  } catch (const CLI::ParseError& problem) {
    complain(state_->usage_problem(problem));
    return ExitCode::kUsage;
  } catch (const Failure& failure) {
    complain(failure.what());
    return failure.code();
  } catch (const std::bad_alloc&) {
    complain(
        "out of memory: an allocation failed; close other programs, or lower cache.size and memtable.size "
        "with -o");
    return ExitCode::kIo;
  } catch (const std::exception& problem) {
    complain(std::string("unexpected: ") + problem.what() + "; this is a bug in wombat: please report it");
    return ExitCode::kInternal;
  }
}

Command& Command::positional(const std::string& name, std::string* target, const std::string& help,
                             bool is_required) {
  const auto take = [target](const std::string& value) { *target = unmarked(value); };
  app_->add_option_function<std::string>(name, take, help)->type_name("")->required(is_required);
  return *this;
}

Command& Command::positionals(const std::string& name, std::vector<std::string>* target,
                              const std::string& help, int count_min) {
  const auto take = [target](const std::vector<std::string>& values) {
    for (const std::string& value : values) target->push_back(unmarked(value));
  };
  app_->add_option_function<std::vector<std::string>>(name, take, help)
      ->type_name("")
      ->required(count_min > 0);
  return *this;
}

Command& Command::flag(const std::string& names, bool* target, const std::string& help) {
  app_->add_flag(names, *target, help);
  return *this;
}

Command& Command::text(const std::string& names, std::string* target, const std::string& type,
                       const std::string& help, bool* has_target) {
  const auto take = [target, has_target](const std::string& value) {
    *target = unmarked(value);
    if (has_target != nullptr) *has_target = true;
  };
  app_->add_option_function<std::string>(names, take, help)->type_name(type);
  return *this;
}

Command& Command::number(const std::string& names, uint64_t* target, const std::string& help,
                         uint64_t minimum, uint64_t maximum) {
  const auto take = [=](const std::string& text) {
    const auto parsed = parse_size(text);
    if (!parsed || *parsed < minimum || *parsed > maximum) {
      const std::string bounds = maximum == UINT64_MAX
                                     ? "of at least " + with_commas(minimum)
                                     : "from " + with_commas(minimum) + " to " + with_commas(maximum);
      throw Failure(ExitCode::kUsage, names + " " + escaped(text), "expected a whole number " + bounds,
                    "for example 5000, 64KiB or 1M");
    }
    *target = *parsed;
  };
  app_->add_option_function<std::string>(names, take, help + " (default " + std::to_string(*target) + ")")
      ->type_name("N");
  return *this;
}

Command& Command::choice(const std::string& names, std::string* target, const std::vector<std::string>& words,
                         const std::string& help) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : "|") + word;
  const auto take = [=](const std::string& text) {
    if (std::find(words.begin(), words.end(), text) == words.end()) {
      throw Failure(ExitCode::kUsage, names + " " + escaped(text), "no such choice", "use one of " + list);
    }
    *target = text;
  };
  const std::string standard = target->empty() ? "" : " (default " + *target + ")";
  app_->add_option_function<std::string>(names, take, help + standard)->type_name(list);
  return *this;
}

Command& Command::notes(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) notes_ += line + "\n";
  return *this;
}

Command& Command::examples(const std::vector<std::string>& lines) {
  std::string text = notes_ + (notes_.empty() ? "" : "\n") + "Examples:";
  for (const std::string& line : lines) text += "\n  " + line;
  app_->footer(text);
  return *this;
}

}  // namespace wombat::cli
