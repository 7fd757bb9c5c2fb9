#include "codec/decompressor_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace wombat {
namespace {

/// What each thread gets back is its own, whoever used the working memory before, and failures leave none behind.
TEST(DecompressorPool, ServesManyThreadsAndCodecs) {
  DecompressorPool pool;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 12; ++number) {
    threads.emplace_back([&, number] {
      for (const CodecId id : kAllCodecs) {
        const Codec* const codec = codec_if_built(id);
        if (codec == nullptr) continue;
        const auto compressor = codec->new_compressor(-1, Bytes());
        for (int i = 0; i < 50; ++i) {
          const std::string raw = std::string(1000, static_cast<char>('a' + number)) + std::to_string(i);
          std::string packed;
          if (!compressor->compress(raw, raw.size(), &packed)) ++wrong;
          std::string back(raw.size(), '?');
          if (!pool.decompress(*codec, nullptr, packed, back.data(), back.size()) || back != raw) ++wrong;
          if (pool.decompress(*codec, nullptr, "nonsense", back.data(), back.size())) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace wombat
