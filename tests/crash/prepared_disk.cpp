#include "crash/prepared_disk.h"

namespace wombat {

namespace {

/// Recovery of an image is repeatable: what an open finds now is what the scenario's open will find.
Status find_rows(const SimFileSystem& image, uint64_t now, ModelRows* rows) {
  const std::unique_ptr<SimFileSystem> copy = image.crash_clone(0, CrashPolicy::kKeepAll);
  TestClock clock;
  clock.set_ticks(now);
  Environment environment;
  environment.file_system = copy.get();
  environment.clock = &clock;
  WOMBAT_ASSIGN(const std::shared_ptr<Db> db, Db::open(kDatabasePath, tiny_options(), environment));
  WOMBAT_ASSIGN(*rows, read_rows(db));
  return db->close();
}

}  // namespace

PreparedDisk prepare_disk(const Scenario& scenario, uint64_t seed) {
  PreparedDisk prepared;
  SimFileSystem disk;
  if (scenario.prepare == nullptr) {
    prepared.disk = disk.crash_clone(seed, CrashPolicy::kKeepAll);
    return prepared;
  }
  FaultFileSystem file_system(&disk);
  CommitHistory history;
  TestClock clock;
  Session session(&file_system, &history, &clock, Session::Expects::kSuccess);
  session.set_options(scenario.options);
  scenario.prepare(session);
  if (scenario.begins_with_crash) {
    CommitHistory::Bounds bounds = history.bounds();
    prepared.disk = disk.crash_clone(seed, kCrashPolicies[seed % std::size(kCrashPolicies)]);
    history.complete(&bounds);
    ModelRows rows;
    const Status found = find_rows(*prepared.disk, bounds.now, &rows);
    if (!found) prepared.problem = found.to_string();
    const auto wrong = history.check(rows, bounds, 0, &prepared.contents);
    if (found && wrong) prepared.problem = *wrong;
    prepared.now = bounds.now;
    session.close();
  } else {
    session.close();
    prepared.disk = disk.crash_clone(seed, CrashPolicy::kKeepAll);
    prepared.contents = history.visible_contents();
    prepared.now = history.now();
  }
  if (!session.problems().empty()) prepared.problem = session.problems().front();
  return prepared;
}

}  // namespace wombat
