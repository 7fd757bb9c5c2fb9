/// Bloom filter of 256-bit blocks (Putze, Sanders and Singler, "Cache-, hash- and space-efficient Bloom
/// filters", 2007): a key sets one bit in each of the eight 32-bit lanes of one block, so a question costs
/// one cache line.
///
/// With h the hash of the key: block = (h >> 32) * blocks >> 32, bit of lane i = (low 32 bits of h * factor
/// i) >> 27. The bytes do not depend on the machine; lanes are little-endian.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wombat {

inline constexpr size_t kBloomBlockSize = 32;
inline constexpr uint64_t kBloomBlockCountMax = uint64_t{1} << 31;

inline constexpr uint32_t kBloomFactors[8] = {
    // First 32 bits of the fractional parts of the square roots of the first eight primes, made odd.
    0x6A09E667, 0xBB67AE85, 0x3C6EF373, 0xA54FF53B, 0x510E527F, 0x9B05688D, 0x1F83D9AB, 0x5BE0CD19};

inline uint64_t bloom_block_of(uint64_t hash, uint64_t block_count) {
  return (hash >> 32) * block_count >> 32;
}

/// Blocks for `key_count` keys: at least one.
uint64_t bloom_block_count(uint64_t key_count, uint32_t bits_per_key);

/// Sets the bits of `count` hashes in a filter that was zeroed.
void bloom_add(const uint64_t* hashes, size_t count, char* filter, uint64_t block_count);

void bloom_add_scalar(const uint64_t* hashes, size_t count, char* filter, uint64_t block_count);
bool bloom_test_scalar(const char* filter, uint64_t block_count, uint64_t hash);
#if defined(__x86_64__)
void bloom_add_avx2(const uint64_t* hashes, size_t count, char* filter, uint64_t block_count);
bool bloom_test_avx2(const char* filter, uint64_t block_count, uint64_t hash);
#endif

/// False: the key was certainly not added.
inline bool bloom_test(const char* filter, uint64_t block_count, uint64_t hash) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return bloom_test_avx2(filter, block_count, hash);
#endif
  return bloom_test_scalar(filter, block_count, hash);
}

}  // namespace wombat
