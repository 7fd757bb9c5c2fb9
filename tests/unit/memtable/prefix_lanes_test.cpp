#include "memtable/prefix_lanes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

struct Implementation {
  const char* name;
  bool runs_here;
  LaneMasks (*compare)(const uint64_t*, uint32_t, uint64_t);
  uint32_t (*equal)(const uint64_t*, uint32_t, uint64_t);
  bool (*sort)(const uint64_t*, uint32_t, uint8_t*);
};

std::vector<Implementation> implementations() {
  std::vector<Implementation> all = {{"chosen", true, compare_lanes, equal_lanes, sort_lanes}};
#ifdef WOMBAT_VECTOR_LANES
  all.push_back(
      {"avx2", __builtin_cpu_supports("avx2") != 0, compare_lanes_avx2, equal_lanes_avx2, sort_lanes_avx2});
  all.push_back({"avx512", __builtin_cpu_supports("avx512f") != 0, compare_lanes_avx512, equal_lanes_avx512,
                 sort_lanes_avx512});
#endif
  return all;
}

TEST(PrefixLanes, EveryImplementationAgreesWithTheScalarOne) {
  const SeedScope seed(0x1A9E);
  Random random(seed.seed());
  constexpr uint64_t kSpecial[] = {0, 1, INT64_MAX, uint64_t{1} << 63, UINT64_MAX - 1, UINT64_MAX};
  const auto draw = [&] { return random.one_in(2) ? kSpecial[random.below(6)] : random.next(); };
  for (const Implementation& implementation : implementations()) {
    if (!implementation.runs_here) {
      std::printf("%s: not on this processor\n", implementation.name);
      continue;
    }
    SCOPED_TRACE(implementation.name);
    for (int round = 0; round < 3000; ++round) {
      alignas(64) uint64_t lanes[kLaneCount];
      for (uint64_t& lane : lanes) lane = draw();
      const auto count = static_cast<uint32_t>(random.below(kLaneCount + 1));
      const uint64_t number = random.one_in(2) ? lanes[random.below(kLaneCount)] : draw();
      const LaneMasks expected = compare_lanes_scalar(lanes, count, number);
      const LaneMasks masks = implementation.compare(lanes, count, number);
      ASSERT_EQ(masks.less, expected.less);
      ASSERT_EQ(masks.equal, expected.equal);
      ASSERT_EQ(implementation.equal(lanes, count, number), equal_lanes_scalar(lanes, count, number));
      ASSERT_EQ(expected.equal, equal_lanes_scalar(lanes, count, number));
      for (uint32_t i = 0; i < kLaneCount; ++i) {
        ASSERT_EQ(expected.less >> i & 1, i < count && lanes[i] < number);
        ASSERT_EQ(expected.equal >> i & 1, i < count && lanes[i] == number);
      }
    }
  }
}

TEST(PrefixLanes, EveryImplementationSorts) {
  const SeedScope seed(0x50F7);
  Random random(seed.seed());
  constexpr uint64_t kSpecial[] = {0, 1, INT64_MAX, uint64_t{1} << 63, UINT64_MAX - 1, UINT64_MAX};
  std::vector<Implementation> all = implementations();
  all.push_back({"scalar", true, compare_lanes_scalar, equal_lanes_scalar, sort_lanes_scalar});
  for (const Implementation& implementation : all) {
    if (!implementation.runs_here) continue;
    SCOPED_TRACE(implementation.name);
    for (int round = 0; round < 3000; ++round) {
      alignas(64) uint64_t lanes[kLaneCount];
      for (uint64_t& lane : lanes) lane = random.one_in(12) ? kSpecial[random.below(6)] : random.next();
      const auto count = static_cast<uint32_t>(random.below(kLaneCount + 1));
      if (count > 1 && random.one_in(4)) lanes[random.below(count)] = lanes[random.below(count)];
      std::vector<uint64_t> sorted(lanes, lanes + count);
      std::sort(sorted.begin(), sorted.end());
      const bool has_ties = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
      uint8_t order[kLaneCount];
      ASSERT_EQ(implementation.sort(lanes, count, order), !has_ties) << "round " << round;
      for (uint32_t i = 0; i < count && !has_ties; ++i) {
        ASSERT_LT(order[i], count);
        ASSERT_EQ(lanes[order[i]], sorted[i]) << "round " << round;
      }
    }
  }
}

}  // namespace
}  // namespace wombat
