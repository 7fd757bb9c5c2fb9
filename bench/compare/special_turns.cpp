#include "special_turns.h"

#include "abandoned_store.h"

namespace wombat::bench {
namespace {

std::string encoded(const KeyShape& shape, uint64_t number) {
  std::string key(shape.size_bytes, '\0');
  shape.encode(number, key.data());
  return key;
}

TurnResult open_and_get(Contender& contender, const MatchWorkload& workload, const MatchConfig& config,
                        uint64_t entry) {
  const std::string key = encoded(config.keys, present_number(entry));
  const auto work = [&](MatchTally* tally) {
    try {
      tally->sampler.begin();
      contender.open_untracked(config.stores);
      const std::unique_ptr<StoreSession> session = contender.store().new_session();
      ReadBuffer buffer;
      if (session->get(key, &buffer)) tally->see(buffer.value, config.value_size);
      tally->sampler.end();
      tally->operations = 1;
    } catch (const std::exception& failure) {
      tally->failure = failure.what();
    }
  };
  return contender.take_turn(workload, {work}, {}, 1);
}

}  // namespace

TurnResult open_turn(Contender& contender, const MatchWorkload& workload, const MatchConfig& config,
                     uint64_t entry) {
  const uint64_t start = now_ns();
  contender.close();
  const double close_s = static_cast<double>(now_ns() - start) * 1e-9;
  TurnResult result = open_and_get(contender, workload, config, entry);
  result.settle_s = close_s;
  return result;
}

TurnResult recover_turn(Contender& contender, const MatchWorkload& workload, const MatchConfig& config) {
  make_abandoned_store(contender.kind(), config, contender.directory());
  TurnResult result = open_and_get(contender, workload, config, abandoned_last_entry(config));
  contender.verify_rows(abandoned_entry_count(config), config.value_size);
  return result;
}

TurnResult scan_deleted_turn(Contender& contender, const MatchWorkload& workload, const MatchConfig& config,
                             const DataState& state, const MatchPlan& plan, const ValueSource& values) {
  constexpr MatchWorkload kDeletes{"deletes", "", MatchData::kMain, MatchWork::kDelete, nullptr, 1};
  const MatchTask deletes{kDeletes, plan.threads[0], values, config.seek_step_count, config.multi_get_size};
  const std::unique_ptr<StoreSession> session = contender.store().new_session();
  MatchTally deleted(config.sample_every);
  run_match_loop(*session, deletes, &deleted);
  if (!deleted.failure.empty()) throw StoreFailure(deleted.failure);
  const std::string lower = encoded(config.keys, present_number(state.middle_begin()));
  const std::string upper = encoded(config.keys, present_number(state.middle_end()));
  const auto work = [&](MatchTally* tally) {
    try {
      scan_range(*session, lower, upper, values.value_size(), tally);
      tally->operations = tally->found;
    } catch (const std::exception& failure) {
      tally->failure = failure.what();
    }
    session->release_cursor();
  };
  return contender.take_turn(workload, {work}, {}, config.sample_every);
}

}  // namespace wombat::bench
