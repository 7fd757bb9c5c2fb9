#include "isolation/workload.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace wombat::isolation {

namespace {

constexpr uint64_t kOperationsPerTransaction = 64;  // room in the values, which number all writes
constexpr size_t kFillerMax = 40;
constexpr uint64_t kDeletedKeysMax = 5;

}  // namespace

std::string WorkloadOptions::to_text() const {
  char text[400];
  std::snprintf(
      text, sizeof text,
      "seed %llu, %s, %s, %u threads, up to %u operations, blocks of %u keys and %u transactions, zipf %.2f, "
      "percent: fresh %u, read %u, range %u, delete %u, delete range %u, blind %u, read-only %u, batch %u, "
      "abort %u",
      static_cast<unsigned long long>(seed), data_kind == DataKind::kList ? "lists" : "registers",
      level_name(level), thread_count, operation_count_max, keys_per_block, transactions_per_block,
      zipf_theta, fresh_percent, read_percent, range_percent, delete_percent, delete_range_percent,
      blind_percent, read_only_percent, batch_percent, abort_percent);
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
  return block * options_.keys_per_block + place;
}

TransactionKind Workload::choose_kind(Random* random) const {
  const uint64_t choice = random->below(100);
  if (choice < options_.read_only_percent) return TransactionKind::kReadOnly;
  const bool is_batch = choice < options_.read_only_percent + options_.batch_percent &&
                        options_.data_kind == DataKind::kRegister;
  return is_batch ? TransactionKind::kBatch : TransactionKind::kReadWrite;
}

void Workload::add_write(Key key, Random* random, PlannedTransaction* plan) const {
  const bool is_list = options_.data_kind == DataKind::kList;
  if (!is_list && random->below(100) < options_.delete_range_percent) {
    Operation& operation = plan->operations.emplace_back();
    operation.kind = OperationKind::kDeleteRange;
    operation.key = key;
    operation.upper = key + 1 + random->below(kDeletedKeysMax);
    return;
  }
  const bool is_blind = plan->kind == TransactionKind::kBatch || random->below(100) < options_.blind_percent;
  if (is_list || !is_blind) plan->operations.emplace_back().key = key;
  Operation& operation = plan->operations.emplace_back();
  operation.key = key;
  if (!is_list && random->below(100) < options_.delete_percent) {
    operation.kind = OperationKind::kDelete;
    return;
  }
  operation.kind = is_list ? OperationKind::kAppend : OperationKind::kWrite;
  operation.value = plan->number * kOperationsPerTransaction + plan->operations.size();
}

PlannedTransaction Workload::plan(uint64_t number) const {
  Random random(options_.seed ^ (number * 0xD1B54A32D192ED03ull));
  PlannedTransaction plan;
  plan.number = number;
  plan.kind = choose_kind(&random);
  plan.is_aborted = random.below(100) < options_.abort_percent;
  const uint64_t count = 2 + random.below(options_.operation_count_max - 1);
  for (uint64_t i = 0; i < count; ++i) {
    const Key key = choose_key(number, &random);
    const uint64_t choice = random.below(100);
    if (plan.kind == TransactionKind::kBatch) {
      add_write(key, &random, &plan);
    } else if (choice < options_.range_percent) {
      Operation& operation = plan.operations.emplace_back();
      operation.kind = OperationKind::kRangeRead;
      operation.key = key;
      operation.upper = key + 1 + random.below(options_.range_length_max);
    } else if (plan.kind == TransactionKind::kReadOnly ||
               choice < options_.range_percent + options_.read_percent) {
      plan.operations.emplace_back().key = key;
    } else {
      add_write(key, &random, &plan);
    }
  }
  return plan;
}

std::string encode_key(uint32_t window, Key key) {
  char text[40];
  std::snprintf(text, sizeof text, "window%06u/%012llu", window, static_cast<unsigned long long>(key));
  return text;
}

Key decode_key(uint32_t window, const std::string& text) {
  const size_t slash = text.find('/');
  const Key key =
      slash == std::string::npos ? UINT64_MAX : std::strtoull(text.c_str() + slash + 1, nullptr, 10);
  return encode_key(window, key) == text ? key : UINT64_MAX;
}

std::string encode_content(const Content& content, DataKind data_kind) {
  std::string text(reinterpret_cast<const char*>(content.data()), content.size() * sizeof(Value));
  if (data_kind == DataKind::kList) return text;
  const Value value = content[0];
  text.append(value * 31 % kFillerMax, static_cast<char>('a' + value % 26));
  return text;
}

Content decode_content(const std::string& text, DataKind data_kind) {
  if (text.size() < sizeof(Value) || (data_kind == DataKind::kList && text.size() % sizeof(Value) != 0))
    return {kGarbage};
  Content content(data_kind == DataKind::kList ? text.size() / sizeof(Value) : 1);
  std::memcpy(content.data(), text.data(), content.size() * sizeof(Value));
  return encode_content(content, data_kind) == text ? content : Content{kGarbage};
}

}  // namespace wombat::isolation
