/// Everything that a database can do, at once: transactions and batches over two keyspaces, merges, range deletes, puts
/// that expire, keyspaces that come and go, iterators, copies of snapshots, flushes and compactions.
///
/// What must hold at any moment: the two sums of all increments, one in each keyspace, are the same, and as high as what
/// was acknowledged; a group of rows, cleared and written anew by each of its commits, is of one commit in both keyspaces.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "wombat.h"

namespace wombat {

class ConcurrentKinds {
 public:
  /// Databases are made in `folder`, which exists.
  ConcurrentKinds(std::string folder, uint64_t seed) : folder_(std::move(folder)), seed_(seed) {}

  /// Opens, works for about `duration_ms`, closes, opens again and compares.
  void run_round(uint64_t duration_ms);
  std::vector<std::string> problems() const;
  uint64_t commit_count() const { return added_.load(); }
  uint64_t copy_count() const { return copies_.load(); }

 private:
  struct View;  // what is looked at: a snapshot of one database

  bool open(const std::string& name, wombat_db** db, wombat_db** side);
  void problem(const std::string& text);
  /// Notes every failure but a conflict. True: OK, or a normal outcome.
  bool accept(const char* call, wombat_status status, const wombat_error& error);

  void add(size_t thread);
  bool add_by_transaction(Random& random);
  bool add_by_batch();
  void rewrite_groups();
  void let_expire();
  void make_and_drop();
  void read(size_t thread);
  void read_by_transaction();
  void copy_snapshots();
  void copy(wombat_db* from, const wombat_snapshot* snapshot, wombat_db* to);
  void maintain();
  void check(const View& view, const char* what, uint64_t at_least);
  std::string group_at(const View& view, wombat_db* space, bool forward);

  const std::string folder_;
  const uint64_t seed_;
  wombat_db* main_ = nullptr;
  wombat_db* side_ = nullptr;
  std::atomic<bool> stops_{false};
  std::atomic<uint64_t> begun_{0};  // increments
  std::atomic<uint64_t> added_{0};  // those acknowledged
  std::atomic<uint64_t> copies_{0};
  uint64_t group_number_ = 0;  // of who rewrites groups
  mutable std::mutex mutex_;
  std::vector<std::string> problems_;  // guarded by mutex_
};

}  // namespace wombat
