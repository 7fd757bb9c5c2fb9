/// One engine behind the interface that all engines under comparison share. An engine failing is an exception (StoreFailure);
/// a key that is absent is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace wombat::bench {

struct StoreFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What every engine is given. What an engine is told beyond this, and why, is in bench/README.md.
struct StoreSettings {
  size_t write_buffer_bytes = size_t{64} << 20;
  size_t write_buffer_count = 3;
  size_t cache_bytes = size_t{1} << 30;
  size_t entry_bytes = 116;  // a usual key and its value, for engines that size structures by it
  bool sync_writes = false;  // each write is durable before it returns
  std::vector<std::string> wombat_options;  // NAME=VALUE, after the settings of the comparison
};

/// Memory of the caller into which a get copies the value.
struct ReadBuffer {
  std::string memory;
  std::string_view value;  // where in `memory` the copy lies

  void copy(const void* data, size_t size) {
    if (memory.size() < size) memory.resize(size);
    std::memcpy(memory.data(), data, size);
    value = std::string_view(memory.data(), size);
  }
};

struct StoreEntry {
  std::string_view key;
  std::string_view value;
};

/// Rows in key order as they were when the cursor was made; each is valid until the next call on the cursor. `*row` is written only
/// when the result is true; false: there is no such row.
class StoreCursor {
 public:
  virtual ~StoreCursor() = default;
  virtual bool first(StoreEntry* row) = 0;
  virtual bool last(StoreEntry* row) = 0;
  /// The first row whose key is `target` or greater.
  virtual bool seek(std::string_view target, StoreEntry* row) = 0;
  /// Only from a row.
  virtual bool next(StoreEntry* row) = 0;
  virtual bool prev(StoreEntry* row) = 0;
};

/// What one thread works with. Ends before its store is closed.
class StoreSession {
 public:
  virtual ~StoreSession() = default;
  virtual void put(std::string_view key, std::string_view value) = 0;
  /// Present or not.
  virtual void remove(std::string_view key) = 0;
  /// All or nothing.
  virtual void put_batch(std::span<const StoreEntry> entries) = 0;

  virtual bool get(std::string_view key, ReadBuffer* out) = 0;
  /// The value where it lies, valid until the next call on the session. Only when the store says has_views().
  virtual bool get_view(std::string_view key, std::string_view* value) = 0;
  /// Copies the values of `keys`, into `out->memory` where the engine leaves a choice, and writes where each copy lies to `values`,
  /// which has as many places as there are keys; the data of an absent one is null. Valid until the next call on the session.
  /// Returns how many were found.
  virtual size_t multi_get(std::span<const std::string_view> keys, ReadBuffer* out,
                           std::span<std::string_view> values) = 0;

  /// Reads the values of `reads` into `values`, one each (the view of an absent one has null data), then puts `writes`, as one
  /// serializable transaction. False: it was turned away because of others, and has done nothing. Only when the catalogue says that
  /// the engine has transactions.
  virtual bool transact(std::span<const std::string_view> /*reads*/, std::span<const StoreEntry> /*writes*/,
                        std::span<ReadBuffer> /*values*/) {
    throw StoreFailure("the engine has no transactions");
  }

  /// A cursor over the present state, got in the cheapest way the engine has. The one given before is no longer valid.
  virtual StoreCursor& fresh_cursor() = 0;
  /// Lets go of what the cursor keeps alive.
  virtual void release_cursor() = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  virtual std::string version() const = 0;
  /// Opens what is in `directory`, which exists, or creates a database there.
  virtual void open(const std::string& directory) = 0;
  virtual void close() = 0;
  virtual std::unique_ptr<StoreSession> new_session() = 0;
  virtual bool has_views() const { return true; }

  /// Writes what is only in memory and the log to the files where it is to stay.
  virtual void flush() = 0;
  /// Waits until no background work is running or due. Returns how many seconds of this were only needed to be certain.
  virtual double wait() = 0;
};

}  // namespace wombat::bench
