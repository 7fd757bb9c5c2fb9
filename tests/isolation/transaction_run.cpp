#include "isolation/transaction_run.h"

#include <utility>

#include "isolation/store_encoding.h"

namespace wombat::isolation {

namespace {

/// Appends to `*decoded`.
void decode_rows(const std::vector<KeyValue>& rows, uint32_t keyspace, DataKind data_kind, uint32_t window,
                 std::vector<Row>* decoded) {
  decoded->reserve(decoded->size() + rows.size());
  for (const auto& [key, value] : rows)
    decoded->push_back({decode_key(window, {keyspace, key}), decode_content(value, data_kind)});
}

}  // namespace

TransactionRun::TransactionRun(Client* client, const Workload& workload, const HistoryClock& clock,
                               uint32_t window, uint32_t process, uint64_t number, CommitListener* listener)
    : client_(*client),
      clock_(clock),
      data_kind_(workload.options().data_kind),
      level_(workload.options().level),
      window_(window),
      listener_(listener),
      plan_(workload.plan(number)) {
  record_.process = process;
}

bool TransactionRun::step() {
  if (is_over_) return false;
  if (transaction_ == nullptr) {
    record_.start = clock_();
    transaction_ = client_.begin(level_, plan_.kind, &failure_);
    if (transaction_ == nullptr) {
      end(Outcome::kAborted);
    }
    return true;
  }
  const size_t next = record_.operations.size();
  if (next == plan_.operations.size()) {
    commit();
    return true;
  }
  Operation operation = std::move(plan_.operations[next].operation);
  const CallResult result = perform(plan_.operations[next].is_merge, &operation);
  record_.operations.push_back(std::move(operation));  // also what failed: it may have been done
  if (result == CallResult::kOk) return true;
  if (result == CallResult::kFailed) failure_ = transaction_->error_text();
  transaction_->abort();
  end(Outcome::kAborted);
  return true;
}

CallResult TransactionRun::perform(bool is_merge, Operation* operation) {
  const StoreKey key = encode_key(window_, operation->key);
  switch (operation->kind) {
    case OperationKind::kRead:
      return read(operation);
    case OperationKind::kWrite:
      return transaction_->put(key, encode_content({operation->value}, data_kind_));
    case OperationKind::kAppend:
      return append(is_merge, *operation);
    case OperationKind::kDelete:
      return transaction_->remove(key);
    case OperationKind::kDeleteRange:
      return transaction_->remove_range(key, encode_key(window_, operation->upper));
    case OperationKind::kSavepoint:
      return transaction_->set_savepoint();
    case OperationKind::kRollback:
      return transaction_->roll_back_to_savepoint();
    case OperationKind::kRelease:
      return transaction_->release_savepoint();
    case OperationKind::kRangeRead:
      break;
  }
  return read_range(operation);
}

CallResult TransactionRun::read(Operation* operation) {
  std::optional<std::string> value;
  const StoreKey key = encode_key(window_, operation->key);
  const CallResult result =
      operation->is_for_update ? transaction_->get_for_update(key, &value) : transaction_->get(key, &value);
  if (result == CallResult::kOk && value) operation->content = decode_content(*value, data_kind_);
  last_read_ = operation->content;
  return result;
}

/// Where it is no merge, the plan has a read of the key before.
CallResult TransactionRun::append(bool is_merge, const Operation& operation) {
  const StoreKey key = encode_key(window_, operation.key);
  if (is_merge) return transaction_->append(key, encode_content({operation.value}, data_kind_));
  last_read_.push_back(operation.value);
  return transaction_->put(key, encode_content(last_read_, data_kind_));
}

CallResult TransactionRun::read_range(Operation* operation) {
  std::vector<KeyValue> rows;
  const CallResult result = transaction_->range_read(encode_key(window_, operation->key),
                                                     encode_key(window_, operation->upper), &rows);
  const auto keyspace = static_cast<uint32_t>(operation->key / kKeysOfKeyspace);
  if (result == CallResult::kOk) decode_rows(rows, keyspace, data_kind_, window_, &operation->rows);
  return result;
}

void TransactionRun::commit() {
  if (plan_.is_aborted) {
    if (listener_ != nullptr) {
      record_.outcome = Outcome::kAborted;
      listener_->before_commit(record_, plan_.number);
    }
    transaction_->abort();
    return end(Outcome::kAborted);
  }
  record_.outcome = Outcome::kUnknown;
  record_.end = kNoEnd;
  if (listener_ != nullptr) listener_->before_commit(record_, plan_.number);
  const CallResult result = transaction_->commit(&record_.timestamp);
  if (result == CallResult::kFailed) failure_ = transaction_->error_text();
  end(result == CallResult::kOk         ? Outcome::kCommitted
      : result == CallResult::kConflict ? Outcome::kAborted
                                        : Outcome::kUnknown);
  if (listener_ != nullptr) listener_->after_commit(record_, plan_.number);
}

void TransactionRun::end(Outcome outcome) {
  record_.outcome = outcome;
  record_.end = outcome == Outcome::kUnknown ? kNoEnd : clock_();
  is_over_ = true;
}

std::optional<std::vector<Row>> read_final_rows(Client* client, DataKind data_kind, uint32_t window,
                                                std::string* failure) {
  const std::unique_ptr<Transaction> transaction =
      client->begin(IsolationLevel::kSnapshot, TransactionKind::kReadOnly, failure);
  if (transaction == nullptr) return std::nullopt;
  std::vector<Row> found;
  CallResult result = CallResult::kOk;
  for (uint32_t keyspace = 0; keyspace < kKeyspaceCount && result == CallResult::kOk; ++keyspace) {
    std::vector<KeyValue> rows;
    const Key first = keyspace * kKeysOfKeyspace;
    result = transaction->range_read(encode_key(window, first),
                                     encode_key(window, first + kKeysOfKeyspace - 1), &rows);
    decode_rows(rows, keyspace, data_kind, window, &found);
  }
  uint64_t timestamp = 0;
  if (result == CallResult::kOk) result = transaction->commit(&timestamp);
  if (result == CallResult::kOk) return found;
  *failure = transaction->error_text();
  return std::nullopt;
}

}  // namespace wombat::isolation
