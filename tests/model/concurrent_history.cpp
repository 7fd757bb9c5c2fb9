#include "model/concurrent_history.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "base/bytes.h"
#include "base/random.h"

namespace wombat {

namespace {

constexpr char kOptions[] =
    "memtable.size=32KiB; table.size=16KiB; levels.base_size=64KiB; levels.size_multiplier=3; "
    "table.block_size=512; "
    "compaction.min_compaction_files=2; num_memtables=3; cache.size=64KiB; compaction.threads=2; "
    "wal.sync=os; "
    "io.max_open_files=16; manifest.rewrite_size=8KiB; value_log.threshold=60; value_log.file_size=16KiB; "
    "value_log.reclaim_ratio=0.3";

std::string group_prefix(size_t writer) { return "group/" + std::to_string(writer) + "/"; }
std::string group_key(size_t writer, int member) { return group_prefix(writer) + std::to_string(member); }

std::string text_of(uint64_t number) { return std::to_string(number) + "/" + std::string(number % 120, 'v'); }
uint64_t number_of(Bytes value) {
  uint64_t number = 0;
  for (const char digit : value) {
    if (digit < '0' || digit > '9') break;
    number = number * 10 + static_cast<uint64_t>(digit - '0');
  }
  return number;
}

struct Handles {  // of one thread; freed at its end, often after the database was closed
  wombat_snapshot* snapshot = nullptr;
  wombat_iterator* iterator = nullptr;
  wombat_batch* batch = nullptr;
  wombat_pin* pin = nullptr;
  ~Handles() {
    wombat_iterator_destroy(iterator);
    wombat_snapshot_release(snapshot);
    wombat_batch_destroy(batch);
    wombat_pin_destroy(pin);
  }
};

}  // namespace

void ConcurrentHistory::problem(const std::string& text) {
  std::lock_guard lock(mutex_);
  if (problems_.size() < 20) problems_.push_back("round " + std::to_string(round_) + ": " + text);
}

std::vector<std::string> ConcurrentHistory::problems() const {
  std::lock_guard lock(mutex_);
  return problems_;
}

bool ConcurrentHistory::accept(const char* call, wombat_status status, const wombat_error& error) {
  call_count_.fetch_add(1, std::memory_order_relaxed);
  if (status >= 0) return true;
  if (status != WOMBAT_CLOSED)
    problem(std::string(call) + " answers " + wombat_status_name(status) + ": " + error.message);
  return false;
}

void ConcurrentHistory::open() {
  wombat_error error{};
  wombat_options* options = nullptr;
  if (!accept("options", wombat_options_create(&options, &error), error)) return;
  accept("options", wombat_options_parse(options, kOptions, &error), error);
  // The styles in turn: the same files under each.
  static std::atomic<unsigned> open_count{0};
  static const char* const kStyles[] = {"leveled", "size_tiered", "universal", "fifo"};
  const char* const style = kStyles[open_count.fetch_add(1) % 4];
  accept("style", wombat_options_set(options, "compaction.style", style, &error), error);
  accept("open", wombat_open(path_.c_str(), options, &db_, &error), error);
  wombat_options_destroy(options);
}

/// Groups by batch, and single keys around them that come and go.
void ConcurrentHistory::write(size_t writer) {
  Random random(seed_ * 31 + round_ * 7 + writer);
  Handles handles;
  wombat_error error{};
  if (!accept("batch_create", wombat_batch_create(&handles.batch, &error), error)) return;
  for (;;) {
    const uint64_t number = progress_[writer].begun.load() + 1;
    const std::string value = text_of(number);
    wombat_batch_clear(handles.batch, &error);
    const std::string lower = group_prefix(writer);
    const std::string upper = lower + "\xff";
    // As a put, and as what a merge makes of nothing.
    const bool clears_group = random.one_in(4);
    if (clears_group) {
      wombat_batch_delete_range(handles.batch, lower.data(), lower.size(), upper.data(), upper.size(),
                                &error);
    }
    for (int i = 0; i < kGroupSize; ++i) {
      const std::string key = group_key(writer, i);
      if (random.one_in(3)) wombat_batch_delete(handles.batch, key.data(), key.size(), &error);
      if (clears_group && random.one_in(2)) {
        wombat_batch_merge(handles.batch, "append", key.data(), key.size(), value.data(), value.size(),
                           &error);
      } else {
        wombat_batch_put_ttl(handles.batch, key.data(), key.size(), value.data(), value.size(),
                             random.one_in(4) ? 3'600'000 : 0, &error);
      }
    }
    wombat_write_options options{};
    options.size = sizeof options;
    if (random.one_in(100)) options.sync = WOMBAT_SYNC_ALWAYS;
    progress_[writer].begun.store(number);
    if (!accept("write", wombat_write(db_, handles.batch, &options, &error), error)) return;
    progress_[writer].acknowledged.store(number);

    const std::string single = "single/" + std::to_string(writer) + "/" + std::to_string(random.below(500));
    if (random.one_in(3)) {
      if (!accept("delete", wombat_delete(db_, single.data(), single.size(), nullptr, &error), error)) return;
    } else {
      const std::string payload(random.below(300), 'p');
      if (!accept(
              "put",
              wombat_put(db_, single.data(), single.size(), payload.data(), payload.size(), nullptr, &error),
              error))
        return;
    }
  }
}

void ConcurrentHistory::check_group(const char* how, const std::vector<uint64_t>& numbers,
                                    uint64_t at_least) {
  if (numbers.empty() && at_least == 0) return;
  if (numbers.size() != kGroupSize)
    return problem(std::string(how) + " shows " + std::to_string(numbers.size()) + " keys of a group");
  for (const uint64_t number : numbers)
    if (number != numbers[0])
      return problem(std::string(how) + " shows " + std::to_string(numbers[0]) + " and " +
                     std::to_string(number) + " in one group");
  if (numbers[0] < at_least)
    problem(std::string(how) + " shows " + std::to_string(numbers[0]) + " after " + std::to_string(at_least) +
            " was acknowledged");
}

bool ConcurrentHistory::read_one(size_t writer, std::array<uint64_t, kWriterCount>* seen) {
  const uint64_t acknowledged = progress_[writer].acknowledged.load();
  const std::string key = group_key(writer, static_cast<int>(acknowledged % kGroupSize));
  char buffer[200];
  size_t size = 0;
  wombat_error error{};
  const wombat_status status =
      wombat_get(db_, key.data(), key.size(), nullptr, buffer, sizeof buffer, &size, &error);
  if (!accept("get", status, error)) return false;
  const uint64_t number = status == WOMBAT_OK ? number_of(Bytes(buffer, size)) : 0;
  if (number < acknowledged || number < (*seen)[writer]) problem("get goes back in time");
  (*seen)[writer] = number;
  return true;
}

bool ConcurrentHistory::read_group_in_snapshot(size_t writer) {
  Handles handles;
  wombat_error error{};
  const uint64_t acknowledged = progress_[writer].acknowledged.load();
  if (!accept("snapshot", wombat_snapshot_create(db_, &handles.snapshot, &error), error)) return false;
  wombat_read_options options{};
  options.size = sizeof options;
  options.snapshot = handles.snapshot;
  std::vector<uint64_t> numbers;
  for (int i = 0; i < kGroupSize; ++i) {
    const std::string key = group_key(writer, i);
    char buffer[200];
    size_t size = 0;
    const wombat_status status =
        wombat_get(db_, key.data(), key.size(), &options, buffer, sizeof buffer, &size, &error);
    // A snapshot of a closed database is none.
    if (status == WOMBAT_INVALID_ARGUMENT && wombat_snapshot_timestamp(handles.snapshot) == 0) return false;
    if (!accept("get in a snapshot", status, error)) return false;
    if (status == WOMBAT_OK) numbers.push_back(number_of(Bytes(buffer, size)));
    if (i == 1) std::this_thread::yield();
  }
  check_group("a snapshot", numbers, acknowledged);
  return true;
}

bool ConcurrentHistory::read_group_at_once(size_t writer) {
  Handles handles;
  wombat_error error{};
  if (!accept("pin", wombat_pin_create(&handles.pin, &error), error)) return false;
  std::array<std::string, kGroupSize> keys;
  std::array<const void*, kGroupSize> key_data;
  std::array<size_t, kGroupSize> key_sizes;
  for (int i = 0; i < kGroupSize; ++i) {
    const auto at = static_cast<size_t>(i);
    keys[at] = group_key(writer, i);
    key_data[at] = keys[at].data();
    key_sizes[at] = keys[at].size();
  }
  std::array<const void*, kGroupSize> values;
  std::array<size_t, kGroupSize> sizes;
  std::array<wombat_status, kGroupSize> statuses;
  const uint64_t acknowledged = progress_[writer].acknowledged.load();
  if (!accept("multi_get",
              wombat_multi_get(db_, kGroupSize, key_data.data(), key_sizes.data(), nullptr, handles.pin,
                               values.data(), sizes.data(), statuses.data(), &error),
              error))
    return false;
  std::vector<uint64_t> numbers;
  for (size_t i = 0; i < kGroupSize; ++i)
    if (statuses[i] == WOMBAT_OK) numbers.push_back(number_of(as_bytes(values[i], sizes[i])));
  check_group("multi_get", numbers, acknowledged);
  return true;
}

bool ConcurrentHistory::scan_group(size_t writer, bool forward) {
  Handles handles;
  wombat_error error{};
  const std::string prefix = group_prefix(writer);
  wombat_iterator_options options{};
  options.size = sizeof options;
  options.prefix = prefix.data();
  options.prefix_size = prefix.size();
  const uint64_t acknowledged = progress_[writer].acknowledged.load();
  if (!accept("iterator", wombat_iterator_create(db_, &options, &handles.iterator, &error), error))
    return false;
  std::vector<uint64_t> numbers;
  for (;;) {
    const void* value = nullptr;
    size_t size = 0;
    const auto move = forward ? wombat_iterator_next : wombat_iterator_prev;
    const wombat_status status = move(handles.iterator, nullptr, nullptr, &value, &size, &error);
    if (!accept("a move of an iterator", status, error)) return false;
    if (status == WOMBAT_END) break;
    numbers.push_back(number_of(as_bytes(value, size)));
  }
  check_group("an iterator", numbers, acknowledged);
  return true;
}

void ConcurrentHistory::read(size_t reader) {
  Random random(seed_ * 17 + round_ * 5 + reader + 100);
  std::array<uint64_t, kWriterCount> seen{};
  bool goes_on = true;
  while (goes_on) {
    const size_t writer = random.below(kWriterCount);
    switch (random.below(5)) {
      case 0:
        goes_on = read_group_in_snapshot(writer);
        break;
      case 1:
        goes_on = read_group_at_once(writer);
        break;
      case 2:
        goes_on = scan_group(writer, random.one_in(2));
        break;
      default:
        goes_on = read_one(writer, &seen);
        break;
    }
  }
}

void ConcurrentHistory::maintain() {
  Random random(seed_ + round_);
  wombat_error error{};
  char text[4000];
  size_t length = 0;
  bool goes_on = true;
  while (goes_on) {
    switch (random.below(7)) {
      case 0:
        goes_on = accept("flush", wombat_flush(db_, nullptr, &error), error);
        break;
      case 1:
        goes_on = accept("compact_range", wombat_compact_range(db_, nullptr, 0, nullptr, 0, nullptr, &error),
                         error);
        break;
      case 2:
        goes_on = accept("sync", wombat_sync(db_, &error), error);
        break;
      case 3:
        goes_on = accept("verify", wombat_verify(db_, nullptr, &error), error);
        break;
      case 4:
        goes_on =
            accept("property", wombat_property(db_, "levels", text, sizeof text, &length, &error), error);
        break;
      case 5:
        goes_on = accept("report", wombat_report(db_, WOMBAT_FORMAT_JSON, text, sizeof text, &length, &error),
                         error);
        break;
      case 6:
        goes_on = accept(
            "set_option",
            wombat_set_option(db_, "memtable.size", random.one_in(2) ? "16KiB" : "64KiB", &error), error);
        break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(10)));
  }
}

