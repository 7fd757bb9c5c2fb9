/// An open table: header lines, fences, filter and slot array in memory, blocks on demand through the frame
/// cache.
///
/// A block that is in memory is one load away: slot i holds the address of its frame. Readers are protected
/// by an epoch (see base/epoch.h) and take no lock for a block that is in memory; who misses reads the file
/// and publishes the frame by compare-and-swap. Any thread, concurrently.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/epoch.h"
#include "base/memory_budget.h"
#include "base/read_counters.h"
#include "base/result.h"
#include "base/statistics.h"
#include "codec/decompressor_pool.h"
#include "env/file_header.h"
#include "env/file_system.h"
#include "env/read_rings.h"
#include "kv/entry.h"
#include "kv/iterator.h"
#include "kv/range_set.h"
#include "table/frame_cache.h"
#include "table/scan_ahead.h"
#include "table/table_properties.h"

namespace wombat {

class BlockStore;
class TableIndex;
class TableIterator;

struct TableReaderOptions {
  FrameCache* cache = nullptr;       // outlives the reader
  DecompressorPool* pool = nullptr;  // outlives the reader; null: it makes one of its own
  Statistics* statistics = nullptr;  // outlives the reader
  /// Check block checksums when a block is read from the file.
  bool verify_checksums = true;
  /// Where what a reader holds is counted.
  MemoryAccount memory;
  /// For who opens the file.
  ReadMode read_mode = ReadMode::kBuffered;
  /// Null: scans read ahead only what they are told to.
  const ScanAhead* scan_ahead = nullptr;  // outlives the reader and its iterators
};

/// Has one owner, or is shared: then it is made with a first reference, and whoever holds one keeps it.
class TableReader : public Retirable {
 public:
  /// Checks header, footer and every index section against their checksums and bounds. `digest` and
  /// `file_size` come from the manifest; a file that differs is kCorruption. `identity` is what the file's
  /// header must say. `ingested_at`: of an external table, the commit that all its entries belong to.
  static Result<std::unique_ptr<TableReader>> open(std::unique_ptr<ReadableFile> file, std::string name,
                                                   const FileHeader& identity, uint64_t file_size,
                                                   uint64_t digest, const TableReaderOptions& options,
                                                   Timestamp ingested_at = 0);
  /// Drops its frames from the cache. No reader may be inside; the database ensures it through the epoch.
  ~TableReader();
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  /// For shared readers. A reader that may be dropped while its table is in use is kept by those who use it beyond an
  /// epoch; of others nobody counts.
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  bool may_be_dropped() const { return may_be_dropped_; }
  /// Before others can reach it.
  void let_be_dropped() {
    may_be_dropped_ = true;
    reclaim = [](Retirable* self) { static_cast<TableReader*>(self)->release(); };
  }

  struct Found {
    Tag tag = 0;
    Bytes value;  // valid while the epoch guard of the caller is held, or as long as a FramePin of `frame`
    Frame* frame = nullptr;
  };
  /// Newest version of `key` with timestamp <= `at`. `hash` is hash_key(key). The caller is inside an epoch
  /// and passes its slot for counting. `*was_found` tells the answer; a failure is about damage or I/O.
  Status get(Bytes key, uint64_t hash, Timestamp at, bool fill_cache, ReadStripe& stripe, Found* found,
             bool* was_found) const;
  /// False: certainly absent. Counts nothing.
  bool may_contain(uint64_t hash) const;

