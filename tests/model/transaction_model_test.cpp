// Several transactions side by side, plain writes, flushes and compactions between: every read, every row of every
// iterator, and the outcome of every commit as the model has it.
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "env/clock.h"
#include "model/transaction_model.h"
#include "support/seed.h"
#include "support/temp_directory.h"
#include "wombat.h"

namespace wombat {

namespace {

size_t count_from_environment(const char* name, size_t fallback) {
  const char* const text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 0);
}

constexpr uint64_t kTickMicros = 4'000'000'000;  // no test takes that long by itself

struct OpenTransaction {
  wombat_txn* handle = nullptr;
  std::unique_ptr<ModelTransaction> model;
};

class TransactionHistory {
 public:
  TransactionHistory(wombat_db* db, uint64_t seed) : db_(db), random_(seed) {}
  ~TransactionHistory() {
    for (OpenTransaction& open : open_) wombat_txn_destroy(open.handle);
  }

  void step() {
    const uint64_t action = pick(100);
    if (action < 8) return plain_write();
    if (action < 9) return pick(3) == 0 ? let_time_pass() : upkeep();
    if (open_.empty() || (open_.size() < 5 && action < 20)) return begin();
    OpenTransaction& open = open_[pick(open_.size())];
    if (action < 40) return get(open);
    if (action < 60) return write(open);
    if (action < 75) return walk(open);
    if (action < 84) return savepoint(open);
    end(&open);
  }
  size_t conflict_count() const { return conflicts_; }
  size_t commit_count() const { return commits_; }

 private:
  uint64_t pick(uint64_t count) { return random_() % count; }
  std::string key() { return "k" + std::to_string(pick(40)); }
  std::string value() { return std::string(pick(30), 'v') + std::to_string(++value_count_); }

  ModelWrite random_write() {
    ModelWrite write{ModelWrite::Kind::kPut, key(), value()};
    const uint64_t kind = pick(12);
    if (kind < 3) write = {ModelWrite::Kind::kDelete, write.key, ""};
    if (kind >= 3 && kind < 5) write.kind = ModelWrite::Kind::kAppend;
    if (kind == 5) {
      // Mostly few keys.
      std::string upper = pick(4) == 0 ? key() : write.key + "5";
      if (upper < write.key) std::swap(upper, write.key);
      if (upper == write.key) upper += "0";
      write = {ModelWrite::Kind::kDeleteRange, write.key, upper};
    }
    if (write.kind == ModelWrite::Kind::kPut && pick(4) == 0) write.expires_at = store_.now + 1 + pick(3);
    return write;
  }
  uint64_t ttl_ms(const ModelWrite& write) const {
    return write.expires_at == 0 ? 0 : (write.expires_at - store_.now) * kTickMicros / 1000;
  }

  /// Nobody is in the middle of a walk.
  void let_time_pass() {
    advance_wall_clock(kTickMicros);
    ++store_.now;
  }

  void plain_write() {
    const ModelWrite write = random_write();
    const std::string& name = write.key;
    const std::string& text = write.value;
    wombat_write_options how = WOMBAT_WRITE_OPTIONS_INIT;
    wombat_status status = WOMBAT_OK;
    switch (write.kind) {
      case ModelWrite::Kind::kPut:
        how.ttl_ms = ttl_ms(write);
        status = wombat_put(db_, name.data(), name.size(), text.data(), text.size(), &how, &error_);
        break;
      case ModelWrite::Kind::kDelete:
        status = wombat_delete(db_, name.data(), name.size(), nullptr, &error_);
        break;
      case ModelWrite::Kind::kAppend:
        status =
            wombat_merge(db_, "append", name.data(), name.size(), text.data(), text.size(), nullptr, &error_);
        break;
      case ModelWrite::Kind::kDeleteRange:
        status =
            wombat_delete_range(db_, name.data(), name.size(), text.data(), text.size(), nullptr, &error_);
    }
    ASSERT_EQ(status, WOMBAT_OK) << error_.message;
    store_.apply({write});
  }

  void upkeep() {
    ASSERT_EQ(wombat_flush(db_, nullptr, &error_), WOMBAT_OK) << error_.message;
    if (pick(2) == 0) {
      ASSERT_EQ(wombat_compact_range(db_, nullptr, 0, nullptr, 0, nullptr, &error_), WOMBAT_OK);
    }
  }

  void begin() {
    wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
    const auto level = static_cast<ModelLevel>(1 + pick(3));
    options.isolation = static_cast<int32_t>(level);
    options.timeout_us = UINT64_MAX;
    OpenTransaction open;
    ASSERT_EQ(wombat_txn_begin(db_, &options, &open.handle, &error_), WOMBAT_OK) << error_.message;
    open.model = std::make_unique<ModelTransaction>(store_, level);
    open_.push_back(std::move(open));
  }

