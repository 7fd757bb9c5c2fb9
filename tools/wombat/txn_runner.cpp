#include "txn_runner.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "output.h"
#include "range_arguments.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

constexpr size_t kShownBytesMax = 60;

bool is_worth_a_retry(wombat_status status) { return status == WOMBAT_CONFLICT || status == WOMBAT_DEADLOCK; }

/// A value in a message.
std::string quoted_value(const Settings& settings, Bytes value) {
  const Bytes start = value.substr(0, kShownBytesMax);
  return "'" + (settings.hex ? to_hex(start) : escaped(start)) + (start.size() < value.size() ? "..." : "") +
         "'";
}

}  // namespace

TxnRunner::TxnRunner(const Database& db, const TxnScript& script, const TxnSettings& txn_settings,
                     const Settings& settings)
    : db_(db),
      script_(script),
      txn_settings_(txn_settings),
      settings_(settings),
      keyspaces_(db),
      results_(settings) {}

wombat_status TxnRunner::checked(wombat_status status, const std::string& what) {
  last_status_ = status;
  if (status >= 0) return status;
  // What to do about a conflict has been done here, or is not for the script to do.
  if (is_worth_a_retry(status)) throw Failure(exit_code_of(status), what, error_.message);
  return check(status, error_, what);
}

TxnCounts TxnRunner::run() {
  for (const ScriptTransaction& transaction : script_.transactions) run_with_retries(transaction);
  return counts_;
}

void TxnRunner::run_with_retries(const ScriptTransaction& transaction) {
  for (uint32_t retries = 0;; ++retries) {
    try {
      last_status_ = WOMBAT_OK;
      is_committing_ = false;
      attempt(transaction, retries);
    } catch (const Failure& failure) {
      txn_.reset();
      results_.drop();
      if (!is_worth_a_retry(last_status_) || !wait_for_retry(retries)) give_up(failure, retries);
      continue;
    }
    // Not among what is tried: the transaction has ended, whatever becomes of its output.
    results_.hand_over();
    counts_.retries += retries;
    return;
  }
}

bool TxnRunner::wait_for_retry(uint32_t retries) {
  constexpr uint64_t kStepMicros = 10'000;
  uint64_t delay_us = 0;
  wombat_error error;
  const wombat_status status =
      check(wombat_txn_retry_delay(db_.handle(), retries, &delay_us, &error), error, "txn");
  while (delay_us != 0 && !is_interrupted()) {
    const uint64_t step_us = std::min(delay_us, kStepMicros);
    std::this_thread::sleep_for(std::chrono::microseconds(step_us));
    delay_us -= step_us;
  }
  return status == WOMBAT_OK && !is_interrupted();
}

void TxnRunner::attempt(const ScriptTransaction& transaction, uint32_t retries) {
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  options.isolation = transaction.isolation;
  if (!transaction.writes()) options.flags |= WOMBAT_TXN_READ_ONLY;
  if (transaction.is_pessimistic) options.flags |= WOMBAT_TXN_PESSIMISTIC;
  options.timeout_us = settings_.timeout_us();
  wombat_txn* txn = nullptr;
  checked(wombat_txn_begin(db_.handle(), &options, &txn, &error_),
          script_.place(transaction.line) + ": begin");
  txn_.reset(txn);
  keyspace_ = nullptr;
  for (const Operation& operation : transaction.operations) {
    run_operation(transaction, operation);
    // Behind it: a scan or count that was interrupted has not seen everything.
    if (is_interrupted()) throw Failure(ExitCode::kCancelled, script_.place(operation.line), "cancelled");
  }
  finish(transaction, retries);
}

void TxnRunner::run_operation(const ScriptTransaction& transaction, const Operation& operation) {
  switch (operation.verb) {
    case Verb::kGet:
    case Verb::kGetForUpdate:
    case Verb::kExists:
      return read_keys(operation);
    case Verb::kScan:
    case Verb::kCount:
      return read_rows(transaction, operation);
    case Verb::kAssert:
    case Verb::kAssertAbsent:
    case Verb::kAssertPresent:
      return check_value(transaction, operation);
    case Verb::kUse:
      try {
        keyspace_ = keyspaces_.open(operation.name);
      } catch (const Failure& failure) {
        throw Failure(failure.code(), what(operation), failure.what());
      }
      return;
    case Verb::kSavepoint:
    case Verb::kRollbackToSavepoint:
    case Verb::kReleaseSavepoint:
      return mark(operation);
    default:
      return write(operation);
  }
}

bool TxnRunner::get(const Operation& operation, const std::string& key, bool for_update, std::string* value) {
  const auto call = for_update ? wombat_txn_get_for_update : wombat_txn_get;
  size_t size = 0;
  value->resize(4096);
  for (;;) {
    const wombat_status status = checked(
        call(txn_.get(), keyspace_, key.data(), key.size(), value->data(), value->size(), &size, &error_),
        what(operation));
    if (status == WOMBAT_NOT_FOUND) return false;
    value->resize(size);
    if (status == WOMBAT_OK) return true;
  }
}

void TxnRunner::read_keys(const Operation& operation) {
  std::string value;
  for (const std::string& key : operation.keys) {
    if (operation.verb == Verb::kExists) {
      const wombat_status status =
          checked(wombat_txn_exists(txn_.get(), keyspace_, key.data(), key.size(), &error_), what(operation));
      results_.presence(operation, key, status == WOMBAT_OK);
    } else if (get(operation, key, operation.verb == Verb::kGetForUpdate, &value)) {
      results_.value(operation, key, value, operation.keys.size() > 1);
    } else {
      results_.absent(script_.place(operation.line), operation, key);
    }
  }
}

