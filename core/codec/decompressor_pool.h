/// Working memory for unpacking, handed from one reader to the next: what a codec needs is large beside a block, and
/// memory of threads would outlive the library.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "codec/codec.h"

namespace wombat {

/// Any thread.
class DecompressorPool {
 public:
  DecompressorPool() = default;
  DecompressorPool(const DecompressorPool&) = delete;
  DecompressorPool& operator=(const DecompressorPool&) = delete;
  ~DecompressorPool();

  /// See Decompressor::decompress.
  bool decompress(const Codec& codec, const Dictionary* dictionary, Bytes packed, char* out, size_t raw_size);

 private:
  static constexpr unsigned kSlotBits = 3;
  using Slots = std::array<std::atomic<Decompressor*>, size_t{1} << kSlotBits>;

  /// One that waits in each slot, or null. Threads are spread over them.
  std::array<Slots, kCodecCount> slots_{};
};

}  // namespace wombat
