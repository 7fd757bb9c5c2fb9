#include "txn/write_index.h"

#include <gtest/gtest.h>

#include <random>

#include "support/seed.h"

namespace wombat {

namespace {

std::string text_of(const WriteIndex& index) {
  std::string text;
  index.cleared().for_each([&](const KeyRange& range) {
    text += std::to_string(range.keyspace) + "[" + std::string(range.lower) + "," +
            (range.upper ? std::string(*range.upper) : "...") + ") ";
    return true;
  });
  for (const auto& [key, point] : index.points()) {
    text += std::to_string(key.keyspace) + key.key + "=";
    text += !point.base ? "?" : *point.base == Kind::kDelete ? "-" : point.value;
    for (const std::string& operand : point.operands) text += "+" + operand;
    text += " ";
  }
  return text;
}

TEST(WriteIndex, TheLastWriteOfAKeyCounts) {
  WriteIndex index;
  index.set(0, "a", Kind::kPut, "1");
  index.set(0, "a", Kind::kPut, "2");
  index.set(0, "b", Kind::kDelete, "");
  index.merge(0, "b", "x");
  index.merge(0, "c", "y");
  index.merge(0, "c", "z");
  EXPECT_EQ(text_of(index), "0a=2 0b=-+x 0c=?+y+z ");
  index.set(0, "c", Kind::kPut, "3");
  EXPECT_EQ(text_of(index), "0a=2 0b=-+x 0c=3 ");
}

TEST(WriteIndex, ARangeDeleteTakesWhatWasWrittenBeforeIt) {
  WriteIndex index;
  index.set(0, "a", Kind::kPut, "1");
  index.set(0, "c", Kind::kPut, "1");
  index.set(1, "b", Kind::kPut, "1");
  index.delete_range({0, "a", "c"});
  EXPECT_EQ(text_of(index), "0[a,c) 0c=1 1b=1 ");
  index.set(0, "b", Kind::kPut, "2");
  EXPECT_EQ(text_of(index), "0[a,c) 0b=2 0c=1 1b=1 ");
  EXPECT_TRUE(index.is_cleared(0, "b"));
  EXPECT_FALSE(index.is_cleared(1, "b"));
}

TEST(WriteIndex, SavepointsNestAndRollBack) {
  WriteIndex index;
  EXPECT_EQ(index.rollback_to_savepoint().code(), Code::kNotFound);
  EXPECT_EQ(index.release_savepoint().code(), Code::kNotFound);
  index.set(0, "a", Kind::kPut, "1");
  index.set_savepoint();
  index.set(0, "a", Kind::kPut, "2");
  index.set_savepoint();
  index.delete_range({0, "", std::nullopt});
  index.set(0, "b", Kind::kPut, "3");
  ASSERT_TRUE(index.rollback_to_savepoint());
  EXPECT_EQ(text_of(index), "0a=2 ");
  index.set_savepoint();
  index.merge(0, "a", "x");
  ASSERT_TRUE(index.release_savepoint());
  EXPECT_EQ(text_of(index), "0a=2+x ");
  ASSERT_TRUE(index.rollback_to_savepoint());
  EXPECT_EQ(text_of(index), "0a=1 ");
  EXPECT_EQ(index.rollback_to_savepoint().code(), Code::kNotFound);
}

TEST(WriteIndex, AnyOrderOfCallsGoesBackToWhatWas) {
  const SeedScope scope(77);
  std::mt19937_64 random(scope.seed());
  const auto key = [&] { return std::string(1, static_cast<char>('a' + random() % 8)); };
  for (int round = 0; round < 3000; ++round) {
    WriteIndex index;
    std::vector<std::pair<std::string, size_t>> saved;
    for (int step = 0; step < 40; ++step) {
      const auto keyspace = static_cast<uint32_t>(random() % 2);
      const uint64_t before = index.change_count();
      switch (random() % 8) {
        case 0:
        case 1:
          index.set(keyspace, key(), Kind::kPut, std::to_string(random() % 100));
          ASSERT_NE(index.change_count(), before);
          break;
        case 2:
          index.set(keyspace, key(), Kind::kDelete, "");
          break;
        case 3:
          index.merge(keyspace, key(), std::to_string(random() % 100));
          break;
        case 4: {
          const std::string lower = key();
          const std::string upper = key();
          index.delete_range(
              {keyspace, lower, random() % 4 == 0 ? std::nullopt : std::optional<Bytes>(upper)});
          break;
        }
        case 5:
          saved.emplace_back(text_of(index), 0);
          index.set_savepoint();
          break;
        case 6:
          ASSERT_EQ(index.release_savepoint().is_ok(), !saved.empty());
          if (!saved.empty()) saved.pop_back();
          break;
        default:
          ASSERT_EQ(index.rollback_to_savepoint().is_ok(), !saved.empty());
          if (!saved.empty()) {
            ASSERT_EQ(text_of(index), saved.back().first);
            saved.pop_back();
          }
      }
    }
    WriteIndex fresh;
    for (const auto& [at, point] : index.points()) {
      if (point.base) fresh.set(at.keyspace, at.key, *point.base, point.value);
      for (const std::string& operand : point.operands) fresh.merge(at.keyspace, at.key, operand);
    }
    while (index.release_savepoint()) {
    }
    ASSERT_EQ(index.size_bytes() - index.cleared().size_bytes(), fresh.size_bytes());
  }
}

}  // namespace

}  // namespace wombat
