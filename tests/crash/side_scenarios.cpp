#include "crash/side_scenarios.h"

#include <string>

namespace wombat {

namespace {

/// Both directories; files so small that a few values fill one.
constexpr char kSides[] =
    "wal.sync=os; value_log.directory=/values; cold.directory=/cold; cold.level=1; value_log.threshold=40; "
    "value_log.file_size=4KiB; value_log.reclaim_ratio=0.3; ";
constexpr char kNoSides[] =
    "wal.sync=os; value_log.threshold=40; value_log.file_size=4KiB; value_log.reclaim_ratio=0.3; ";

void write_rows(Session& s, int round) {
  s.fill("k", 12, 300);
  s.fill("small" + std::to_string(round), 12, 20);
  s.flush();
}

void rows_at_home(Session& s) {
  s.open(kNoSides);
  for (int round = 0; round < 2; ++round) write_rows(s, round);
  s.compact();
  write_rows(s, 2);
  s.close();
}

void rows_beside(Session& s) {
  s.open(kSides);
  for (int round = 0; round < 2; ++round) write_rows(s, round);
  s.compact();
  write_rows(s, 2);
  s.close();
}

/// The first use of the directories, and what lies at home goes there.
void switched_on(Session& s) {
  s.start();
  s.open(kSides);
  s.wait();
  s.check_reads();
  s.fill("k", 6, 500);
  s.flush();
  s.compact();
  s.wait();
  s.check_reads();
}

void made_with_them(Session& s) {
  s.start();
  s.open(kSides);
  s.fill("k", 8, 300);
  s.put("synced", s.next_value(200), SyncChoice::kAlways);
  s.flush();
  s.compact();
  s.check_reads();
}

/// The same at home: the very first value file.
void first_values(Session& s) {
  s.start();
  s.open(kNoSides);
  s.fill("k", 4, 300);
  s.put("synced", s.next_value(200), SyncChoice::kAlways);
  s.fill("l", 4, 300);
  s.check_reads();
}

void work_beside(Session& s) {
  s.open(kSides);
  s.start();
  s.fill("k", 8, 500);
  s.erase("k0003");
  s.flush();
  s.compact();
  s.reclaim(1);
  s.check_reads();
  s.put("synced", s.next_value(200), SyncChoice::kAlways);
  s.close();
  s.open(kSides);
  s.check_reads();
}

/// Nothing names the directories any more; when nothing is left there they are given up by the next open.
void switched_off(Session& s) {
  s.start();
  s.open(kNoSides);
  s.check_reads();
  s.fill("k", 12, 300);
  s.fill("small0", 12, 20);
  s.flush();
  s.compact();
  s.reclaim(0);
  s.check_reads();
  s.close();
  s.open(kNoSides);
  s.check_reads();
  s.close();
}

/// From one to another.
void moved_on(Session& s) {
  s.start();
  s.open(std::string(kSides) + "value_log.directory=/values2; cold.directory=/cold2");
  s.wait();
  s.fill("k", 6, 300);
  s.flush();
  s.compact();
  s.reclaim(0);
  s.check_reads();
}

/// Tables that have become old go; one directory for both.
void old_tables(Session& s) {
  s.open(std::string(kNoSides) + "cold.directory=/both; value_log.directory=/both; cold.age_s=1");
  write_rows(s, 0);
  s.start();
  for (int i = 0; i < 3; ++i) s.pass_tick();
  s.pass_time(5'000'000);
  s.wait();
  s.check_reads();
}

void destroy_with_them(Session& s) {
  s.start();
  s.destroy();
}

constexpr Scenario kScenarios[] = {
    {"sides_switched_on", rows_at_home, switched_on},
    {"sides_from_the_beginning", nullptr, made_with_them},
    {"values_from_the_beginning", nullptr, first_values},
    {"sides_at_work", rows_beside, work_beside},
    {"sides_switched_off", rows_beside, switched_off},
    {"sides_moved_on", rows_beside, moved_on},
    {"sides_old_tables", rows_at_home, old_tables},
    {"sides_destroy", rows_beside, destroy_with_them},
};

}  // namespace

std::vector<Scenario> side_scenarios() { return {std::begin(kScenarios), std::end(kScenarios)}; }

}  // namespace wombat