  void get(OpenTransaction& open) {
    const std::string name = key();
    const bool for_update = pick(5) == 0;
    char buffer[4096];
    size_t size = 0;
    const wombat_status status =
        for_update ? wombat_txn_get_for_update(open.handle, nullptr, name.data(), name.size(), buffer,
                                               sizeof buffer, &size, &error_)
                   : wombat_txn_get(open.handle, nullptr, name.data(), name.size(), buffer, sizeof buffer,
                                    &size, &error_);
    open.model->note_read(name, for_update);
    const Rows rows = open.model->view();
    const auto expected = rows.find(name);
    ASSERT_EQ(status, expected == rows.end() ? WOMBAT_NOT_FOUND : WOMBAT_OK) << name;
    if (expected != rows.end()) {
      ASSERT_EQ(std::string(buffer, size), expected->second) << name;
    }
  }

  void write(OpenTransaction& open) {
    const ModelWrite write = random_write();
    const std::string& name = write.key;
    const std::string& text = write.value;
    wombat_status status = WOMBAT_OK;
    switch (write.kind) {
      case ModelWrite::Kind::kPut:
        status = wombat_txn_put(open.handle, nullptr, name.data(), name.size(), text.data(), text.size(),
                                ttl_ms(write), &error_);
        break;
      case ModelWrite::Kind::kDelete:
        status = wombat_txn_delete(open.handle, nullptr, name.data(), name.size(), &error_);
        break;
      case ModelWrite::Kind::kAppend:
        status = wombat_txn_merge(open.handle, nullptr, "append", name.data(), name.size(), text.data(),
                                  text.size(), &error_);
        break;
      case ModelWrite::Kind::kDeleteRange:
        status = wombat_txn_delete_range(open.handle, nullptr, name.data(), name.size(), text.data(),
                                         text.size(), &error_);
    }
    ASSERT_EQ(status, WOMBAT_OK) << error_.message;
    open.model->write(write);
  }

  void savepoint(OpenTransaction& open) {
    switch (pick(3)) {
      case 0:
        ASSERT_EQ(wombat_txn_set_savepoint(open.handle, &error_), WOMBAT_OK);
        open.model->set_savepoint();
        break;
      case 1:
        ASSERT_EQ(wombat_txn_rollback_to_savepoint(open.handle, &error_),
                  open.model->rollback_to_savepoint() ? WOMBAT_OK : WOMBAT_NOT_FOUND);
        break;
      default:
        ASSERT_EQ(wombat_txn_release_savepoint(open.handle, &error_),
                  open.model->release_savepoint() ? WOMBAT_OK : WOMBAT_NOT_FOUND);
    }
  }

  void end(OpenTransaction* open) {
    if (pick(5) == 0) {
      ASSERT_EQ(wombat_txn_rollback(open->handle, &error_), WOMBAT_OK);
    } else {
      const bool must_conflict = open->model->must_conflict();
      ASSERT_EQ(wombat_txn_commit(open->handle, nullptr, nullptr, &error_),
                must_conflict ? WOMBAT_CONFLICT : WOMBAT_OK);
      if (!must_conflict && !open->model->writes().empty()) store_.apply(open->model->writes());
      ++(must_conflict ? conflicts_ : commits_);
    }
    wombat_txn_destroy(open->handle);
    open_.erase(open_.begin() + (open - open_.data()));
  }

