#include "crash_process/kill_oracle.h"

namespace wombat {

void KillOracle::apply(const KillMessage& message, Rows* rows) {
  for (uint32_t i = 0; i < message.count + message.delete_count; ++i) {
    const std::string key = kill_key(message.thread, message.first_key + i);
    if (i < message.count) {
      (*rows)[key] = message.stamp;
    } else {
      rows->erase(key);
    }
  }
}

void KillOracle::take(const KillMessage& message) {
  if (message.is_acknowledged == 0) {
    pending_[message.thread] = message;
    return;
  }
  apply(message, &rows_);
  pending_[message.thread].reset();
  ++acknowledged_count_;
}

std::string KillOracle::read_rows(wombat_db* db, Rows* rows) {
  wombat_error error = {};
  wombat_iterator* iterator = nullptr;
  if (wombat_iterator_create(db, nullptr, &iterator, &error) != WOMBAT_OK) return error.message;
  const void* key = nullptr;
  const void* value = nullptr;
  size_t key_size = 0;
  size_t value_size = 0;
  std::string problem;
  wombat_status status = WOMBAT_OK;
  while (problem.empty() && (status = wombat_iterator_next(iterator, &key, &key_size, &value, &value_size,
                                                           &error)) == WOMBAT_OK) {
    const std::string name(static_cast<const char*>(key), key_size);
    const uint64_t stamp = kill_stamp(name, std::string(static_cast<const char*>(value), value_size));
    if (stamp == kNoStamp) problem = "the value of " + name + " is not one that was written";
    (*rows)[name] = stamp;
  }
  wombat_iterator_destroy(iterator);
  if (problem.empty() && status != WOMBAT_END) problem = std::string("iterating: ") + error.message;
  return problem;
}

/// A write that was under way happened as a whole or not at all.
std::string KillOracle::settle(uint32_t thread, const Rows& found) {
  const auto of_thread = [&](const Rows& rows) {
    return Rows(rows.lower_bound(std::to_string(thread) + "-"),
                rows.lower_bound(std::to_string(thread + 1) + "-"));
  };
  const Rows actual = of_thread(found);
  Rows expected = of_thread(rows_);
  if (actual == expected) {
    pending_[thread].reset();
    return {};
  }
  const bool was_pending = pending_[thread].has_value();
  if (was_pending) {
    Rows with_pending = rows_;
    apply(*pending_[thread], &with_pending);
    pending_[thread].reset();
    expected = of_thread(with_pending);
    if (actual == expected) {
      rows_ = std::move(with_pending);
      ++in_doubt_count_;
      return {};
    }
  }
  size_t missing = 0;
  std::string example;
  for (const auto& [key, stamp] : expected) {
    const auto row = actual.find(key);
    if (row != actual.end() && row->second == stamp) continue;
    ++missing;
    example = key + " must carry " + std::to_string(stamp) + ", carries " +
              (row == actual.end() ? "nothing" : std::to_string(row->second));
  }
  return "thread " + std::to_string(thread) + (was_pending ? " (a write was under way)" : "") + ": " +
         std::to_string(missing) + " rows are lost or torn, " + std::to_string(actual.size()) + " found, " +
         std::to_string(expected.size()) + " expected; " + example;
}

std::string KillOracle::check(wombat_db* db) {
  Rows found;
  if (std::string problem = read_rows(db, &found); !problem.empty()) return problem;
  for (uint32_t thread = 0; thread < kWriterThreadCount; ++thread) {
    if (std::string problem = settle(thread, found); !problem.empty()) return problem;
  }
  return {};
}

}  // namespace wombat
