#include "isolation/isolation_campaign.h"

#include <algorithm>
#include <cstdio>

#include "isolation/isolation_checker.h"

namespace wombat::isolation {

namespace {

constexpr uint64_t kWindowsMin = 8;  // so that even a short campaign has several mixes

double seconds_since(uint64_t start) { return static_cast<double>(system_clock_ns() - start) * 1e-9; }

}  // namespace

WorkloadOptions random_mix(IsolationLevel level, uint64_t seed) {
  Random random(seed);
  const auto one_of = [&random](std::initializer_list<uint32_t> choices) {
    return choices.begin()[random.below(choices.size())];
  };
  WorkloadOptions options;
  options.seed = seed;
  options.level = level;
  options.data_kind = random.one_in(2) ? DataKind::kList : DataKind::kRegister;
  options.thread_count = one_of({2, 3, 4, 6, 8, 12, 16});
  options.operation_count_max = one_of({3, 6, 10});
  options.keys_per_block = one_of({8, 40, 200});
  // Some twenty writes a key.
  options.transactions_per_block = options.keys_per_block * 20 / options.operation_count_max * 2;
  options.zipf_theta = one_of({0, 8, 12}) / 10.0;
  options.fresh_percent = one_of({0, 30, 60});
  options.range_percent = one_of({0, 15, 40});
  options.read_percent = one_of({10, 35});
  options.range_length_max = one_of({3, 12, 50});
  options.delete_percent = one_of({0, 15, 40});
  options.blind_percent = one_of({0, 30, 100});
  options.read_only_percent = one_of({0, 15, 50});
  options.delete_range_percent = one_of({0, 4, 10});
  options.batch_percent = one_of({0, 10, 30});
  options.second_keyspace_percent = one_of({0, 30, 50});
  options.savepoint_percent = one_of({0, 25, 60});
  options.for_update_percent = one_of({0, 20, 60});
  options.merge_percent = one_of({0, 30, 100});
  return options;
}

CheckReport run_campaign(const CampaignOptions& options, const ClientOfWindow& client_of,
                         std::string* failure) {
  CheckReport whole;
  uint64_t aborted_count = 0;
  double run_seconds = 0;
  double check_seconds = 0;
  for (uint32_t window = 0; whole.transaction_count < options.commit_count && failure->empty(); ++window) {
    const Workload workload(random_mix(options.level, options.seed + window));
    const uint64_t size =
        std::min(options.window_size_max, std::max<uint64_t>(options.commit_count / kWindowsMin, 500));
    const uint64_t start = system_clock_ns();
    const auto run = options.is_interleaved ? run_interleaved : run_in_threads;
    RecordedRun recorded = run(client_of(window), workload, window, 1, size);
    run_seconds += seconds_since(start);
    aborted_count += recorded.aborted_count;
    const uint64_t ran = system_clock_ns();
    const CheckReport report = check_history(std::move(recorded.history), options.level);
    check_seconds += seconds_since(ran);
    whole.merge(report);
    if (!recorded.failures.empty()) *failure = "the store failed: " + recorded.failures[0];
    if (!report.is_clean(options.level)) *failure = report.forbidden_text(options.level);
    if (!failure->empty())
      *failure = "window " + std::to_string(window) + ", " + workload.options().to_text() + "\n" + *failure;
  }
  std::printf(
      "T6: %s: %llu transactions, %llu aborted, %llu dependencies, %llu ambiguous reads; ran %.1f s, checked "
      "%.1f s; %s\n",
      level_name(options.level), static_cast<unsigned long long>(whole.transaction_count),
      static_cast<unsigned long long>(aborted_count), static_cast<unsigned long long>(whole.edge_count),
      static_cast<unsigned long long>(whole.ambiguous_read_count), run_seconds, check_seconds,
      whole.counts_text().c_str());
  return whole;
}

}  // namespace wombat::isolation
