/// Where a planned transaction sets savepoints, nested ones as well, and goes back to them.
#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "isolation/history.h"

namespace wombat::isolation {

struct PlannedOperation {
  Operation operation;    // as it will be recorded; nothing is read yet
  bool is_merge = false;  // of an append: the store is to do it, without a read before
};
using PlannedOperations = std::vector<PlannedOperation>;

class SavepointPlan {
 public:
  /// Now and then sets a savepoint, or ends the newest, behind `*operations`. Returns a key with writes that are rolled
  /// back by that: worth another look.
  std::optional<Key> step(Random* random, PlannedOperations* operations);
  /// For the end of the transaction, which may leave savepoints open.
  std::optional<Key> finish(Random* random, PlannedOperations* operations);

 private:
  std::optional<Key> end_newest(Random* random, PlannedOperations* operations);

  std::vector<size_t> open_;  // how many operations there were
};

}  // namespace wombat::isolation
