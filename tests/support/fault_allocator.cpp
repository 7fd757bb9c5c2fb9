#include "support/fault_allocator.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include "support/allocation_exempt.h"

namespace wombat {

namespace {

constinit std::atomic<bool> is_armed{false};
constinit std::atomic<bool> repeats{false};
constinit std::atomic<bool> has_failed{false};
constinit std::atomic<uint64_t> fail_index{0};
constinit std::atomic<uint64_t> count{0};
constinit std::atomic<int64_t> live_blocks{0};

bool should_fail() noexcept {
  if (!is_armed.load(std::memory_order_acquire) || allocation_exempt_depth > 0) return false;
  const uint64_t index = count.fetch_add(1) + 1;
  const uint64_t target = fail_index.load();
  if (target == 0 || index < target || (index > target && !repeats.load())) return false;
  has_failed.store(true);
  return true;
}

void* allocate(size_t size, size_t alignment) noexcept {
  if (should_fail()) return nullptr;
  if (size == 0) size = 1;
  void* block = nullptr;
  if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
    block = std::malloc(size);
  } else {
    block = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  }
  if (block != nullptr) live_blocks.fetch_add(1, std::memory_order_relaxed);
  return block;
}

void* allocate_or_throw(size_t size, size_t alignment) {
  void* const block = allocate(size, alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void release(void* block) noexcept {
  if (block == nullptr) return;
  live_blocks.fetch_sub(1, std::memory_order_relaxed);
  std::free(block);
}

}  // namespace

void FaultAllocator::arm(uint64_t fail_at, Repeat repeat) {
  is_armed.store(false);
  fail_index.store(fail_at);
  repeats.store(repeat == Repeat::kForEver);
  has_failed.store(false);
  count.store(0);
  is_armed.store(true, std::memory_order_release);
}

bool FaultAllocator::disarm() {
  is_armed.store(false);
  return has_failed.load();
}

uint64_t FaultAllocator::allocation_count() { return count.load(); }

int64_t FaultAllocator::live_block_count() { return live_blocks.load(); }

}  // namespace wombat

using wombat::allocate;
using wombat::allocate_or_throw;
using wombat::release;

void* operator new(size_t size) { return allocate_or_throw(size, 1); }
void* operator new[](size_t size) { return allocate_or_throw(size, 1); }
void* operator new(size_t size, std::align_val_t a) {
  return allocate_or_throw(size, static_cast<size_t>(a));
}
void* operator new[](size_t size, std::align_val_t a) {
  return allocate_or_throw(size, static_cast<size_t>(a));
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return allocate(size, 1); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return allocate(size, 1); }
void* operator new(size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(size, static_cast<size_t>(a));
}
void* operator new[](size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(size, static_cast<size_t>(a));
}
void operator delete(void* block) noexcept { release(block); }
void operator delete[](void* block) noexcept { release(block); }
void operator delete(void* block, size_t) noexcept { release(block); }
void operator delete[](void* block, size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, size_t, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { release(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { release(block); }
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept { release(block); }
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept { release(block); }
