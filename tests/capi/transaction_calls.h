/* What the tests of transactions share. */
#ifndef WOMBAT_TESTS_CAPI_TRANSACTION_CALLS_H
#define WOMBAT_TESTS_CAPI_TRANSACTION_CALLS_H

#include "capi_check.h"

static inline wombat_txn* begin(wombat_db* db, int32_t isolation, uint32_t flags) {
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  wombat_txn* txn = NULL;
  options.isolation = isolation;
  options.flags = flags;
  CHECK_OK(wombat_txn_begin(db, &options, &txn, &error));
  return txn;
}

static inline wombat_status put(wombat_txn* txn, const char* key, const char* value) {
  return wombat_txn_put(txn, NULL, key, strlen(key), value, strlen(value), 0, &error);
}

static inline wombat_status delete_key(wombat_txn* txn, const char* key) {
  return wombat_txn_delete(txn, NULL, key, strlen(key), &error);
}

static inline const char* get_with(wombat_txn* txn, const char* key, int for_update) {
  static char texts[8][64];
  static size_t turn;
  char* const text = texts[turn++ % 8];
  size_t size = 0;
  const wombat_status status =
      for_update ? wombat_txn_get_for_update(txn, NULL, key, strlen(key), text, 63, &size, &error)
                 : wombat_txn_get(txn, NULL, key, strlen(key), text, 63, &size, &error);
  if (status == WOMBAT_NOT_FOUND) return "(none)";
  if (status != WOMBAT_OK) return wombat_status_name(status);
  text[size] = '\0';
  return text;
}

static inline const char* get(wombat_txn* txn, const char* key) { return get_with(txn, key, 0); }

static inline wombat_status commit(wombat_txn* txn) {
  const wombat_status status = wombat_txn_commit(txn, NULL, NULL, &error);
  wombat_txn_destroy(txn);
  return status;
}

/* Keys of all rows that the transaction sees from `lower` on, below `upper`. */
static inline const char* keys_of(wombat_txn* txn, const char* lower, const char* upper, int32_t direction) {
  static char texts[8][256];
  static size_t turn;
  char* const text = texts[turn++ % 8];
  wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
  wombat_iterator* iterator = NULL;
  const void* key;
  size_t key_size;
  wombat_status status;
  text[0] = '\0';
  options.lower = lower;
  options.lower_size = lower == NULL ? 0 : strlen(lower);
  options.upper = upper;
  options.upper_size = upper == NULL ? 0 : strlen(upper);
  CHECK_OK(wombat_txn_iterator_create(txn, NULL, &options, &iterator, &error));
  while ((status = direction == WOMBAT_FORWARD
                       ? wombat_iterator_next(iterator, &key, &key_size, NULL, NULL, &error)
                       : wombat_iterator_prev(iterator, &key, &key_size, NULL, NULL, &error)) == WOMBAT_OK) {
    strncat(text, key, key_size);
    strcat(text, " ");
  }
  CHECK_STATUS(status, WOMBAT_END);
  wombat_iterator_destroy(iterator);
  return text;
}

#endif
