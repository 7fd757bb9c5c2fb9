/// Replaces the global operator new so that a chosen allocation fails. Include it in one source of a test
/// program.
#pragma once

#include <cstdlib>
#include <new>

namespace wombat::test {

/// Allocations that still succeed before one fails; negative: none fails. Single-threaded tests only.
inline long allocations_until_failure = -1;

/// Runs `action` with its allocation number `n` (from 0) failing. False when it threw std::bad_alloc; true
/// when it needed at most n allocations.
template <typename Action>
bool runs_with_failing_allocation(long n, const Action& action) {
  allocations_until_failure = n;
  bool done = true;
  try {
    action();
  } catch (const std::bad_alloc&) {
    done = false;
  }
  allocations_until_failure = -1;
  return done;
}

inline bool must_fail() { return allocations_until_failure >= 0 && allocations_until_failure-- == 0; }

// Out of line: the compiler would otherwise see that new and delete meet in malloc and free, and warn.
[[gnu::noinline]] inline void* allocate(size_t size) {
  return must_fail() ? nullptr : std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] inline void release(void* memory) { std::free(memory); }
[[gnu::noinline]] inline void* allocate_or_throw(size_t size) {
  if (void* const memory = allocate(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace wombat::test

void* operator new(size_t size) { return wombat::test::allocate_or_throw(size); }
void* operator new[](size_t size) { return wombat::test::allocate_or_throw(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return wombat::test::allocate(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return wombat::test::allocate(size); }
void operator delete(void* memory) noexcept { wombat::test::release(memory); }
void operator delete[](void* memory) noexcept { wombat::test::release(memory); }
void operator delete(void* memory, size_t) noexcept { wombat::test::release(memory); }
void operator delete[](void* memory, size_t) noexcept { wombat::test::release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { wombat::test::release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { wombat::test::release(memory); }
