#include "crash/scenarios.h"

#include <cstring>

#include "crash/ingest_scenarios.h"
#include "crash/rich_scenarios.h"
#include "crash/side_scenarios.h"
#include "crash/style_scenarios.h"
#include "crash/value_scenarios.h"

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

void create(Session& s) {
  s.start();
  s.open();
  s.put("first", "row");
  s.close();
}

void open_only(Session& s) {
  s.start();
  s.open();
  s.check_reads();
  s.close();
}

void put(Session& s) {
  s.open();
  s.start();
  for (int i = 0; i < 5; ++i) s.put("p" + std::to_string(i % 3), std::string(10 + 300 * i, 'p'));
  s.erase("a0001");
  s.check_reads();
}

void batch(Session& s) {
  s.open();
  s.start();
  for (int i = 0; i < 4; ++i) {
    std::vector<ModelOperation> operations;
    for (int j = 0; j < 6; ++j) {
      operations.push_back(
          ModelOperation::put("x" + std::to_string(j), std::to_string(i) + std::string(200 * i, '.')));
    }
    operations.push_back(ModelOperation::erase("a000" + std::to_string(i)));
    operations.push_back(ModelOperation::erase("x2"));
    operations.push_back(ModelOperation::put("x2", "again" + std::to_string(i)));
    s.write(std::move(operations), i % 2 == 0 ? SyncChoice::kNever : SyncChoice::kAlways);
  }
  s.check_reads();
}

void mixed_sync(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 16; ++i) {
    s.put("s" + std::to_string(i % 5), std::string(1 + 97 * i, 's'),
          i % 5 == 4 ? SyncChoice::kAlways : SyncChoice::kNever);
    if (i % 7 == 6) s.sync();
  }
  s.check_reads();
}

void group_commit(Session& s) {
  s.open();
  s.start();
  std::vector<std::function<void()>> writers;
  for (int lane = 0; lane < 4; ++lane) {
    writers.push_back([&s, lane] {
      const std::string prefix = "@" + std::to_string(lane);
      for (int i = 0; i < 6; ++i) {
        s.fill(prefix + std::to_string(i), 1, 50 + 40 * static_cast<size_t>(lane),
               (i + lane) % 3 == 0 ? SyncChoice::kNever : SyncChoice::kAlways);
      }
    });
  }
  s.run_threads(writers);
  s.check_reads();
}

void rotation(Session& s) {
  s.open("num_memtables=4; wal.sync=os");
  s.start();
  s.fill("r", 40, 900);
  s.put("last", "durable", SyncChoice::kAlways);
  s.check_reads();
}

void flush(Session& s) {
  s.open();
  s.start();
  s.fill("f", 8, 200, SyncChoice::kNever);
  s.flush();
  s.check_reads();
  s.put("after", "flush", SyncChoice::kNever);
  s.flush();
  s.check_reads();
}

void level0_compaction(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 3; ++i) {
    s.fill("c", 10, 400);
    s.flush();
  }
  s.wait();
  s.check_reads();
}

void deeper_compaction(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 2; ++i) {
    s.fill("k" + std::to_string(i), 20, 1000);
    s.flush();
  }
  s.wait();
  s.check_reads();
}

void trivial_move(Session& s) {
  s.open("wal.sync=os; compaction.min_compaction_files=1");
  s.start();
  // Each flush lies beyond all before it.
  for (const char* prefix : {"x", "y", "z"}) {
    s.fill(prefix, 6, 500);
    s.flush();
    s.wait();
  }
  s.check_reads();
}

/// Tables change codec where they would only have moved, and where nothing else is to be done to them; blocks wait for
/// a dictionary.
void recompress(Session& s) {
  s.open(
      "wal.sync=os; compression.per_level=none,auto; compression.dictionary_size=1KiB; table.block_size=256");
  s.start();
  for (const char* prefix : {"x", "y"}) {
    for (int i = 0; i < 6; ++i) s.put(prefix + std::to_string(i), s.next_value(20) + std::string(300, 'c'));
    s.flush();
  }
  s.compact();
  s.check_reads();
  s.close();
  s.open("wal.sync=os; compression.codec=none");
  s.compact();
  s.check_reads();
}

void manifest_rewrite(Session& s) {
  s.open(
      "wal.sync=os; compaction.min_compaction_files=100; compaction.max_sstables=200; "
      "compaction.stall_sstables=300");
  s.start();
  for (int i = 0; i < 14; ++i) {
    s.put("m" + std::to_string(i % 4), std::string(60, static_cast<char>('a' + i)));
    s.flush();
  }
  s.check_reads();
}

