#include "crash/value_scenarios.h"

#include <deque>
#include <string>

namespace wombat {

namespace {

/// Files so small that a few values fill one, and reclaimed as soon as something in them is dead.
constexpr char kOptions[] = "value_log.threshold=40; value_log.file_size=4KiB; value_log.reclaim_ratio=0.3";

/// Values of many sizes, some of them in chunks; twice, so that much of the first files is dead.
void overwritten_rows(Session& s) {
  s.open("wal.sync=os");
  s.create_keyspace("a");
  for (int round = 0; round < 2; ++round) {
    s.fill("k", 16, 300);
    s.fill("#a/k", 4, 300);
    s.put("long", s.next_value(70'000));
    s.flush();
  }
  s.close();
}

void reclaim_in_background(Session& s) {
  s.open("wal.sync=os");
  s.start();
  s.compact();
  s.wait();
  s.check_reads();
  s.fill("k", 8, 500);
  s.erase("long");
  s.compact();
  s.wait();
  s.check_reads();
}

void reclaim_by_hand(Session& s) {
  s.open("wal.sync=os; value_log.reclaim_ratio=0");
  s.start();
  s.compact();
  s.reclaim(1);
  s.check_reads();
  s.fill("k", 5, 200, SyncChoice::kAlways);
  s.reclaim(0);
  s.check_reads();
}

void reclaim_under_snapshots(Session& s) {
  s.open("wal.sync=os");
  s.start();
  s.take_snapshot();
  s.fill("k", 16, 100);
  s.compact();
  s.reclaim(0);
  s.check_snapshots();
  s.release_snapshots();
  s.compact();
  s.reclaim(0);
  s.check_reads();
}

/// Commits whose values were not synced, and one that was.
void unsynced_values(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 8; ++i) {
    s.put("u" + std::to_string(i % 4), s.next_value(60 + 900 * static_cast<size_t>(i)),
          i == 4 ? SyncChoice::kAlways : SyncChoice::kNever);
    s.put("small" + std::to_string(i), "inline", SyncChoice::kNever);
  }
  s.check_reads();
}

void keyspace_with_values(Session& s) {
  s.open("wal.sync=os");
  s.start();
  s.fill("#a/k", 8, 400);
  s.fill("k", 4, 400);
  s.drop_keyspace("a");
  s.compact();
  s.reclaim(0);
  s.check_reads();
}

constexpr Scenario kScenarios[] = {
    {"reclaim_in_background", overwritten_rows, reclaim_in_background, false, kOptions},
    {"reclaim_by_hand", overwritten_rows, reclaim_by_hand, false, kOptions},
    {"reclaim_under_snapshots", overwritten_rows, reclaim_under_snapshots, false, kOptions},
    {"unsynced_values", overwritten_rows, unsynced_values, false, kOptions},
    {"keyspace_with_values", overwritten_rows, keyspace_with_values, false, kOptions},
};

}  // namespace

std::vector<Scenario> value_scenarios(const std::vector<Scenario>& others) {
  static std::deque<std::string> names;  // live as long as the scenarios
  std::vector<Scenario> all(std::begin(kScenarios), std::end(kScenarios));
  for (Scenario scenario : others) {
    scenario.name = names.emplace_back(std::string("values_") + scenario.name).c_str();
    scenario.options = kOptions;
    all.push_back(scenario);
  }
  return all;
}

}  // namespace wombat
