#include "crash/rich_scenarios.h"

namespace wombat {

namespace {

using Op = ModelOperation;

std::string number8(uint64_t number) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  return bytes;
}

/// Every kind of write, in the default keyspace and in `a`, over what earlier rounds wrote. The merges make a
/// difference to any value, or a commit in doubt could not be told from none.
std::vector<Op> all_kinds(Session& s, int round, size_t value_size) {
  const std::string digit = std::to_string(round % 10);
  const std::string before = std::to_string((round + 9) % 10);
  return {
      Op::put("e" + digit, s.next_value(value_size)),
      Op::put_expiring("e" + before, s.next_value(value_size), 1 + static_cast<uint64_t>(round % 3)),
      Op::merge("append:,", "e" + before, s.next_value(20)),
      Op::merge("int64_add", "sum", number8(static_cast<uint64_t>(round) + 1)),
      Op::merge("append:,", "log", s.next_value(30)),
      Op::erase_range("d" + digit, "d" + digit + "9"),
      Op::put("d" + digit + "5", s.next_value(40)),  // stays: it comes behind the range delete
      Op::put("#a/e" + digit, s.next_value(value_size)),
      Op::put_expiring("#a/t" + digit, s.next_value(50), 2),
      Op::merge("append:;", "#a/log", s.next_value(30)),
      Op::erase_range("#a/e" + before, "#a/e" + before + "9"),
      // Rows that are written after a recovery lie in it: they must be newer than what was recovered.
      Op::erase_from("u"),
  };
}

void fill_all(Session& s, const std::string& prefix, int first, int count, size_t value_size) {
  for (int i = first; i < first + count; ++i)
    s.put(prefix + std::to_string(100 + i), s.next_value(value_size), SyncChoice::kNever);
}

/// In tables and in the log, one kind over the other.
void rich_rows(Session& s) {
  s.open("wal.sync=os");
  s.create_keyspace("a");
  fill_all(s, "d", 0, 10, 200);
  s.flush();
  s.write(all_kinds(s, 1, 100));
  s.write(all_kinds(s, 2, 100));
  s.flush();
  s.write(all_kinds(s, 3, 100));
  s.close();
}

/// Several tables in several levels, with everything that a compaction works out: merges on values, on values that
/// will have expired and on nothing, range deletes over tables below, more that expires.
void rich_levels(Session& s) {
  s.open("wal.sync=os");
  s.create_keyspace("a");
  fill_all(s, "k", 0, 40, 700);
  fill_all(s, "#a/k", 0, 6, 700);
  for (int i = 0; i < 40; i += 4) {
    const std::string key = "k" + std::to_string(100 + i);
    s.write({Op::put_expiring(key, s.next_value(300), i % 8 == 0 ? 1 : 5),
             Op::put("sum" + key, number8(static_cast<uint64_t>(i)))},
            SyncChoice::kNever);
  }
  s.compact();
  for (int i = 0; i < 40; i += 3) {
    const std::string key = "k" + std::to_string(100 + i);
    s.write({Op::merge("append:,", key, s.next_value(100)), Op::merge("int64_add", "sum" + key, number8(7)),
             Op::merge("append:;", "#a/" + key, s.next_value(60))},
            SyncChoice::kNever);
  }
  s.write({Op::erase_range("k110", "k115"), Op::erase_range("k130", "k138"), Op::put("k112", "again"),
           Op::erase_range("#a/k103", "#a/k105")});
  s.flush();
  for (int i = 0; i < 40; i += 5)
    s.write({Op::merge("append:,", "k" + std::to_string(100 + i), s.next_value(100))}, SyncChoice::kNever);
  s.write({Op::erase_range("k120", "k122"), Op::erase_from("u")});
  s.close();
}

void rich_writes(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 5; ++i) {
    s.write(all_kinds(s, 3 + i, 300), i % 2 == 0 ? SyncChoice::kAlways : SyncChoice::kNever);
    if (i == 2) s.flush();
  }
  s.write({Op::erase_range("d", "e")}, SyncChoice::kNever);
  s.write({Op::merge("append:,", "d15", "on nothing")}, SyncChoice::kAlways);
  s.check_reads();
  s.flush();
  s.check_reads();
}

void rich_reopen(Session& s) {
  s.start();
  for (int i = 0; i < 4; ++i) {
    s.open(i % 2 == 0 ? "wal.sync=os" : "");
    s.check_reads();
    s.write(all_kinds(s, 4 + i, 100));
    if (i == 1) s.flush();
    s.pass_tick();
    s.check_reads();
    s.close();
  }
}

