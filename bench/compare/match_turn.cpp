#include "match_turn.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

namespace wombat::bench {
namespace {

/// Lets the device catch up, so that no engine pays for what another one has left to be written.
void write_back(const std::string& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (file < 0) return;
  syncfs(file);
  ::close(file);
}

/// Runs all of `threads` from a common start. Returns the seconds until the last one ended.
double run_together(const std::vector<Contender::ThreadWork>& threads, std::vector<MatchTally>& tallies) {
  if (threads.size() == 1) {
    const uint64_t start = now_ns();
    threads[0](&tallies[0]);
    return static_cast<double>(now_ns() - start) * 1e-9;
  }
  std::atomic<size_t> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> running;
  for (size_t t = 0; t < threads.size(); ++t)
    running.emplace_back([&, t] {
      ready.fetch_add(1);
      while (!go.load()) std::this_thread::yield();
      threads[t](&tallies[t]);
    });
  while (ready.load() < threads.size()) std::this_thread::yield();
  const uint64_t start = now_ns();
  go.store(true);
  for (std::thread& thread : running) thread.join();
  return static_cast<double>(now_ns() - start) * 1e-9;
}

void gather(const std::vector<MatchTally>& tallies, TurnResult* result) {
  LatencyHistogram latencies;
  for (const MatchTally& tally : tallies) {
    if (!tally.failure.empty()) throw StoreFailure(tally.failure);
    result->operations += tally.operations;
    result->found += tally.found;
    result->digest += tally.digest;
    result->aborts += tally.aborts;
    result->given_bytes += tally.given_bytes;
    result->stall_ns =
        std::max(result->stall_ns, std::max(tally.sampler.gap_max(), tally.sampler.histogram().max()));
    latencies.merge(tally.sampler.histogram());
  }
  result->p50_ns = latencies.percentile(50);
  result->p99_ns = latencies.percentile(99);
  result->p999_ns = latencies.percentile(99.9);
}

}  // namespace

Contender::~Contender() {
  store_.reset();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

void Contender::make_directory(const std::string& name) {
  directory_ = base_directory_ + "/" + kind_.name + "-" + name;
  std::filesystem::create_directories(directory_);
}

void Contender::open(const StoreSettings& settings) {
  memory_.begin_turn();
  open_untracked(settings);
  memory_.end_turn();
}

void Contender::open_untracked(const StoreSettings& settings) {
  store_ = kind_.make(settings);
  version_ = store_->version();
  store_->open(directory_);
}

void Contender::close() {
  memory_.begin_turn();
  store_->close();
  store_.reset();
  // Or the next engine would get memory that this one has touched, and its ledger would not see it.
  malloc_trim(0);
  memory_.end_turn();
}

void Contender::remove() {
  if (is_open()) close();
  std::filesystem::remove_all(directory_);
  directory_.clear();
}

void Contender::settle(const MatchWorkload& workload, TurnResult* result) {
  if (!is_open()) return;
  const uint64_t start = now_ns();
  if (workload.writes() || workload.work == MatchWork::kRecover) store_->flush();
  const double only_to_be_certain_s = store_->wait();
  result->settle_s = std::max(static_cast<double>(now_ns() - start) * 1e-9 - only_to_be_certain_s, 0.0);
}

TurnResult Contender::take_turn(const MatchWorkload& workload, const std::vector<ThreadWork>& threads,
                                const std::function<void(const std::atomic<bool>&, MatchTally*)>& writer,
                                uint32_t usual_sample_every) {
  TurnResult result;
  std::vector<MatchTally> tallies(threads.size(), MatchTally(sample_every(workload, usual_sample_every)));
  MatchTally writer_tally(usual_sample_every);
  write_back(directory_);
  memory_.begin_turn();
  const ResourceUsage before = ResourceUsage::now();
  if (writer) {
    std::atomic<bool> stop{false}, is_writing{false};
    std::thread writing([&] {
      is_writing.store(true);
      writer(stop, &writer_tally);
    });
    while (!is_writing.load()) std::this_thread::yield();
    result.elapsed_s = run_together(threads, tallies);
    stop.store(true);
    writing.join();
    if (!writer_tally.failure.empty()) throw StoreFailure(writer_tally.failure);
  } else {
    result.elapsed_s = run_together(threads, tallies);
  }
  const ResourceUsage ran = ResourceUsage::now();
  gather(tallies, &result);
  settle(workload, &result);
  const ResourceUsage settled = ResourceUsage::now();
  result.memory_bytes = memory_.end_turn();
  result.cpu_s = ran.since(before).user_s + ran.since(before).system_s;
  result.settle_cpu_s = settled.since(ran).user_s + settled.since(ran).system_s;
  result.written_bytes = settled.since(before).write_block_bytes;
  result.disk_bytes = disk_bytes(directory_);
  result.writer_operations = writer_tally.operations;
  result.given_bytes += writer_tally.given_bytes;
  return result;
}

TurnResult Contender::take_turn(const std::vector<MatchTask>& tasks, const MatchTask* writer,
                                uint32_t usual_sample_every) {
  std::vector<std::unique_ptr<StoreSession>> sessions;
  std::vector<ThreadWork> threads;
  for (const MatchTask& task : tasks) {
    sessions.push_back(store_->new_session());
    StoreSession* const session = sessions.back().get();
    // What a session holds, such as a snapshot, ends with the work: settling must not wait for it.
    threads.push_back([session, &task](MatchTally* tally) {
      run_match_loop(*session, task, tally);
      session->release_cursor();
    });
  }
  std::unique_ptr<StoreSession> writer_session;
  std::function<void(const std::atomic<bool>&, MatchTally*)> writing;
  if (writer != nullptr) {
    writer_session = store_->new_session();
    writing = [&](const std::atomic<bool>& stop, MatchTally* tally) {
      run_writer(*writer_session, *writer, stop, tally);
    };
  }
  return take_turn(tasks[0].workload, threads, writing, usual_sample_every);
}

uint64_t Contender::verify_rows(uint64_t expected, size_t value_size) {
  memory_.begin_turn();
  uint64_t count = 0, digest = 0;
  {
    const std::unique_ptr<StoreSession> session = store_->new_session();
    StoreCursor& cursor = session->fresh_cursor();
    StoreEntry row;
    std::string previous;
    for (bool is_row = cursor.first(&row); is_row; is_row = cursor.next(&row)) {
      if (count > 0 && row.key <= previous) throw StoreFailure("rows are out of order");
      if (row.value.size() != value_size) throw StoreFailure("a row's value has the wrong length");
      previous.assign(row.key);
      ++count;
      digest += value_size > 0 ? static_cast<unsigned char>(row.value[value_size - 1]) : 0;
    }
  }
  memory_.end_turn();
  if (count != expected)
    throw StoreFailure("it has " + std::to_string(count) + " rows instead of " + std::to_string(expected));
  return digest;
}

}  // namespace wombat::bench
