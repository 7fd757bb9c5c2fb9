#include "env/clock.h"
#include "model/history_runner.h"

namespace wombat {

/// Iterators that are held show what was there when they began.
void HistoryRunner::let_time_pass() {
  for (const HeldIterator& iterator : iterators_) wombat_iterator_destroy(iterator.handle);
  iterators_.clear();
  advance_wall_clock(kTickMicros);
  model_.tick();
}

void HistoryRunner::take_snapshot() {
  if (snapshots_.size() >= 6) release_snapshot();
  wombat_snapshot* snapshot = nullptr;
  check("wombat_snapshot_create", wombat_snapshot_create(db_, &snapshot, &error_));
  snapshots_.push_back({snapshot, model_.version()});
}

/// Before it goes, a snapshot shows everything as it was.
void HistoryRunner::release_snapshot() {
  if (snapshots_.empty()) return;
  const size_t index = random_.below(snapshots_.size());
  const HeldSnapshot snapshot = snapshots_[index];
  compare_all(db_, snapshot.handle, snapshot.version);
  wombat_snapshot_release(snapshot.handle);
  snapshots_.erase(snapshots_.begin() + static_cast<ptrdiff_t>(index));
}

void HistoryRunner::flush() { check("wombat_flush", wombat_flush(db_, nullptr, &error_)); }

void HistoryRunner::compact() {
  std::string lower = keys_.near_key(random_);
  std::string upper = keys_.near_key(random_);
  if (upper < lower) std::swap(lower, upper);
  const bool has_lower = random_.one_in(2);
  const bool has_upper = random_.one_in(2);
  check("wombat_compact_range",
        wombat_compact_range(db_, has_lower ? lower.data() : nullptr, has_lower ? lower.size() : 0,
                             has_upper ? upper.data() : nullptr, has_upper ? upper.size() : 0, nullptr,
                             &error_));
  if (random_.one_in(4)) compare_all(db_, nullptr, ModelDatabase::kLatest);
}

void HistoryRunner::maintain() {
  uint64_t number = 0;
  switch (random_.below(5)) {
    case 0:
      check("wombat_wait", wombat_wait(db_, nullptr, &error_));
      break;
    case 1:
      check("wombat_verify", wombat_verify(db_, nullptr, &error_));
      break;
    case 2:
      check("wombat_sync", wombat_sync(db_, &error_));
      break;
    case 3:
      check("wombat_clean_up_logs", wombat_clean_up_logs(db_, &number, &error_));
      break;
    case 4:
      check("wombat_approximate_size",
            wombat_approximate_size(db_, nullptr, 0, nullptr, 0, &number, &error_));
      break;
  }
}

void HistoryRunner::change_option() {
  go_to(0);
  const auto [name, value] = random_mutable_option(tuning_);
  check("wombat_set_option", wombat_set_option(db_, name.c_str(), value.c_str(), &error_));
}

void HistoryRunner::release_all() {
  for (const HeldSnapshot& snapshot : snapshots_) wombat_snapshot_release(snapshot.handle);
  for (const HeldIterator& iterator : iterators_) wombat_iterator_destroy(iterator.handle);
  snapshots_.clear();
  iterators_.clear();
}

void HistoryRunner::reopen() {
  if (is_in_memory()) return compare_spaces();
  if (random_.one_in(2)) release_all();  // else the handles outlive their database
  close();
  release_all();
  wombat_pin_release(pin_);
  open();
  compare_spaces();
}

void HistoryRunner::read_beside() {
  if (is_in_memory()) return;
  go_to(0);
  check("wombat_wait", wombat_wait(db_, nullptr, &error_));
  wombat_options* options = nullptr;
  check("wombat_options_create", wombat_options_create(&options, &error_));
  check("wombat_options_set", wombat_options_set(options, "open.read_only", "true", &error_));
  check("wombat_options_set_merge_operator",
        wombat_options_set_merge_operator(options, "test_join", test_join, nullptr, &error_));
  wombat_db* reader = nullptr;
  const wombat_status opened = wombat_open(path_.c_str(), options, &reader, &error_);
  wombat_options_destroy(options);
  check("wombat_open for reading", opened);
  const std::unique_ptr<wombat_db, void (*)(wombat_db*)> owner(
      reader, [](wombat_db* db) { static_cast<void>(wombat_close(db, nullptr)); });
  compare_all(reader, nullptr, ModelDatabase::kLatest);
  require(wombat_put(reader, "x", 1, "y", 1, nullptr, &error_) == WOMBAT_READ_ONLY,
          "read-only is written to");
}

}  // namespace wombat
