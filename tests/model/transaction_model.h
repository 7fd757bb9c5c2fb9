/// What transactions must show and when their commits must conflict, in the plainest form: every transaction copies the
/// whole database when it begins, and notes key by key and interval by interval what it has looked at.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wombat {

using Rows = std::map<std::string, std::string>;

/// All commits so far, and what is there now.
struct ModelStore {
  Rows rows;
  std::vector<std::set<std::string>> commits;  // the keys that each has changed

  void apply(const std::map<std::string, std::optional<std::string>>& writes) {
    std::set<std::string> keys;
    for (const auto& [key, value] : writes) {
      keys.insert(key);
      if (value)
        rows[key] = *value;
      else
        rows.erase(key);
    }
    commits.push_back(std::move(keys));
  }
};

/// What an iterator went over since a seek: both ends included, or open to the bound.
struct ModelScan {
  std::optional<std::string> low;   // none: from the first key
  std::optional<std::string> high;  // none: to the last
  bool contains(const std::string& key) const { return (!low || key >= *low) && (!high || key <= *high); }
  void take_in(const std::string& key) {
    if (low && key < *low) low = key;
    if (high && key > *high) high = key;
  }
};

enum class ModelLevel { kSerializable = 1, kSnapshot = 2, kReadCommitted = 3 };

class ModelTransaction {
 public:
  ModelTransaction(const ModelStore& store, ModelLevel level)
      : store_(store), level_(level), base_(store.rows), start_(store.commits.size()) {}

  /// The rows that it sees now.
  Rows view() const {
    Rows rows = level_ == ModelLevel::kReadCommitted ? store_.rows : base_;
    for (const auto& [key, value] : writes_) {
      if (value)
        rows[key] = *value;
      else
        rows.erase(key);
    }
    return rows;
  }
  void note_read(const std::string& key, bool for_update) {
    if (for_update) {
      const size_t at = level_ == ModelLevel::kReadCommitted ? store_.commits.size() : start_;
      claims_.emplace(key, at);
    } else {
      reads_.insert(key);
    }
  }
  void note_scan(const ModelScan& scan) { scans_.push_back(scan); }
  void write(const std::string& key, std::optional<std::string> value) { writes_[key] = std::move(value); }

  void set_savepoint() { savepoints_.push_back(writes_); }
  bool rollback_to_savepoint() {
    if (savepoints_.empty()) return false;
    writes_ = savepoints_.back();
    savepoints_.pop_back();
    return true;
  }
  bool release_savepoint() {
    if (savepoints_.empty()) return false;
    savepoints_.pop_back();
    return true;
  }

  const std::map<std::string, std::optional<std::string>>& writes() const { return writes_; }

  bool must_conflict() const {
    if (writes_.empty()) return false;
    for (size_t i = start_; i < store_.commits.size(); ++i) {
      for (const std::string& key : store_.commits[i]) {
        if (depends_on(key, i)) return true;
      }
    }
    return false;
  }

 private:
  bool depends_on(const std::string& key, size_t commit) const {
    const auto claim = claims_.find(key);
    if (claim != claims_.end() && commit >= claim->second) return true;
    if (level_ == ModelLevel::kReadCommitted) return false;
    if (writes_.count(key) != 0) return true;
    if (level_ == ModelLevel::kSnapshot) return false;
    if (reads_.count(key) != 0) return true;
    for (const ModelScan& scan : scans_) {
      if (scan.contains(key)) return true;
    }
    return false;
  }

  const ModelStore& store_;
  const ModelLevel level_;
  const Rows base_;
  const size_t start_;
  std::set<std::string> reads_;
  std::map<std::string, size_t> claims_;
  std::vector<ModelScan> scans_;
  std::map<std::string, std::optional<std::string>> writes_;
  std::vector<std::map<std::string, std::optional<std::string>>> savepoints_;
};

}  // namespace wombat
