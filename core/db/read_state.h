/// Everything that a read looks at, as one immutable object: memtables, newest first, and the version below
/// them. A point read uses it within an epoch, an iterator or a pin holds a reference.
///
/// A reader loads the state *before* the timestamp it reads at. Everything that a job dropped before it
/// installed a state was hidden, at the job's start, by a version that was already committed then, and that
/// version is not later than a timestamp loaded afterwards.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/epoch.h"
#include "db/open_table.h"
#include "kv/key_prefix.h"
#include "memtable/memtable.h"
#include "version/version.h"

namespace wombat {

using MemtablePtr = std::shared_ptr<Memtable>;

/// The tables of one run, arranged for finding the one that may hold a key.
struct RunIndex {
  explicit RunIndex(const Run& run);
  explicit RunIndex(std::vector<OpenTable*> tables);
  /// The first table whose largest key is not below `key`, or tables.size().
  size_t find_at_or_behind(Bytes key, uint64_t prefix) const;
  /// The table whose range includes `key`; null when none does.
  OpenTable* find(Bytes key, uint64_t prefix) const;

  /// key_prefix of a table's smallest and largest key.
  struct Range {
    uint64_t smallest;
    uint64_t largest;
  };
  std::vector<Range> ranges;
  std::vector<OpenTable*> tables;
  bool has_ranges = false;  // range deletes, in some of the tables
};

class ReadState : public Retirable {
 public:
  /// Starts with one reference, that of the database.
  ReadState(std::vector<MemtablePtr> memtables, VersionPtr version);

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  const std::vector<MemtablePtr> memtables;  // newest first
  const VersionPtr version;
  const std::vector<RunIndex> runs;  // in search order: level 0 newest first, then the deeper levels
  const bool tables_have_ranges;     // range deletes, in some of them

  /// Whether a range delete may hide something from a reader. Asked after the timestamp is known at which is read.
  bool has_ranges() const {
    if (tables_have_ranges) return true;
    for (const MemtablePtr& memtable : memtables)
      if (!memtable->ranges().empty()) return true;
    return false;
  }
  /// Those of the tables of a run of this state that has some; opens the tables that have.
  Result<RangeSetPtr> ranges_of(const RunIndex& run);

  // Making all the iterators of a scan costs more than a short scan. So those of a scan that is over are kept here
  // for the next one: at rest, they hold nothing but their memory. Any thread.
  /// Sources over the whole state that were given back, or null.
  std::unique_ptr<Iterator> take_sources() noexcept;
  /// Keeps `sources`, or destroys them when enough are kept.
  void give_back(std::unique_ptr<Iterator> sources) noexcept;

 private:
  struct alignas(64) Kept {
    std::atomic<Iterator*> sources{nullptr};
  };
  static constexpr size_t kKeptCount = 4;

  ~ReadState();
  std::mutex ranges_mutex_;              // held while tables are opened
  std::vector<RangeSetPtr> run_ranges_;  // guarded by it; of each run, once it is known
  std::array<Kept, kKeptCount> kept_;
  std::atomic<uint64_t> references_{1};
};

struct ReadStateRelease {
  void operator()(ReadState* state) const noexcept { state->release(); }
};
/// A state that is not installed yet.
using NewReadState = std::unique_ptr<ReadState, ReadStateRelease>;

/// A counted reference.
class ReadStateRef {
 public:
  ReadStateRef() = default;
  /// Takes a reference of its own; the caller keeps `state` alive meanwhile.
  explicit ReadStateRef(ReadState* state) noexcept : state_(state) { state->add_reference(); }
  ReadStateRef(ReadStateRef&& other) noexcept : state_(other.state_) { other.state_ = nullptr; }
  ReadStateRef& operator=(ReadStateRef&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~ReadStateRef() { reset(); }
  void reset() noexcept {
    if (state_ != nullptr) state_->release();
    state_ = nullptr;
  }
  ReadState* operator->() const { return state_; }
  ReadState& operator*() const { return *state_; }
  explicit operator bool() const { return state_ != nullptr; }

 private:
  ReadState* state_ = nullptr;
};

}  // namespace wombat
