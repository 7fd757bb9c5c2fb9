/// What the opaque pointers of wombat.h are: not addresses but numbers (generation, index) into a table, so
/// that a handle that was freed, or is of another kind, or was never one, is recognised and answered with
/// WOMBAT_CLOSED. Lock-free; any thread.
///
/// The table says whether a handle is alive, not how long its object is: who may race with a free function
/// looks up inside an epoch and frees through it (databases, snapshots, cancel handles). The others are used
/// by one thread at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace wombat {

enum class HandleKind : uint8_t {
  kFree = 0,
  kOptions,
  kDatabase,
  kBatch,
  kSnapshot,
  kPin,
  kIterator,
  kCancel,
  kTransaction,
  kBuilder
};

/// The insides of the table, here so that a lookup, which every call begins with, is compiled into it.
namespace handle_table {

// A handle is generation << 23 | index << 1 | 1: odd, so never an address of an object, and never null.
inline constexpr unsigned kIndexBits = 22;
inline constexpr uint32_t kChunkSize = 1024;
inline constexpr uint32_t kChunkCount = (1u << kIndexBits) / kChunkSize;
static_assert(sizeof(void*) == 8, "handles need 64 bits");

struct Slot {
  std::atomic<uint64_t> state{1 << 8};  // generation << 8 | kind
  std::atomic<void*> object{nullptr};
  std::atomic<uint32_t> next_free{0};  // index + 1
};

extern std::atomic<Slot*> chunks[kChunkCount];

inline Slot* slot_at(uint32_t index) noexcept {
  Slot* const chunk = chunks[index / kChunkSize].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : chunk + index % kChunkSize;
}

inline bool decode(const void* handle, uint64_t* generation, uint32_t* index) noexcept {
  const uint64_t number = reinterpret_cast<uintptr_t>(handle);
  *index = static_cast<uint32_t>(number >> 1) & ((1u << kIndexBits) - 1);
  *generation = number >> (kIndexBits + 1);
  return (number & 1) != 0;
}

}  // namespace handle_table

/// A new handle for `object`. Throws std::bad_alloc.
void* make_handle(HandleKind kind, void* object);
/// The object, or null when `handle` is not a live handle of that kind.
inline void* resolve_handle(const void* handle, HandleKind kind) noexcept {
  uint64_t generation = 0;
  uint32_t index = 0;
  if (!handle_table::decode(handle, &generation, &index)) return nullptr;
  handle_table::Slot* const slot = handle_table::slot_at(index);
  if (slot == nullptr) return nullptr;
  void* const object = slot->object.load(std::memory_order_relaxed);
  return slot->state.load(std::memory_order_seq_cst) == (generation << 8 | static_cast<uint8_t>(kind))
             ? object
             : nullptr;
}
/// Ends the handle and returns its object; null when it was not alive. Of several callers one gets the
/// object.
void* end_handle(void* handle, HandleKind kind) noexcept;

}  // namespace wombat
