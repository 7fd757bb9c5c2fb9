#include "support/model_database.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

using Op = ModelOperation;

TEST(ModelDatabase, KeepsEveryVersion) {
  ModelDatabase model;
  EXPECT_EQ(model.apply({Op::put("a", "1"), Op::put("b", "1")}), 1u);
  EXPECT_EQ(model.apply({Op::put("a", "2"), Op::erase("b"), Op::put("c", "x"), Op::put("c", "2")}), 2u);
  EXPECT_EQ(model.apply({Op::erase_range("a", "c")}), 3u);
  EXPECT_EQ(model.get("a", 1), "1");
  EXPECT_EQ(model.get("a", 2), "2");
  EXPECT_EQ(model.get("a"), std::nullopt);
  EXPECT_EQ(model.get("a", 0), std::nullopt);
  EXPECT_EQ(model.get("b", 2), std::nullopt);
  EXPECT_EQ(model.scan("", "", 1), (ModelRows{{"a", "1"}, {"b", "1"}}));
  EXPECT_EQ(model.scan("b", "", 2), (ModelRows{{"c", "2"}}));
  EXPECT_EQ(model.scan("a", "b", 1), (ModelRows{{"a", "1"}}));
  EXPECT_EQ(model.scan(), (ModelRows{{"c", "2"}}));
}

TEST(ModelDatabase, ForgettingOldVersionsKeepsTheNeededOnes) {
  ModelDatabase model;
  for (int i = 1; i <= 10; ++i) model.apply({Op::put("a", std::to_string(i))});
  model.forget_before(5);
  EXPECT_EQ(model.get("a", 5), "5");
  EXPECT_EQ(model.get("a", 7), "7");
  EXPECT_EQ(model.version(), 10u);
  EXPECT_FALSE(model.check_prefix({{"a", "5"}}));
  EXPECT_TRUE(model.check_prefix({{"a", "4"}}));
}

/// Four commits, the second acknowledged as durable.
void fill(ModelDatabase* model) {
  model->apply({Op::put("a", "1")});
  model->apply({Op::put("b", "2"), Op::put("c", "2")});
  model->apply({Op::erase("a")});
  model->apply({Op::put("b", "4")});
  model->mark_durable(2);
}

TEST(ModelOracle, AcceptsEveryPrefixThatHoldsTheDurableCommits) {
  ModelDatabase model;
  fill(&model);
  for (uint64_t version = 2; version <= 4; ++version) {
    ModelDatabase::Match match;
    EXPECT_EQ(model.check_prefix(model.scan("", "", version), &match), std::nullopt);
    EXPECT_EQ(match.version, version);
  }
}

TEST(ModelOracle, RejectsAPrefixWithoutADurableCommit) {
  ModelDatabase model;
  fill(&model);
  const auto error = model.check_prefix(model.scan("", "", 1));
  ASSERT_TRUE(error.has_value());
  EXPECT_NE(error->find("acknowledged commits were lost"), std::string::npos) << *error;
  EXPECT_TRUE(model.check_prefix({}));
}

TEST(ModelOracle, RejectsHolesHalvesAndInventions) {
  ModelDatabase model;
  fill(&model);
  EXPECT_TRUE(model.check_prefix({{"a", "1"}, {"b", "4"}, {"c", "2"}}));  // commit 3 is missing
  EXPECT_TRUE(model.check_prefix({{"a", "1"}, {"b", "2"}}));              // half of commit 2
  EXPECT_TRUE(model.check_prefix({{"b", "4"}, {"c", "2"}, {"d", "5"}}));  // never written
  const auto error = model.check_prefix({{"b", "4"}, {"c", "X"}});
  ASSERT_TRUE(error.has_value());
  EXPECT_NE(error->find("key c: expected 2, found X"), std::string::npos) << *error;
}

TEST(ModelOracle, BoundsOfAPastCrashAreRespected) {
  ModelDatabase model;
  fill(&model);
  EXPECT_FALSE(model.check_prefix(model.scan("", "", 1), 0, 2));
  EXPECT_TRUE(model.check_prefix(model.scan("", "", 3), 0, 2));
}

TEST(ModelOracle, UncertainCommitMayBeMissingOrThere) {
  ModelDatabase model;
  model.apply({Op::put("a", "1")});
  model.apply({Op::put("a", "2"), Op::put("b", "2")});
  model.apply({Op::put("c", "3")});
  model.mark_durable(3);
  const ModelRows without = {{"a", "1"}, {"c", "3"}};
  EXPECT_TRUE(model.check_prefix(without));
  model.mark_uncertain(2);
  ModelDatabase::Match match;
  EXPECT_EQ(model.check_prefix(without, &match), std::nullopt);
  EXPECT_EQ(match.did_not_happen, std::set<uint64_t>{2});
  EXPECT_FALSE(model.check_prefix(model.scan()));
  EXPECT_TRUE(model.check_prefix({{"a", "1"}, {"b", "2"}, {"c", "3"}}));  // half of it is no state
  model.adopt(match);
  EXPECT_EQ(model.scan(), without);
  EXPECT_EQ(model.durable_version(), 3u);
  EXPECT_EQ(model.apply({Op::put("d", "4")}), 4u);
  EXPECT_FALSE(model.check_prefix(without));
}

