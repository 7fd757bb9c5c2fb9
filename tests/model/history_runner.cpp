#include "model/history_runner.h"

#include <iterator>

namespace wombat {

HistoryRunner::HistoryRunner(const std::string& path, uint64_t history_seed, uint64_t options_seed)
    : path_(path),
      options_seed_(options_seed),
      random_(history_seed),
      tuning_(options_seed),
      keys_(history_seed) {
  spaces_.push_back({"default", std::string(1, '\1'), nullptr});
  check("wombat_pin_create", wombat_pin_create(&pin_, &error_));
  open();
}

HistoryRunner::~HistoryRunner() {
  release_all();
  wombat_pin_destroy(pin_);
  for (size_t i = 1; i < spaces_.size(); ++i) static_cast<void>(wombat_close(spaces_[i].handle, nullptr));
  static_cast<void>(wombat_close(main_, nullptr));
}

void HistoryRunner::fail(const std::string& what) const {
  throw Mismatch(std::string(doing_) + ": " + what + " (" + describe() + ")");
}

void HistoryRunner::check(const char* call, wombat_status status) const {
  if (status < 0) fail(std::string(call) + " answers " + wombat_status_name(status) + ": " + error_.message);
}

/// Long values show where they differ.
void HistoryRunner::require_value(const char* call, Bytes key, Bytes found, Bytes expected) const {
  if (found == expected) return;
  size_t same = 0;
  while (same < found.size() && same < expected.size() && found[same] == expected[same]) ++same;
  const auto around = [&](Bytes value) {
    const size_t from = same < 10 ? 0 : same - 10;
    return "\"" + escape_bytes(value.substr(from, 60)) + "\" (" + std::to_string(value.size()) + " bytes)";
  };
  fail(std::string(call) + " finds a wrong value of " + escape_bytes(key) + ": around byte " +
       std::to_string(same) + " " + around(found) + " instead of " + around(expected));
}

std::string HistoryRunner::describe() const {
  return "step " + std::to_string(step_count_) + ", keys: " + keys_.name() + ", options: " + options_text_;
}

void HistoryRunner::open() {
  options_text_ = random_options(tuning_, options_seed_);
  wombat_options* options = nullptr;
  check("wombat_options_create", wombat_options_create(&options, &error_));
  check("wombat_options_parse", wombat_options_parse(options, options_text_.c_str(), &error_));
  check("wombat_options_set_merge_operator",
        wombat_options_set_merge_operator(options, "test_join", test_join, nullptr, &error_));
  const wombat_status opened = wombat_open(path_.c_str(), options, &main_, &error_);
  wombat_options_destroy(options);
  check("wombat_open", opened);
  open_spaces();
}

void HistoryRunner::close() {
  db_ = nullptr;
  check("wombat_close", wombat_close(std::exchange(main_, nullptr), &error_));
  for (Space& space : spaces_) {
    if (&space != &spaces_.front()) check("wombat_close of a keyspace", wombat_close(space.handle, &error_));
    space.handle = nullptr;
  }
}

HistoryRunner::View HistoryRunner::random_view() {
  View view{WOMBAT_READ_OPTIONS_INIT, ModelDatabase::kLatest};
  if (random_.one_in(5)) view.options.flags = WOMBAT_READ_KEEP_CACHE;
  if (!snapshots_.empty() && random_.one_in(3)) {
    const HeldSnapshot& snapshot = snapshots_[random_.below(snapshots_.size())];
    view.options.snapshot = snapshot.handle;
    view.version = snapshot.version;
  }
  return view;
}

wombat_write_options HistoryRunner::random_write_options() {
  wombat_write_options options{};
  options.size = sizeof options;
  options.sync = random_.one_in(50) ? WOMBAT_SYNC_ALWAYS : random_.one_in(5) ? WOMBAT_SYNC_NEVER : 0;
  return options;
}

uint64_t HistoryRunner::oldest_version_needed() const {
  uint64_t oldest = model_.version();
  for (const HeldSnapshot& snapshot : snapshots_) oldest = std::min(oldest, snapshot.version);
  return oldest;
}

void HistoryRunner::step() {
  struct Choice {
    const char* name;
    uint64_t weight;
    void (HistoryRunner::*act)();
  };
  static const Choice kChoices[] = {
      {"put", 300, &HistoryRunner::put},
      {"delete", 90, &HistoryRunner::erase},
      {"batch", 70, &HistoryRunner::write_batch},
      {"packed batch", 20, &HistoryRunner::write_packed},
      {"put that expires", 40, &HistoryRunner::put_expiring},
      {"merge", 70, &HistoryRunner::merge},
      {"delete_range", 12, &HistoryRunner::erase_range},
      {"time passes", 3, &HistoryRunner::let_time_pass},
      {"get", 140, &HistoryRunner::get},
      {"get pinned", 40, &HistoryRunner::get_pinned},
      {"exists", 30, &HistoryRunner::exists},
      {"multi_get", 30, &HistoryRunner::multi_get},
      {"multi_get packed", 30, &HistoryRunner::multi_get_packed},
      {"new iterator", 50, &HistoryRunner::walk_new},
      {"held iterator", 50, &HistoryRunner::walk_held},
      {"snapshot", 25, &HistoryRunner::take_snapshot},
      {"snapshot release", 22, &HistoryRunner::release_snapshot},
      {"transaction", 25, &HistoryRunner::write_in_transaction},
      {"prepared transaction", 2, &HistoryRunner::prepare},
      {"keyspace create", 2, &HistoryRunner::create_keyspace},
      {"keyspace rename", 1, &HistoryRunner::rename_keyspace},
      {"keyspace drop", 1, &HistoryRunner::drop_keyspace},
      {"flush", 8, &HistoryRunner::flush},
      {"compaction", 5, &HistoryRunner::compact},
      {"ingestion", 8, &HistoryRunner::ingest},
      {"maintenance", 10, &HistoryRunner::maintain},
      {"set_option", 5, &HistoryRunner::change_option},
      {"reopen", 3, &HistoryRunner::reopen},
      {"read-only open", 1, &HistoryRunner::read_beside},
  };
  uint64_t sum = 0;
  for (const Choice& choice : kChoices) sum += choice.weight;
  uint64_t drawn = random_.below(sum);
  const Choice* choice = kChoices;
  while (drawn >= choice->weight) drawn -= (choice++)->weight;
  ++step_count_;
  doing_ = choice->name;
  if (random_.one_in(3)) go_to(random_.below(spaces_.size()));
  (this->*choice->act)();
  if (step_count_ % 256 == 0) model_.forget_before(oldest_version_needed());
}

void HistoryRunner::finish() {
  doing_ = "end";
  compare_spaces();
  go_to(0);
  check("wombat_wait", wombat_wait(db_, nullptr, &error_));
  check("wombat_verify", wombat_verify(db_, nullptr, &error_));
  reopen();
  release_all();
  close();
  if (!is_in_memory()) check("wombat_destroy", wombat_destroy(path_.c_str(), &error_));
}

}  // namespace wombat
