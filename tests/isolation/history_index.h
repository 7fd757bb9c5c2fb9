/// The versions that the transactions of a history wrote, by value, by key and by transaction.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "isolation/history.h"

namespace wombat::isolation {

inline constexpr uint32_t kNone = UINT32_MAX;
/// As a version: what a key holds before its first write, which is nothing.
inline constexpr uint32_t kInitial = kNone;

struct Version {
  uint32_t key = 0;  // index among the keys
  uint32_t transaction = 0;
  Value value = 0;            // 0: a delete
  bool is_undone = false;     // rolled back to a savepoint
  bool is_installed = false;  // the last write of its transaction to the key, so others may see it

  bool is_tombstone() const { return value == 0; }
};

class HistoryIndex {
 public:
  /// `history` outlives the index.
  explicit HistoryIndex(const History& history);

  const History& history() const { return history_; }
  const RecordedTransaction& transaction(uint32_t number) const { return history_.transactions[number]; }
  uint32_t transaction_count() const { return static_cast<uint32_t>(history_.transactions.size()); }

  /// Keys that were written, ascending; those that only range deletes cover are left out.
  const std::vector<Key>& keys() const { return keys_; }
  /// Index of the first written key that is not less than `key`.
  uint32_t key_lower_bound(Key key) const;
  /// kNone for a key that nobody wrote.
  uint32_t key_index(Key key) const;

  const std::vector<Version>& versions() const { return versions_; }
  /// kNone for a value that nobody wrote.
  uint32_t version_of(Value value) const;
  /// Versions of a key in the order in which their transactions are listed, aborted and intermediate ones included.
  std::span<const uint32_t> versions_of_key(uint32_t key) const;
  /// What the transaction installed under the key; kNone.
  uint32_t installed_by(uint32_t transaction, uint32_t key) const;
  bool has_written(uint32_t transaction) const {
    return first_version_of_transaction_[transaction] != first_version_of_transaction_[transaction + 1];
  }
  const RecordedTransaction& writer(uint32_t version) const {
    return history_.transactions[versions_[version].transaction];
  }

  /// Committed, or in doubt and seen by one that happened.
  bool happened(uint32_t transaction) const { return happened_[transaction]; }
  bool happened_version(uint32_t version) const { return happened_[versions_[version].transaction]; }
  /// Declares that one in doubt happened, and with it those whose writes it read.
  void declare_happened(uint32_t transaction);

 private:
  void collect_versions();
  void collect_operation(uint32_t transaction, const Operation& operation, std::vector<size_t>* savepoints);
  void add_version(uint32_t transaction, uint32_t key, Value value);
  void find_installed(size_t first);
  void resolve_in_doubt();
  void spread(std::vector<uint32_t> pending);
  void note_seen(const Content& content, std::vector<uint32_t>* pending);

  const History& history_;
  std::vector<Key> keys_;
  std::vector<Version> versions_;
  std::vector<uint32_t> first_version_of_transaction_;
  std::vector<uint32_t> first_of_key_;
  std::vector<uint32_t> by_key_;
  std::unordered_map<Value, uint32_t> by_value_;
  std::vector<bool> happened_;
};

}  // namespace wombat::isolation