TEST(ModelOracle, RangeDeleteAfterAnUncertainDeleteStillDeletes) {
  ModelDatabase model;
  model.apply({Op::put("a", "1")});
  const uint64_t uncertain = model.apply({Op::erase("a")});
  model.mark_uncertain(uncertain);
  model.mark_durable(model.apply({Op::erase_range("", "z"), Op::put("b", "3")}));
  EXPECT_FALSE(model.check_prefix({{"b", "3"}}));
  EXPECT_TRUE(model.check_prefix({{"a", "1"}, {"b", "3"}}));
}

TEST(ModelOracle, ResolvedCommitHasNoEffect) {
  ModelDatabase model;
  model.apply({Op::put("a", "1")});
  model.apply({Op::put("a", "2")});
  model.apply({Op::put("b", "3")});
  model.mark_durable(3);
  model.resolve(2, false);
  EXPECT_EQ(model.get("a"), "1");
  EXPECT_FALSE(model.check_prefix({{"a", "1"}, {"b", "3"}}));
  EXPECT_TRUE(model.check_prefix({{"a", "2"}, {"b", "3"}}));
}

TEST(ModelOracle, AdoptForgetsCommitsThatWereLost) {
  ModelDatabase model;
  fill(&model);
  ModelDatabase::Match match;
  ASSERT_FALSE(model.check_prefix({{"a", "1"}, {"b", "2"}, {"c", "2"}}, &match));
  model.adopt(match);
  EXPECT_EQ(model.version(), 2u);
  EXPECT_EQ(model.get("b"), "2");
  EXPECT_EQ(model.apply({Op::put("b", "new")}), 3u);
  EXPECT_TRUE(model.check_prefix({{"b", "4"}, {"c", "2"}}));
}

TEST(ModelOracle, StatesAreThoseOfTheTimeOfTheReader) {
  ModelDatabase model;
  model.apply({Op::put_expiring("a", "1", 2)});
  model.apply({Op::merge("append", "a", "+")});
  EXPECT_FALSE(model.check_prefix({{"a", "1+"}}));
  EXPECT_TRUE(model.check_prefix({{"a", "+"}}));
  EXPECT_FALSE(model.check_prefix({{"a", "+"}}, 0, 2, nullptr, model.now() + 2));
  EXPECT_TRUE(model.check_prefix({{"a", "1+"}}, 0, 2, nullptr, model.now() + 2));
  EXPECT_FALSE(model.check_prefix({}, 0, 1, nullptr, model.now() + 2));
  model.mark_uncertain(2);
  model.tick();
  EXPECT_FALSE(model.check_prefix({{"a", "1"}}, 2, 2));
  model.tick();
  EXPECT_FALSE(model.check_prefix({}, 2, 2));
  EXPECT_FALSE(model.check_prefix({{"a", "+"}}, 2, 2));
  EXPECT_TRUE(model.check_prefix({{"a", "1+"}}, 2, 2));
}

TEST(ModelDatabase, WhatRebuildsAStateAgesAsTheStateDoes) {
  ModelDatabase model;
  model.apply({Op::put("old", "x"), Op::put_expiring("a", "1", 3), Op::put_expiring("b", "1", 1)});
  model.apply({Op::merge("append", "a", "+"), Op::merge("append", "b", "-"), Op::erase("old")});
  model.apply({Op::put("later", "x")});
  model.tick();
  ModelDatabase copy;
  copy.apply(model.rebuild(2));
  for (int tick = 0; tick < 4; ++tick) {
    EXPECT_EQ(copy.scan(), model.scan("", "", 2)) << tick;
    copy.tick();
    model.tick();
  }
  EXPECT_EQ(copy.scan(), (ModelRows{{"a", "+"}, {"b", "-"}}));
  copy.apply(model.rebuild(2, {2}));
  EXPECT_EQ(copy.get("old"), "x");
}

TEST(ModelOracle, AgreesWithAPlainMapOnRandomHistories) {
  const SeedScope scope(11);
  Random random(scope.seed());
  ModelDatabase model;
  std::vector<ModelRows> states(1);
  for (int i = 0; i < 300; ++i) {
    ModelRows rows = states.back();
    std::vector<Op> batch;
    for (uint64_t n = random.below(4); n > 0; --n) {
      const std::string key = std::to_string(random.below(30));
      const std::string end = std::to_string(random.below(30));
      const uint64_t choice = random.below(10);
      if (choice == 0 && key < end) {
        batch.push_back(Op::erase_range(key, end));
        rows.erase(rows.lower_bound(key), rows.lower_bound(end));
      } else if (choice < 4) {
        batch.push_back(Op::erase(key));
        rows.erase(key);
      } else {
        batch.push_back(Op::put(key, std::to_string(i)));
        rows[key] = std::to_string(i);
      }
    }
    ASSERT_EQ(model.apply(batch), states.size());
    states.push_back(rows);
  }
  for (size_t version = 0; version < states.size(); ++version) {
    ASSERT_EQ(model.scan("", "", version), states[version]) << version;
    ASSERT_EQ(model.check_prefix(states[version]), std::nullopt) << version;
    ModelRows damaged = states[version];
    damaged["new"] = "row";
    ASSERT_TRUE(model.check_prefix(damaged)) << version;
  }
}

}  // namespace
}  // namespace wombat