void TxnRunner::read_rows(const ScriptTransaction& transaction, const Operation& operation) {
  // What a transaction has read that writes nothing stands at once.
  const bool stands_at_once = !transaction.writes();
  const wombat_iterator_options options = operation.query.iterator_options();
  wombat_iterator* iterator = nullptr;
  checked(wombat_txn_iterator_create(txn_.get(), keyspace_, &options, &iterator, &error_), what(operation));
  RowReader rows(iterator, operation.query);
  Bytes key, value;
  uint64_t count = 0;
  try {
    for (; rows.next(&key, &value) && !is_interrupted(); ++count) {
      if (operation.verb == Verb::kScan) results_.row(operation, key, value);
      if (stands_at_once && results_.is_large()) results_.hand_over();
    }
  } catch (const Failure& failure) {
    throw Failure(failure.code(), script_.place(operation.line), failure.what());
  }
  if (operation.verb == Verb::kCount) results_.count(operation, count);
}

/// An assertion that a write depends on is to hold at the commit, at any isolation.
void TxnRunner::check_value(const ScriptTransaction& transaction, const Operation& operation) {
  const std::string& key = operation.keys.front();
  std::string value;
  const bool is_there = get(operation, key, transaction.writes(), &value);
  const bool wants_it = operation.verb != Verb::kAssertAbsent;
  if (is_there == wants_it && (operation.verb != Verb::kAssert || value == operation.value)) return;
  const std::string found = quoted_value(settings_, key) +
                            (is_there ? " is " + quoted_value(settings_, value) : std::string(" is absent"));
  throw Failure(
      ExitCode::kNotFound, what(operation),
      operation.verb == Verb::kAssert ? found + ", not " + quoted_value(settings_, operation.value) : found);
}

void TxnRunner::write(const Operation& operation) {
  wombat_txn* const txn = txn_.get();
  const std::string key = operation.keys.empty() ? std::string() : operation.keys.front();
  const std::string& value = operation.value;
  const std::string place = what(operation);
  switch (operation.verb) {
    case Verb::kPut:
      checked(wombat_txn_put(txn, keyspace_, key.data(), key.size(), value.data(), value.size(),
                             operation.ttl_ms, &error_),
              place);
      return;
    case Verb::kDelete:
      for (const std::string& each : operation.keys)
        checked(wombat_txn_delete(txn, keyspace_, each.data(), each.size(), &error_), place);
      return;
    case Verb::kDeleteRange: {
      const KeyRange range = without_prefix(operation.query.range);
      checked(wombat_txn_delete_range(txn, keyspace_, range.has_from ? range.from.data() : nullptr,
                                      range.from.size(), range.has_to ? range.to.data() : nullptr,
                                      range.to.size(), &error_),
              place);
      return;
    }
    default:
      checked(wombat_txn_merge(txn, keyspace_, operation.name.c_str(), key.data(), key.size(), value.data(),
                               value.size(), &error_),
              place);
  }
}

void TxnRunner::mark(const Operation& operation) {
  const auto call = operation.verb == Verb::kSavepoint             ? wombat_txn_set_savepoint
                    : operation.verb == Verb::kRollbackToSavepoint ? wombat_txn_rollback_to_savepoint
                                                                   : wombat_txn_release_savepoint;
  if (checked(call(txn_.get(), &error_), what(operation)) == WOMBAT_NOT_FOUND)
    throw Failure(ExitCode::kUsage, what(operation), "there is no savepoint");
}

void TxnRunner::finish(const ScriptTransaction& transaction, uint32_t retries) {
  const std::string place = script_.place(transaction.end_line) + ": ";
  if (transaction.end == Verb::kRollback || txn_settings_.is_dry_run) {
    checked(wombat_txn_rollback(txn_.get(), &error_), place + "rollback");
    ++counts_.rolled_back;
    results_.rolled_back(transaction, txn_settings_.is_dry_run);
  } else if (transaction.end == Verb::kPrepare) {
    is_committing_ = true;
    checked(wombat_txn_prepare(txn_.get(), transaction.name.c_str(), &error_), place + "prepare");
    ++counts_.prepared;
    results_.prepared(transaction, retries);
  } else {
    is_committing_ = true;
    uint64_t timestamp = 0;
    checked(wombat_txn_commit(txn_.get(), &txn_settings_.write_options, &timestamp, &error_),
            place + "commit");
    ++counts_.committed;
    if (timestamp != 0) counts_.last_timestamp = timestamp;
    results_.committed(transaction, timestamp, retries);
  }
  txn_.reset();
}

void TxnRunner::give_up(const Failure& failure, uint32_t retries) const {
  std::string text = failure.what();
  if (retries != 0) text += ", in each of " + with_commas(uint64_t{retries} + 1) + " attempts";
  const bool is_in_doubt =
      is_committing_ && (last_status_ == WOMBAT_IO_ERROR || last_status_ == WOMBAT_DEGRADED);
  text += is_in_doubt
              ? "; whether this transaction was applied is in doubt until the database is opened again"
              : "; nothing of this transaction was applied";
  if (counts_.committed + counts_.prepared != 0) {
    const uint64_t before = counts_.committed + counts_.prepared;
    text += ", " + (before == 1 ? "the one" : "the " + with_commas(before)) + " before it stay" +
            (before == 1 ? "s" : "");
  }
  throw Failure(failure.code(), text);
}

}  // namespace wombat::cli