  /// A walk with an iterator: seeks and steps at random.
  void walk(OpenTransaction& open) {
    const Rows rows = open.model->view();
    wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
    std::string lower = key();
    std::string upper = key();
    if (upper < lower) std::swap(lower, upper);
    const bool has_lower = pick(2) == 0;
    const bool has_upper = pick(2) == 0;
    if (has_lower) options.lower = lower.data(), options.lower_size = lower.size();
    if (has_upper) options.upper = upper.data(), options.upper_size = upper.size();
    std::vector<std::pair<std::string, std::string>> seen;
    for (const auto& row : rows) {
      if ((!has_lower || row.first >= lower) && (!has_upper || row.first < upper)) seen.push_back(row);
    }
    wombat_iterator* iterator = nullptr;
    ASSERT_EQ(wombat_txn_iterator_create(open.handle, nullptr, &options, &iterator, &error_), WOMBAT_OK);
    constexpr long kNew = -2;
    long at = kNew;  // -1: before the first; seen.size(): behind the last
    const long end = static_cast<long>(seen.size());
    std::optional<ModelScan> scan;
    const auto finish_scan = [&] {
      if (!scan) return;
      if (!scan->low && has_lower) scan->low = lower;
      if (!scan->high && has_upper && !(has_lower && lower >= upper)) scan->high = below(upper);
      if (!(has_lower && has_upper && lower >= upper)) open.model->note_scan(*scan);
      scan.reset();
    };
    for (uint64_t moves = 1 + pick(12); moves > 0; --moves) {
      const void* key_data = nullptr;
      const void* value_data = nullptr;
      size_t key_size = 0;
      size_t value_size = 0;
      wombat_status status = WOMBAT_OK;
      const std::string target = key();
      uint64_t move = pick(10);
      const bool by_step = move >= 4;
      if (move >= 4 && move < 7 && (at == kNew || at == -1)) move = 0;  // a step forward from there
      if (move >= 7 && (at == kNew || at == end)) move = 1;             // a step backward from there
      if (move == 0) {
        finish_scan();
        scan = ModelScan{};
        scan->high = has_lower ? lower : std::string();
        at = 0;
        status =
            pick(2) == 0
                ? wombat_iterator_first(iterator, &key_data, &key_size, &value_data, &value_size, &error_)
                : wombat_iterator_first(iterator, &key_data, &key_size, &value_data, &value_size, &error_);
      } else if (move == 1) {
        finish_scan();
        scan = ModelScan{};
        at = end - 1;
        scan->low = at >= 0 ? std::optional<std::string>(seen[static_cast<size_t>(at)].first) : std::nullopt;
        status =
            by_step ? wombat_iterator_prev(iterator, &key_data, &key_size, &value_data, &value_size, &error_)
                    : wombat_iterator_last(iterator, &key_data, &key_size, &value_data, &value_size, &error_);
      } else if (move == 2) {
        finish_scan();
        const std::string from = has_lower ? std::max(target, lower) : target;
        scan = ModelScan{from, from};
        at = 0;
        while (at < end && seen[static_cast<size_t>(at)].first < from) ++at;
        status = wombat_iterator_seek(iterator, target.data(), target.size(), &key_data, &key_size,
                                      &value_data, &value_size, &error_);
      } else if (move == 3) {
        finish_scan();
        if (has_upper && target >= upper) {
          scan = ModelScan{};
          at = end - 1;
          scan->low =
              at >= 0 ? std::optional<std::string>(seen[static_cast<size_t>(at)].first) : std::nullopt;
        } else {
          scan = ModelScan{target, target};
          at = end - 1;
          while (at >= 0 && seen[static_cast<size_t>(at)].first > target) --at;
        }
        status = wombat_iterator_seek_for_prev(iterator, target.data(), target.size(), &key_data, &key_size,
                                               &value_data, &value_size, &error_);
      } else if (move < 7) {
        if (at < end) ++at;
        status = wombat_iterator_next(iterator, &key_data, &key_size, &value_data, &value_size, &error_);
      } else {
        if (at >= 0) --at;
        status = wombat_iterator_prev(iterator, &key_data, &key_size, &value_data, &value_size, &error_);
      }
      const bool is_on_row = at >= 0 && at < end;
      ASSERT_EQ(status, is_on_row ? WOMBAT_OK : WOMBAT_END) << "move " << move << " to " << at;
      if (is_on_row) {
        const auto& row = seen[static_cast<size_t>(at)];
        ASSERT_EQ(std::string(static_cast<const char*>(key_data), key_size), row.first);
        ASSERT_EQ(std::string(static_cast<const char*>(value_data), value_size), row.second);
        scan->take_in(row.first);
      } else if (at >= end) {
        scan->high.reset();
      } else {
        scan->low.reset();
      }
    }
    finish_scan();
    wombat_iterator_destroy(iterator);
  }

  /// The greatest key of the test that is below `bound`, or the bound itself: nothing lies between.
  static std::string below(const std::string& bound) {
    std::string text = bound;
    --text.back();
    return text + "\xff";
  }

  wombat_db* const db_;
  std::mt19937_64 random_;
  wombat_error error_{};
  ModelStore store_;
  std::vector<OpenTransaction> open_;
  uint64_t value_count_ = 0;
  size_t conflicts_ = 0;
  size_t commits_ = 0;
};

TEST(TransactionModel, EveryReadAndEveryOutcomeIsTheModels) {
  const SeedScope scope(42);
  const size_t rounds = count_from_environment("WOMBAT_TXN_MODEL_ROUNDS", 30);
  size_t conflicts = 0;
  size_t commits = 0;
  for (size_t round = 0; round < rounds; ++round) {
    TempDirectory directory;
    wombat_error error{};
    wombat_options* options = nullptr;
    wombat_db* db = nullptr;
    ASSERT_EQ(wombat_options_create(&options, &error), WOMBAT_OK);
    ASSERT_EQ(wombat_options_parse(options, "wal.sync=os; memtable.size=65536", &error), WOMBAT_OK);
    ASSERT_EQ(wombat_open(directory.file("db").c_str(), options, &db, &error), WOMBAT_OK) << error.message;
    wombat_options_destroy(options);
    {
      TransactionHistory history(db, scope.seed() + round);
      for (int i = 0; i < 1500; ++i) {
        history.step();
        ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "round " << round << " step " << i;
      }
      conflicts += history.conflict_count();
      commits += history.commit_count();
    }
    ASSERT_EQ(wombat_close(db, &error), WOMBAT_OK);
  }
  EXPECT_GT(conflicts, rounds * 10);
  EXPECT_GT(commits, rounds * 10);
}

}  // namespace

}  // namespace wombat