void rich_compaction(Session& s) {
  s.open("wal.sync=os");
  s.pass_tick();  // a part of it has expired by now
  s.wait();
  s.start();
  s.compact();
  s.check_reads();
  s.write({Op::erase_range("k100", "k130"), Op::merge("append:,", "k135", "more")});
  s.flush();
  s.pass_tick();
  s.wait();
  s.check_reads();
}

void rich_versions(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 3; ++i) {
    s.take_snapshot();
    s.write(all_kinds(s, 4 + i, 200));
    s.write({Op::erase_range("e" + std::to_string(i), "e" + std::to_string(i) + "9")});
    if (i != 1) s.flush();
  }
  s.wait();
  s.pass_tick();
  s.check_snapshots();
  s.release_snapshots();
  s.compact();
  s.check_reads();
}

/// Nothing is read or written: tables are rewritten because what is in them has expired. What it hid, deep below, does
/// not come back.
void expiry(Session& s) {
  s.open("wal.sync=os; compaction.delete_ratio=0.1");
  fill_all(s, "x", 0, 12, 50);
  fill_all(s, "y", 0, 4, 50);
  s.compact();
  s.start();
  for (int i = 0; i < 12; ++i)
    s.write({Op::put_expiring("x" + std::to_string(100 + i), s.next_value(400), i < 9 ? 1 : 3)});
  s.flush();
  s.wait();
  s.check_reads();
  s.pass_tick();
  s.wait();
  s.check_reads();
  for (int i = 0; i < 4; ++i) s.write({Op::put_expiring("y" + std::to_string(100 + i), s.next_value(30), 2)});
  s.pass_tick();
  s.pass_tick();
  s.flush();  // of what has expired in memory
  s.wait();
  s.check_reads();
}

void transactions(Session& s) {
  s.open("wal.sync=os");
  s.start();
  for (int i = 0; i < 5; ++i) {
    std::vector<Op> operations = all_kinds(s, 4 + i, 200);
    operations.push_back(Op::put("#a/last", s.next_value(20)));
    s.commit(std::move(operations), i % 2 == 0 ? SyncChoice::kNever : SyncChoice::kAlways);
    if (i == 1) s.flush();
    if (i == 3) s.compact();
  }
  s.commit({Op::erase_range("d", "e"), Op::put("d7", s.next_value(10))});
  s.check_reads();
  s.close();
}

void prepared(Session& s) {
  s.open("wal.sync=os");
  s.start();
  const std::string first = s.prepare("one");
  s.write(all_kinds(s, 4, 100));
  s.flush();
  s.decide(first, true);
  s.check_reads();
  const std::string second = s.prepare("two");
  s.compact();
  s.close();
  s.open();
  s.pass_tick();
  s.check_reads();
  s.decide(second, true);
  s.prepare("three");
  s.decide_all(false);
  s.check_reads();
  s.close();
}

/// Logs with everything, some of it in tables already.
void leave_rich_log(Session& s) {
  s.open("wal.sync=os; num_memtables=4");
  s.create_keyspace("a");
  fill_all(s, "d", 0, 10, 500);
  for (int i = 0; i < 4; ++i) {
    s.write(all_kinds(s, 1 + i, 900));
    if (i == 1) s.flush();
    if (i == 2) s.sync();
  }
  s.prepare("left");
  s.commit(all_kinds(s, 6, 900));
  s.pass_tick();
  s.write(all_kinds(s, 7, 900));
}

void rich_recovery(Session& s) {
  s.start();
  s.open();
  s.check_reads();
  s.decide_all(true);
  s.write(all_kinds(s, 8, 100));
  s.pass_tick();
  s.check_reads();
  s.close();
}

/// What other keyspaces have in the log is durable when one is compacted, and so is what nothing has to be merged for.
void compact_one_of_two(Session& s) {
  s.open("wal.sync=os");
  s.start();
  s.fill("#a/d", 6, 200);
  s.compact();
  s.put("d0001", s.next_value(300));
  s.compact();
  s.fill("#a/e", 3, 200);
  s.compact();
  s.check_reads();
}

constexpr Scenario kScenarios[] = {
    {"compact_one_of_two", rich_rows, compact_one_of_two},
    {"rich_writes", rich_rows, rich_writes},
    {"rich_reopen", rich_rows, rich_reopen},
    {"rich_compaction", rich_levels, rich_compaction},
    {"rich_versions", rich_rows, rich_versions},
    {"expiry", rich_rows, expiry},
    {"transactions", rich_rows, transactions},
    {"prepared", rich_rows, prepared},
    {"rich_recovery", leave_rich_log, rich_recovery, true},
};

}  // namespace

std::vector<Scenario> rich_scenarios() { return {std::begin(kScenarios), std::end(kScenarios)}; }

}  // namespace wombat