  /// A get in steps, for several keys that go side by side: each step asks the processor for what the next one
  /// looks at. Steps 1 to 5 in this order, within one epoch.
  struct Probe {
    Bytes key;
    uint64_t hash = 0;
    size_t block = 0;
    Frame* frame = nullptr;  // after step 3; null: step 5 may have to read the file
  };
  /// A probe whose block is to be read, and what became of that.
  struct Load {
    const TableReader* reader = nullptr;
    Probe probe;
    size_t block = 0;
    Frame* frame = nullptr;  // of that block; null: see status
    Status status;
  };
  /// Between steps 4 and 5: reads the blocks of all these probes together. What fails is told in the load's status; step 5
  /// is then not to be taken. Throws std::bad_alloc.
  static void load_together(ReadRings* rings, Load* loads, size_t count, bool fill_cache);
  /// 1: asks for the filter line.
  void prefetch_filter(uint64_t hash) const;
  /// 2: filter and fences. False: certainly absent.
  bool find_block(Probe* probe, ReadStripe& stripe) const;
  /// 3: the block's header line; 4: its frame, where sizes vary.
  void find_rows(Probe* probe) const;
  void find_varying(const Probe& probe) const;
  /// 5: the answer, as that of get.
  Status finish(const Probe& probe, Timestamp at, bool fill_cache, ReadStripe& stripe, Found* found,
                bool* was_found) const;
  /// The same of a load that succeeded.
  Status finish(const Load& load, Timestamp at, bool fill_cache, ReadStripe& stripe, Found* found,
                bool* was_found) const;

  /// The reader outlives the iterator. `fill_cache` false: blocks that are not in memory are read privately
  /// (compactions, dumps). `readahead_size_bytes` > 0: sequential reads of at least that many bytes.
  std::unique_ptr<Iterator> new_iterator(bool fill_cache, size_t readahead_size_bytes = 0) const;
  /// Lets an iterator that was used for another table go over to this one; see TableIterator::open.
  void open_iterator(TableIterator* iterator) const;

  /// Reads every block and checks checksums, structure, order, counts, filter (no false negative) against the
  /// properties. `progress` is told the bytes checked since the last call and may stop the work by returning
  /// a failure.
  Status verify(const std::function<Status(uint64_t)>& progress) const;

  /// The range deletes of the table; null: it has none. Entries of the table that they hide are shown all the same.
  const RangeSetPtr& ranges() const;
  const TableProperties& properties() const;
  /// Bytes of file in front of where `key` is or would be.
  uint64_t approximate_offset(Bytes key) const;
  /// Memory held for as long as the table is open, frames apart.
  size_t memory_usage() const;
  /// For `wombat dump`: a description of footer, sections and blocks, one line each.
  void describe(const std::function<void(std::string_view line)>& emit) const;

 private:
  Status finish_with(const Load* load, const Probe& probe, Timestamp at, bool fill_cache, ReadStripe& stripe,
                     Found* found, bool* was_found) const;
  struct State;
  TableReader(std::unique_ptr<State> state, MemoryAccount memory);
  std::unique_ptr<State> state_;
  const TableIndex* const index_;  // of state_, without the way through it
  const BlockStore* const blocks_;
  bool may_be_dropped_ = false;
  std::atomic<uint64_t> references_{1};
  MemoryCharge memory_;
};

/// Keeps a shared reader. The first one is taken by who made it, or from within an epoch in which the reader was found.
class TableReaderRef {
 public:
  TableReaderRef() = default;
  /// Takes a reference of its own.
  explicit TableReaderRef(TableReader* reader) noexcept : reader_(reader) {
    if (reader_ != nullptr) reader_->add_reference();
  }
  TableReaderRef(TableReaderRef&& other) noexcept : reader_(std::exchange(other.reader_, nullptr)) {}
  TableReaderRef& operator=(TableReaderRef&& other) noexcept {
    std::swap(reader_, other.reader_);
    return *this;
  }
  ~TableReaderRef() { reset(); }
  void reset() noexcept {
    if (reader_ != nullptr) std::exchange(reader_, nullptr)->release();
  }
  TableReader* get() const { return reader_; }
  TableReader* operator->() const { return reader_; }
  TableReader& operator*() const { return *reader_; }

 private:
  TableReader* reader_ = nullptr;
};

}  // namespace wombat
