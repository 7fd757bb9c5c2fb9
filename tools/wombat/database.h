/// The parts of wombat.h that the commands use, with failures turned into exceptions and handles freed by
/// themselves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "failure.h"
#include "moment.h"
#include "settings.h"
#include "text.h"
#include "wombat.h"

namespace wombat::cli {

struct OptionsDeleter {
  void operator()(wombat_options* options) const { wombat_options_destroy(options); }
};
using OptionsPtr = std::unique_ptr<wombat_options, OptionsDeleter>;

/// Options as --preset, --options-file and -o say, in this order.
OptionsPtr make_options(const Settings& settings);
/// Value of an option as text.
std::string option_value(const wombat_options* options, const std::string& name);

/// Of an open database or keyspace.
std::string property_text(wombat_db* handle, const std::string& name);
std::string option_text(wombat_db* handle, const std::string& name);

/// What a command needs of a database.
enum class Access {
  kRead,    // must exist; opened read-only, so it works beside a writer
  kChange,  // must exist
  kCreate,  // made when missing
};

class Database {
 public:
  /// -o open.… on the command line wins over `access`.
  Database(const std::string& path, Access access, const Settings& settings);
  /// Closes without reporting; a command that wrote calls close().
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void close();
  /// Of the keyspace that the command line names.
  wombat_db* handle() const { return keyspace_ != nullptr ? keyspace_ : db_; }
  const std::string& path() const { return path_; }

  /// False when absent.
  bool get(Bytes key, const Moment& as_of, std::string* value) const;
  bool exists(Bytes key, const Moment& as_of) const;
  void put(Bytes key, Bytes value, const wombat_write_options& options) const;
  void merge(const std::string& name, Bytes key, Bytes operand, const wombat_write_options& options) const;
  /// `upper` null: to the end.
  void delete_range(Bytes lower, const std::string* upper, const wombat_write_options& options) const;
  /// False when the key is there already: nothing was written.
  bool put_if_absent(Bytes key, Bytes value, const wombat_write_options& options) const;
  /// `desired` null: removes the key. False when the value is not `expected`: nothing was written.
  bool compare_and_set(Bytes key, Bytes expected, const std::string* desired,
                       const wombat_write_options& options) const;
  /// Returns what the number was.
  int64_t fetch_add(Bytes key, int64_t delta, const wombat_write_options& options) const;
  void sync() const;
  std::string report(int32_t format) const;
  std::string property(const std::string& name) const;
  /// Value of an option as text.
  std::string option(const std::string& name) const;
  /// Names of all keyspaces.
  std::vector<std::string> keyspaces() const;
  /// Names of the prepared transactions that wait for a decision.
  std::vector<std::string> prepared() const;

 private:
  std::string path_;
  wombat_db* db_ = nullptr;
  wombat_db* keyspace_ = nullptr;
};

struct KeyRange {
  std::string from, to, prefix;
  bool has_from = false, has_to = false, has_prefix = false;
};

struct RowQuery {
  KeyRange range;
  bool backward = false;
  bool keys_only = false;
  uint64_t limit = 0;  // 0: all rows
  Moment as_of;

  /// For wombat_iterator_create; points into this object.
  wombat_iterator_options iterator_options() const;
};

/// Rows of a range, fetched in packed batches.
class RowReader {
 public:
  RowReader(wombat_db* keyspace, const RowQuery& query);
  /// Of an iterator that stands before its first row, and is freed with the reader.
  RowReader(wombat_iterator* iterator, const RowQuery& query);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  /// False at the end. The views are valid until the next call. Throws Failure.
  bool next(Bytes* key, Bytes* value);

 private:
  bool fill();

  wombat_iterator* iterator_ = nullptr;
  const bool backward_;
  const bool is_limited_;
  uint64_t rows_left_;
  std::string buffer_;
  size_t used_ = 0;
  size_t position_ = 0;
};

struct BatchDeleter {
  void operator()(wombat_batch* batch) const { wombat_batch_destroy(batch); }
};

/// The rows of a keyspace with the times when they expire, one after the other.
class ExpiringRowReader {
 public:
  ExpiringRowReader(wombat_db* keyspace, const RowQuery& query);
  ~ExpiringRowReader() { wombat_iterator_destroy(iterator_); }
  ExpiringRowReader(const ExpiringRowReader&) = delete;
  ExpiringRowReader& operator=(const ExpiringRowReader&) = delete;

  /// False at the end. The views are valid until the next call; `*expires_at_us` 0: never. Throws Failure.
  bool next(Bytes* key, Bytes* value, uint64_t* expires_at_us);

 private:
  wombat_iterator* iterator_ = nullptr;
};

/// Puts and deletes in the packed form of wombat_batch_add_packed.
class PackedBatch {
 public:
  void put(Bytes key, Bytes value);
  /// A put that expires at this time, microseconds since 1970; 0: never.
  void put_until(Bytes key, Bytes value, uint64_t expires_at_us);
  void remove(Bytes key);
  void clear();
  size_t count() const { return count_; }
  size_t size_bytes() const { return bytes_.size() + moved_bytes_; }
  /// Commits and empties the batch.
  void commit(wombat_db* keyspace, const wombat_write_options& options);

 private:
  void add(uint8_t kind, Bytes key, Bytes value);
  void move_to_mixed();
  std::string bytes_;
  size_t count_ = 0;  // in all

  // The packed form has no place for a time: from the first put with one on, what was packed goes in front of it.
  std::unique_ptr<wombat_batch, BatchDeleter> mixed_;
  bool is_mixed_ = false;
  size_t moved_bytes_ = 0;
};

/// Runs a long call with a progress display, a time limit and Ctrl-C. `call` gets the options and the error
/// to fill.
using LongCall = std::function<wombat_status(const wombat_task_options*, wombat_error*)>;
void run_long_call(const std::string& what, const Settings& settings, const LongCall& call);

}  // namespace wombat::cli
