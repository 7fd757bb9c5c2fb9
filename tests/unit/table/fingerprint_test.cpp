#include "table/fingerprint.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

TEST(Fingerprint, VectorAndScalarCodeAgree) {
  SeedScope seed(31);
  Random random(seed.seed());
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.below(3) == 0 ? random.next() : 0xAB);
    for (const uint8_t wanted : {uint8_t{0xAB}, uint8_t{0}, static_cast<uint8_t>(random.next())}) {
      ASSERT_EQ(match_fingerprints(bytes.data(), wanted), match_fingerprints_scalar(bytes.data(), wanted));
    }
  }
}

TEST(Fingerprint, VisitsMatchingRowsInOrderAndNoneBeyondTheLast) {
  const std::string bytes(1100, 'f');
  for (const size_t rows : {size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{1008}}) {
    std::vector<size_t> seen;
    EXPECT_FALSE(visit_fingerprint_matches(bytes.data(), rows, 'f', [&](size_t row) {
      seen.push_back(row);
      return false;
    }));
    ASSERT_EQ(seen.size(), rows);
    for (size_t i = 0; i < rows; ++i) EXPECT_EQ(seen[i], i);
  }
}

TEST(Fingerprint, StopsWhenTold) {
  const std::string bytes(200, 'f');
  size_t calls = 0;
  EXPECT_TRUE(visit_fingerprint_matches(bytes.data(), 100, 'f', [&](size_t row) {
    ++calls;
    return row == 70;
  }));
  EXPECT_EQ(calls, 71u);
}

}  // namespace
}  // namespace wombat