void ConcurrentHistory::check_after_reopening() {
  open();
  if (db_ == nullptr) return;
  for (size_t writer = 0; writer < kWriterCount; ++writer) {
    const uint64_t begun = progress_[writer].begun.load();
    scan_group(writer, true);
    std::array<uint64_t, kWriterCount> seen{};
    read_one(writer, &seen);
    if (seen[writer] > begun) problem("a number that was never written");
    // The last commit may have happened although its writer was told that the database is closed.
    progress_[writer].begun.store(std::max(begun, seen[writer]));
    progress_[writer].acknowledged.store(seen[writer]);
  }
  wombat_error error{};
  accept("verify", wombat_verify(db_, nullptr, &error), error);
  if (wombat_close(db_, &error) != WOMBAT_OK) problem(std::string("close: ") + error.message);
}

void ConcurrentHistory::run_round(uint64_t duration_ms) {
  ++round_;
  open();
  if (db_ == nullptr) return;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kWriterCount; ++i) threads.emplace_back([this, i] { write(i); });
  for (size_t i = 0; i < kReaderCount; ++i) threads.emplace_back([this, i] { read(i); });
  threads.emplace_back([this] { maintain(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms));
  wombat_error error{};
  if (wombat_close(db_, &error) != WOMBAT_OK) problem(std::string("close: ") + error.message);
  for (std::thread& thread : threads) thread.join();
  check_after_reopening();
}

}  // namespace wombat
