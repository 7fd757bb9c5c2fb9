#include "crash/ingest_scenarios.h"

namespace wombat {

namespace {

void some_rows(Session& s) {
  s.open();
  s.fill("a", 12, 700, SyncChoice::kNever);
  s.flush();
  s.fill("b", 6, 100);
  s.close();
}

/// Enough for three levels.
void many_rows(Session& s) {
  s.open("wal.sync=os");
  for (int round = 0; round < 4; ++round) {
    s.fill("k" + std::to_string(round), 18, 1000);
    s.fill("m", 4, 1000);
    s.flush();
  }
  s.wait();
  s.close();
}

/// Where nothing lies, over what is in tables and over what is in memory, with commits before that nobody has synced.
void ingest(Session& s) {
  s.open("wal.sync=os");
  s.start();
  s.put("early", "not synced");
  s.ingest("z", 12, 100);
  s.ingest("a", 8, 100);  // over tables
  s.put("a0003", "newer");
  s.ingest("a", 6, 100);  // over the memtable
  s.check_reads();
  s.erase("a0001");
  s.flush();
  s.put("late", "not synced");
  s.ingest("a", 4, 60);
  s.compact();
  s.check_reads();
}

void ingest_under_snapshots(Session& s) {
  s.open();
  s.start();
  for (int i = 0; i < 3; ++i) {
    s.take_snapshot();
    s.ingest("a", 10 - i, 200);
    s.fill("a", 2, 100);
  }
  s.check_snapshots();
  s.compact();
  s.check_snapshots();
  s.check_reads();
  s.close();
}

/// There the tables are the newest run of level 0, with a time.
void ingest_under_fifo(Session& s) {
  s.open("wal.sync=os; compaction.style=fifo");
  s.start();
  s.ingest("z", 6, 100);
  s.put("a0003", "newer");
  s.ingest("a", 8, 100);
  s.flush();
  s.wait();
  s.check_reads();
}

}  // namespace

std::vector<Scenario> ingest_scenarios() {
  return {
      {"ingest", many_rows, ingest},
      {"ingest_under_snapshots", some_rows, ingest_under_snapshots},
      {"ingest_under_fifo", some_rows, ingest_under_fifo},
  };
}

}  // namespace wombat
