#include "base/block_pool.h"

#include <algorithm>
#include <new>

namespace wombat {

namespace {

// Under the address sanitizer every block is fresh, so that a use after its end is seen.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kReuses = false;
#else
constexpr bool kReuses = true;
#endif

/// What `take` returns, counted first, so that others give way before. `take` returns null, or throws, without memory.
template <typename Take>
char* take_counted(const MemoryAccount& account, size_t size, const Take& take) {
  account.add(size);
  try {
    void* const memory = take();
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<char*>(memory);
  } catch (...) {
    account.remove(size);
    throw;
  }
}

}  // namespace

BlockPool::BlockPool(size_t kept_bytes_max, MemoryAdvice advice, MemoryAccount account, PageSource pages)
    : advice_(advice),
      account_(std::move(account)),
      pages_(kReuses ? pages : PageSource()),
      kept_count_max_(kReuses ? kept_bytes_max / kBlockSize : 0),
      ahead_count_(std::min(kAheadCount, kept_count_max_)) {}

BlockPool::~BlockPool() { release_unused(); }

void BlockPool::release(char* block) const noexcept {
  if (has_pages_for(kBlockSize)) {
    pages_.give(block, kBlockSize);
  } else {
    ::operator delete(block, std::align_val_t(kBlockSize));
  }
  account_.remove(kBlockSize);
}

char* BlockPool::take_piece(size_t size) {
  return take_counted(account_, size, [&] {
    return has_pages_for(size) ? pages_.take(size, alignof(std::max_align_t)) : ::operator new(size);
  });
}

void BlockPool::give_back_piece(char* piece, size_t size) noexcept {
  if (has_pages_for(size)) {
    pages_.give(piece, size);
  } else {
    ::operator delete(piece);
  }
  account_.remove(size);
}

void BlockPool::release_unused() noexcept { trim(0); }

void BlockPool::trim(size_t kept_count) noexcept {
  for (;;) {
    char* block = nullptr;
    {
      std::lock_guard lock(mutex_);
      if (kept_count_ <= kept_count) return;
      block = reinterpret_cast<char*>(first_);
      first_ = first_->next;
      --kept_count_;
    }
    release(block);
  }
}

void BlockPool::set_kept(size_t kept_bytes_max, size_t ahead_bytes) noexcept {
  size_t kept_count = 0;
  {
    std::lock_guard lock(mutex_);
    kept_count_max_ = kReuses ? kept_bytes_max / kBlockSize : 0;
    ahead_count_ = std::min({kAheadCount, kept_count_max_, ahead_bytes / kBlockSize});
    kept_count = kept_count_max_ + ahead_count_;
  }
  trim(kept_count);
}

char* BlockPool::make() const {
  char* const block = take_counted(account_, kBlockSize, [&] {
    return has_pages_for(kBlockSize) ? pages_.take(kBlockSize, kBlockSize)
                                     : ::operator new(kBlockSize, std::align_val_t(kBlockSize));
  });
  if (advice_ != nullptr) advice_(block, kBlockSize);
  return block;
}

/// Needs the mutex.
void BlockPool::keep(char* block) noexcept {
  first_ = new (block) Unused{first_};
  ++kept_count_;
}

char* BlockPool::take() {
  char* block = nullptr;
  bool is_scarce = false;
  {
    std::lock_guard lock(mutex_);
    if (first_ != nullptr) {
      block = reinterpret_cast<char*>(first_);
      first_ = first_->next;
      --kept_count_;
    }
    is_scarce = kept_count_ < ahead_count_ && !is_preparing_ && listener_ != nullptr;
    is_preparing_ |= is_scarce;
  }
  if (is_scarce) ask_for_more();
  return block != nullptr ? block : make();
}

/// Whatever goes wrong: take() makes its blocks itself then.
void BlockPool::ask_for_more() noexcept {
  bool is_arranged = false;
  try {
    is_arranged = listener_();
  } catch (const std::bad_alloc&) {
  }
  if (is_arranged) return;
  std::lock_guard lock(mutex_);
  is_preparing_ = false;
}

void BlockPool::prepare() noexcept {
  constexpr size_t kPageSize = 4096;
  char* block = nullptr;
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (block != nullptr) keep(block);
      if (kept_count_ >= ahead_count_) break;
    }
    try {
      block = make();
    } catch (const std::bad_alloc&) {
      break;
    }
    for (size_t at = 0; at < kBlockSize; at += kPageSize) *static_cast<volatile char*>(block + at) = 0;
  }
  std::lock_guard lock(mutex_);
  is_preparing_ = false;
}

void BlockPool::give_back(char* block) noexcept {
  {
    std::lock_guard lock(mutex_);
    const size_t ahead_count = listener_ != nullptr ? ahead_count_ : 0;
    if (kept_count_ < kept_count_max_ + ahead_count) {
      keep(block);
      return;
    }
  }
  release(block);
}

size_t BlockPool::unused_count() const {
  std::lock_guard lock(mutex_);
  return kept_count_;
}

}  // namespace wombat
