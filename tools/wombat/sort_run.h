/// Sorted pieces of the input of a load: gathered in memory, sorted, and written to a file where memory is short.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "bulk_entry.h"
#include "bulk_files.h"

namespace wombat::cli {

/// Ascending entries, no two in the same place. Immutable; any thread.
class SortedRun {
 public:
  virtual ~SortedRun() = default;

  class Cursor {
   public:
    virtual ~Cursor() = default;
    /// False at the end. Views are valid until the next call. Throws Failure.
    virtual bool next(BulkEntry* entry) = 0;
  };
  /// Stands before the first entry at or behind `lower`. Throws Failure.
  virtual std::unique_ptr<Cursor> cursor_from(const std::string& lower) const = 0;
  /// Places that part the run into pieces of about the same size.
  virtual std::vector<std::string> samples() const = 0;
};

/// Gathers entries of any order. One thread at a time.
class SortChunk {
 public:
  /// `place` and `value` are copied; throws std::bad_alloc.
  void add(uint32_t space, Bytes key, uint64_t expires_at_us, Bytes value);
  size_t memory_usage() const { return bytes_.capacity() + rows_.capacity() * sizeof(Row); }
  size_t size_bytes() const { return bytes_.size() + rows_.size() * sizeof(Row); }
  bool is_empty() const { return rows_.empty(); }
  void reserve(size_t bytes) { bytes_.reserve(bytes); }

  /// Sorts; of several entries in one place the last one added stays.
  void sort();
  /// After sort(): as a run in memory, or in a file. Throws Failure.
  static std::unique_ptr<SortedRun> keep(SortChunk chunk);
  static std::unique_ptr<SortedRun> spill(const SortChunk& chunk, BulkFiles& files);

 private:
  friend class MemoryRun;
  struct Row {
    uint64_t head;  // of the place, behind what all have in common, as a number that sorts alike
    uint64_t offset;
    uint32_t place_size;
    uint32_t content_size;
  };
  Bytes place(const Row& row) const { return Bytes(bytes_).substr(row.offset, row.place_size); }
  BulkEntry entry(const Row& row) const {
    return {place(row), Bytes(bytes_).substr(row.offset + row.place_size, row.content_size)};
  }

  std::string bytes_;
  std::vector<Row> rows_;
  size_t common_size_ = 0;  // what all places begin with
};

}  // namespace wombat::cli
