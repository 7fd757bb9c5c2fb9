#include "env/page_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace wombat {

namespace {

size_t page_size() noexcept {
  static const auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

size_t whole_pages(size_t size) noexcept { return (size + page_size() - 1) / page_size() * page_size(); }

}  // namespace

void* take_pages(size_t size, size_t alignment) noexcept {
  const size_t wanted = whole_pages(size);
  const size_t spare = alignment > page_size() ? alignment : 0;
  if (size > SIZE_MAX / 2 - spare) return nullptr;
  void* const memory =
      ::mmap(nullptr, wanted + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  if (spare == 0) return memory;
  // What is in front of the aligned part and behind it goes back.
  const auto begin = reinterpret_cast<uintptr_t>(memory);
  const uintptr_t aligned = (begin + alignment - 1) / alignment * alignment;
  const size_t front = aligned - begin;
  const size_t back = spare - front;
  if (front != 0) ::munmap(memory, front);
  if (back != 0) ::munmap(reinterpret_cast<void*>(aligned + wanted), back);
  return reinterpret_cast<void*>(aligned);
}

void give_pages(void* memory, size_t size) noexcept { ::munmap(memory, whole_pages(size)); }

}  // namespace wombat
