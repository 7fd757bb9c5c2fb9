#include "workload.h"

#include <algorithm>
#include <memory>

#include "distribution.h"

namespace wombat::bench {
namespace {

constexpr uint64_t kScanRowsMax = 100;

/// fillsync waits for the device each time: a thousandth of the entries, but enough to mean something.
uint64_t write_count(const Workload& workload, const BenchConfig& config) {
  if (!workload.sync) return config.entry_count;
  return std::min(config.entry_count, std::max<uint64_t>(config.entry_count / 1000, 1000));
}

uint64_t operation_count(const Workload& workload, const BenchConfig& config) {
  switch (workload.action) {
    case Action::kPut:
    case Action::kBatchPut:
    case Action::kDelete:
      return write_count(workload, config);
    case Action::kGet:
    case Action::kMultiGet:
    case Action::kSeek:
    case Action::kSeekReuse:
    case Action::kMixed:
      return config.reads();
    default:
      return 0;
  }
}

/// Draws the entries of one thread.
class EntrySource {
 public:
  EntrySource(KeyOrder order, uint64_t entry_count, uint64_t seed)
      : order_(order), entry_count_(entry_count), random_(seed) {
    if (order == KeyOrder::kZipfian || order == KeyOrder::kLatest)
      zipfian_ = std::make_unique<Zipfian>(entry_count);
  }
  uint64_t next_number() {
    switch (order_) {
      case KeyOrder::kMissing:
        return missing_number(random_.below(entry_count_));
      case KeyOrder::kHot: {  // one entry in a hundred, spread over all keys
        const uint64_t hot_count = std::max<uint64_t>(entry_count_ / 100, 1);
        return present_number(random_.below(hot_count) * (entry_count_ / hot_count));
      }
      case KeyOrder::kZipfian:
        return present_number(scrambled(zipfian_->next(random_), entry_count_));
      case KeyOrder::kLatest: {
        const uint64_t rank = zipfian_->next(random_);
        return present_number(newest_ >= rank ? newest_ - rank : 0);
      }
      default:
        return present_number(random_.below(entry_count_));
    }
  }
  void set_newest(uint64_t entry) { newest_ = entry; }
  BenchRandom& random() { return random_; }

