#include "workload.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace wombat::bench {
namespace {

constexpr uint64_t kEntries = 1000;

BenchConfig small_config(unsigned thread_count = 1) {
  BenchConfig config;
  config.entry_count = kEntries;
  config.thread_count = thread_count;
  return config;
}

std::vector<WorkPlan> plans_of(const char* name, const BenchConfig& config, uint64_t seed = 1,
                               uint64_t* entry_count = nullptr) {
  uint64_t entries = config.entry_count;
  return make_plans(*find_workload(name), config, seed, entry_count == nullptr ? &entries : entry_count);
}

std::string key_of(const BenchConfig& config, uint64_t number) {
  std::string key(config.keys.size_bytes, '\0');
  config.keys.encode(number, key.data());
  return key;
}

std::set<std::string> present_keys(const BenchConfig& config) {
  std::set<std::string> keys;
  for (uint64_t i = 0; i < config.entry_count; ++i) keys.insert(key_of(config, present_number(i)));
  return keys;
}

std::string key_at(const WorkPlan& plan, size_t index) {
  return std::string(plan.keys.key(index), plan.keys.key_size());
}

TEST(KeyShape, encodes_in_numeric_order_in_both_formats) {
  for (const KeyFormat format : {KeyFormat::kBinary, KeyFormat::kDecimal})
    for (const size_t size : {4, 8, 16}) {
      KeyShape shape{size, format};
      std::string previous, key(size, '\0');
      for (uint64_t number = 0; number < 3000; ++number) {
        shape.encode(number, key.data());
        if (number > 0) {
          ASSERT_LT(previous, key) << number;
        }
        previous = key;
      }
    }
}

TEST(KeyShape, knows_how_many_numbers_fit) {
  EXPECT_TRUE((KeyShape{2, KeyFormat::kBinary}.can_hold(65536)));
  EXPECT_FALSE((KeyShape{2, KeyFormat::kBinary}.can_hold(65537)));
  EXPECT_FALSE((KeyShape{2, KeyFormat::kDecimal}.can_hold(101)));
}

TEST(Workloads, fills_of_several_threads_cover_each_entry_once) {
  for (const char* name : {"fillseq", "fillrandom", "fillbatch", "fillseqbatch", "deleterandom"}) {
    SCOPED_TRACE(name);
    const BenchConfig config = small_config(3);
    std::multiset<std::string> keys;
    for (const WorkPlan& plan : plans_of(name, config))
      for (size_t i = 0; i < plan.keys.count(); ++i) keys.insert(key_at(plan, i));
    EXPECT_EQ(keys.size(), kEntries);
    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()), present_keys(config));
  }
}

TEST(Workloads, reads_draw_present_keys_and_readmissing_absent_ones) {
  const BenchConfig config = small_config(2);
  const std::set<std::string> present = present_keys(config);
  for (const char* name :
       {"readrandom", "readhot", "multireadrandom", "seekrandom", "readmissing", "ycsbc"}) {
    SCOPED_TRACE(name);
    size_t count = 0;
    for (const WorkPlan& plan : plans_of(name, config))
      for (size_t i = 0; i < plan.keys.count(); ++i, ++count)
        ASSERT_EQ(present.count(key_at(plan, i)), std::string(name) == "readmissing" ? 0u : 1u);
    EXPECT_EQ(count, kEntries);
  }
}

TEST(Workloads, the_same_seed_gives_the_same_plan) {
  const BenchConfig config = small_config();
  for (const char* name : {"fillrandom", "readrandom", "ycsba", "ycsbe"}) {
    const auto first = plans_of(name, config, 7), again = plans_of(name, config, 7),
               other = plans_of(name, config, 8);
    size_t differing = 0;
    for (size_t i = 0; i < kEntries; ++i) {
      ASSERT_EQ(key_at(first[0], i), key_at(again[0], i)) << name;
      if (key_at(first[0], i) != key_at(other[0], i)) ++differing;
    }
    EXPECT_GT(differing, kEntries / 2) << name;
  }
}

TEST(Workloads, ycsb_mixes_have_the_shares_of_their_definition) {
  BenchConfig config = small_config();
  config.read_count = 20'000;
  const std::map<std::string, std::map<OperationKind, double>> shares = {
      {"ycsba", {{OperationKind::kRead, 0.5}, {OperationKind::kWrite, 0.5}}},
      {"ycsbb", {{OperationKind::kRead, 0.95}, {OperationKind::kWrite, 0.05}}},
      {"ycsbc", {{OperationKind::kRead, 1.0}}},
      {"ycsbd", {{OperationKind::kRead, 0.95}, {OperationKind::kWrite, 0.05}}},
      {"ycsbe", {{OperationKind::kScan, 0.95}, {OperationKind::kWrite, 0.05}}},
      {"ycsbf", {{OperationKind::kRead, 0.5}, {OperationKind::kReadModifyWrite, 0.5}}}};
  for (const auto& [name, expected] : shares) {
    std::map<OperationKind, double> seen;
    const auto plans = plans_of(name.c_str(), config);
    for (const Operation& operation : plans[0].operations) {
      seen[operation.kind] += 1.0 / 20'000;
      if (operation.kind == OperationKind::kScan) {
        ASSERT_GE(operation.row_count, 1);
        ASSERT_LE(operation.row_count, 100);
      }
    }
    for (const OperationKind kind :
         {OperationKind::kRead, OperationKind::kWrite, OperationKind::kScan, OperationKind::kReadModifyWrite})
      EXPECT_NEAR(seen[kind], expected.count(kind) == 1 ? expected.at(kind) : 0.0, 0.02) << name;
  }
}

TEST(Workloads, inserts_of_ycsb_d_are_new_entries_and_never_the_same) {
  const BenchConfig config = small_config(2);
  std::set<std::string> known = present_keys(config);
  uint64_t entries = kEntries;
  for (int run = 0; run < 2; ++run)
    for (const WorkPlan& plan : plans_of("ycsbd", config, 1, &entries))
      for (size_t i = 0; i < plan.keys.count(); ++i)
        if (plan.operations[i].kind == OperationKind::kWrite) {
          EXPECT_TRUE(known.insert(key_at(plan, i)).second);
        }
  EXPECT_GT(entries, kEntries);
}

}  // namespace
}  // namespace wombat::bench
