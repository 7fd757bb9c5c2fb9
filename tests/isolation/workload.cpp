#include "isolation/workload.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "isolation/savepoint_plan.h"
#include "isolation/store_encoding.h"

namespace wombat::isolation {

namespace {

constexpr uint64_t kOperationsPerTransaction = 128;  // room in the values, which number all writes
constexpr uint64_t kDeletedKeysMax = 5;

}  // namespace

std::string WorkloadOptions::to_text() const {
  char text[600];
  std::snprintf(
      text, sizeof text,
      "seed %llu, %s, %s, %u threads, up to %u operations, blocks of %u keys and %u transactions, zipf %.2f, "
      "percent: fresh %u, read %u, range %u, delete %u, delete range %u, blind %u, read-only %u, batch %u, "
      "abort %u, second keyspace %u, savepoint %u, for update %u, merge %u",
      static_cast<unsigned long long>(seed), data_kind == DataKind::kList ? "lists" : "registers",
      level_name(level), thread_count, operation_count_max, keys_per_block, transactions_per_block,
      zipf_theta, fresh_percent, read_percent, range_percent, delete_percent, delete_range_percent,
      blind_percent, read_only_percent, batch_percent, abort_percent, second_keyspace_percent,
      savepoint_percent, for_update_percent, merge_percent);
  return text;
}

Workload::Workload(const WorkloadOptions& options) : options_(options) {
  double sum = 0;
  for (uint32_t i = 0; i < options.keys_per_block; ++i) {
    sum += 1 / std::pow(i + 1, options.zipf_theta);
    zipf_.push_back(sum);
  }
  for (double& share : zipf_) share /= sum;
}

Key Workload::choose_key(uint64_t number, Random* random) const {
  const uint64_t block = number / options_.transactions_per_block;
  const uint64_t progress = number % options_.transactions_per_block;
  uint64_t place = 0;
  if (random->below(100) < options_.fresh_percent) {
    // The keys that get their first write about now are those to which the block's progress points.
    place = (progress * options_.keys_per_block / options_.transactions_per_block + random->below(2)) %
            options_.keys_per_block;
  } else {
    const double share = random->unit();
    const auto rank =
        static_cast<uint64_t>(std::lower_bound(zipf_.begin(), zipf_.end(), share) - zipf_.begin());
    // The favourites of each block are elsewhere in it.
    place =
        (std::min<uint64_t>(rank, options_.keys_per_block - 1) * 7 + block * 11) % options_.keys_per_block;
  }
  const Key key = block * options_.keys_per_block + place;
  return random->below(100) < options_.second_keyspace_percent ? kKeysOfKeyspace + key : key;
}

TransactionKind Workload::choose_kind(Random* random) const {
  const uint64_t choice = random->below(100);
  if (choice < options_.read_only_percent) return TransactionKind::kReadOnly;
  const bool can_be_blind = options_.data_kind == DataKind::kRegister || options_.merge_percent != 0;
  const bool is_batch = can_be_blind && choice < options_.read_only_percent + options_.batch_percent;
  return is_batch ? TransactionKind::kBatch : TransactionKind::kReadWrite;
}

void Workload::add_range_read(Key key, Random* random, PlannedTransaction* plan) const {
  Operation& operation = plan->operations.emplace_back().operation;
  operation.kind = OperationKind::kRangeRead;
  operation.key = key;
  operation.upper = key + 1 + random->below(options_.range_length_max);
}

void Workload::add_read(Key key, Random* random, PlannedTransaction* plan) const {
  Operation& operation = plan->operations.emplace_back().operation;
  operation.key = key;
  operation.is_for_update =
      plan->kind == TransactionKind::kReadWrite && random->below(100) < options_.for_update_percent;
}

void Workload::add_write(Key key, Random* random, PlannedTransaction* plan) const {
  const bool is_list = options_.data_kind == DataKind::kList;
  if (!is_list && random->below(100) < options_.delete_range_percent) {
    Operation& operation = plan->operations.emplace_back().operation;
    operation.kind = OperationKind::kDeleteRange;
    operation.key = key;
    operation.upper = key + 1 + random->below(kDeletedKeysMax);
    return;
  }
  const uint32_t blind_percent = is_list ? options_.merge_percent : options_.blind_percent;
  const bool is_blind = plan->kind == TransactionKind::kBatch || random->below(100) < blind_percent;
  if (!is_blind) add_read(key, random, plan);
  PlannedOperation& planned = plan->operations.emplace_back();
  planned.operation.key = key;
  planned.is_merge = is_list && is_blind;
  if (!is_list && random->below(100) < options_.delete_percent) {
    planned.operation.kind = OperationKind::kDelete;
    return;
  }
  planned.operation.kind = is_list ? OperationKind::kAppend : OperationKind::kWrite;
  planned.operation.value = plan->number * kOperationsPerTransaction + plan->operations.size();
}

void Workload::add_operation(Key key, Random* random, PlannedTransaction* plan) const {
  const uint64_t choice = random->below(100);
  if (plan->kind == TransactionKind::kBatch) return add_write(key, random, plan);
  if (choice < options_.range_percent) return add_range_read(key, random, plan);
  const bool is_read =
      plan->kind == TransactionKind::kReadOnly || choice < options_.range_percent + options_.read_percent;
  return is_read ? add_read(key, random, plan) : add_write(key, random, plan);
}

PlannedTransaction Workload::plan(uint64_t number) const {
  Random random(options_.seed ^ (number * 0xD1B54A32D192ED03ull));
  PlannedTransaction plan;
  plan.number = number;
  plan.kind = choose_kind(&random);
  plan.is_aborted = random.below(100) < options_.abort_percent;
  const bool has_savepoints =
      plan.kind != TransactionKind::kReadOnly && random.below(100) < options_.savepoint_percent;
  SavepointPlan savepoints;
  const uint64_t count = 2 + random.below(options_.operation_count_max - 1);
  for (uint64_t i = 0; i <= count; ++i) {
    std::optional<Key> undone;
    if (has_savepoints)
      undone = i == count ? savepoints.finish(&random, &plan.operations)
                          : savepoints.step(&random, &plan.operations);
    if (undone) add_operation(*undone, &random, &plan);
    if (i < count) add_operation(choose_key(number, &random), &random, &plan);
  }
  return plan;
}

}  // namespace wombat::isolation
