#include "workload_runner.h"

#include <atomic>
#include <iostream>
#include <thread>
#include <utility>
#include <vector>

#include "latency_sampler.h"
#include "resource_usage.h"
#include "workload_loops.h"

namespace wombat::bench {
namespace {

/// Runs the plans on as many threads, which start together. Returns the seconds from the start to the last
/// end.
double run_together(const std::vector<LoopInput>& inputs, std::vector<LoopOutput>& outputs) {
  if (inputs.size() == 1) {
    const uint64_t start = now_ns();
    run_loop(inputs[0], &outputs[0]);
    return static_cast<double>(now_ns() - start) * 1e-9;
  }
  std::atomic<size_t> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < inputs.size(); ++t)
    threads.emplace_back([&, t] {
      ready.fetch_add(1);
      while (!go.load()) std::this_thread::yield();
      run_loop(inputs[t], &outputs[t]);
    });
  while (ready.load() < inputs.size()) std::this_thread::yield();
  const uint64_t start = now_ns();
  go.store(true);
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(now_ns() - start) * 1e-9;
}

/// Overwrites beside the readers for as long as it lives.
class BackgroundWriter {
 public:
  explicit BackgroundWriter(const LoopInput& input)
      : thread_([this, input] { overwrite_until(input, stop_, &written_, &failure_); }) {}
  ~BackgroundWriter() { stop(); }
  void stop() {
    stop_.store(true);
    if (thread_.joinable()) thread_.join();
  }
  uint64_t written() const { return written_.load(); }
  const std::string& failure() const { return failure_; }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> written_{0};
  std::string failure_;
  std::thread thread_;
};

void gather(const std::vector<LoopOutput>& outputs, BenchResult* result) {
  LatencyHistogram latencies;
  for (const LoopOutput& output : outputs) {
    if (!output.failure.empty()) throw BenchFailure(result->workload + ": " + output.failure);
    result->operations += output.operations;
    result->found += output.found;
    result->thread_cpu_ns += output.cpu_ns;
    result->payload_bytes += output.bytes;
    result->gap_max_ns = std::max(result->gap_max_ns, output.sampler.gap_max());
    latencies.merge(output.sampler.histogram());
  }
  result->call_count_sampled = latencies.count();
  result->p50_ns = latencies.percentile(50);
  result->p99_ns = latencies.percentile(99);
  result->p999_ns = latencies.percentile(99.9);
  result->max_ns = latencies.max();
}

}  // namespace

WorkloadRunner::WorkloadRunner(BenchConfig config, BenchDatabase& database)
    : config_(std::move(config)),
      database_(database),
      values_(config_.value_size, config_.seed),
      has_data_(config_.use_existing),
      entry_count_(config_.entry_count) {}

void WorkloadRunner::settle() {
  database_.flush();
  database_.wait();
}

void WorkloadRunner::load() {
  std::cerr << "loading " << config_.entry_count << " entries (not measured)\n";
  BenchConfig one_thread = config_;
  one_thread.thread_count = 1;
  const Workload& fill = *find_workload("fillrandom");
  const std::vector<WorkPlan> plans = make_plans(fill, one_thread, next_seed(), &entry_count_);
  LoopOutput output(config_.sample_every);
  run_loop({database_.get(), fill, one_thread, plans[0], values_}, &output);
  if (!output.failure.empty()) throw BenchFailure("load: " + output.failure);
  settle();
  has_data_ = true;
}

void WorkloadRunner::prepare(const Workload& workload) {
  if (workload.fresh) {
    database_.destroy();
    database_.open();
    entry_count_ = config_.entry_count;
    has_data_ = !workload.sync;  // fillsync leaves a part of the entries
    return;
  }
  if (!database_.is_open()) database_.open();
  if (workload.needs_data() && !has_data_) load();
}

void WorkloadRunner::warm() {
  const Workload& scan = *find_workload("readseq");
  const WorkPlan nothing(config_.keys);
  LoopOutput output(config_.sample_every);
  run_loop({database_.get(), scan, config_, nothing, values_}, &output);
  if (!output.failure.empty()) throw BenchFailure("warming: " + output.failure);
}

void WorkloadRunner::run_maintenance(const Workload& workload, BenchResult* result) {
  const uint64_t start = now_ns();
  switch (workload.action) {
    case Action::kCompact:
      database_.compact();
      break;
    case Action::kFlush:
      database_.flush();
      break;
    case Action::kWait:
      database_.wait();
      break;
    case Action::kVerify:
      database_.verify();
      break;
    default:
      result->text = database_.report();
      break;
  }
  result->elapsed_s = static_cast<double>(now_ns() - start) * 1e-9;
}

void WorkloadRunner::run_threads(const Workload& workload, BenchResult* result) {
  std::vector<WorkPlan> plans = make_plans(workload, config_, next_seed(), &entry_count_);
  const bool is_scan = workload.action == Action::kScan || workload.action == Action::kScanPacked;
  // Calls that take long are all timed, and rows are many and short.
  const uint32_t every = workload.sync || config_.sync || operations_per_call(workload, config_) > 1 ? 1
                         : workload.action == Action::kScanPacked                                    ? 1
                         : is_scan ? config_.sample_every * 8
                                   : config_.sample_every;
  std::vector<LoopInput> inputs;
  std::vector<LoopOutput> outputs;
  for (const WorkPlan& plan : plans) {
    inputs.push_back({database_.get(), workload, config_, plan, values_});
    outputs.emplace_back(every);
  }
  if (config_.warm && workload.needs_data()) warm();
  reset_memory_peak();
  const ResourceUsage before = ResourceUsage::now();
  if (workload.has_writer) {
    const Workload& overwrite = *find_workload("overwrite");
    BenchConfig one_thread = config_;
    one_thread.thread_count = 1;
    const std::vector<WorkPlan> writes = make_plans(overwrite, one_thread, next_seed(), &entry_count_);
    BackgroundWriter writer({database_.get(), overwrite, config_, writes[0], values_});
    result->elapsed_s = run_together(inputs, outputs);
    writer.stop();
    result->background_writes = writer.written();
    if (!writer.failure().empty()) throw BenchFailure(writer.failure());
  } else {
    result->elapsed_s = run_together(inputs, outputs);
  }
  if (config_.settle) {
    const uint64_t start = now_ns();
    settle();
    result->settle_s = static_cast<double>(now_ns() - start) * 1e-9;
  }
  const ResourceUsage used = ResourceUsage::now().since(before);
  result->user_s = used.user_s;
  result->system_s = used.system_s;
  result->write_call_bytes = used.write_call_bytes;
  result->write_block_bytes = used.write_block_bytes;
  gather(outputs, result);
}

BenchResult WorkloadRunner::run(const Workload& workload) {
  prepare(workload);
  BenchResult result;
  result.workload = workload.name;
  result.is_maintenance = workload.is_maintenance();
  result.thread_count = config_.thread_count;
  const uint64_t log_before = database_.statistic("wal.bytes");
  const uint64_t flush_before = database_.statistic("flush.bytes");
  const uint64_t compaction_before = database_.statistic("compaction.write_bytes");
  if (workload.is_maintenance()) {
    run_maintenance(workload, &result);
  } else {
    run_threads(workload, &result);
  }
  result.log_bytes = database_.statistic("wal.bytes") - log_before;
  result.flush_bytes = database_.statistic("flush.bytes") - flush_before;
  result.compaction_bytes = database_.statistic("compaction.write_bytes") - compaction_before;
  result.disk_bytes = disk_bytes(database_.directory());
  result.memory_peak_bytes = memory_peak_bytes();
  return result;
}

}  // namespace wombat::bench