void compact_range(Session& s) {
  s.open();
  s.start();
  s.put("before", "compaction", SyncChoice::kNever);
  s.erase("k10003");
  s.compact();
  s.check_reads();
}

void close_unsynced(Session& s) {
  s.open("wal.sync=os");
  s.start();
  s.fill("u", 5, 300);
  s.close();
}

void kept_logs(Session& s) {
  s.start();
  for (int i = 0; i < 4; ++i) {
    s.open("wal.sync=os");
    s.put("kept" + std::to_string(i), "log");
    s.check_reads();
    s.close();
  }
}

void leave_unfinished(Session& s) {
  s.open("wal.sync=os; num_memtables=4");
  s.fill("a", 10, 800);
  s.sync();
  s.fill("b", 30, 800);
  s.put("c", "durable", SyncChoice::kAlways);
  s.fill("d", 8, 300);
  s.erase("a0001");
}

void recovery(Session& s) {
  s.start();
  s.open();
  s.check_reads();
  s.put("after", "recovery");
  s.close();
}

/// The replayed logs fill many memtables.
void leave_long_log(Session& s) {
  s.open("memtable.size=1MiB; wal.sync=os");
  for (int i = 0; i < 3; ++i) s.fill("l", 20, 1200);
  s.sync();
  s.fill("t", 3, 100);
}

void interrupted_flush_prepare(Session& s) {
  leave_unfinished(s);
  s.flush();
  s.fill("e", 12, 1000);
}

void destroy(Session& s) {
  s.start();
  s.destroy();
}

void delete_heavy(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 18; ++i) s.erase("k0" + std::string(i < 10 ? "000" : "00") + std::to_string(i));
  s.flush();
  s.fill("k0", 4, 20);
  s.flush();
  s.wait();
  s.check_reads();
}

void snapshots_held(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 3; ++i) {
    s.take_snapshot();
    s.fill("a", 8, 300);
    s.erase("a0002");
    s.flush();
  }
  s.wait();
  s.check_snapshots();
  s.release_snapshots();
  s.compact();
  s.check_reads();
}

void checkpoint(Session& s) {
  s.open("checkpoint.interval_s=1; wal.sync=os");
  s.start();
  for (int i = 0; i < 3; ++i) {
    s.fill("h", 3, 200);
    s.pass_time(2'000'000);
    s.wait();
  }
  s.check_reads();
}

void sync_by_interval(Session& s) {
  s.open("wal.sync=interval; wal.sync_interval_ms=50");
  s.start();
  for (int i = 0; i < 4; ++i) {
    s.fill("i", 3, 200);
    s.pass_time(100'000);
  }
  s.check_reads();
}

void read_only(Session& s) {
  s.start();
  s.open("open.read_only=true");
  s.check_reads();
  s.close();
}

void large_values(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 3; ++i)
    s.fill("big" + std::to_string(i), 1, 100 << 10, i == 1 ? SyncChoice::kAlways : SyncChoice::kNever);
  s.put("big00000", "small now");
  s.flush();
  s.check_reads();
}

void empty_rows(Session& s) {
  s.open();
  s.start();
  s.put("", "value of the empty key");
  s.put("empty value", "");
  s.put(std::string(1, '\0'), std::string(3, '\0'), SyncChoice::kNever);
  s.put("", "", SyncChoice::kNever);
  s.flush();
  s.erase("");
  s.check_reads();
}

void overwrite(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 60; ++i) s.fill("one", 1, 600, i % 20 == 19 ? SyncChoice::kAlways : SyncChoice::kNever);
  s.flush();
  s.compact();
  s.check_reads();
}

void clean_up(Session& s) {
  s.open("wal.sync=os; num_memtables=4");
  s.start();
  s.fill("q", 24, 900);
  s.flush();
  s.clean_up_logs();
  s.check_reads();
  s.close();
}

/// Everything at once.
void storm(Session& s) {
  s.open("num_memtables=3; wal.sync=os");
  s.start();
  std::vector<std::function<void()>> threads;
  for (int lane = 1; lane < 4; ++lane) {
    threads.push_back([&s, lane] {
      for (int i = 0; i < 4; ++i) {
        s.fill("@" + std::to_string(lane), 6, 800);
        s.fill("@" + std::to_string(lane), 1, 20, SyncChoice::kAlways);
      }
    });
  }
  threads.push_back([&s] {
    s.flush();
    s.compact();
    s.sync();
  });
  s.run_threads(threads);
  s.check_reads();
  s.close();
}

void some_keyspaces(Session& s) {
  s.open();
  s.create_keyspace("a");
  s.create_keyspace("b", "memtable.size=16KiB\nfilter.bits_per_key=0\n");
  s.fill("#a/r", 6, 500);
  s.flush();
  s.fill("#b/r", 4, 300);
  s.fill("d", 4, 300);
  s.close();
}

