/// Whether anybody reads what is being written: a load without readers may leave more runs in level 0, which
/// saves writes.
#pragma once

#include <atomic>
#include <cstdint>

namespace wombat {

/// note() by one thread at a time, the rest by any.
class ReadWatch {
 public:
  /// Takes the totals since open at the end of a flush: what was read and written since the last one decides.
  void note(uint64_t gets, uint64_t seeks, uint64_t entries_written) noexcept {
    const uint64_t reads = gets + kGetsOfASeek * seeks;
    reads_are_rare_.store((reads - reads_) * kWritesOfARead <= entries_written - writes_,
                          std::memory_order_relaxed);
    reads_ = reads;
    writes_ = entries_written;
  }
  /// False until the first flush.
  bool reads_are_rare() const noexcept { return reads_are_rare_.load(std::memory_order_relaxed); }

 private:
  /// A get asks a filter of each run, a seek goes into each of them.
  static constexpr uint64_t kGetsOfASeek = 4;
  /// A further run costs a read about a tenth; that it is merged away costs a write about a half.
  static constexpr uint64_t kWritesOfARead = 8;

  std::atomic<bool> reads_are_rare_{false};
  uint64_t reads_ = 0;
  uint64_t writes_ = 0;
};

}  // namespace wombat
