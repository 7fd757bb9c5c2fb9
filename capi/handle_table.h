/// What the opaque pointers of wombat.h are: not addresses but numbers (generation, index) into a table, so
/// that a handle that was freed, or is of another kind, or was never one, is recognised and answered with
/// WOMBAT_CLOSED. Lock-free; any thread.
///
/// The table says whether a handle is alive, not how long its object is: who may race with a free function
/// looks up inside an epoch and frees through it (databases, snapshots, cancel handles). The others are used
/// by one thread at a time.
#pragma once

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
  kCancel
};

/// A new handle for `object`. Throws std::bad_alloc.
void* make_handle(HandleKind kind, void* object);
/// The object, or null when `handle` is not a live handle of that kind.
void* resolve_handle(const void* handle, HandleKind kind) noexcept;
/// Ends the handle and returns its object; null when it was not alive. Of several callers one gets the
/// object.
void* end_handle(void* handle, HandleKind kind) noexcept;

}  // namespace wombat
