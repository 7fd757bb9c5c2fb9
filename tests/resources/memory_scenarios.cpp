#include "resources/memory_scenarios.h"

#include <cstring>
#include <thread>

#include "boundary.h"
#include "db/destroy.h"

namespace wombat {

namespace {

using Session = ApiSession;

void open_only(Session& s) { s.open(); }

void open_put_close(Session& s) {
  if (s.open() != WOMBAT_OK) return;
  s.put(1, 1);
  s.put(2, 2);
  s.close();
}

void open_read_only(Session& s) {
  Options options;
  {
    const AllocationExempt exempt;
    options = small_options("open.read_only=true");
  }
  if (s.open_with(options) != WOMBAT_OK) return;
  char buffer[200];
  s.expect("get", wombat_get(s.db, "key00001", 8, nullptr, buffer, sizeof buffer, nullptr, &s.error));
  s.close();
}

void open_verified(Session& s) {
  Options options;
  {
    const AllocationExempt exempt;
    options = small_options("open.verify_tables=true");
  }
  s.open_with(options);
}

void close_only(Session& s) {
  s.put(3, 3);
  s.close();
}

void destroy(Session& s) {
  s.close();
  const wombat_status status =
      guarded(&s.error, [&] { return destroy_database(s.file_system(), kSessionPath); });
  s.expect("destroy", status);
  if (status == WOMBAT_OK) {
    const AllocationExempt exempt;
    s.contents() = Acknowledged();
    return;
  }
  // Half a database may be left, which must not pass for a whole one.
  const AllocationExempt exempt;
  if (guarded(nullptr, [&] { return destroy_database(s.file_system(), kSessionPath); }) == WOMBAT_OK)
    s.contents() = Acknowledged();
}

void puts(Session& s) {
  for (int i = 0; i < 6; ++i) s.put(i, 100 + i);
  s.remove(3);
  s.remove(4000);
}

void puts_synced(Session& s) {
  wombat_write_options how = {};
  how.size = sizeof how;
  for (int i = 0; i < 4; ++i) {
    how.sync = i % 2 == 0 ? WOMBAT_SYNC_ALWAYS : WOMBAT_SYNC_NEVER;
    s.put(i, 120 + i, 40, &how);
  }
  s.expect("sync", wombat_sync(s.db, &s.error));
}

void large_put(Session& s) {
  s.put(1, 200, 100'000);
  s.put(2, 201, 60'000);
  s.put(3, 202);
}

void batches(Session& s) {
  for (int i = 0; i < 4; ++i) s.write_batch(10 * i, 8, 300 + i);
}

void batch_objects(Session& s) {
  wombat_batch* batch = nullptr;
  if (s.expect("create", wombat_batch_create(&batch, &s.error)) != WOMBAT_OK) return;
  char value[300];
  std::memset(value, 'v', sizeof value);
  for (int i = 0; i < 12; ++i) {
    const size_t count = wombat_batch_count(batch);
    const KeyText key(i);
    const wombat_status put =
        s.expect("put", wombat_batch_put(batch, key.data(), 8, value, sizeof value, &s.error));
    s.require(wombat_batch_count(batch) == count + (put == WOMBAT_OK),
              "a failed put leaves the batch as it was");
    if (i % 4 == 0) s.expect("savepoint", wombat_batch_set_savepoint(batch, &s.error));
  }
  const char packed[] = "\1\0\0\0\1\0\0\0\1\0\0\0kv";
  s.expect("packed", wombat_batch_add_packed(batch, packed, 14, &s.error));
  s.expect("rollback", wombat_batch_rollback_to_savepoint(batch, &s.error));
  s.expect("release", wombat_batch_release_savepoint(batch, &s.error));
  s.expect("clear", wombat_batch_clear(batch, &s.error));
  wombat_batch_destroy(batch);
}

void packed_write(Session& s) {
  const char packed[] = "\1\0\0\0\10\0\0\0\2\0\0\0key00021xy";
  const wombat_status status = wombat_write_packed(s.db, packed, 22, nullptr, &s.error);
  {
    const AllocationExempt exempt;
    s.contents().note("key00021", "xy", status);
  }
  s.expect("write_packed", status);
}

void fill_memtables(Session& s) {
  for (int i = 0; i < 120; ++i) s.put(i, 1000 + i, 600);
}

void fill_memtables_in_two_threads(Session& s) {
  char value[401];
  std::memset(value, 'o', 400);
  value[400] = '\0';
  bool is_there = false;
  const auto write_others = [&] {
    for (int i = 0; i < 60; ++i) {
      if (wombat_put(s.db, "other", 5, value, 400, nullptr, nullptr) == WOMBAT_OK) is_there = true;
      if (i % 7 == 6 && wombat_delete(s.db, "other", 5, nullptr, nullptr) == WOMBAT_OK) is_there = false;
    }
  };
  std::thread other;
  {
    const AllocationExempt exempt;
    other = std::thread(write_others);
  }
  for (int i = 0; i < 60; ++i) s.put(i, 1300 + i, 400);
  other.join();
  const AllocationExempt exempt;
  s.contents().note("other", is_there ? Acknowledged::Value(value) : std::nullopt, WOMBAT_OK);
}

void gets(Session& s) {
  char buffer[2000];
  size_t size = 0;
  for (int i = 0; i < 40; i += 3) {
    const KeyText key(i);
    s.expect("get", wombat_get(s.db, key.data(), 8, nullptr, buffer, sizeof buffer, &size, &s.error));
    s.expect("exists", wombat_exists(s.db, key.data(), 8, nullptr, &s.error));
  }
  s.expect("get", wombat_get(s.db, "key00001", 8, nullptr, buffer, 1, &size, &s.error));
}

void pinned_gets(Session& s) {
  wombat_pin* pin = nullptr;
  if (s.expect("pin", wombat_pin_create(&pin, &s.error)) != WOMBAT_OK) return;
  const void* value = nullptr;
  size_t size = 0;
  for (int i = 0; i < 40; i += 5) {
    const KeyText key(i);
    s.expect("get", wombat_get_pinned(s.db, key.data(), 8, nullptr, pin, &value, &size, &s.error));
  }
  wombat_pin_destroy(pin);
}

void many_gets(Session& s) {
  constexpr size_t kCount = 20;
  char keys[kCount][16];
  const void* pointers[kCount];
  size_t sizes[kCount];
  const void* values[kCount];
  size_t value_sizes[kCount];
  wombat_status statuses[kCount];
  for (size_t i = 0; i < kCount; ++i) {
    std::snprintf(keys[i], sizeof keys[i], "key%05d", static_cast<int>(i * 9 % 200));
    pointers[i] = keys[i];
    sizes[i] = 8;
  }
  wombat_pin* pin = nullptr;
  if (s.expect("pin", wombat_pin_create(&pin, &s.error)) == WOMBAT_OK) {
    s.expect("multi_get", wombat_multi_get(s.db, kCount, pointers, sizes, nullptr, pin, values, value_sizes,
                                           statuses, &s.error));
    wombat_pin_destroy(pin);
  }
  char packed[kCount * 12];
  for (size_t i = 0; i < kCount; ++i) {
    std::memcpy(packed + 12 * i, "\10\0\0\0", 4);
    std::memcpy(packed + 12 * i + 4, keys[i], 8);
  }
  char buffer[4000];
  size_t used = 0;
  size_t done = 0;
  s.expect("packed", wombat_multi_get_packed(s.db, packed, sizeof packed, nullptr, buffer, sizeof buffer,
                                             &used, &done, &s.error));
}

void iterate(Session& s, bool forward) {
  wombat_iterator* iterator = nullptr;
  if (s.expect("create", wombat_iterator_create(s.db, nullptr, &iterator, &s.error)) != WOMBAT_OK) return;
  const void* key = nullptr;
  size_t size = 0;
  const auto move = forward ? wombat_iterator_next : wombat_iterator_prev;
  for (int i = 0; i < 400; ++i) {
    if (s.expect("move", move(iterator, &key, &size, nullptr, nullptr, &s.error)) == WOMBAT_END) break;
  }
  wombat_iterator_destroy(iterator);
}

void iterate_forward(Session& s) { iterate(s, true); }
void iterate_backward(Session& s) { iterate(s, false); }

void seeks_and_batches(Session& s) {
  wombat_iterator_options options = {};
  options.size = sizeof options;
  options.lower = "key00010";
  options.lower_size = 8;
  options.prefix = "key";
  options.prefix_size = 3;
  wombat_iterator* iterator = nullptr;
  if (s.expect("create", wombat_iterator_create(s.db, &options, &iterator, &s.error)) != WOMBAT_OK) return;
  for (int i = 0; i < 200; i += 37) {
    const KeyText key(i);
    s.expect("seek",
             wombat_iterator_seek(iterator, key.data(), 8, nullptr, nullptr, nullptr, nullptr, &s.error));
    s.expect("seek_for_prev", wombat_iterator_seek_for_prev(iterator, key.data(), 8, nullptr, nullptr,
                                                            nullptr, nullptr, &s.error));
  }
  s.expect("first", wombat_iterator_first(iterator, nullptr, nullptr, nullptr, nullptr, &s.error));
  char rows[3000];
  size_t used = 0;
  size_t count = 0;
  for (int i = 0; i < 30; ++i) {
    const int32_t direction = i % 5 == 4 ? WOMBAT_BACKWARD : WOMBAT_FORWARD;
    s.expect("read_batch",
             wombat_iterator_read_batch(iterator, direction, 0, rows, sizeof rows, &used, &count, &s.error));
  }
  wombat_iterator_destroy(iterator);
}

void snapshots(Session& s) {
  wombat_snapshot* snapshot = nullptr;
  wombat_snapshot* second = nullptr;
  if (s.expect("snapshot", wombat_snapshot_create(s.db, &snapshot, &s.error)) != WOMBAT_OK) return;
  char before[2000];
  size_t before_size = 0;
  wombat_read_options options = {};
  options.size = sizeof options;
  options.snapshot = snapshot;
  const wombat_status first = s.expect(
      "get", wombat_get(s.db, "key00001", 8, &options, before, sizeof before, &before_size, &s.error));
  s.put(1, 777);
  s.expect("snapshot", wombat_snapshot_create(s.db, &second, &s.error));
  s.put(1, 778);
  char after[2000];
  size_t after_size = 0;
  const wombat_status again =
      s.expect("get", wombat_get(s.db, "key00001", 8, &options, after, sizeof after, &after_size, &s.error));
  if (first == WOMBAT_OK && again >= 0) {
    s.require(again == WOMBAT_OK && before_size == after_size && std::memcmp(before, after, after_size) == 0,
              "a snapshot shows the same before and after writes");
  }
  wombat_snapshot_release(second);
  wombat_snapshot_release(snapshot);
}

void flush(Session& s) {
  for (int i = 0; i < 8; ++i) s.put(i, 500 + i);
  s.expect("flush", wombat_flush(s.db, nullptr, &s.error));
  s.put(9, 509);
  s.expect("flush", wombat_flush(s.db, nullptr, &s.error));
}

void compact(Session& s) {
  s.put(5, 600);
  s.expect("compact", wombat_compact_range(s.db, nullptr, 0, nullptr, 0, nullptr, &s.error));
  s.put(6, 601);
}

void recompress(Session& s) {
  s.expect("set", wombat_set_option(s.db, "compression.dictionary_size", "1KiB", &s.error));
  s.expect("set", wombat_set_option(s.db, "compression.codec", "auto", &s.error));
  compact(s);
}

void compact_part(Session& s) {
  s.expect("compact", wombat_compact_range(s.db, "key00010", 8, "key00060", 8, nullptr, &s.error));
}

void wait_for_work(Session& s) {
  fill_memtables(s);
  s.expect("wait", wombat_wait(s.db, nullptr, &s.error));
}

void verify(Session& s) { s.expect("verify", wombat_verify(s.db, nullptr, &s.error)); }

void reports(Session& s) {
  static char buffer[200'000];
  size_t length = 0;
  s.expect("text", wombat_report(s.db, WOMBAT_FORMAT_TEXT, buffer, sizeof buffer, &length, &s.error));
  s.expect("json", wombat_report(s.db, WOMBAT_FORMAT_JSON, buffer, sizeof buffer, &length, &s.error));
}

void properties(Session& s) {
  static char buffer[50'000];
  size_t length = 0;
  for (size_t i = 0; i < wombat_property_count(); ++i) {
    const char* name = nullptr;
    s.expect("describe", wombat_property_describe(i, &name, nullptr, &s.error));
    s.expect("property", wombat_property(s.db, name, buffer, sizeof buffer, &length, &s.error));
  }
  uint64_t values[300];
  size_t count = 0;
  s.expect("statistics", wombat_statistics(s.db, values, 300, &count, &s.error));
}

void options_objects(Session& s) {
  wombat_options* options = nullptr;
  wombat_options* copy = nullptr;
  if (s.expect("preset", wombat_options_create_preset("durable", &options, &s.error)) != WOMBAT_OK) return;
  s.expect("set", wombat_options_set(options, "cache.size", "12MiB", &s.error));
  s.expect("set", wombat_options_set_integer(options, "memtable.size", 1 << 20, &s.error));
  s.expect("parse",
           wombat_options_parse(options, "max_levels=5\n# nothing\nwal.sync=os; table.size=1MiB", &s.error));
  s.expect("copy", wombat_options_copy(options, &copy, &s.error));
  char buffer[100];
  s.expect("get", wombat_options_get(options, "cache.size", buffer, sizeof buffer, nullptr, &s.error));
  wombat_options_destroy(copy);
  wombat_options_destroy(options);
}

void options_of_database(Session& s) {
  char buffer[100];
  s.expect("get", wombat_get_option(s.db, "cache.size", buffer, sizeof buffer, nullptr, &s.error));
  s.expect("set", wombat_set_option(s.db, "cache.size", "1MiB", &s.error));
  s.expect("set", wombat_set_option(s.db, "io.max_open_files", "9", &s.error));
  s.put(1, 900);
}

void transactions(Session& s) {
  s.run_transaction(10, 1000, nullptr, false);
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  options.flags = WOMBAT_TXN_PESSIMISTIC;
  s.run_transaction(30, 1001, &options, false);
  s.run_transaction(10, 1002, &options, false);
}

void transaction_reads(Session& s) {
  wombat_txn* txn = nullptr;
  if (s.expect("begin", wombat_txn_begin(s.db, nullptr, &txn, &s.error)) != WOMBAT_OK) return;
  char buffer[300];
  size_t size = 0;
  for (int i = 0; i < 30; i += 3) {
    const KeyText key(i);
    s.expect("savepoint", wombat_txn_set_savepoint(txn, &s.error));
    s.expect("put", wombat_txn_put(txn, nullptr, key.data(), 8, "own", 3, 0, &s.error));
    s.expect("get",
             wombat_txn_get_for_update(txn, nullptr, key.data(), 8, buffer, sizeof buffer, &size, &s.error));
    if (i % 2 == 0) s.expect("rollback_to", wombat_txn_rollback_to_savepoint(txn, &s.error));
  }
  s.expect("delete_range", wombat_txn_delete_range(txn, nullptr, "key00020", 8, "key00040", 8, &s.error));
  wombat_iterator* iterator = nullptr;
  if (s.expect("iterator", wombat_txn_iterator_create(txn, nullptr, nullptr, &iterator, &s.error)) ==
      WOMBAT_OK) {
    for (int i = 0; i < 60; ++i) {
      const auto move = i < 40 ? wombat_iterator_next : wombat_iterator_prev;
      s.expect("move", move(iterator, nullptr, nullptr, nullptr, nullptr, &s.error));
    }
  }
  wombat_iterator_destroy(iterator);
  s.expect("rollback", wombat_txn_rollback(txn, &s.error));
  wombat_txn_destroy(txn);
}

void prepared(Session& s) {
  s.run_transaction(10, 1010, nullptr, true);
  {
    const AllocationExempt exempt;  // the name must be free again
    if (!s.roll_back_prepared().empty()) return;
  }
  s.run_transaction(50, 1011, nullptr, true);
}

void merges_and_ranges(Session& s) {
  for (int i = 0; i < 4; ++i) {
    s.append(i, 1020 + i);
    s.append(4000 + i, 1030 + i);
    s.remove_range(20 * i, 20 * i + 5);
    s.append(20 * i + 2, 1040 + i);
  }
  s.expect("flush", wombat_flush(s.db, nullptr, &s.error));
  for (int i = 0; i < 3; ++i) s.append(i, 1050 + i);
  s.remove_range(0, 2);
  s.expect("compact", wombat_compact_range(s.db, nullptr, 0, nullptr, 0, nullptr, &s.error));
  s.append(1, 1060);
}

/// Comes, changes its name and goes; what is left of it, for lack of memory, does not matter.
void keyspaces(Session& s) {
  wombat_db* space = nullptr;
  s.expect("create", wombat_keyspace_create(s.db, "new", nullptr, &s.error));
  if (wombat_keyspace_open(s.db, "new", &space, nullptr) == WOMBAT_OK) {
    for (int i = 0; i < 10; ++i) {
      const KeyText key(i);
      s.expect("put", wombat_put(space, key.data(), 8, "value", 5, nullptr, &s.error));
    }
    s.expect("flush", wombat_flush(space, nullptr, &s.error));
    s.expect("get", wombat_exists(space, "key00003", 8, nullptr, &s.error));
    wombat_close(space, nullptr);
  }
  char names[200];
  size_t length = 0;
  s.expect("list", wombat_keyspace_list(s.db, names, sizeof names, &length, &s.error));
  const wombat_status renamed = wombat_keyspace_rename(s.db, "new", "newer", &s.error);
  if (renamed != WOMBAT_DOES_NOT_EXIST) s.expect("rename", renamed);
  for (const char* name : {"new", "newer"}) {
    const wombat_status dropped = wombat_keyspace_drop(s.db, name, &s.error);
    if (dropped != WOMBAT_DOES_NOT_EXIST) s.expect("drop", dropped);
  }
  s.put(7, 1070);
}

/// Alone, so that every allocation of a drop fails in the presubmit.
void keyspace_drop(Session& s) {
  {
    const AllocationExempt exempt;
    s.expect("create", wombat_keyspace_create(s.db, "going", nullptr, &s.error));
  }
  s.expect("drop", wombat_keyspace_drop(s.db, "going", &s.error));
}

void small_calls(Session& s) {
  uint64_t number = 0;
  s.expect("clean_up", wombat_clean_up_logs(s.db, &number, &s.error));
  s.expect("size", wombat_approximate_size(s.db, "key00010", 8, "key00050", 8, &number, &s.error));
  s.expect("property", wombat_property_integer(s.db, "disk.bytes", &number, &s.error));
  wombat_cancel* cancel = nullptr;
  if (s.expect("cancel", wombat_cancel_create(&cancel, &s.error)) != WOMBAT_OK) return;
  s.expect("request", wombat_cancel_request(cancel, &s.error));
  wombat_cancel_destroy(cancel);
}

}  // namespace

const std::vector<MemoryScenario>& memory_scenarios() {
  static const std::vector<MemoryScenario> list = {
      {"open_missing", StartState::kMissing, false, open_only},
      {"open_logs", StartState::kLogs, false, open_only},
      {"open_tables", StartState::kTables, false, open_only},
      {"open_verified", StartState::kTables, false, open_verified},
      {"open_read_only_logs", StartState::kLogs, false, open_read_only},
      {"open_read_only_tables", StartState::kTables, false, open_read_only},
      {"open_put_close_missing", StartState::kMissing, false, open_put_close},
      {"open_put_close_tables", StartState::kTables, false, open_put_close},
      {"close", StartState::kTables, true, close_only},
      {"destroy", StartState::kTables, true, destroy},
      {"puts", StartState::kTables, true, puts},
      {"puts_synced", StartState::kLogs, true, puts_synced},
      {"large_put", StartState::kLogs, true, large_put},
      {"batches", StartState::kTables, true, batches},
      {"batch_objects", StartState::kLogs, true, batch_objects},
      {"packed_write", StartState::kLogs, true, packed_write},
      {"fill_memtables", StartState::kTables, true, fill_memtables},
      {"fill_memtables_in_two_threads", StartState::kLogs, true, fill_memtables_in_two_threads},
      {"gets", StartState::kTables, true, gets},
      {"pinned_gets", StartState::kTables, true, pinned_gets},
      {"many_gets", StartState::kTables, true, many_gets},
      {"iterate_forward", StartState::kTables, true, iterate_forward},
      {"iterate_backward", StartState::kTables, true, iterate_backward},
      {"seeks_and_batches", StartState::kTables, true, seeks_and_batches},
      {"snapshots", StartState::kTables, true, snapshots},
      {"flush", StartState::kTables, true, flush},
      {"compact", StartState::kTables, true, compact},
      {"recompress", StartState::kTables, true, recompress},
      {"compact_part", StartState::kTables, true, compact_part},
      {"ingest", StartState::kTables, true, ingest_scenario},
      {"wait", StartState::kLogs, true, wait_for_work},
      {"verify", StartState::kTables, true, verify},
      {"reports", StartState::kTables, true, reports},
      {"properties", StartState::kTables, true, properties},
      {"keyspace_drop", StartState::kTables, true, keyspace_drop},
      {"options_objects", StartState::kMissing, true, options_objects},
      {"options_of_database", StartState::kTables, true, options_of_database},
      {"transactions", StartState::kTables, true, transactions},
      {"transaction_reads", StartState::kTables, true, transaction_reads},
      {"prepared", StartState::kTables, true, prepared},
      {"merges_and_ranges", StartState::kTables, true, merges_and_ranges},
      {"keyspaces", StartState::kTables, true, keyspaces},
      {"small_calls", StartState::kTables, true, small_calls},
  };
  return list;
}

}  // namespace wombat