 private:
  KeyOrder order_;
  uint64_t entry_count_;
  BenchRandom random_;
  std::unique_ptr<Zipfian> zipfian_;
  uint64_t newest_ = 0;
};

/// Thread `t` takes the t-th of equal parts of an order of all entries.
void plan_ordered(std::vector<WorkPlan>& plans, KeyOrder order, uint64_t count, uint64_t entry_count,
                  uint64_t seed) {
  BenchRandom random(seed);
  std::vector<uint64_t> entries;
  if (order == KeyOrder::kShuffled) entries = shuffled(entry_count, random);
  for (size_t t = 0; t < plans.size(); ++t) {
    const uint64_t begin = count * t / plans.size(), end = count * (t + 1) / plans.size();
    plans[t].keys.reserve(end - begin);
    for (uint64_t i = begin; i < end; ++i)
      plans[t].keys.add(present_number(entries.empty() ? i : entries[i]));
  }
}

void plan_drawn(WorkPlan& plan, KeyOrder order, uint64_t count, uint64_t entry_count, uint64_t seed) {
  EntrySource source(order, entry_count, seed);
  plan.keys.reserve(count);
  for (uint64_t i = 0; i < count; ++i) plan.keys.add(source.next_number());
}

/// Entries that thread `t` inserts are first + t, first + t + thread count, and so on.
struct Inserts {
  uint64_t next;
  uint64_t step;
  uint64_t made = 0;
};

void plan_mixed(WorkPlan& plan, const Workload& workload, uint64_t count, uint64_t entry_count,
                Inserts* inserts, uint64_t seed) {
  EntrySource source(workload.order, entry_count, seed);
  source.set_newest(entry_count - 1);
  plan.keys.reserve(count);
  plan.operations.reserve(count);
  const Mix& mix = workload.mix;
  for (uint64_t i = 0; i < count; ++i) {
    const unsigned draw = static_cast<unsigned>(source.random().below(100));
    Operation operation{OperationKind::kReadModifyWrite, 0};
    if (draw < mix.read) {
      operation.kind = OperationKind::kRead;
    } else if (draw < mix.read + mix.update + mix.insert) {
      operation.kind = OperationKind::kWrite;
    } else if (draw < mix.read + mix.update + mix.insert + mix.scan) {
      operation = {OperationKind::kScan, static_cast<uint8_t>(1 + source.random().below(kScanRowsMax))};
    }
    plan.operations.push_back(operation);
    if (operation.kind != OperationKind::kWrite || mix.insert == 0) {
      plan.keys.add(source.next_number());
      continue;
    }
    plan.keys.add(present_number(inserts->next));
    source.set_newest(inserts->next);
    inserts->next += inserts->step;
    ++inserts->made;
  }
}

}  // namespace

const std::vector<Workload>& workloads() {
  using A = Action;
  using O = KeyOrder;
  static const std::vector<Workload> all = {
      {"fillseq", "write all entries in key order into an empty database", A::kPut, O::kAscending, true},
      {"fillrandom", "write each entry once in random order into an empty database", A::kPut, O::kShuffled,
       true},
      {"fillsync", "the same for num/1000 (at least 1000) entries, each durable before the next", A::kPut,
       O::kShuffled, true, true},
      {"fillbatch", "as fillrandom in batches of --batch-size", A::kBatchPut, O::kShuffled, true},
      {"fillseqbatch", "as fillseq in batches of --batch-size", A::kBatchPut, O::kAscending, true},
      {"overwrite", "write num uniformly random entries again", A::kPut, O::kUniform},
      {"deleterandom", "delete each entry once in random order", A::kDelete, O::kShuffled},
      {"readrandom", "get uniformly random entries", A::kGet, O::kUniform},
      {"readmissing", "get keys that are absent, each between two that are present", A::kGet, O::kMissing},
      {"readhot", "get random entries of one hundredth of all", A::kGet, O::kHot},
      {"multireadrandom", "get --multi-size random entries with one call", A::kMultiGet, O::kUniform},
      {"readseq", "all rows forward, one call a row", A::kScan},
      {"readreverse", "all rows backward, one call a row", A::kScan, O::kNone, false, false, true},
      {"readseqpacked", "all rows forward, 64 KiB of packed rows a call", A::kScanPacked},
      {"seekrandom", "new iterator, seek, --seek-steps rows", A::kSeek, O::kUniform},
      {"seekreuse", "the same with one standing iterator", A::kSeekReuse, O::kUniform},
      {"readwhilewriting", "readrandom beside a thread that overwrites without pause", A::kGet, O::kUniform,
       false, false, false, true},
      {"ycsba",
       "50 % reads, 50 % updates, zipfian",
       A::kMixed,
       O::kZipfian,
       false,
       false,
       false,
       false,
       {50, 50, 0, 0, 0}},
      {"ycsbb",
       "95 % reads, 5 % updates, zipfian",
       A::kMixed,
       O::kZipfian,
       false,
       false,
       false,
       false,
       {95, 5, 0, 0, 0}},
      {"ycsbc", "reads, zipfian", A::kMixed, O::kZipfian, false, false, false, false, {100, 0, 0, 0, 0}},
      {"ycsbd",
       "95 % reads of the latest, 5 % inserts",
       A::kMixed,
       O::kLatest,
       false,
       false,
       false,
       false,
       {95, 0, 5, 0, 0}},
      {"ycsbe",
       "95 % scans of 1 to 100 rows, 5 % inserts, zipfian",
       A::kMixed,
       O::kZipfian,
       false,
       false,
       false,
       false,
       {0, 0, 5, 95, 0}},
      {"ycsbf",
       "50 % reads, 50 % read-modify-writes, zipfian",
       A::kMixed,
       O::kZipfian,
       false,
       false,
       false,
       false,
       {50, 0, 0, 0, 50}},
      {"compact", "rewrite everything into the deepest level", A::kCompact},
      {"flush", "write what is in memory to tables", A::kFlush},
      {"wait", "wait for background work", A::kWait},
      {"verify", "check every checksum of every file", A::kVerify},
      {"stats", "print the report of the database", A::kStats},
  };
  return all;
}

const Workload* find_workload(std::string_view name) {
  for (const Workload& workload : workloads())
    if (name == workload.name) return &workload;
  return nullptr;
}

std::vector<WorkPlan> make_plans(const Workload& workload, const BenchConfig& config, uint64_t seed,
                                 uint64_t* entry_count) {
  std::vector<WorkPlan> plans(config.thread_count, WorkPlan(config.keys));
  const uint64_t count = operation_count(workload, config);
  if (workload.order == KeyOrder::kAscending || workload.order == KeyOrder::kShuffled) {
    plan_ordered(plans, workload.order, count, config.entry_count, seed);
    return plans;
  }
  const uint64_t entries_before = *entry_count;
  for (size_t t = 0; t < plans.size(); ++t) {
    const uint64_t own = count * (t + 1) / plans.size() - count * t / plans.size();
    const uint64_t own_seed = mix64(seed + t);
    if (workload.action == Action::kMixed) {
      Inserts inserts{entries_before + t, plans.size()};
      plan_mixed(plans[t], workload, own, entries_before, &inserts, own_seed);
      if (inserts.made > 0) *entry_count = std::max(*entry_count, inserts.next - inserts.step + 1);
    } else if (own > 0) {
      plan_drawn(plans[t], workload.order, own, entries_before, own_seed);
    }
  }
  return plans;
}

}  // namespace wombat::bench
