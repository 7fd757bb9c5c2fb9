/// What transactions did, as their callers saw it: all that the isolation checker knows about a store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wombat::isolation {

using Key = uint64_t;
/// What one write stores: no two writes of a history store the same. 0 is none.
using Value = uint64_t;
/// Recorded for bytes that no writer can have written.
inline constexpr Value kGarbage = UINT64_MAX;
/// End of a transaction that may still take effect at any time.
inline constexpr uint64_t kNoEnd = UINT64_MAX;

/// What a key holds: nothing when it is absent, one value of a register, the elements of a list.
using Content = std::vector<Value>;

struct Row {
  Key key = 0;
  Content content;
};

enum class OperationKind : uint8_t {
  kRead,
  kWrite,
  kAppend,
  kDelete,
  kRangeRead,
  kDeleteRange,
  // Of the transaction's own writes; they nest. A rollback undoes what was written since the newest savepoint, which it
  // ends, as a release does. What was read stays read.
  kSavepoint,
  kRollback,
  kRelease
};

struct Operation {
  OperationKind kind = OperationKind::kRead;
  bool is_for_update = false;  // of a read: no other may change the key from then until the commit
  Key key = 0;                 // the lower bound of a range
  Key upper = 0;               // of a range, excluded
  Value value = 0;             // that was written or appended
  Content content;             // that was read; absent is an observation like any other
  std::vector<Row> rows;       // that a range had, in the order of keys
};

/// kUnknown: commit was called and nobody heard how it ended. It happened as a whole or not at all.
enum class Outcome : uint8_t { kCommitted, kAborted, kUnknown };

struct RecordedTransaction {
  uint32_t process = 0;
  uint64_t start = 0;  // before begin was called, by a clock that all processes share
  uint64_t end = 0;  // after commit or abort had returned; of one in doubt when it can no longer take effect
  Outcome outcome = Outcome::kCommitted;
  uint64_t timestamp = 0;  // that the store gave to the commit; 0: not known
  std::vector<Operation> operations;
};

enum class DataKind : uint8_t { kRegister, kList };

struct History {
  DataKind data_kind = DataKind::kRegister;
  /// Appends, at least some, were a read and a put of the whole list. Where a level permits lost updates, elements may
  /// then be lost, and lists are judged there as registers that hold their last element.
  bool appends_are_puts = false;
  std::vector<RecordedTransaction> transactions;
  /// What a scan of all keys finds after everything has ended. Absent keys are left out.
  std::optional<std::vector<Row>> final_rows;
};

/// In words: "read(3) -> 17", "range_read(1, 9) -> 2: 5, 3: 17".
std::string to_text(const Operation& operation, DataKind data_kind);
/// "T12 (process 3, committed): ...". `number` is its place in the history.
std::string to_text(const RecordedTransaction& transaction, uint32_t number, DataKind data_kind);
std::string to_text(const Content& content, DataKind data_kind);

}  // namespace wombat::isolation
