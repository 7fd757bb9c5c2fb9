/// The ceiling that space.max_amplification puts on the files of a database: how much they may take, what is spoken for,
/// and what that means for the sizes of memtables, tables and merges.
///
/// ceiling = amplification x live bytes (compaction/live_bytes.h) + kAllowance. What lies between the live bytes and the
/// ceiling is the slack. From half of it on compactions that free space come first; writers leave the last quarter to
/// them; who writes reserves what the log, the table of the memtable and values will take before a byte of it is written.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "env/measured_directory.h"

namespace wombat {

/// Any thread. Takes no lock of others while it holds its own.
class SpaceCeiling {
 public:
  /// What files may take besides: logs, the manifest, and what little data needs to be worked on.
  static constexpr uint64_t kAllowance = 8 << 20;

  /// Thousandths; 0: no ceiling.
  void set_amplification(int64_t thousandths) {
    amplification_.store(thousandths, std::memory_order_relaxed);
  }
  /// Before others use it.
  void set_allowance(uint64_t bytes) { allowance_ = bytes; }
  bool is_on() const { return amplification_.load(std::memory_order_relaxed) != 0; }
  void set_live_bytes(uint64_t bytes) { live_.store(bytes, std::memory_order_relaxed); }

  uint64_t live_bytes() const { return live_.load(std::memory_order_relaxed); }
  uint64_t slack() const;
  uint64_t ceiling() const { return live_bytes() + slack(); }
  /// Some tree is merged run by run, in the end all of it at once.
  void set_merges_whole_runs(bool does) { merges_whole_runs_.store(does, std::memory_order_relaxed); }
  /// What writers leave to merges: a quarter of the slack; with whole runs what a merge of all writes when writers have
  /// taken the rest.
  uint64_t kept_for_merges() const;
  /// From here on what frees space comes first: two thirds of what is there for writers are taken.
  uint64_t near_bytes() const { return live_bytes() + (slack() - kept_for_merges()) / 3 * 2; }

  // Sizes that fit into the slack: the least of what an option says and these.
  uint64_t memtable_size_max(uint64_t wanted) const { return is_on() ? fitting(wanted, 16) : wanted; }
  uint64_t table_size_max(uint64_t wanted) const { return is_on() ? fitting(wanted, 32) : wanted; }
  uint64_t value_file_size_max(uint64_t wanted) const { return is_on() ? fitting(wanted, 32) : wanted; }
  uint64_t manifest_size_max(uint64_t wanted) const { return is_on() ? fitting(wanted, 32) : wanted; }
  uint64_t cut_bytes() const { return slack() / 32; }

  /// Bytes that are spoken for and not written.
  uint64_t reserved() const;
  /// Reserves `bytes` when `taken` (what files take and memtables will) and all that is reserved leave `kept` beside it.
  /// What is reserved already counts towards `kept`, which is for the same.
  bool reserve(uint64_t taken, uint64_t bytes, uint64_t kept);
  void reserve_anyway(uint64_t bytes);
  void release(uint64_t bytes) noexcept;

  /// The leader of the writers takes from what it has reserved before. False: that is not enough.
  bool take_credit(uint64_t bytes) noexcept;
  /// `bytes` of what was just reserved are for this commit and the next ones; what was left before is released.
  void give_credit(uint64_t bytes) noexcept;

 private:
  uint64_t fitting(uint64_t wanted, uint64_t share) const;

  uint64_t allowance_ = kAllowance;
  std::atomic<int64_t> amplification_{0};
  std::atomic<uint64_t> live_{0};
  std::atomic<bool> merges_whole_runs_{false};
  mutable std::mutex mutex_;
  uint64_t reserved_ = 0;            // guarded by mutex_; without the credit
  std::atomic<uint64_t> credit_{0};  // lowered by the leader of the writers alone
};

/// `bytes` that were reserved, until the end of a scope.
struct SpaceReservation {
  explicit SpaceReservation(SpaceCeiling& ceiling) : space(ceiling) {}
  ~SpaceReservation() { space.release(bytes); }
  SpaceReservation(const SpaceReservation&) = delete;
  SpaceReservation& operator=(const SpaceReservation&) = delete;

  SpaceCeiling& space;
  uint64_t bytes = 0;
};

/// Why nothing more can be written, for messages.
struct SpaceState {
  FileBytes files;
  uint64_t memtables = 0;  // bytes that tables of them will take
  uint64_t reserved = 0;
  uint64_t in_tables = 0;  // tables that trees name
  uint64_t shadowed = 0;   // kept for older readers
};

}  // namespace wombat
