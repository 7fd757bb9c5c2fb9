/// A user of the C API while resources are short: makes calls, keeps the oracle, and remembers the first outcome
/// that is not allowed. Takes no memory of its own while the fault allocator is armed.
#pragma once

#include <cstdio>
#include <string>

#include "db/options.h"
#include "env/file_system.h"
#include "resources/acknowledged.h"
#include "wombat.h"

namespace wombat {

/// As wombat_open, on any file system.
wombat_status open_on(FileSystem& file_system, const char* path, const Options& options, wombat_db** db,
                      wombat_error* error);

/// Options under which a few hundred rows fill several levels.
Options small_options(const char* more = "");

class ApiSession {
 public:
  ApiSession(FileSystem& file_system, const Options& options, Acknowledged contents)
      : file_system_(file_system), options_(options), contents_(std::move(contents)) {}
  ~ApiSession() { static_cast<void>(wombat_close(db, nullptr)); }
  ApiSession(const ApiSession&) = delete;
  ApiSession& operator=(const ApiSession&) = delete;

  wombat_status open();
  wombat_status open_with(const Options& options);
  wombat_status close();
  /// Writes value number `value` under key number `key`; its size is `size`.
  wombat_status put(int key, int value, size_t size = 40, const wombat_write_options* how = nullptr);
  wombat_status remove(int key);
  /// Puts `count` keys and deletes the one behind them, in one batch.
  wombat_status write_batch(int first_key, int count, int value);
  /// Merge "append".
  wombat_status append(int key, int value);
  /// The keys from `first_key` to before `last_key`.
  wombat_status remove_range(int first_key, int last_key);
  /// Puts `key`, appends to the next one, removes those from `key` + 3 to `key` + 6, in one transaction, with the same in
  /// the keyspace "side"; then commits, or prepares and commits.
  wombat_status run_transaction(int key, int value, const wombat_txn_options* options, bool prepares);
  /// Notes an outcome that must be OK, a normal one, or NO_MEMORY.
  wombat_status expect(const char* call, wombat_status status);
  /// Notes a fact that must hold.
  void require(bool holds, const char* fact);
  /// What is prepared, without faults, is rolled back. Empty: nothing is left.
  std::string roll_back_prepared();

  FileSystem& file_system() { return file_system_; }
  const Options& options() const { return options_; }
  Acknowledged& contents() { return contents_; }
  const char* problem() const { return problem_; }

  /// Statuses other than OK and the normal outcomes that expect() lets pass.
  wombat_status allowed[3] = {WOMBAT_NO_MEMORY, WOMBAT_NO_MEMORY, WOMBAT_NO_MEMORY};
  wombat_db* db = nullptr;
  wombat_error error{};

 private:
  wombat_status write_to_transaction(wombat_txn* transaction, int key, const std::string& text);
  void note_transaction(int key, const std::string& text, wombat_status status);

  FileSystem& file_system_;
  const Options& options_;
  Acknowledged contents_;
  char problem_[700] = "";
};

/// "key00017" in a buffer of the caller's.
struct KeyText {
  explicit KeyText(int number) { std::snprintf(text, sizeof text, "key%05d", number); }
  const char* data() const { return text; }
  static constexpr size_t kSize = 8;
  char text[16];
};

inline constexpr const char* kSessionPath = "/database";

}  // namespace wombat
