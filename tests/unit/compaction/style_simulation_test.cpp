// Each style under many flushes, on data alone: what is read, written and kept stays within the bounds of the style, and
// every style copes with what another has left.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.h"
#include "compaction/compaction_policy.h"
#include "support/seed.h"
#include "unit/compaction/tree_text.h"

namespace wombat {

namespace {

constexpr uint64_t kFlushBytes = 100;
/// Keys there are: a merge of runs has at most the bytes of all of them.
constexpr uint64_t kDataBytes = 40'000;

CompactionOptions options_of(CompactionStyle style) {
  CompactionOptions options;
  options.style = style;
  options.min_compaction_files = 4;
  options.base_size_bytes = 1000;
  options.size_multiplier = 10;
  options.table_size_bytes = 200;
  options.fifo_max_size = 5000;
  return options;
}

/// About how much a merge leaves: runs hold random keys, each key once. Of N keys a run of b holds b / N.
uint64_t merged_bytes(const CompactionPlan& plan) {
  double missing = 1;
  for (const CompactionPlan::Input& input : plan.inputs) {
    uint64_t bytes = 0;
    for (const TablePtr& one : input.tables) bytes += one->info.file_size;
    missing *= 1 - std::min(1.0, static_cast<double>(bytes) / static_cast<double>(kDataBytes));
  }
  return static_cast<uint64_t>(static_cast<double>(kDataBytes) * (1 - missing)) + 1;
}

struct Totals {
  uint64_t flushed = 0;
  uint64_t written = 0;
  size_t runs_max = 0;
  uint64_t bytes_max = 0;
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : random_(seed) {}

  /// Flushes a run over all keys, and lets the policy come to rest.
  void flush(const CompactionOptions& options) {
    wombat::Run run;
    run.id = ++number_;
    run.tables.push_back(table(++number_, "a", "z", kFlushBytes + random_.below(kFlushBytes / 2)));
    totals_.flushed += run.bytes();
    version_.levels[0].runs.insert(version_.levels[0].runs.begin(), run);
    for (int plans = 0;; ++plans) {
      const std::optional<CompactionPlan> plan = pick_compaction(version_, options, {});
      if (!plan) break;
      ASSERT_LT(plans, 200) << "the policy never rests";
      take(*plan);
      const Status checked = version_.check();
      ASSERT_TRUE(checked) << checked.to_string() << " after " << text_of(plan);
    }
    size_t runs = 0;
    for (const Level& level : version_.levels) {
      runs += level.runs.size();
      if (&level != &version_.levels.front()) {
        ASSERT_LE(level.runs.size(), 1u);
      }
    }
    totals_.runs_max = std::max(totals_.runs_max, runs);
    totals_.bytes_max = std::max(totals_.bytes_max, version_.bytes());
  }
  const Version& version() const { return version_; }
  Totals take_totals() { return std::exchange(totals_, {}); }

 private:
  void take(const CompactionPlan& plan) {
    if (plan.is_drop) {
      for (const CompactionPlan::Input& input : plan.inputs)
        for (const TablePtr& one : input.tables)
          for (wombat::Run& run : version_.levels[input.level].runs) std::erase(run.tables, one);
      for (Level& level : version_.levels)
        std::erase_if(level.runs, [](const wombat::Run& run) { return run.tables.empty(); });
      return;
    }
    carry_out(&version_, plan, ++number_);
    for (wombat::Run& run : version_.levels[plan.output_level].runs) {
      for (TablePtr& one : run.tables) {
        if (one->info.number != number_) continue;
        TableInfo info = one->info;
        info.file_size = merged_bytes(plan);
        totals_.written += plan.is_trivial_move ? 0 : info.file_size;
        one = std::make_shared<TableHandle>(info);
      }
    }
  }

  Random random_;
  Version version_{5};
  uint64_t number_ = 0;
  Totals totals_;
};

Totals run(CompactionStyle style, int flushes, Simulation* simulation) {
  for (int i = 0; i < flushes && !testing::Test::HasFatalFailure(); ++i) simulation->flush(options_of(style));
  return simulation->take_totals();
}

double write_share(const Totals& totals) {
  return static_cast<double>(totals.written) / static_cast<double>(totals.flushed);
}

TEST(StyleSimulation, EachStyleKeepsItsBounds) {
  const SeedScope seed(21);
  Simulation leveled(seed.seed());
  Simulation tiered(seed.seed());
  Simulation universal(seed.seed());
  Simulation fifo(seed.seed());
  const Totals a = run(CompactionStyle::kLeveled, 1000, &leveled);
  const Totals b = run(CompactionStyle::kSizeTiered, 1000, &tiered);
  const Totals c = run(CompactionStyle::kUniversal, 1000, &universal);
  const Totals d = run(CompactionStyle::kFifo, 1000, &fifo);
  // Writes: a byte takes part in about one merge for each factor of 4 in size_tiered; in universal in not many more.
  EXPECT_LT(write_share(b), 6);
  EXPECT_LT(write_share(c), 8);
  EXPECT_LT(write_share(b), write_share(a));
  EXPECT_EQ(d.written, 0u);
  // Reads.
  EXPECT_LE(a.runs_max, 4u + 4);
  EXPECT_LE(b.runs_max, 3u * 6);
  EXPECT_LE(c.runs_max, 8u);
  // Space: of universal at most 200 % above the oldest run, which has every key at most once.
  EXPECT_LE(c.bytes_max, 3 * kDataBytes + 3 * kFlushBytes);
  EXPECT_LE(d.bytes_max, 5000u);
}

TEST(StyleSimulation, EveryStyleTakesOverFromEveryOther) {
  const SeedScope seed(22);
  const CompactionStyle all[] = {CompactionStyle::kLeveled, CompactionStyle::kSizeTiered,
                                 CompactionStyle::kUniversal, CompactionStyle::kFifo};
  Random random(seed.seed());
  for (int round = 0; round < 20; ++round) {
    Simulation simulation(seed.seed() + static_cast<uint64_t>(round));
    for (int change = 0; change < 12; ++change) {
      const CompactionStyle style = all[random.below(std::size(all))];
      run(style, static_cast<int>(random.below(60)), &simulation);
      if (HasFatalFailure()) return;
      // In force for a while, each is as it would be alone.
      const Totals settled = run(style, 40, &simulation);
      if (HasFatalFailure()) return;
      if (style == CompactionStyle::kFifo) {
        EXPECT_LE(simulation.version().bytes(), 5000u);
      }
      if (style == CompactionStyle::kUniversal) {
        EXPECT_LE(settled.runs_max, 8u);
      }
      if (style == CompactionStyle::kLeveled) {
        EXPECT_LE(simulation.version().levels[0].runs.size(), 10u);
      }
    }
  }
}

}  // namespace

}  // namespace wombat
