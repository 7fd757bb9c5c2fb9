/// The rounds: every engine takes its turn at every workload, and all of them must see the same.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "match_plan.h"
#include "match_turn.h"
#include "value_source.h"

namespace wombat::bench {

/// What a workload gave.
struct MatchRow {
  const MatchWorkload* workload;
  std::map<std::string, std::vector<TurnResult>>
      turns;                               // by engine, one a round; an engine that cannot do it is not here
  std::vector<double> device_syncs_per_s;  // of fillsync, one a round
};

class Contest {
 public:
  /// Throws StoreFailure for names that do not exist.
  explicit Contest(const MatchConfig& config);

  /// Throws StoreFailure, naming engine and workload, when an engine fails or shows something wrong.
  void run();

  const std::vector<MatchRow>& rows() const { return rows_; }
  const std::vector<const StoreKind*>& kinds() const { return kinds_; }
  const std::string& version(const StoreKind& kind) const { return versions_.at(kind.name); }

 private:
  using Turn = std::function<TurnResult(Contender&)>;

  void touch_memory_first();
  void run_own(const MatchWorkload& workload);
  void run_shared(MatchData data);
  void run_on(const MatchWorkload& workload, DataState* state);
  void warm(MatchData data, const DataState& state);
  static StoreUse use_of(MatchData data) {
    if (data == MatchData::kLarge || data == MatchData::kHuge) return StoreUse::kLargeValues;
    return data == MatchData::kTransactions ? StoreUse::kTransactions : StoreUse::kPlain;
  }
  static bool takes_part(const Contender& contender, MatchData data) {
    return contender.kind().takes_part(use_of(data));
  }
  TurnResult turn_of(Contender& contender, const MatchWorkload& workload, const MatchPlan& plan,
                     const DataState& state);

  /// Each engine in turn, the first another one in each round; compares what they have seen and keeps the results.
  void all_turns(const MatchWorkload& workload, const MatchPlan& plan, size_t value_size, const Turn& turn);
  void check(const MatchWorkload& workload, const MatchPlan& plan, const TurnResult& result,
             uint64_t rows_digest);
  const ValueSource& values(MatchData data) const {
    if (data == MatchData::kLarge) return large_values_;
    return data == MatchData::kHuge ? huge_values_ : values_;
  }
  MatchRow* row_of(const MatchWorkload& workload);
  uint64_t next_seed() { return mix64(++seed_); }

  MatchConfig config_;
  ValueSource values_;
  ValueSource large_values_;
  ValueSource huge_values_;
  std::vector<const StoreKind*> kinds_;
  std::map<std::string, std::string> versions_;
  std::vector<MatchRow> rows_;

  unsigned round_ = 0;
  uint64_t seed_ = 0;
  std::vector<Contender> contenders_;
  std::optional<TurnResult> first_seen_;  // by the first engine at the present workload
  uint64_t first_rows_digest_ = 0;
};

}  // namespace wombat::bench
