#include "isolation/transaction_run.h"

#include <utility>

namespace wombat::isolation {

namespace {

std::vector<Row> decode_rows(const std::vector<KeyValue>& rows, DataKind data_kind, uint32_t window) {
  std::vector<Row> decoded;
  decoded.reserve(rows.size());
  for (const auto& [key, value] : rows)
    decoded.push_back({decode_key(window, key), decode_content(value, data_kind)});
  return decoded;
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
  Operation operation = std::move(plan_.operations[next]);
  const CallResult result = perform(&operation);
  record_.operations.push_back(std::move(operation));  // also what failed: it may have been done
  if (result == CallResult::kOk) return true;
  if (result == CallResult::kFailed) failure_ = transaction_->error_text();
  transaction_->abort();
  end(Outcome::kAborted);
  return true;
}

CallResult TransactionRun::perform(Operation* operation) {
  const std::string key = encode_key(window_, operation->key);
  switch (operation->kind) {
    case OperationKind::kRead:
      return read(operation);
    case OperationKind::kWrite:
      return transaction_->put(key, encode_content({operation->value}, data_kind_));
    case OperationKind::kAppend:
      return append(*operation);
    case OperationKind::kDelete:
      return transaction_->remove(key);
    case OperationKind::kDeleteRange:
      return transaction_->remove_range(key, encode_key(window_, operation->upper));
    case OperationKind::kRangeRead:
      break;
  }
  return read_range(operation);
}

CallResult TransactionRun::read(Operation* operation) {
  std::optional<std::string> value;
  const CallResult result = transaction_->get(encode_key(window_, operation->key), &value);
  if (result == CallResult::kOk && value) operation->content = decode_content(*value, data_kind_);
  last_read_ = operation->content;
  return result;
}

/// The plan has a read of the key before.
CallResult TransactionRun::append(const Operation& operation) {
  last_read_.push_back(operation.value);
  return transaction_->put(encode_key(window_, operation.key), encode_content(last_read_, data_kind_));
}

CallResult TransactionRun::read_range(Operation* operation) {
  std::vector<KeyValue> rows;
  const CallResult result = transaction_->range_read(encode_key(window_, operation->key),
                                                     encode_key(window_, operation->upper), &rows);
  if (result == CallResult::kOk) operation->rows = decode_rows(rows, data_kind_, window_);
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
  std::vector<KeyValue> rows;
  uint64_t timestamp = 0;
  if (transaction == nullptr) return std::nullopt;
  if (transaction->range_read(encode_key(window, 0), encode_key(window, 999'999'999'999), &rows) !=
          CallResult::kOk ||
      transaction->commit(&timestamp) != CallResult::kOk) {
    *failure = transaction->error_text();
    return std::nullopt;
  }
  return decode_rows(rows, data_kind, window);
}

}  // namespace wombat::isolation
