#include "table/bloom_filter.h"

#include "base/coding.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace wombat {

uint64_t bloom_block_count(uint64_t key_count, uint32_t bits_per_key) {
  const uint64_t bits = key_count * bits_per_key;
  const uint64_t blocks = (bits + 8 * kBloomBlockSize - 1) / (8 * kBloomBlockSize);
  return blocks == 0 ? 1 : blocks > kBloomBlockCountMax ? kBloomBlockCountMax : blocks;
}

void bloom_add(const uint64_t* hashes, size_t count, char* filter, uint64_t block_count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return bloom_add_avx2(hashes, count, filter, block_count);
#endif
  bloom_add_scalar(hashes, count, filter, block_count);
}

void bloom_add_scalar(const uint64_t* hashes, size_t count, char* filter, uint64_t block_count) {
  for (size_t k = 0; k < count; ++k) {
    char* const block = filter + bloom_block_of(hashes[k], block_count) * kBloomBlockSize;
    for (size_t lane = 0; lane < 8; ++lane) {
      const uint32_t bit = (static_cast<uint32_t>(hashes[k]) * kBloomFactors[lane]) >> 27;
      store_le<uint32_t>(block + 4 * lane, load_le<uint32_t>(block + 4 * lane) | uint32_t{1} << bit);
    }
  }
}

bool bloom_test_scalar(const char* filter, uint64_t block_count, uint64_t hash) {
  const char* const block = filter + bloom_block_of(hash, block_count) * kBloomBlockSize;
  uint32_t present = 1;
  for (size_t lane = 0; lane < 8; ++lane) {
    const uint32_t bit = (static_cast<uint32_t>(hash) * kBloomFactors[lane]) >> 27;
    present &= load_le<uint32_t>(block + 4 * lane) >> bit;
  }
  return present != 0;
}

#if defined(__x86_64__)

namespace {

__attribute__((target("avx2"))) inline __m256i block_mask(uint64_t hash) {
  const __m256i factors = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kBloomFactors));
  const __m256i product = _mm256_mullo_epi32(_mm256_set1_epi32(static_cast<int>(hash)), factors);
  return _mm256_sllv_epi32(_mm256_set1_epi32(1), _mm256_srli_epi32(product, 27));
}

}  // namespace

__attribute__((target("avx2"))) void bloom_add_avx2(const uint64_t* hashes, size_t count, char* filter,
                                                    uint64_t block_count) {
  constexpr size_t kAhead = 16;
  for (size_t k = 0; k < count; ++k) {
    if (k + kAhead < count) {
      __builtin_prefetch(filter + bloom_block_of(hashes[k + kAhead], block_count) * kBloomBlockSize, 1);
    }
    auto* const block =
        reinterpret_cast<__m256i*>(filter + bloom_block_of(hashes[k], block_count) * kBloomBlockSize);
    _mm256_storeu_si256(block, _mm256_or_si256(_mm256_loadu_si256(block), block_mask(hashes[k])));
  }
}

__attribute__((target("avx2"))) bool bloom_test_avx2(const char* filter, uint64_t block_count,
                                                     uint64_t hash) {
  const auto* const block =
      reinterpret_cast<const __m256i*>(filter + bloom_block_of(hash, block_count) * kBloomBlockSize);
  return _mm256_testc_si256(_mm256_loadu_si256(block), block_mask(hash)) != 0;
}

#endif

}  // namespace wombat
