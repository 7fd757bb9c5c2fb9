#include "resources/api_session.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "handles.h"

namespace wombat {

namespace {

/// The bytes of a value, told by its number: no two numbers give the same.
std::string value_text(int value, size_t size) {
  std::string text = "value" + std::to_string(value) + ".";
  while (text.size() < size)
    text += static_cast<char>('a' + (text.size() * 7 + static_cast<size_t>(value)) % 26);
  return text;
}

}  // namespace

wombat_status open_on(FileSystem& file_system, const char* path, const Options& options, wombat_db** db,
                      wombat_error* error) {
  return guarded(error, [&] {
    *db = nullptr;
    Environment environment;
    environment.file_system = &file_system;
    WOMBAT_ASSIGN(std::shared_ptr<Db> opened, Db::open(path, options, environment));
    publish(std::make_unique<DatabaseObject>(std::move(opened)), db);
    return Status::ok();
  });
}

Options small_options(const char* more) {
  Options options;
  const Status parsed = options.parse(
      std::string(
          "memtable.size=16KiB; num_memtables=3; table.size=4KiB; table.block_size=1KiB;"
          "levels.base_size=64KiB; compaction.min_compaction_files=2; compaction.threads=1;"
          "cache.size=64KiB; io.max_open_files=8; checkpoint.interval_s=0; manifest.rewrite_size=4KiB;") +
      more);
  WOMBAT_CHECK(parsed.is_ok());
  return options;
}

wombat_status ApiSession::open() { return open_with(options_); }

wombat_status ApiSession::open_with(const Options& options) {
  return expect("open", open_on(file_system_, kSessionPath, options, &db, &error));
}

wombat_status ApiSession::close() {
  wombat_db* const closing = db;
  db = nullptr;
  return expect("close", wombat_close(closing, &error));
}

wombat_status ApiSession::put(int key, int value, size_t size, const wombat_write_options* how) {
  std::string text;
  {
    const AllocationExempt exempt;
    text = value_text(value, size);
  }
  const KeyText name(key);
  const wombat_status status =
      wombat_put(db, name.data(), KeyText::kSize, text.data(), text.size(), how, &error);
  const AllocationExempt exempt;
  contents_.note(name.text, std::move(text), status);
  return expect("put", status);
}

wombat_status ApiSession::remove(int key) {
  const KeyText name(key);
  const wombat_status status = wombat_delete(db, name.data(), KeyText::kSize, nullptr, &error);
  const AllocationExempt exempt;
  contents_.note(name.text, std::nullopt, status);
  return expect("delete", status);
}

wombat_status ApiSession::write_batch(int first_key, int count, int value) {
  std::string text;
  {
    const AllocationExempt exempt;
    text = value_text(value, 40);
  }
  wombat_batch* batch = nullptr;
  wombat_status status = expect("batch_create", wombat_batch_create(&batch, &error));
  for (int i = 0; i < count && status == WOMBAT_OK; ++i) {
    const KeyText name(first_key + i);
    status = expect("batch_put",
                    wombat_batch_put(batch, name.data(), KeyText::kSize, text.data(), text.size(), &error));
  }
  const KeyText last(first_key + count);
  if (status == WOMBAT_OK)
    status = expect("batch_delete", wombat_batch_delete(batch, last.data(), KeyText::kSize, &error));
  if (status == WOMBAT_OK) {
    status = expect("write", wombat_write(db, batch, nullptr, &error));
    const AllocationExempt exempt;
    for (int i = 0; i < count; ++i) contents_.note(KeyText(first_key + i).text, text, status);
    contents_.note(last.text, std::nullopt, status);
  }
  wombat_batch_destroy(batch);
  return status;
}

wombat_status ApiSession::append(int key, int value) {
  std::string text;
  {
    const AllocationExempt exempt;
    text = value_text(value, 30);
  }
  const KeyText name(key);
  const wombat_status status =
      wombat_merge(db, "append", name.data(), KeyText::kSize, text.data(), text.size(), nullptr, &error);
  const AllocationExempt exempt;
  contents_.note_append(name.text, text, status);
  return expect("merge", status);
}

wombat_status ApiSession::remove_range(int first_key, int last_key) {
  const KeyText lower(first_key);
  const KeyText upper(last_key);
  const wombat_status status =
      wombat_delete_range(db, lower.data(), KeyText::kSize, upper.data(), KeyText::kSize, nullptr, &error);
  const AllocationExempt exempt;
  contents_.note_range(lower.text, upper.text, status);
  return expect("delete_range", status);
}

namespace {

struct SideHandle {
  wombat_db* db = nullptr;
  ~SideHandle() { static_cast<void>(wombat_close(db, nullptr)); }
};
struct TransactionHandle {
  wombat_txn* txn = nullptr;
  ~TransactionHandle() { wombat_txn_destroy(txn); }
};

}  // namespace

wombat_status ApiSession::write_to_transaction(wombat_txn* transaction, int key, const std::string& text) {
  SideHandle side;
  wombat_status status = expect("keyspace_open", wombat_keyspace_open(db, "side", &side.db, &error));
  for (wombat_db* const space : {db, side.db}) {
    if (status < 0) return status;
    const KeyText first(key);
    const KeyText second(key + 1);
    const KeyText lower(key + 3);
    const KeyText upper(key + 6);
    char buffer[200];
    size_t size = 0;
    status = expect("txn_put", wombat_txn_put(transaction, space, first.data(), KeyText::kSize, text.data(),
                                              text.size(), 3'600'000, &error));
    if (status < 0) return status;
    status = expect("txn_merge", wombat_txn_merge(transaction, space, "append", second.data(), KeyText::kSize,
                                                  text.data(), text.size(), &error));
    if (status < 0) return status;
    status =
        expect("txn_delete_range", wombat_txn_delete_range(transaction, space, lower.data(), KeyText::kSize,
                                                           upper.data(), KeyText::kSize, &error));
    if (status < 0) return status;
    status = expect("txn_get", wombat_txn_get(transaction, space, second.data(), KeyText::kSize, buffer,
                                              sizeof buffer, &size, &error));
  }
  return status < 0 ? status : WOMBAT_OK;
}

void ApiSession::note_transaction(int key, const std::string& text, wombat_status status) {
  const AllocationExempt exempt;
  for (const char* prefix : {"", "side/"}) {
    const std::string space(prefix);
    contents_.note(space + KeyText(key).text, text, status);
    contents_.note_append(space + KeyText(key + 1).text, text, status);
    contents_.note_range(space + KeyText(key + 3).text, space + KeyText(key + 6).text, status);
  }
}

wombat_status ApiSession::run_transaction(int key, int value, const wombat_txn_options* options,
                                          bool prepares) {
  std::string text;
  {
    const AllocationExempt exempt;
    text = value_text(value, 30);
  }
  TransactionHandle transaction;
  wombat_status status = expect("txn_begin", wombat_txn_begin(db, options, &transaction.txn, &error));
  if (status == WOMBAT_OK) status = write_to_transaction(transaction.txn, key, text);
  if (status != WOMBAT_OK) return status;
  if (prepares) {
    status = expect("prepare", wombat_txn_prepare(transaction.txn, "waits", &error));
    if (status != WOMBAT_OK) return status;
    status = expect("prepared_commit", wombat_prepared_commit(db, "waits", nullptr, &error));
  } else {
    status = expect("commit", wombat_txn_commit(transaction.txn, nullptr, nullptr, &error));
  }
  note_transaction(key, text, status);
  return status;
}

std::string ApiSession::roll_back_prepared() {
  const wombat_status status = wombat_prepared_rollback(db, "waits", &error);
  const bool is_fine = status == WOMBAT_OK || status == WOMBAT_DOES_NOT_EXIST;
  return is_fine ? std::string() : "rollback of what was prepared: " + std::string(error.message);
}

wombat_status ApiSession::expect(const char* call, wombat_status status) {
  if (status >= 0 || std::find(std::begin(allowed), std::end(allowed), status) != std::end(allowed))
    return status;
  if (problem_[0] == '\0') {
    std::snprintf(problem_, sizeof problem_, "%s answered %s: %s", call, wombat_status_name(status),
                  error.message);
  }
  return status;
}

void ApiSession::require(bool holds, const char* fact) {
  if (!holds && problem_[0] == '\0') std::snprintf(problem_, sizeof problem_, "does not hold: %s", fact);
}

}  // namespace wombat
