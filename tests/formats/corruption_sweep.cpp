#include "formats/corruption_sweep.h"

#include <chrono>

#include "crash/test_clock.h"
#include "env/file_names.h"
#include "formats/allocation_watch.h"
#include "formats/content_reader.h"
#include "formats/log_oracle.h"

namespace wombat {

namespace {

bool is_verdict_on_files(Code code) {
  switch (code) {
    case Code::kCorruption:
    case Code::kMissingFile:
    case Code::kNotADatabase:
    case Code::kFormatVersion:
    case Code::kUnsupported:
      return true;
    default:
      return false;
  }
}

/// Damage within one file is reported of that file. When a file is gone, another has its name, or a manifest
/// has lost its last edits, the one that expects something else may be named.
bool names_file(const Damage& damage, const Status& status) {
  if (status.message().find(GoldenPlace(damage.file).name) != std::string_view::npos) return true;
  const bool is_whole_file = damage.kind == Damage::Kind::kReplaceByOlder ||
                             damage.kind == Damage::Kind::kReplaceByOther ||
                             damage.kind == Damage::Kind::kReplaceBySibling;
  const auto parsed = parse_file_name(damage.file);
  const bool expects_more =
      status.code() == Code::kMissingFile || status.message().find("of keyspace") != std::string_view::npos;
  const bool is_older_manifest = parsed && parsed->kind == FileKind::kManifest && expects_more;
  if (!is_whole_file && !is_older_manifest) return false;
  for (const char* part : {".table", ".log", ".manifest", ".values", "CURRENT", "OWNER"})
    if (status.message().find(part) != std::string_view::npos) return true;
  return false;
}

Result<ModelRows> open_and_read(SimFileSystem* file_system, const GoldenDatabase& golden, OpenMode mode) {
  Options options = golden.options;
  WOMBAT_TRY(options.set(OptionId::kOpenReadOnly, mode == OpenMode::kReadOnly ? "true" : "false"));
  Environment environment;
  environment.file_system = file_system;
  TestClock clock;
  clock.set_ticks(golden.now);
  environment.clock = &clock;
  WOMBAT_ASSIGN(const std::shared_ptr<Db> db, Db::open(kGoldenPath, options, environment));
  Result<ModelRows> rows = read_content(db, golden.keys);
  const Status closed = db->close();
  if (!closed && rows) return closed;
  return rows;
}

std::optional<std::string> judge(const Damage& damage, const GoldenDatabase& golden,
                                 const std::optional<std::string>& damaged, const Result<ModelRows>& rows,
                                 SweepCounts* counts) {
  if (!rows) {
    const Status& status = rows.status();
    if (damage.kind == Damage::Kind::kAddFile) return "a file too many is refused: " + status.to_string();
    if (!is_verdict_on_files(status.code())) return "wrong status: " + status.to_string();
    if (!names_file(damage, status)) return "the message does not name the file: " + status.to_string();
    ++counts->refused;
    return std::nullopt;
  }
  if (rows.value() == golden.rows()) {
    ++counts->right_data;
    return std::nullopt;
  }
  std::optional<Timestamp> end = legal_end_without_values(golden, damage.file, damaged ? &*damaged : nullptr);
  if (damaged && !end) end = legal_end_of_history(golden, damage.file, *damaged);
  const auto state = end ? golden.states.find(*end) : golden.states.end();
  if (state != golden.states.end() && rows.value() == state->second) {
    ++counts->shorter_history;
    return std::nullopt;
  }
  if (end) return "WRONG DATA: the history should end at timestamp " + std::to_string(*end);
  return "WRONG DATA: " + std::to_string(rows.value().size()) + " rows instead of " +
         std::to_string(golden.rows().size());
}

}  // namespace

std::optional<std::string> run_damage(const Damage& damage, const GoldenDatabase& golden,
                                      const GoldenDatabase& twin, OpenMode mode, SweepCounts* counts) {
  const std::unique_ptr<SimFileSystem> file_system =
      golden.file_system->crash_clone(0, CrashPolicy::kKeepAll);
  const std::optional<std::string> damaged = apply_damage(damage, golden, twin);
  const GoldenPlace place(damage.file);
  if (damaged) {
    file_system->write_file(place.directory, place.name, *damaged);
  } else {
    file_system->delete_file(place.directory, place.name);
  }
  const int64_t held_before = allocated_bytes();
  reset_allocation_peak();
  const auto started = std::chrono::steady_clock::now();
  const Result<ModelRows> rows = open_and_read(file_system.get(), golden, mode);
  const auto elapsed = std::chrono::steady_clock::now() - started;
  const uint64_t elapsed_ms =
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());

  std::optional<std::string> problem = judge(damage, golden, damaged, rows, counts);
  if (!problem && elapsed_ms > kSweepCaseTimeMaxMs) problem = std::to_string(elapsed_ms) + " ms";
  if (!problem && allocation_peak_bytes() - held_before > kSweepMemoryMaxBytes)
    problem = std::to_string(allocation_peak_bytes() - held_before) + " bytes of memory";
  if (!problem && !rows && mode == OpenMode::kWriting) {
    // Who refuses a database leaves it as it is: with the damage repaired everything is there.
    if (damaged || golden.files.count(damage.file) != 0)
      file_system->write_file(place.directory, place.name, golden.files.at(damage.file));
    const Result<ModelRows> repaired = open_and_read(file_system.get(), golden, OpenMode::kReadOnly);
    if (!repaired) problem = "refused, and spoilt: " + repaired.status().to_string();
    // Who opened it, without commits that had lost their values, may have met other damage later.
    const auto end = legal_end_without_values(golden, damage.file, damaged ? &*damaged : nullptr);
    const auto state = end ? golden.states.find(*end) : golden.states.end();
    const bool is_shorter = repaired && state != golden.states.end() && repaired.value() == state->second;
    if (repaired && repaired.value() != golden.rows() && !is_shorter) problem = "refused, and spoilt";
  }
  if (problem) *problem = golden.name + ", " + describe_damage(damage) + ": " + *problem;
  return problem;
}

}  // namespace wombat
