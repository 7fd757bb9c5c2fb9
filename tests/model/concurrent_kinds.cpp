#include "model/concurrent_kinds.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/coding.h"

namespace wombat {

namespace {

constexpr char kOptions[] =
    "memtable.size=16KiB; table.size=8KiB; levels.base_size=64KiB; levels.size_multiplier=3; "
    "table.block_size=512; "
    "compaction.min_compaction_files=2; num_memtables=3; cache.size=64KiB; compaction.threads=3; "
    "wal.sync=os; "
    "io.max_open_files=16; manifest.rewrite_size=8KiB; compaction.delete_ratio=0.2; value_log.threshold=12; "
    "value_log.file_size=8KiB; "
    "value_log.reclaim_ratio=0.3";
constexpr char kOne[] = "\1\0\0\0\0\0\0";  // eight bytes with the one at the end
constexpr size_t kNumberSize = 8;

using SnapshotOwner = std::unique_ptr<wombat_snapshot, void (*)(wombat_snapshot*)>;
using IteratorOwner = std::unique_ptr<wombat_iterator, void (*)(wombat_iterator*)>;
using BatchOwner = std::unique_ptr<wombat_batch, void (*)(wombat_batch*)>;
using TransactionOwner = std::unique_ptr<wombat_txn, void (*)(wombat_txn*)>;

}  // namespace

struct ConcurrentKinds::View {
  wombat_db* main;
  wombat_db* side;
  const wombat_snapshot* snapshot;
};

void ConcurrentKinds::problem(const std::string& text) {
  std::lock_guard lock(mutex_);
  if (problems_.size() < 20) problems_.push_back(text);
}

std::vector<std::string> ConcurrentKinds::problems() const {
  std::lock_guard lock(mutex_);
  return problems_;
}

bool ConcurrentKinds::accept(const char* call, wombat_status status, const wombat_error& error) {
  if (status >= 0) return true;
  if (status != WOMBAT_CONFLICT && status != WOMBAT_DEADLOCK)
    problem(std::string(call) + " answers " + wombat_status_name(status) + ": " + error.message);
  return false;
}

bool ConcurrentKinds::open(const std::string& name, wombat_db** db, wombat_db** side) {
  wombat_error error{};
  wombat_options* options = nullptr;
  if (!accept("options", wombat_options_create(&options, &error), error)) return false;
  accept("parse", wombat_options_parse(options, kOptions, &error), error);
  // The styles in turn: the same files under each.
  static std::atomic<unsigned> open_count{0};
  static const char* const kStyles[] = {"leveled", "size_tiered", "universal", "fifo"};
  const char* const style = kStyles[open_count.fetch_add(1) % 4];
  accept("style", wombat_options_set(options, "compaction.style", style, &error), error);
  const bool is_open =
      accept("open", wombat_open((folder_ + "/" + name).c_str(), options, db, &error), error);
  wombat_options_destroy(options);
  if (!is_open) return false;
  const wombat_status made = wombat_keyspace_create(*db, "side", nullptr, &error);
  if (made != WOMBAT_ALREADY_EXISTS) accept("keyspace_create", made, error);
  return accept("keyspace_open", wombat_keyspace_open(*db, "side", side, &error), error);
}

/// One increment of the sum in each keyspace.
bool ConcurrentKinds::add_by_transaction(Random& random) {
  wombat_error error{};
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  options.timeout_us = UINT64_MAX;
  options.isolation = static_cast<int32_t>(1 + random.below(3));
  if (random.one_in(3)) options.flags = WOMBAT_TXN_PESSIMISTIC;
  wombat_txn* raw = nullptr;
  if (!accept("txn_begin", wombat_txn_begin(main_, &options, &raw, &error), error)) return false;
  const TransactionOwner owner(raw, wombat_txn_destroy);
  for (wombat_db* const space : {main_, side_}) {
    char buffer[kNumberSize];
    size_t size = 0;
    if (random.one_in(2) &&
        !accept("txn_get", wombat_txn_get(raw, space, "sum", 3, buffer, sizeof buffer, &size, &error), error))
      return false;
    if (!accept("txn_merge", wombat_txn_merge(raw, space, "int64_add", "sum", 3, kOne, kNumberSize, &error),
                error))
      return false;
  }
  return accept("txn_commit", wombat_txn_commit(raw, nullptr, nullptr, &error), error);
}

bool ConcurrentKinds::add_by_batch() {
  wombat_error error{};
  wombat_batch* raw = nullptr;
  if (!accept("batch_create", wombat_batch_create(&raw, &error), error)) return false;
  const BatchOwner owner(raw, wombat_batch_destroy);
  for (wombat_db* const space : {main_, side_}) {
    accept("use_keyspace", wombat_batch_use_keyspace(raw, space, &error), error);
    accept("batch_merge", wombat_batch_merge(raw, "int64_add", "sum", 3, kOne, kNumberSize, &error), error);
  }
  return accept("write", wombat_write(main_, raw, nullptr, &error), error);
}

void ConcurrentKinds::add(size_t thread) {
  Random random(seed_ + thread);
  while (!stops_.load()) {
    begun_.fetch_add(1);
    if (random.one_in(2) ? add_by_transaction(random) : add_by_batch())
      added_.fetch_add(1);
    else
      begun_.fetch_sub(1);  // a conflict: it did not happen
  }
}

/// "r/0" to "r/K": K and the values say which commit it was.
void ConcurrentKinds::rewrite_groups() {
  wombat_error error{};
  while (!stops_.load()) {
    const std::string number = std::to_string(++group_number_);
    wombat_batch* raw = nullptr;
    if (!accept("batch_create", wombat_batch_create(&raw, &error), error)) return;
    const BatchOwner owner(raw, wombat_batch_destroy);
    for (wombat_db* const space : {main_, side_}) {
      accept("use_keyspace", wombat_batch_use_keyspace(raw, space, &error), error);
      accept("batch_delete_range", wombat_batch_delete_range(raw, "r/", 2, "r0", 2, &error), error);
      for (uint64_t i = 0; i <= group_number_ % 8; ++i) {
        const std::string key = "r/" + std::to_string(i);
        if (i % 3 == 0) {
          accept("batch_merge",
                 wombat_batch_merge(raw, "append:,", key.data(), key.size(), number.data(), number.size(),
                                    &error),
                 error);
        } else {
          accept("batch_put",
                 wombat_batch_put_ttl(raw, key.data(), key.size(), number.data(), number.size(),
                                      i % 3 == 1 ? 3'600'000 : 0, &error),
                 error);
        }
      }
    }
    accept("write", wombat_write(main_, raw, nullptr, &error), error);
  }
}

/// What has expired is gone, and what it hid does not come back.
void ConcurrentKinds::let_expire() {
  Random random(seed_ + 77);
  wombat_error error{};
  while (!stops_.load()) {
    const std::string key = "t/" + std::to_string(random.below(50));
    accept("put", wombat_put(side_, key.data(), key.size(), "old", 3, nullptr, &error), error);
    wombat_write_options how = WOMBAT_WRITE_OPTIONS_INIT;
    how.ttl_ms = 1;
    accept("put", wombat_put(side_, key.data(), key.size(), "new", 3, &how, &error), error);
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    const wombat_status status = wombat_exists(side_, key.data(), key.size(), nullptr, &error);
    if (accept("exists", status, error) && status != WOMBAT_NOT_FOUND) problem("an expired row shows");
  }
}

void ConcurrentKinds::make_and_drop() {
  wombat_error error{};
  for (uint64_t round = 0; !stops_.load(); ++round) {
    const std::string name = "temporary " + std::to_string(round % 3);
    if (!accept("keyspace_create", wombat_keyspace_create(main_, name.c_str(), nullptr, &error), error))
      return;
    wombat_db* space = nullptr;
    if (!accept("keyspace_open", wombat_keyspace_open(main_, name.c_str(), &space, &error), error)) return;
    for (int i = 0; i < 20; ++i) {
      const std::string key = std::to_string(i);
      accept("merge",
             wombat_merge(space, "append", key.data(), key.size(), name.data(), name.size(), nullptr, &error),
             error);
    }
    if (round % 2 == 0) accept("flush", wombat_flush(space, nullptr, &error), error);
    accept("delete_range", wombat_delete_range(space, "1", 1, "2", 1, nullptr, &error), error);
    wombat_iterator* raw = nullptr;
    accept("iterator", wombat_iterator_create(space, nullptr, &raw, &error), error);
    const IteratorOwner iterator(raw, wombat_iterator_destroy);
    accept("keyspace_drop", wombat_keyspace_drop(main_, name.c_str(), &error), error);
    // The iterator goes on with what it holds: 0, and 2 to 9.
    int count = 0;
    while (wombat_iterator_next(raw, nullptr, nullptr, nullptr, nullptr, &error) == WOMBAT_OK) ++count;
    if (count != 9) problem("an iterator over a dropped keyspace shows " + std::to_string(count) + " rows");
    accept("close", wombat_close(space, &error), error);
  }
}

std::string ConcurrentKinds::group_at(const View& view, wombat_db* space, bool forward) {
  wombat_error error{};
  wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
  options.prefix = "r/";
  options.prefix_size = 2;
  options.snapshot = view.snapshot;
  wombat_iterator* raw = nullptr;
  if (!accept("iterator", wombat_iterator_create(space, &options, &raw, &error), error)) return "?";
  const IteratorOwner owner(raw, wombat_iterator_destroy);
  std::string number;
  size_t count = 0;
  const void* value = nullptr;
  size_t size = 0;
  wombat_status status = WOMBAT_OK;
  for (;; ++count) {
    status = forward ? wombat_iterator_next(raw, nullptr, nullptr, &value, &size, &error)
                     : wombat_iterator_prev(raw, nullptr, nullptr, &value, &size, &error);
    if (status != WOMBAT_OK) break;
    const std::string found(as_bytes(value, size));
    if (count != 0 && found != number) problem("a group is of two commits: " + found + " and " + number);
    number = found;
  }
  if (!accept("a move", status, error)) return "?";
  if (count != 0 && count != std::stoull(number) % 8 + 1)
    problem("a group has " + std::to_string(count) + " rows of commit " + number);
  return number;
}

void ConcurrentKinds::check(const View& view, const char* what, uint64_t at_least) {
  wombat_error error{};
  wombat_read_options read = WOMBAT_READ_OPTIONS_INIT;
  read.snapshot = view.snapshot;
  uint64_t sums[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    char buffer[kNumberSize] = {};
    size_t size = 0;
    const wombat_status status =
        wombat_get(i == 0 ? view.main : view.side, "sum", 3, &read, buffer, sizeof buffer, &size, &error);
    if (!accept("get", status, error)) return;
    if (status == WOMBAT_OK) sums[i] = load_le<uint64_t>(buffer);
  }
  const uint64_t begun = begun_.load();
  if (sums[0] != sums[1] || sums[0] < at_least || (stops_.load() && sums[0] > begun)) {
    problem(std::string(what) + " shows the sums " + std::to_string(sums[0]) + " and " +
            std::to_string(sums[1]) + "; " + std::to_string(at_least) + " were acknowledged, " +
            std::to_string(begun) + " begun");
  }
  const std::string group = group_at(view, view.main, true);
  if (group != group_at(view, view.side, false)) problem(std::string(what) + " shows groups of two commits");
}

void ConcurrentKinds::read_by_transaction() {
  wombat_error error{};
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  options.flags = WOMBAT_TXN_READ_ONLY;
  wombat_txn* raw = nullptr;
  if (!accept("txn_begin", wombat_txn_begin(main_, &options, &raw, &error), error)) return;
  const TransactionOwner owner(raw, wombat_txn_destroy);
  uint64_t sums[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    char buffer[kNumberSize] = {};
    size_t size = 0;
    accept("txn_get",
           wombat_txn_get(raw, i == 0 ? main_ : side_, "sum", 3, buffer, sizeof buffer, &size, &error),
           error);
    sums[i] = load_le<uint64_t>(buffer);
  }
  if (sums[0] != sums[1]) problem("a transaction sees two sums");
}

void ConcurrentKinds::read(size_t thread) {
  Random random(seed_ + 100 + thread);
  wombat_error error{};
  while (!stops_.load()) {
    if (random.one_in(3)) {
      read_by_transaction();
      continue;
    }
    const uint64_t acknowledged = added_.load();
    wombat_snapshot* raw = nullptr;
    if (!accept("snapshot", wombat_snapshot_create(main_, &raw, &error), error)) return;
    const SnapshotOwner owner(raw, wombat_snapshot_release);
    if (random.one_in(4)) std::this_thread::sleep_for(std::chrono::milliseconds(random.below(20)));
    check({main_, side_, raw}, "a snapshot", acknowledged);
  }
}

void ConcurrentKinds::copy(wombat_db* from, const wombat_snapshot* snapshot, wombat_db* to) {
  wombat_error error{};
  wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
  options.snapshot = snapshot;
  wombat_iterator* raw = nullptr;
  if (!accept("iterator", wombat_iterator_create(from, &options, &raw, &error), error)) return;
  const IteratorOwner owner(raw, wombat_iterator_destroy);
  accept("delete_range", wombat_delete_range(to, nullptr, 0, nullptr, 0, nullptr, &error), error);
  const void* key = nullptr;
  const void* value = nullptr;
  size_t key_size = 0;
  size_t value_size = 0;
  while (wombat_iterator_next(raw, &key, &key_size, &value, &value_size, &error) == WOMBAT_OK)
    accept("put", wombat_put(to, key, key_size, value, value_size, nullptr, &error), error);
}

/// A copy of a snapshot, in another database, is as consistent.
void ConcurrentKinds::copy_snapshots() {
  wombat_error error{};
  wombat_db* copy_main = nullptr;
  wombat_db* copy_side = nullptr;
  if (!open("copy", &copy_main, &copy_side)) return;
  while (!stops_.load()) {
    const uint64_t acknowledged = added_.load();
    wombat_snapshot* raw = nullptr;
    if (!accept("snapshot", wombat_snapshot_create(main_, &raw, &error), error)) break;
    const SnapshotOwner owner(raw, wombat_snapshot_release);
    copy(main_, raw, copy_main);
    copy(side_, raw, copy_side);
    check({copy_main, copy_side, nullptr}, "a copy", acknowledged);
    copies_.fetch_add(1);
  }
  accept("close", wombat_close(copy_side, &error), error);
  accept("close", wombat_close(copy_main, &error), error);
}

void ConcurrentKinds::maintain() {
  Random random(seed_ + 200);
  wombat_error error{};
  while (!stops_.load()) {
    wombat_db* const space = random.one_in(2) ? main_ : side_;
    switch (random.below(4)) {
      case 0:
        accept("compact_range", wombat_compact_range(space, nullptr, 0, nullptr, 0, nullptr, &error), error);
        break;
      case 1:
        accept("verify", wombat_verify(space, nullptr, &error), error);
        break;
      default:
        accept("flush", wombat_flush(space, nullptr, &error), error);
        break;
    }
  }
}

void ConcurrentKinds::run_round(uint64_t duration_ms) {
  if (!open("db", &main_, &side_)) return;
  stops_.store(false);
  std::vector<std::thread> threads;
  const auto start = [&](std::function<void()> work) { threads.emplace_back(std::move(work)); };
  for (size_t i = 0; i < 2; ++i) start([this, i] { add(i); });
  for (size_t i = 0; i < 2; ++i) start([this, i] { read(i); });
  start([this] { rewrite_groups(); });
  start([this] { let_expire(); });
  start([this] { make_and_drop(); });
  start([this] { copy_snapshots(); });
  start([this] { maintain(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms));
  stops_.store(true);
  for (std::thread& thread : threads) thread.join();
  wombat_error error{};
  for (int i = 0; i < 2; ++i) {  // before and after another open
    const uint64_t added = added_.load();
    if (begun_.load() != added) problem("an increment has no outcome");
    check({main_, side_, nullptr}, "the end", added);
    accept("close", wombat_close(side_, &error), error);
    accept("close", wombat_close(main_, &error), error);
    if (i == 0 && !open("db", &main_, &side_)) return;
  }
}

}  // namespace wombat
