#include "formats/golden_database.h"

#include <iterator>

#include "base/check.h"
#include "formats/golden_builder.h"

namespace wombat {

namespace {

using Builder = GoldenBuilder;

/// Keys and values of several kinds in the log.
void write_log(Builder& builder) {
  builder.fill("a", 0, 4, 20);
  builder.write({ModelOperation::put("batch/1", "x"), ModelOperation::erase("a101"),
                 ModelOperation::put("batch/2", builder.value(40)), ModelOperation::put("batch/1", "y")});
  builder.put("", 0);
  builder.put(std::string("\0\xff\0", 3), 5);
  builder.erase("a103");
}

GoldenDatabase log_only() {
  Builder builder("log_only", "");
  write_log(builder);
  builder.note_files();
  builder.fill("b", 0, 3, 10);
  return builder.finish();
}

GoldenDatabase kept_logs() {
  Builder builder("kept_logs", "");
  write_log(builder);
  builder.reopen();
  builder.fill("b", 0, 3, 30);
  builder.reopen();
  builder.erase("b101");
  builder.fill("a", 1, 2, 10);
  builder.note_files();
  return builder.finish();
}

GoldenDatabase crash_with_synced_log() {
  Builder builder("crash_with_synced_log", "");
  write_log(builder);
  builder.note_files();
  builder.fill("b", 0, 3, 30);
  builder.crash();
  return builder.finish();
}

GoldenDatabase crash_with_unsynced_log() {
  Builder builder("crash_with_unsynced_log", "wal.sync=os");
  write_log(builder);
  builder.check(builder.db().sync());
  builder.note_files();
  builder.fill("b", 0, 5, 30);
  builder.crash();
  return builder.finish();
}

/// Level 0, the deepest level, and a log.
GoldenDatabase tables(const char* name, const char* options) {
  Builder builder(name, options);
  builder.fill("key/", 0, 40, 25);
  builder.check(builder.db().compact_range(nullptr, nullptr, {}));
  builder.note_files();
  builder.fill("key/", 10, 8, 12);
  builder.erase("key/105");
  builder.erase("key/133");
  builder.check(builder.db().flush({}));
  builder.check(builder.db().wait_for_background({}));
  builder.note_files();
  builder.put("key/111", 3);
  builder.erase("key/112");
  return builder.finish();
}

GoldenDatabase plain_tables() { return tables("plain_tables", "table.size=4KiB"); }
GoldenDatabase zlib_tables() {
  return tables("zlib_tables", "compression.codec=zlib; filter.bits_per_key=0");
}

GoldenDatabase lz4_tables() { return tables("lz4_tables", "compression.codec=lz4; table.size=4KiB"); }
GoldenDatabase snappy_tables() { return tables("snappy_tables", "compression.codec=snappy"); }
GoldenDatabase zstd_tables() { return tables("zstd_tables", "compression.per_level=zstd:1,zstd:9"); }

/// Small blocks that are alike: each table has a dictionary.
GoldenDatabase dictionary_tables() {
  Builder builder("dictionary_tables",
                  "compression.codec=zstd; compression.dictionary_size=512; table.block_size=256");
  const auto document = [&](int i) {
    const std::string number = std::to_string(100 + i);
    return ModelOperation::put("person/" + number,
                               "{\"name\":\"person " + number + "\",\"address\":{\"street\":\"Main Street " +
                                   std::to_string(i * 7 % 90) + "\",\"city\":\"Springfield\"},\"tags\":[\"" +
                                   builder.value(4) + "\"]}");
  };
  std::vector<ModelOperation> operations;
  for (int i = 0; i < 120; ++i) operations.push_back(document(i));
  builder.write(operations);
  builder.check(builder.db().compact_range(nullptr, nullptr, {}));
  builder.note_files();
  operations.clear();
  for (int i = 40; i < 110; ++i) operations.push_back(document(i));
  builder.write(operations);
  builder.erase("person/105");
  builder.check(builder.db().flush({}));
  builder.check(builder.db().wait_for_background({}));
  WOMBAT_CHECK(builder.db().counter_total(Counter::kDictionaries) >= 2);
  builder.put("log", 20);
  return builder.finish();
}

GoldenDatabase many_versions() {
  Builder builder("many_versions", "");
  std::vector<Timestamp> snapshots;
  for (int round = 0; round < 6; ++round) {
    builder.fill("k", 0, 4, static_cast<size_t>(round) * 7);
    builder.erase("k101");
    snapshots.push_back(builder.db().take_snapshot());
  }
  builder.check(builder.db().flush({}));
  builder.fill("k", 0, 2, 9);
  for (const Timestamp snapshot : snapshots) builder.db().release_snapshot(snapshot);
  return builder.finish();
}

/// Power goes while a memtable is being written to a table: two logs count, and a third is prepared.
GoldenDatabase crash_in_flush() {
  Builder builder("crash_in_flush", "wal.sync=os");
  builder.fill("old", 0, 3, 20);
  builder.check(builder.db().flush({}));
  builder.note_files();
  builder.fill("a", 0, 5, 20);

  struct Gate : CallObserver {
    void after_call(const FileCall& call, const Status&) override {
      if (call.kind != CallKind::kCreate || call.name.find(".table") == std::string::npos) return;
      if (on_table) std::exchange(on_table, nullptr)();
    }
    std::function<void()> on_table;
  } gate;
  gate.on_table = [&] { builder.crash(); };
  builder.faults().add_observer(&gate);
  builder.check(builder.db().flush({}));
  builder.faults().remove_observer(&gate);
  return builder.finish();
}

using Op = ModelOperation;

std::vector<Op> all_kinds(Builder& builder, int round) {
  const std::string digit = std::to_string(round);
  return {
      Op::put("k" + digit, builder.value(20)),
      Op::put_expiring("soon" + digit, builder.value(9), 1),
      Op::put_expiring("late" + digit, builder.value(9), 10),
      Op::merge("append:,", "late" + digit, "more"),
      Op::merge("int64_add", "sum", std::string("\5\0\0\0\0\0\0\0", 8)),
      Op::merge("bytes_max", "max", digit),
      Op::erase_range("a10" + digit, "a10" + digit + "5"),
      Op::put("#a/k" + digit, builder.value(11)),
      Op::merge("append", "#a/log", digit),
      Op::erase_range("#a/x", "#a/y"),
  };
}

/// Everything that a log can hold, of three keyspaces and a prepared transaction.
void write_rich_log(Builder& builder) {
  builder.create_keyspace("a");
  builder.create_keyspace("b");
  builder.fill("a", 0, 6, 12);
  builder.fill("#a/x", 0, 2, 12);
  for (int round = 0; round < 3; ++round) builder.write(all_kinds(builder, round));
  builder.prepare("left@1");
  builder.write({Op::put("#b/one", "1"), Op::erase_range("#b/m", "#b0"), Op::erase_from("z")});
}

GoldenDatabase rich_log() {
  Builder builder("rich_log", "");
  write_rich_log(builder);
  builder.tick();
  return builder.finish();
}

GoldenDatabase rich_crash() {
  Builder builder("rich_crash", "wal.sync=os");
  write_rich_log(builder);
  builder.check(builder.db().sync());
  builder.note_files();
  builder.tick();
  for (int round = 3; round < 5; ++round) builder.write(all_kinds(builder, round));
  builder.crash();
  return builder.finish();
}

/// In tables of level 0 and below: several versions, merges that nothing could be made of yet, range deletes over what
/// lies below, what will expire, a prepared transaction that has been flushed.
GoldenDatabase rich_tables() {
  Builder builder("rich_tables", "compression.codec=none; compaction.min_compaction_files=100");
  builder.create_keyspace("a");
  builder.create_keyspace("b");
  builder.fill("a", 0, 12, 30);
  builder.fill("#a/x", 0, 4, 30);
  builder.write(all_kinds(builder, 0));
  builder.check(builder.db().compact_range(nullptr, nullptr, {}));
  builder.note_files();
  std::vector<Timestamp> snapshots;
  for (int round = 1; round < 4; ++round) {
    builder.write(all_kinds(builder, round));
    snapshots.push_back(builder.db().take_snapshot());
    builder.write({Op::erase_range("k0", "k" + std::to_string(round)), Op::merge("append", "late0", "x")});
    if (round == 2) builder.prepare("flushed@1");
    if (round != 3) builder.check(builder.db().flush({}));
  }
  for (const Timestamp snapshot : snapshots) builder.db().release_snapshot(snapshot);
  builder.check(builder.db().wait_for_background({}));
  builder.note_files();
  builder.tick();
  builder.write({Op::merge("append:,", "late2", "again"), Op::erase_range("a106", "a108")});
  return builder.finish();
}

constexpr char kValueOptions[] =
    "value_log.threshold=30; value_log.file_size=4KiB; value_log.reclaim_ratio=0; "
    "compaction.min_compaction_files=100";

/// Values in several files, one long enough for chunks, pointed to by tables and by the log.
void write_values(Builder& builder) {
  builder.create_keyspace("a");
  builder.create_keyspace("b");
  builder.fill("v", 0, 10, 300);
  builder.fill("#a/x", 0, 3, 100);
  builder.put("long", 70'000);
  builder.write({Op::put_expiring("late", builder.value(80), 10), Op::put("small", "s"),
                 Op::merge("append:,", "v101", "more")});
  builder.check(builder.db().flush({}));
}

GoldenDatabase values() {
  Builder builder("values", kValueOptions);
  write_values(builder);
  builder.note_files();
  builder.fill("v", 3, 4, 200);
  builder.check(builder.db().compact_range(nullptr, nullptr, {}));
  builder.note_files();
  builder.fill("v", 5, 3, 120);
  builder.erase("v100");
  return builder.finish();
}

/// Versions that newer ones supersede, in the same tables and in value files: manifest field 130 counts their bytes.
GoldenDatabase superseded_values() {
  Builder builder("superseded_values", kValueOptions);
  std::vector<Timestamp> snapshots;
  for (int round = 0; round < 3; ++round) {
    builder.fill("p", 0, 4, 10 + static_cast<size_t>(round));
    builder.fill("v", 0, 4, 100 + static_cast<size_t>(round));
    snapshots.push_back(builder.db().take_snapshot());
    if (round == 1) builder.check(builder.db().flush({}));
  }
  builder.check(builder.db().compact_range(nullptr, nullptr, {}));
  builder.erase("v100");
  for (const Timestamp snapshot : snapshots) builder.db().release_snapshot(snapshot);
  return builder.finish();
}

GoldenDatabase values_crash() {
  Builder builder("values_crash", std::string(kValueOptions).append("; wal.sync=os").c_str());
  write_values(builder);
  builder.fill("v", 3, 2, 200);
  builder.check(builder.db().sync());
  builder.note_files();
  builder.fill("v", 4, 4, 90);
  builder.crash();
  return builder.finish();
}

/// In the deepest level, over tables, and under what came later.
GoldenDatabase ingested_tables() {
  Builder builder("ingested_tables", "compression.codec=none; compaction.min_compaction_files=100");
  builder.fill("a", 0, 12, 20);
  const Timestamp snapshot = builder.db().take_snapshot();
  const auto puts = [&](const std::string& prefix, int count, size_t size) {
    std::vector<ModelOperation> made;
    for (int i = 100; i < 100 + count; ++i)
      made.push_back(ModelOperation::put(prefix + std::to_string(i), builder.value(size)));
    return made;
  };
  builder.ingest(puts("a", 9, 17));
  builder.ingest(puts("z", 40, 30));
  std::vector<ModelOperation> expiring = puts("m", 3, 9);
  expiring[1].ticks = 10;
  builder.ingest(expiring);
  builder.put("after", 3);
  builder.put("a103", 8);
  builder.db().release_snapshot(snapshot);
  return builder.finish();
}

/// Value files and tables in directories of their own.
GoldenDatabase sides() {
  Builder builder("sides", std::string(kValueOptions)
                               .append("; compression.codec=none; value_log.directory=values; "
                                       "cold.directory=cold; cold.level=1")
                               .c_str());
  builder.fill("v", 0, 6, 200);
  builder.fill("k", 0, 12, 20);
  builder.check(builder.db().compact_range(nullptr, nullptr, {}));
  builder.note_files();
  builder.fill("v", 3, 2, 90);
  builder.erase("k104");
  builder.check(builder.db().flush({}));
  builder.put("v104", 60);
  return builder.finish();
}

struct Recipe {
  const char* name;
  GoldenDatabase (*build)();
};
constexpr Recipe kRecipes[] = {
    {"log_only", log_only},
    {"values", values},
    {"superseded_values", superseded_values},
    {"values_crash", values_crash},
    {"kept_logs", kept_logs},
    {"crash_with_synced_log", crash_with_synced_log},
    {"crash_with_unsynced_log", crash_with_unsynced_log},
    {"plain_tables", plain_tables},
    {"zlib_tables", zlib_tables},
    {"lz4_tables", lz4_tables},
    {"snappy_tables", snappy_tables},
    {"zstd_tables", zstd_tables},
    {"dictionary_tables", dictionary_tables},
    {"many_versions", many_versions},
    {"crash_in_flush", crash_in_flush},
    {"rich_log", rich_log},
    {"rich_crash", rich_crash},
    {"rich_tables", rich_tables},
    {"ingested_tables", ingested_tables},
    {"sides", sides},
};

}  // namespace

GoldenPlace::GoldenPlace(const std::string& file) : directory(kGoldenPath), name(file) {
  const size_t slash = file.find('/');
  if (slash == std::string::npos) return;
  directory += "/" + file.substr(0, slash);
  name = file.substr(slash + 1);
}

size_t golden_recipe_count() { return std::size(kRecipes); }
const char* golden_recipe_name(size_t index) { return kRecipes[index].name; }
GoldenDatabase build_golden_database(size_t index) { return kRecipes[index].build(); }

}  // namespace wombat
