#include "isolation/wombat_client.h"

#include <stdexcept>

namespace wombat::isolation {

namespace {

static_assert(static_cast<int>(IsolationLevel::kSerializable) + 1 == WOMBAT_SERIALIZABLE);
static_assert(static_cast<int>(IsolationLevel::kSnapshot) + 1 == WOMBAT_SNAPSHOT);
static_assert(static_cast<int>(IsolationLevel::kReadCommitted) + 1 == WOMBAT_READ_COMMITTED);

constexpr const char* kSecondKeyspace = "second";

}  // namespace

WombatClient::WombatClient(const std::string& path, const WombatClientOptions& options) : options_(options) {
  wombat_error error = {};
  wombat_options* parsed = nullptr;
  wombat_db*& db = keyspaces_[0];
  wombat_status status = wombat_options_create(&parsed, &error);
  if (status == WOMBAT_OK) status = wombat_options_parse(parsed, options.text.c_str(), &error);
  if (status == WOMBAT_OK) status = wombat_open(path.c_str(), parsed, &db, &error);
  wombat_options_destroy(parsed);
  if (status == WOMBAT_OK) status = wombat_keyspace_create(db, kSecondKeyspace, nullptr, &error);
  if (status == WOMBAT_OK || status == WOMBAT_ALREADY_EXISTS)
    status = wombat_keyspace_open(db, kSecondKeyspace, &keyspaces_[1], &error);
  if (status == WOMBAT_OK) return;
  wombat_close(db, nullptr);
  throw std::runtime_error(describe(error));
}

WombatClient::~WombatClient() {
  wombat_close(keyspaces_[1], nullptr);
  wombat_close(keyspaces_[0], nullptr);
}

std::unique_ptr<Transaction> WombatClient::begin(IsolationLevel level, TransactionKind kind,
                                                 std::string* failure) {
  if (kind == TransactionKind::kBatch) return begin_batch(failure);
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  options.isolation = static_cast<int32_t>(level) + 1;  // 0: as the options of the database say
  options.lock_timeout_us = options_.lock_timeout_us;
  if (kind == TransactionKind::kReadOnly) options.flags |= WOMBAT_TXN_READ_ONLY;
  const bool is_pessimistic = options_.is_pessimistic && kind == TransactionKind::kReadWrite;
  if (is_pessimistic) options.flags |= WOMBAT_TXN_PESSIMISTIC;
  wombat_txn* txn = nullptr;
  wombat_error error = {};
  if (wombat_txn_begin(keyspaces_[0], &options, &txn, &error) == WOMBAT_OK)
    return make_wombat_transaction(txn, keyspaces_, is_pessimistic);
  *failure = describe(error);
  return nullptr;
}

std::unique_ptr<Transaction> WombatClient::begin_batch(std::string* failure) {
  wombat_batch* batch = nullptr;
  wombat_error error = {};
  if (wombat_batch_create(&batch, &error) == WOMBAT_OK) return make_wombat_batch(batch, keyspaces_);
  *failure = describe(error);
  return nullptr;
}

}  // namespace wombat::isolation
