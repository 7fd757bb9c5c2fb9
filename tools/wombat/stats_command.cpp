/// Commands that tell about a database: stats, properties.
#include <algorithm>
#include <memory>

#include "command_line.h"
#include "database.h"
#include "output.h"
#include "stats_lines.h"

namespace wombat::cli {

namespace {

constexpr char kGroup[] = "Watching";

struct Arguments {
  std::string db;
  std::string name;
};

ExitCode stats(const Arguments& arguments, const Settings& settings) {
  const Database db(arguments.db, Access::kRead, settings);
  std::string report = db.report(settings.json ? WOMBAT_FORMAT_JSON : WOMBAT_FORMAT_TEXT);
  if (!settings.json) report = with_spelled_out(report);
  if (report.empty() || report.back() != '\n') report.push_back('\n');
  write_out(report);
  return ExitCode::kOk;
}

void print_property(const Settings& settings, const std::string& name, const std::string& help,
                    const std::string& value) {
  if (settings.json) {
    write_out("{\"name\":" + json_string(name) + ",\"value\":" + json_string(value) +
              ",\"help\":" + json_string(help) + "}\n");
    return;
  }
  const std::string padding(name.size() < 28 ? 28 - name.size() : 1, ' ');
  const bool has_lines = value.find('\n') != std::string::npos;
  write_out(colored(settings, Color::kKey, name) + padding + (has_lines ? "\n" : "") + value);
  if (value.empty() || value.back() != '\n') write_out("\n");
}

ExitCode properties(const Arguments& arguments, const Settings& settings) {
  const Database db(arguments.db, Access::kRead, settings);
  if (!arguments.name.empty() && !settings.json) {
    std::string value = db.property(arguments.name);
    if (value.empty() || value.back() != '\n') value.push_back('\n');
    write_out(value);
    return ExitCode::kOk;
  }
  bool is_found = arguments.name.empty();
  for (size_t i = 0; i < wombat_property_count(); ++i) {
    const char* name = "";
    const char* help = "";
    wombat_error error;
    check(wombat_property_describe(i, &name, &help, &error), error, "properties");
    if (!arguments.name.empty() && arguments.name != name) continue;
    is_found = true;
    print_property(settings, name, help, db.property(name));
  }
  // The library's answer to an unknown name says which one is nearest.
  if (!is_found) db.property(arguments.name);
  return ExitCode::kOk;
}

}  // namespace

void add_stats_commands(CommandLine& command_line) {
  auto for_stats = std::make_shared<Arguments>();
  command_line.add("stats", kGroup, "Print a report of all statistics and properties")
      .positional("DB", &for_stats->db, "Directory of the database")
      .examples({"wombat stats people", "wombat stats people --json | jq ."})
      .action([for_stats](const Settings& settings) { return stats(*for_stats, settings); });

  auto for_properties = std::make_shared<Arguments>();
  command_line.add("properties", kGroup, "Print the properties of a database, or one of them")
      .positional("DB", &for_properties->db, "Directory of the database")
      .positional("NAME", &for_properties->name, "The property; nothing: all", false)
      .examples({"wombat properties people", "wombat properties people disk.bytes"})
      .action([for_properties](const Settings& settings) { return properties(*for_properties, settings); });
}

}  // namespace wombat::cli
