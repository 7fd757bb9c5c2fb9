/// Which keys a memtable may hold: a question is one load, where a search that finds nothing reads several nodes.
///
/// A Bloom filter whose blocks are words of 64 bits (Putze, Sanders and Singler, "Cache-, hash- and space-efficient
/// Bloom filters", 2007). One writer; readers at any time. Bits are set before the commit that they are for is
/// published, and whoever reads at its timestamp has seen that, so they need no order of their own.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace wombat {

class MemtableFilter {
 public:
  /// Below a few bits for each key the filter says yes to everything, which is slow and right. 0: no filter. Memory is
  /// not touched before it is used. Throws std::bad_alloc.
  explicit MemtableFilter(size_t size_bytes = 0) : word_count_(size_bytes / sizeof(uint64_t)) {
    if (word_count_ == 0) return;
    words_.reset(static_cast<uint64_t*>(std::calloc(word_count_, sizeof(uint64_t))));
    if (words_ == nullptr) throw std::bad_alloc();
  }

  /// `hash` is hash_key() of the key.
  void add(uint64_t hash) noexcept {
    if (word_count_ == 0) return;
    const std::atomic_ref<uint64_t> word = word_of(hash);
    word.store(word.load(std::memory_order_relaxed) | bits_of(hash), std::memory_order_relaxed);
  }
  /// False: the key was certainly not added.
  bool may_contain(uint64_t hash) const noexcept {
    if (word_count_ == 0) return true;
    const uint64_t bits = bits_of(hash);
    return (word_of(hash).load(std::memory_order_relaxed) & bits) == bits;
  }
  size_t memory_usage() const { return word_count_ * sizeof(uint64_t); }

 private:
  struct Free {
    void operator()(uint64_t* words) const noexcept { std::free(words); }
  };

  std::atomic_ref<uint64_t> word_of(uint64_t hash) const noexcept {
    return std::atomic_ref<uint64_t>(words_[(hash >> 32) * word_count_ >> 32]);
  }
  /// Four bits, each from six of the low ones.
  static uint64_t bits_of(uint64_t hash) noexcept {
    return uint64_t{1} << (hash & 63) | uint64_t{1} << (hash >> 6 & 63) | uint64_t{1} << (hash >> 12 & 63) |
           uint64_t{1} << (hash >> 18 & 63);
  }

  std::unique_ptr<uint64_t[], Free> words_;
  size_t word_count_;
};

}  // namespace wombat
