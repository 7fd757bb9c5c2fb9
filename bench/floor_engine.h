/// One engine under test of wombat_floors. Calls do a whole phase each, so that nothing but the engine is
/// inside the measured loops.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "key_sequence.h"
#include "value_source.h"

namespace wombat::bench {

struct FloorSettings {
  uint64_t entry_count = 1'000'000;
  size_t write_buffer_bytes = size_t{64} << 20;
  size_t cache_bytes = size_t{1} << 30;
  std::vector<std::string> wombat_options;  // NAME=VALUE
};

/// What a phase of reads has seen; both engines must have seen the same.
struct ReadSummary {
  uint64_t found = 0;   // lookups answered or rows shown
  uint64_t digest = 0;  // sum of one byte of each value
  bool operator==(const ReadSummary&) const = default;
};

/// Failures are exceptions.
class FloorEngine {
 public:
  virtual ~FloorEngine() = default;
  virtual std::string version() const = 0;
  /// `directory` does not exist.
  virtual void open(const std::string& directory) = 0;
  virtual void close() = 0;

  virtual void put_all(const KeySequence& keys, const ValueSource& values) = 0;
  /// Writes what is in memory to tables and waits until no background work is running or due.
  virtual void settle() = 0;
  /// Settles after merging everything into one sorted run.
  virtual void compact() = 0;

  /// Ways to get a value into the caller's memory; the best one counts.
  virtual size_t get_way_count() const { return 1; }
  virtual ReadSummary get_all(const KeySequence& keys, size_t way, size_t value_size) = 0;
  /// Seeks and reads the row found and `step_count` more.
  virtual ReadSummary seek_all(const KeySequence& keys, unsigned step_count, bool reuse_iterator) = 0;
  virtual ReadSummary scan_all(bool reverse) = 0;

  /// The files a level, for the record.
  virtual std::string shape() = 0;
};

std::unique_ptr<FloorEngine> make_floor_wombat(const FloorSettings& settings);
std::unique_ptr<FloorEngine> make_floor_rocksdb(const FloorSettings& settings);

}  // namespace wombat::bench
