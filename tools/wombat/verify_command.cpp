/// Command verify: reads every file and checks every checksum.
#include <memory>

#include "command_line.h"
#include "database.h"
#include "output.h"

namespace wombat::cli {

namespace {

ExitCode verify(const std::string& path, const Settings& settings) {
  const Database db(path, Access::kRead, settings);
  run_long_call("verify", settings, [&](const wombat_task_options* options, wombat_error* error) {
    return wombat_verify(db.handle(), options, error);
  });
  if (settings.json) {
    write_out("{\"ok\":true}\n");
  } else if (!settings.quiet) {
    write_out(colored(settings, Color::kGood, "ok") + ": every file and every checksum of " + escaped(path) +
              "\n");
  }
  return ExitCode::kOk;
}

}  // namespace

void add_verify_command(CommandLine& command_line) {
  auto path = std::make_shared<std::string>();
  command_line
      .add("verify", "Maintenance",
           "Read every file and check every checksum, the order of keys and the counts")
      .positional("DB", path.get(), "Directory of the database")
      .examples({"wombat verify people", "wombat verify people --quiet || echo damaged"})
      .action([path](const Settings& settings) { return verify(*path, settings); });
}

}  // namespace wombat::cli
