/// Commands that put a database in order: compact, reclaim, flush, clean-logs.
#include <memory>

#include "command_line.h"
#include "database.h"
#include "output.h"

namespace wombat::cli {

namespace {

constexpr char kGroup[] = "Maintenance";

struct Arguments {
  std::string db;
  std::string from;
  std::string to;
  bool has_from = false;
  bool has_to = false;
};

uint64_t disk_bytes(const Database& db) {
  uint64_t bytes = 0;
  wombat_property_integer(db.handle(), "disk.bytes", &bytes, nullptr);
  return bytes;
}

uint64_t value_file_bytes(const Database& db) {
  uint64_t bytes = 0;
  wombat_property_integer(db.handle(), "value_log.bytes", &bytes, nullptr);
  return bytes;
}

ExitCode compact(const Arguments& arguments, const Settings& settings) {
  const std::string from = decode_argument(arguments.from, settings.encoding(), "--from");
  const std::string to = decode_argument(arguments.to, settings.encoding(), "--to");
  Database db(arguments.db, Access::kChange, settings);
  const uint64_t before = disk_bytes(db);
  run_long_call("compact", settings, [&](const wombat_task_options* options, wombat_error* error) {
    return wombat_compact_range(db.handle(), arguments.has_from ? from.data() : nullptr, from.size(),
                                arguments.has_to ? to.data() : nullptr, to.size(), options, error);
  });
  db.close();
  // Files that were replaced are removed in the background, at the latest when the database is closed.
  const uint64_t after = disk_bytes(Database(arguments.db, Access::kRead, settings));
  if (settings.json) {
    write_out("{\"bytes_before\":" + std::to_string(before) + ",\"bytes_after\":" + std::to_string(after) +
              "}\n");
  } else {
    note(settings, "compact: " + human_bytes(static_cast<double>(before)) + " on disk before, " +
                       human_bytes(static_cast<double>(after)) + " after");
  }
  return ExitCode::kOk;
}

ExitCode reclaim(const std::string& path, uint64_t dead_percent, const Settings& settings) {
  Database db(path, Access::kChange, settings);
  const uint64_t before = value_file_bytes(db);
  run_long_call("reclaim", settings, [&](const wombat_task_options* options, wombat_error* error) {
    return wombat_reclaim(db.handle(), static_cast<uint32_t>(dead_percent), options, error);
  });
  db.close();
  // As with compact.
  const uint64_t after = value_file_bytes(Database(path, Access::kRead, settings));
  if (settings.json) {
    write_out("{\"bytes_before\":" + std::to_string(before) + ",\"bytes_after\":" + std::to_string(after) +
              "}\n");
  } else {
    note(settings, "reclaim: " + human_bytes(static_cast<double>(before)) + " in value files before, " +
                       human_bytes(static_cast<double>(after)) + " after");
  }
  return ExitCode::kOk;
}

ExitCode flush(const std::string& path, const Settings& settings) {
  Database db(path, Access::kChange, settings);
  run_long_call("flush", settings, [&](const wombat_task_options* options, wombat_error* error) {
    return wombat_flush(db.handle(), options, error);
  });
  db.close();
  return ExitCode::kOk;
}

ExitCode clean_logs(const std::string& path, const Settings& settings) {
  Database db(path, Access::kChange, settings);
  uint64_t removed = 0;
  wombat_error error;
  check(wombat_clean_up_logs(db.handle(), &removed, &error), error, "clean-logs");
  db.close();
  if (settings.json) {
    write_out("{\"removed\":" + std::to_string(removed) + "}\n");
  } else {
    note(settings, "clean-logs: " + with_commas(removed) + " log files removed");
  }
  return ExitCode::kOk;
}

}  // namespace

void add_maintenance_commands(CommandLine& command_line) {
  auto for_compact = std::make_shared<Arguments>();
  command_line
      .add("compact", kGroup, "Rewrite a range (or everything), dropping what was overwritten or deleted")
      .positional("DB", &for_compact->db, "Directory of the database")
      .text("--from", &for_compact->from, "KEY", "First key", &for_compact->has_from)
      .text("--to", &for_compact->to, "KEY", "Last key (included)", &for_compact->has_to)
      .examples({"wombat compact people", "wombat compact people --from a --to m --timeout 60"})
      .action([for_compact](const Settings& settings) { return compact(*for_compact, settings); });

  struct ReclaimArguments {
    std::string db;
    uint64_t dead_percent = 0;
  };
  auto for_reclaim = std::make_shared<ReclaimArguments>();
  command_line
      .add("reclaim", kGroup, "Give back the space of values in value files that were overwritten or deleted")
      .positional("DB", &for_reclaim->db, "Directory of the database")
      .number("--dead-percent", &for_reclaim->dead_percent,
              "Only files of which at least that much is dead; 0: all that can be had", 0, 100)
      .notes({"What was overwritten counts as dead when a compaction has found it: for all of it run compact "
              "before."})
      .examples({"wombat compact people && wombat reclaim people",
                 "wombat reclaim people --dead-percent 30 --json"})
      .action([for_reclaim](const Settings& settings) {
        return reclaim(for_reclaim->db, for_reclaim->dead_percent, settings);
      });

  auto for_flush = std::make_shared<std::string>();
  command_line.add("flush", kGroup, "Write what is in the log to tables")
      .positional("DB", for_flush.get(), "Directory of the database")
      .examples({"wombat flush people"})
      .action([for_flush](const Settings& settings) { return flush(*for_flush, settings); });

  auto for_clean = std::make_shared<std::string>();
  command_line.add("clean-logs", kGroup, "Remove log files whose contents are all in tables")
      .positional("DB", for_clean.get(), "Directory of the database")
      .examples({"wombat clean-logs people"})
      .action([for_clean](const Settings& settings) { return clean_logs(*for_clean, settings); });
}

}  // namespace wombat::cli
