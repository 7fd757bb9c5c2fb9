/// The reference that the engine is compared with: an ordered map with versions that keeps every commit, and
/// the oracle for crash tests. Any thread.
///
/// The oracle: after a crash the contents must be those after some prefix of the commits, and that prefix
/// must hold every commit that was acknowledged as durable. Apply a batch to the model *before* handing it to
/// the engine, so that a commit in flight during a crash is known; call mark_durable when the engine
/// acknowledged it as such, and mark_uncertain when it answered with an error (the commit may have happened
/// or not, and later ones may stand). Checking costs a hash of the recovered rows and one comparison per
/// prefix.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace wombat {

using ModelRows = std::map<std::string, std::string>;

struct ModelOperation {
  enum class Kind { kPut, kDelete, kDeleteRange, kMerge };
  Kind kind;
  std::string key;
  std::string value;                // kDeleteRange: the end, exclusive; kMerge: the operand
  bool has_end = true;              // kDeleteRange
  std::string merge_operator = {};  // kMerge
  uint64_t ticks = 0;               // kPut: until it expires; 0: it does not

  static ModelOperation put(std::string key, std::string value) {
    return {Kind::kPut, std::move(key), std::move(value)};
  }
  static ModelOperation erase(std::string key) { return {Kind::kDelete, std::move(key), {}}; }
  static ModelOperation put_expiring(std::string key, std::string value, uint64_t ticks) {
    ModelOperation operation = put(std::move(key), std::move(value));
    operation.ticks = ticks;
    return operation;
  }
  static ModelOperation merge(std::string merge_operator, std::string key, std::string operand) {
    ModelOperation operation{Kind::kMerge, std::move(key), std::move(operand)};
    operation.merge_operator = std::move(merge_operator);
    return operation;
  }
  static ModelOperation erase_from(std::string begin) {
    ModelOperation operation{Kind::kDeleteRange, std::move(begin), {}};
    operation.has_end = false;
    return operation;
  }
  static ModelOperation erase_range(std::string begin, std::string end) {
    return {Kind::kDeleteRange, std::move(begin), std::move(end)};
  }
};

class ModelDatabase {
 public:
  static constexpr uint64_t kLatest = UINT64_MAX;
  /// More commits than these must not be uncertain at a time: every subset is tried.
  static constexpr size_t kUncertainCountMax = 10;

  /// Time passes: what is read from now on, also by check_prefix, may have expired.
  void tick();
  /// The present time, in ticks.
  uint64_t now() const;
  /// Whether what the key holds, or what lies under merges on it, will expire.
  bool expires(const std::string& key) const;
  /// One atomic commit. Returns its version; the first one is 1. A snapshot is just a version.
  uint64_t apply(const std::vector<ModelOperation>& batch);
  uint64_t version() const;

  std::optional<std::string> get(const std::string& key, uint64_t at = kLatest) const;
  /// Rows with begin <= key < end; an empty `end` is no bound.
  ModelRows scan(const std::string& begin = {}, const std::string& end = {}, uint64_t at = kLatest) const;
  /// What makes the state at `at`, and all that time makes of it, on an empty database. Commits of `without` are left
  /// out.
  std::vector<ModelOperation> rebuild(uint64_t at, const std::set<uint64_t>& without = {}) const;
  /// Every key that was ever written and not forgotten.
  std::vector<std::string> keys() const;
  /// Versions before `oldest_needed` will not be asked for again: takes their memory back. No commit up to
  /// there may be uncertain, and check_prefix cannot match anything older.
  void forget_before(uint64_t oldest_needed);

  void mark_durable(uint64_t version);
  void mark_uncertain(uint64_t version);
  /// Says what became of a commit, uncertain or not; one that did not happen has no effect any more.
  void resolve(uint64_t version, bool happened);
  /// The newest commit that was acknowledged as durable; 0: none.
  uint64_t durable_version() const;

  /// Which history the recovered rows agree with.
  struct Match {
    uint64_t version = 0;               // the last commit of the prefix
    std::set<uint64_t> did_not_happen;  // uncertain commits at or before it
  };
  /// Nothing when `recovered` is a legal state, else what is wrong with it.
  std::optional<std::string> check_prefix(const ModelRows& recovered, Match* match = nullptr) const;
  /// The same for a crash in the past: `durable` and `newest` are durable_version() and version() at that
  /// time. The rows were read at `now`; 0: at present.
  std::optional<std::string> check_prefix(const ModelRows& recovered, uint64_t durable, uint64_t newest,
                                          Match* match = nullptr, uint64_t now = 0) const;
  /// Life goes on from the recovered state: everything else is forgotten, what is left counts as durable.
  void adopt(const Match& match);

 private:
  struct Change {
    uint64_t version;
    std::optional<std::string> value;
    uint64_t expires_at = 0;          // in ticks; 0: not at all
    std::string merge_operator = {};  // `value` is an operand; empty: it is the value
  };
  using Changes = std::vector<Change>;  // of one key, oldest first
  using Keys = std::map<std::string, Changes>;
  struct Commit {
    std::vector<Keys::iterator> changed;
    uint64_t state_hash = 0;  // of all rows after it, as if nothing ever expired
  };
  static constexpr uint64_t kBeforeAllTime = 0;
  using Without = std::set<uint64_t>;

  /// The newest change up to `at` that does not build on another, or the end.
  static Changes::const_iterator base_of(const Changes& changes, uint64_t at, const Without& without,
                                         std::vector<const Change*>* merges);
  static std::optional<std::string> value_at(const Changes& changes, uint64_t at, const Without& without,
                                             uint64_t now);
  void change(Keys::iterator key, Change change, Commit* commit);
  void change_range(const ModelOperation& operation, uint64_t version, Commit* commit);
  ModelRows rows_at(uint64_t at, const Without& without, uint64_t now) const;
  /// Hashes after the commits base_version_ .. `newest`.
  std::vector<uint64_t> state_hashes(uint64_t newest, const Without& without, uint64_t now) const;
  std::optional<Match> find(uint64_t state_hash, uint64_t lowest, uint64_t newest, uint64_t now) const;
  std::string explain(const ModelRows& recovered, uint64_t durable, uint64_t newest, uint64_t now) const;

  mutable std::mutex mutex_;
  uint64_t now_ = 1;  // in ticks
  bool has_expiring_ = false;
  Keys keys_;
  uint64_t base_version_ = 0;  // the oldest version that is still known
  uint64_t base_hash_ = 0;
  std::vector<Commit> commits_;  // base_version_ + 1 and on
  uint64_t durable_version_ = 0;
  std::set<uint64_t> uncertain_;
};

}  // namespace wombat
