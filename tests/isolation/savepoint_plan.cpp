#include "isolation/savepoint_plan.h"

namespace wombat::isolation {

namespace {

constexpr size_t kDepthMax = 3;
constexpr uint64_t kRollbackPercent = 70;  // of ends; the rest are releases

bool is_write(OperationKind kind) {
  return kind == OperationKind::kWrite || kind == OperationKind::kAppend || kind == OperationKind::kDelete ||
         kind == OperationKind::kDeleteRange;
}

}  // namespace

std::optional<Key> SavepointPlan::step(Random* random, PlannedOperations* operations) {
  const uint64_t choice = random->below(100);
  if (open_.empty() ? choice < 60 : choice < 25 && open_.size() < kDepthMax) {
    operations->emplace_back().operation.kind = OperationKind::kSavepoint;
    open_.push_back(operations->size());
    return std::nullopt;
  }
  return !open_.empty() && choice < 65 ? end_newest(random, operations) : std::nullopt;
}

std::optional<Key> SavepointPlan::finish(Random* random, PlannedOperations* operations) {
  if (open_.empty() || random->one_in(3)) return std::nullopt;
  return end_newest(random, operations);
}

std::optional<Key> SavepointPlan::end_newest(Random* random, PlannedOperations* operations) {
  std::vector<Key> written;
  for (size_t i = open_.back(); i < operations->size(); ++i) {
    const Operation& operation = (*operations)[i].operation;
    if (is_write(operation.kind)) written.push_back(operation.key);
  }
  open_.pop_back();
  const bool is_rollback = random->below(100) < kRollbackPercent;
  operations->emplace_back().operation.kind =
      is_rollback ? OperationKind::kRollback : OperationKind::kRelease;
  if (!is_rollback || written.empty()) return std::nullopt;
  return written[random->below(written.size())];
}

}  // namespace wombat::isolation
