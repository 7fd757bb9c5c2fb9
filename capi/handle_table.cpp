#include "handle_table.h"

#include <atomic>
#include <new>

namespace wombat {

namespace handle_table {
constinit std::atomic<Slot*> chunks[kChunkCount];
}  // namespace handle_table

namespace {

using namespace handle_table;

std::atomic<uint32_t> used_count{0};
/// Head of the free slots: change count << 32 | index + 1, so that a head that went and came back is noticed.
std::atomic<uint64_t> free_head{0};

/// For an index that has been handed out.
Slot& used_slot(uint32_t index) noexcept {
  return chunks[index / kChunkSize].load(std::memory_order_acquire)[index % kChunkSize];
}

void* encode(uint64_t generation, uint32_t index) noexcept {
  return reinterpret_cast<void*>(
      static_cast<uintptr_t>(generation << (kIndexBits + 1) | uint64_t{index} << 1 | 1));
}

bool pop_free(uint32_t* index) noexcept {
  uint64_t head = free_head.load(std::memory_order_acquire);
  while ((head & 0xFFFFFFFF) != 0) {
    const uint32_t first = static_cast<uint32_t>(head) - 1;
    const uint64_t next =
        ((head >> 32) + 1) << 32 | used_slot(first).next_free.load(std::memory_order_relaxed);
    if (free_head.compare_exchange_weak(head, next, std::memory_order_acq_rel)) {
      *index = first;
      return true;
    }
  }
  return false;
}

void push_free(uint32_t index) noexcept {
  uint64_t head = free_head.load(std::memory_order_relaxed);
  for (;;) {
    used_slot(index).next_free.store(static_cast<uint32_t>(head), std::memory_order_relaxed);
    const uint64_t next = ((head >> 32) + 1) << 32 | (index + 1);
    if (free_head.compare_exchange_weak(head, next, std::memory_order_acq_rel)) return;
  }
}

uint32_t new_index() {
  uint32_t index = used_count.load(std::memory_order_relaxed);
  do {
    if (index >= kChunkSize * kChunkCount) throw std::bad_alloc();
    // The chunk first: when there is no memory for it, no index is lost.
    std::atomic<Slot*>& chunk = chunks[index / kChunkSize];
    if (chunk.load(std::memory_order_acquire) == nullptr) {
      Slot* const made = new Slot[kChunkSize];
      Slot* expected = nullptr;
      if (!chunk.compare_exchange_strong(expected, made, std::memory_order_acq_rel)) delete[] made;
    }
  } while (!used_count.compare_exchange_weak(index, index + 1, std::memory_order_relaxed));
  return index;
}

/// dlclose: the table itself goes when the library does.
struct TableOwner {
  ~TableOwner() {
    for (std::atomic<Slot*>& chunk : chunks) delete[] chunk.exchange(nullptr);
  }
} table_owner;

}  // namespace

void* make_handle(HandleKind kind, void* object) {
  uint32_t index = 0;
  if (!pop_free(&index)) index = new_index();
  Slot& slot = used_slot(index);
  const uint64_t generation = slot.state.load(std::memory_order_relaxed) >> 8;
  slot.object.store(object, std::memory_order_relaxed);
  slot.state.store(generation << 8 | static_cast<uint8_t>(kind), std::memory_order_seq_cst);
  return encode(generation, index);
}

void* end_handle(void* handle, HandleKind kind) noexcept {
  uint64_t generation = 0;
  uint32_t index = 0;
  if (!decode(handle, &generation, &index)) return nullptr;
  Slot* const slot = slot_at(index);
  if (slot == nullptr) return nullptr;
  void* const object = slot->object.load(std::memory_order_relaxed);
  uint64_t expected = generation << 8 | static_cast<uint8_t>(kind);
  if (!slot->state.compare_exchange_strong(expected, (generation + 1) << 8, std::memory_order_seq_cst))
    return nullptr;
  push_free(index);
  return object;
}

}  // namespace wombat
