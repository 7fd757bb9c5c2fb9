#include "codec/decompressor_pool.h"

#include "base/thread_hint.h"

namespace wombat {

DecompressorPool::~DecompressorPool() {
  for (Slots& slots : slots_)
    for (std::atomic<Decompressor*>& slot : slots) delete slot.load(std::memory_order_acquire);
}

bool DecompressorPool::decompress(const Codec& codec, const Dictionary* dictionary, Bytes packed, char* out,
                                  size_t raw_size) {
  std::atomic<Decompressor*>& slot = slots_[static_cast<size_t>(codec.id())][thread_hint(kSlotBits)];
  std::unique_ptr<Decompressor> mine(slot.exchange(nullptr, std::memory_order_acq_rel));
  if (mine == nullptr) mine = codec.new_decompressor();
  const bool done = mine->decompress(packed, dictionary, out, raw_size);
  // Another thread of the slot may have put its own there meanwhile.
  mine.reset(slot.exchange(mine.release(), std::memory_order_acq_rel));
  return done;
}

}  // namespace wombat