/// One batch over three keyspaces; each has its own flushes, so that logs are needed by some and not by others.
void keyspaces(Session& s) {
  s.open("wal.retained_size=64KiB");
  s.start();
  s.create_keyspace("c");
  for (int i = 0; i < 4; ++i) {
    const std::string digit = std::to_string(i);
    s.write({ModelOperation::put("#a/x" + digit, std::string(2000, 'a')),
             ModelOperation::put("x" + digit, std::string(100, 'd')),
             ModelOperation::put("#c/x" + digit, std::string(1000, 'c')),
             ModelOperation::erase("#b/r000" + digit)});
    if (i == 1) s.flush();
  }
  s.fill("#c/y", 20, 1000);
  s.check_reads();
  s.wait();
  s.close();
}

void keyspace_drop(Session& s) {
  s.open();
  s.start();
  s.put("#a/z", "1");
  s.drop_keyspace("a");
  s.put("behind", "2");
  s.create_keyspace("a");
  s.put("#a/z", "3");
  s.drop_keyspace("b");
  s.check_reads();
  s.close();
}

void keyspace_rename(Session& s) {
  s.open();
  s.start();
  s.put("#a/z", "1");
  s.rename_keyspace("a", "c");
  s.put("#c/z", "2");
  s.rename_keyspace("b", "a");
  s.put("#a/z", "3");
  s.check_reads();
  s.flush();
}

/// Nothing stays in memory: each read is one of a file, of several blocks at a time.
void cold_reads(Session& s) {
  s.open("wal.sync=os");
  s.start();
  s.check_reads_together();
  s.fill("k1", 6, 1000);
  s.erase("k20003");
  s.check_reads();
  s.flush();
  s.check_reads_together();
  s.compact();
  s.check_reads();
  s.check_reads_together();
}

constexpr Scenario kScenarios[] = {
    {"keyspaces", some_keyspaces, keyspaces},
    {"keyspace_drop", some_keyspaces, keyspace_drop},
    {"keyspace_rename", some_keyspaces, keyspace_rename},
    {"create", nullptr, create},
    {"open", some_rows, open_only},
    {"put", some_rows, put},
    {"batch", some_rows, batch},
    {"mixed_sync", some_rows, mixed_sync},
    {"group_commit", some_rows, group_commit},
    {"rotation", some_rows, rotation},
    {"flush", some_rows, flush},
    {"level0_compaction", some_rows, level0_compaction},
    {"deeper_compaction", many_rows, deeper_compaction},
    {"trivial_move", some_rows, trivial_move},
    {"recompress", some_rows, recompress},
    {"manifest_rewrite", some_rows, manifest_rewrite},
    {"compact_range", many_rows, compact_range},
    {"close", some_rows, close_unsynced},
    {"kept_logs", some_rows, kept_logs},
    {"recovery", leave_unfinished, recovery, true},
    {"recovery_of_long_log", leave_long_log, recovery, true},
    {"recovery_after_flush", interrupted_flush_prepare, recovery, true},
    {"destroy", some_rows, destroy},
    {"delete_heavy", many_rows, delete_heavy},
    {"snapshots_held", some_rows, snapshots_held},
    {"checkpoint", some_rows, checkpoint},
    {"sync_by_interval", some_rows, sync_by_interval},
    {"read_only", some_rows, read_only},
    {"read_only_after_crash", leave_unfinished, read_only, true},
    {"large_values", some_rows, large_values},
    {"empty_rows", some_rows, empty_rows},
    {"overwrite", some_rows, overwrite},
    {"clean_up_logs", some_rows, clean_up},
    {"storm", some_rows, storm},
    {"cold_reads", many_rows, cold_reads, false, "cache.size=0; table.size=32KiB"},
};

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario>* const all = [] {
    auto* const list = new std::vector<Scenario>(std::begin(kScenarios), std::end(kScenarios));
    for (const Scenario& scenario : rich_scenarios()) list->push_back(scenario);
    for (const Scenario& scenario : style_scenarios()) list->push_back(scenario);
    for (const Scenario& scenario : ingest_scenarios()) list->push_back(scenario);
    const std::vector<Scenario> with_values = value_scenarios(*list);
    list->insert(list->end(), with_values.begin(), with_values.end());
    for (const Scenario& scenario : side_scenarios()) list->push_back(scenario);
    return list;
  }();
  return *all;
}

const Scenario* find_scenario(const std::string& name) {
  for (const Scenario& scenario : scenarios()) {
    if (name == scenario.name) return &scenario;
  }
  return nullptr;
}

}  // namespace wombat
