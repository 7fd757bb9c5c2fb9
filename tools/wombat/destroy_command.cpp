/// Command destroy: removes a database after asking.
#include <cstdio>
#include <memory>

#include "command_line.h"
#include "failure.h"
#include "output.h"
#include "terminal.h"
#include "text.h"

namespace wombat::cli {

namespace {

struct Arguments {
  std::string db;
  bool yes = false;
};

bool person_agrees(const std::string& path) {
  std::fprintf(stderr, "Remove the database '%s' and all its records? Type yes: ", escaped(path).c_str());
  std::fflush(stderr);
  char answer[16] = {};
  return std::fgets(answer, sizeof answer, stdin) != nullptr && std::string(answer) == "yes\n";
}

ExitCode destroy(const Arguments& arguments, const Settings& settings) {
  if (settings.read_only) throw Failure(ExitCode::kUsage, "destroy", "--read-only was given", "leave it out");
  if (!arguments.yes) {
    if (!is_terminal(stdin)) {
      throw Failure(ExitCode::kUsage, "destroy", "nobody can be asked, standard input is no terminal",
                    "say --yes if you mean it");
    }
    if (!person_agrees(arguments.db))
      throw Failure(ExitCode::kCancelled, "destroy", "not confirmed", "nothing was removed");
  }
  wombat_error error;
  check(wombat_destroy(arguments.db.c_str(), &error), error, "cannot remove '" + escaped(arguments.db) + "'");
  note(settings, "destroy: removed " + escaped(arguments.db));
  return ExitCode::kOk;
}

}  // namespace

void add_destroy_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  command_line.add("destroy", "Maintenance", "Remove a database; files that are not Wombat's stay")
      .positional("DB", &arguments->db, "Directory of the database")
      .flag("-y,--yes", &arguments->yes, "Do not ask")
      .examples({"wombat destroy people", "wombat destroy people --yes"})
      .action([arguments](const Settings& settings) { return destroy(*arguments, settings); });
}

}  // namespace wombat::cli
