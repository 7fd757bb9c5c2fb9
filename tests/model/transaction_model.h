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

/// What a key holds: a value that may expire, and what was appended to it, or to nothing once it has expired.
struct ModelCell {
  std::optional<std::string> base;
  uint64_t expires_at = 0;  // in ticks; 0: never
  std::optional<std::string> appended;

  std::optional<std::string> value(uint64_t now) const {
    const bool has_base = base && (expires_at == 0 || expires_at > now);
    if (!has_base) return appended;
    return *base + appended.value_or("");
  }
};
using Cells = std::map<std::string, ModelCell>;

inline Rows rows_of(const Cells& cells, uint64_t now) {
  Rows rows;
  for (const auto& [key, cell] : cells)
    if (const auto value = cell.value(now)) rows.emplace(key, *value);
  return rows;
}

/// One write of a commit, on a key or on the keys of a range.
struct ModelWrite {
  enum class Kind { kPut, kDelete, kAppend, kDeleteRange };
  Kind kind = Kind::kPut;
  std::string key;
  std::string value;        // the operand of an append, the upper bound of a range
  uint64_t expires_at = 0;  // of a put, in ticks; 0: never

  bool touches(const std::string& other) const {
    return kind == Kind::kDeleteRange ? key <= other && other < value : key == other;
  }
  void apply(Cells* cells) const {
    switch (kind) {
      case Kind::kPut:
        (*cells)[key] = {value, expires_at, std::nullopt};
        break;
      case Kind::kDelete:
        cells->erase(key);
        break;
      case Kind::kAppend: {
        std::optional<std::string>& appended = (*cells)[key].appended;
        appended = appended.value_or("") + value;
        break;
      }
      case Kind::kDeleteRange:
        cells->erase(cells->lower_bound(key), cells->lower_bound(value));
    }
  }
};
using ModelWrites = std::vector<ModelWrite>;

/// All commits so far, and what is there now.
struct ModelStore {
  Cells cells;
  uint64_t now = 1;  // in ticks; what expires is no conflict
  std::vector<ModelWrites> commits;

  void apply(const ModelWrites& writes) {
    for (const ModelWrite& write : writes) write.apply(&cells);
    commits.push_back(writes);
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
      : store_(store), level_(level), base_(store.cells), start_(store.commits.size()) {}

  /// The rows that it sees now.
  Rows view() const {
    Cells cells = level_ == ModelLevel::kReadCommitted ? store_.cells : base_;
    for (const ModelWrite& write : writes_) write.apply(&cells);
    return rows_of(cells, store_.now);
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
  void write(ModelWrite write) { writes_.push_back(std::move(write)); }

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

  const ModelWrites& writes() const { return writes_; }

  bool must_conflict() const {
    if (writes_.empty()) return false;
    for (size_t i = start_; i < store_.commits.size(); ++i) {
      for (const ModelWrite& write : store_.commits[i]) {
        if (depends_on(write, i)) return true;
      }
    }
    return false;
  }

 private:
  bool depends_on(const ModelWrite& other, size_t commit) const {
    for (const auto& [key, at] : claims_) {
      if (commit >= at && other.touches(key)) return true;
    }
    if (level_ == ModelLevel::kReadCommitted) return false;
    for (const ModelWrite& own : writes_) {
      if (overlap(own, other)) return true;
    }
    if (level_ == ModelLevel::kSnapshot) return false;
    for (const std::string& key : reads_) {
      if (other.touches(key)) return true;
    }
    for (const ModelScan& scan : scans_) {
      if (overlaps(scan, other)) return true;
    }
    return false;
  }
  static bool overlap(const ModelWrite& a, const ModelWrite& b) {
    if (a.kind != ModelWrite::Kind::kDeleteRange) return b.touches(a.key);
    if (b.kind != ModelWrite::Kind::kDeleteRange) return a.touches(b.key);
    return a.key < b.value && b.key < a.value;
  }
  static bool overlaps(const ModelScan& scan, const ModelWrite& write) {
    if (write.kind != ModelWrite::Kind::kDeleteRange) return scan.contains(write.key);
    return (!scan.high || write.key <= *scan.high) && (!scan.low || *scan.low < write.value);
  }

  const ModelStore& store_;
  const ModelLevel level_;
  const Cells base_;
  const size_t start_;
  std::set<std::string> reads_;
  std::map<std::string, size_t> claims_;
  std::vector<ModelScan> scans_;
  ModelWrites writes_;  // in order; one that a later range delete takes back lies in that range all the same
  std::vector<ModelWrites> savepoints_;
};

}  // namespace wombat
