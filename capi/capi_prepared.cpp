// Two-phase commit: transactions that wait under a name for a decision.
#include "transaction_call.h"

using namespace wombat;

wombat_status wombat_txn_prepare(wombat_txn* txn, const char* name, wombat_error* error) {
  return in_transaction(txn, error, [&](Transaction& transaction) {
    return name == nullptr ? Status::invalid_argument("name is NULL") : transaction.prepare(name);
  });
}

wombat_status wombat_prepared_list(wombat_db* db, char* buffer, size_t capacity, size_t* length,
                                   wombat_error* error) {
  return guarded(error, [&] {
    if (length != nullptr) *length = 0;
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    return write_lines(place.db->prepared_names(), buffer, capacity, length);
  });
}

wombat_status wombat_prepared_commit(wombat_db* db, const char* name, uint64_t* timestamp,
                                     wombat_error* error) {
  if (timestamp != nullptr) *timestamp = 0;
  return guarded(error, [&] {
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    if (name == nullptr) return Status::invalid_argument("name is NULL");
    Timestamp committed_at = 0;
    WOMBAT_TRY(place.db->decide_prepared(name, true, &committed_at));
    if (timestamp != nullptr) *timestamp = committed_at;
    return Status::ok();
  });
}

wombat_status wombat_prepared_rollback(wombat_db* db, const char* name, wombat_error* error) {
  return guarded(error, [&] {
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    if (name == nullptr) return Status::invalid_argument("name is NULL");
    return place.db->decide_prepared(name, false, nullptr);
  });
}
