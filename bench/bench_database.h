/// wombat.h with handles that free themselves and failures that are exceptions: for what is not measured.
#pragma once

#include <wombat.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace wombat::bench {

struct BenchFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws with `what` and the message of `error` when `status` is a failure.
void require(wombat_status status, const wombat_error& error, const std::string& what);

struct IteratorDeleter {
  void operator()(wombat_iterator* iterator) const { wombat_iterator_destroy(iterator); }
};
struct BatchDeleter {
  void operator()(wombat_batch* batch) const { wombat_batch_destroy(batch); }
};
struct PinDeleter {
  void operator()(wombat_pin* pin) const { wombat_pin_destroy(pin); }
};
using IteratorHandle = std::unique_ptr<wombat_iterator, IteratorDeleter>;
using BatchHandle = std::unique_ptr<wombat_batch, BatchDeleter>;
using PinHandle = std::unique_ptr<wombat_pin, PinDeleter>;

class BenchDatabase {
 public:
  /// `options` are NAME=VALUE; they are checked here.
  BenchDatabase(std::string directory, const std::string& preset, const std::vector<std::string>& options);
  ~BenchDatabase();
  BenchDatabase(const BenchDatabase&) = delete;
  BenchDatabase& operator=(const BenchDatabase&) = delete;

  /// Whether the directory exists and has something in it.
  bool exists() const;
  void open();
  void close();
  /// Closes and removes the database; nothing happens when there is none.
  void destroy();
  bool is_open() const { return db_ != nullptr; }
  wombat_db* get() const { return db_; }
  const std::string& directory() const { return directory_; }

  void flush();
  void compact();
  void wait();
  void verify();
  std::string report();
  /// 0 for a name that the library does not know.
  uint64_t statistic(const std::string& name) const;

 private:
  std::string directory_;
  wombat_options* options_ = nullptr;
  wombat_db* db_ = nullptr;
};

}  // namespace wombat::bench
