#include "match_plan.h"

#include <algorithm>

#include "distribution.h"

namespace wombat::bench {

DataState::DataState(const MatchConfig& config, MatchData data)
    : config_(config),
      data_(data),
      entry_count_(data == MatchData::kLarge  ? config.large_entries()
                   : data == MatchData::kHuge ? config.huge_entries()
                                              : config.entry_count) {}

size_t DataState::value_size() const {
  if (data_ == MatchData::kLarge) return kLargeValueSize;
  return data_ == MatchData::kHuge ? kHugeValueSize : config_.value_size;
}

BenchConfig DataState::bench_config(const MatchWorkload& workload) const {
  BenchConfig made;
  made.keys = config_.keys;
  made.thread_count = workload.thread_count != 0 ? workload.thread_count : config_.thread_count;
  made.entry_count = data_ == MatchData::kLarge     ? config_.large_entries()
                     : data_ == MatchData::kHuge    ? config_.huge_entries()
                     : data_ == MatchData::kOwnSync ? config_.syncs(made.thread_count)
                                                    : config_.entry_count;
  made.read_count = config_.reads();
  if (workload.work == MatchWork::kSeek) made.read_count = config_.seeks();
  if (data_ == MatchData::kLarge || data_ == MatchData::kHuge)
    made.read_count = std::min(config_.reads(), made.entry_count * 4);
  if (workload.work == MatchWork::kTransact) {
    const uint64_t transactions =
        workload.is_synced ? config_.syncs(made.thread_count) : config_.transactions();
    const uint64_t each = std::max<uint64_t>(transactions / made.thread_count, 1);
    made.read_count = each * made.thread_count * kTransactionKeys;
  }
  const bool scans = workload.plan != nullptr && find_workload(workload.plan)->mix.scan > 0;
  if (scans) made.read_count = std::max<uint64_t>(made.read_count / 10, 1);  // 50 rows each
  return made;
}

uint64_t DataState::entry_of(const char* key) const {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(key[i]);
  return number / 2;  // present_number() the other way round
}

void DataState::plan_deletes(const MatchWorkload& workload, uint64_t seed, MatchPlan* plan) {
  const bool only_middle = workload.work == MatchWork::kScanDeleted;
  const unsigned thread_count = only_middle || config_.thread_count == 0 ? 1 : config_.thread_count;
  plan->threads.assign(thread_count, WorkPlan(config_.keys));
  BenchRandom random(seed);
  size_t turn = 0;
  for (const uint64_t entry : shuffled(entry_count_, random)) {
    if (!is_live_[entry]) continue;
    if (only_middle && (entry < middle_begin() || entry >= middle_end() || random.below(10) == 0)) continue;
    plan->threads[turn++ % thread_count].keys.add(present_number(entry));
  }
}

std::optional<uint64_t> DataState::found(const MatchWorkload& workload, const MatchPlan& plan) const {
  uint64_t operations = 0;
  for (const WorkPlan& thread : plan.threads) operations += thread.keys.count();
  switch (workload.work) {
    case MatchWork::kGet:
    case MatchWork::kGetView:
    case MatchWork::kMultiGet:
      return workload.is_missing ? 0 : operations;
    case MatchWork::kScan:
    case MatchWork::kScanBack:
      return live_count_;
    case MatchWork::kSeek: {
      uint64_t rows = 0;
      for (const WorkPlan& thread : plan.threads)
        for (size_t i = 0; i < thread.keys.count(); ++i)
          rows +=
              std::min<uint64_t>(config_.seek_step_count + 1, entry_count_ - entry_of(thread.keys.key(i)));
      return rows;
    }
    case MatchWork::kMixed: {
      uint64_t reads = 0;
      for (const WorkPlan& thread : plan.threads)
        for (const Operation& operation : thread.operations) {
          if (operation.kind == OperationKind::kScan) return std::nullopt;
          reads += operation.kind != OperationKind::kWrite;
        }
      return reads;
    }
    case MatchWork::kScanDeleted:
      return static_cast<uint64_t>(std::count(is_live_.begin() + static_cast<ptrdiff_t>(middle_begin()),
                                              is_live_.begin() + static_cast<ptrdiff_t>(middle_end()),
                                              true)) -
             operations;
    case MatchWork::kTransact:
      return operations / kTransactionKeys * kTransactionReads;
    case MatchWork::kOpen:
    case MatchWork::kRecover:
      return 1;
    default:
      return 0;
  }
}

void DataState::take_as_written(const MatchWorkload& workload, const MatchPlan& plan) {
  const bool deletes = workload.work == MatchWork::kDelete || workload.work == MatchWork::kScanDeleted;
  const bool is_mixed = workload.work == MatchWork::kMixed;
  if (!deletes && !is_mixed && workload.work != MatchWork::kPut && workload.work != MatchWork::kBatch) return;
  is_live_.resize(std::max<size_t>(is_live_.size(), entry_count_));
  for (const WorkPlan& thread : plan.threads)
    for (size_t i = 0; i < thread.keys.count(); ++i) {
      if (is_mixed && thread.operations[i].kind != OperationKind::kWrite) continue;
      const uint64_t entry = entry_of(thread.keys.key(i));
      if (is_live_[entry] == deletes) live_count_ += deletes ? uint64_t(-1) : 1;
      is_live_[entry] = !deletes;
    }
}

std::vector<WorkPlan> DataState::plan_passes(const MatchWorkload& workload, const BenchConfig& bench,
                                             uint64_t seed) {
  const Workload& once = *find_workload(workload.plan);
  std::vector<WorkPlan> threads = make_plans(once, bench, seed, &entry_count_);
  for (unsigned pass = 1; pass < workload.passes; ++pass) {
    const std::vector<WorkPlan> more = make_plans(once, bench, mix64(seed + pass), &entry_count_);
    for (size_t t = 0; t < threads.size(); ++t) threads[t].keys.add_all(more[t].keys);
  }
  return threads;
}

MatchPlan DataState::plan(const MatchWorkload& workload, uint64_t seed) {
  MatchPlan made;
  const BenchConfig bench = bench_config(workload);
  if (data_ == MatchData::kOwnSync) entry_count_ = bench.entry_count;
  if (workload.work == MatchWork::kScanDeleted || workload.work == MatchWork::kDelete) {
    plan_deletes(workload, seed, &made);
  } else if (workload.key_count_max != 0) {
    uint64_t key_count = std::min(workload.key_count_max, entry_count_);
    made.threads = make_plans(*find_workload(workload.plan), bench, seed, &key_count);
  } else if (workload.plan != nullptr) {
    made.threads = plan_passes(workload, bench, seed);
  } else {
    made.threads.assign(1, WorkPlan(config_.keys));
  }
  if (workload.has_writer) {
    BenchConfig one_thread = bench;
    one_thread.thread_count = 1;
    made.writer =
        std::move(make_plans(*find_workload("overwrite"), one_thread, mix64(seed), &entry_count_)[0]);
    are_values_known_ = false;  // how far the writer comes is for the engine to say
  }
  const std::string_view plan_name = workload.plan != nullptr ? workload.plan : "";
  const bool may_repeat = workload.work == MatchWork::kMixed || workload.work == MatchWork::kTransact ||
                          plan_name == "overwrite" || workload.passes > 1;
  // Threads that write the same keys may overtake each other.
  if (made.threads.size() > 1 && may_repeat) are_values_known_ = false;
  made.is_digest_known = are_values_known_;
  made.found = found(workload, made);
  // Whether another thread's insert comes before a read is for the engine to say.
  const bool inserts = !plan_name.empty() && find_workload(plan_name)->mix.insert > 0;
  made.is_found_same = made.threads.size() == 1 || !inserts;
  if (!made.is_found_same) made.found.reset();
  take_as_written(workload, made);
  made.live_count = workload.work == MatchWork::kRecover ? 0 : live_count_;
  return made;
}

}  // namespace wombat::bench
