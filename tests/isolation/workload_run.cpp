#include "isolation/workload_run.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <thread>

namespace wombat::isolation {

namespace {

constexpr size_t kFailuresMax = 10;

void note(TransactionRun* run, RecordedRun* recorded) {
  if (!run->failure().empty() && recorded->failures.size() < kFailuresMax)
    recorded->failures.push_back(run->failure());
  if (run->record().outcome == Outcome::kCommitted) ++recorded->committed_count;
  if (run->record().outcome == Outcome::kAborted) ++recorded->aborted_count;
  recorded->history.transactions.push_back(run->take_record());
}

void read_end(Client* client, const Workload& workload, uint32_t window, RecordedRun* recorded) {
  std::string failure;
  recorded->history.data_kind = workload.options().data_kind;
  recorded->history.appends_are_puts = workload.options().appends_are_puts();
  recorded->history.final_rows = read_final_rows(client, workload.options().data_kind, window, &failure);
  if (!failure.empty()) recorded->failures.push_back("final read: " + failure);
}

void join(RecordedRun* part, RecordedRun* whole) {
  whole->committed_count += part->committed_count;
  whole->aborted_count += part->aborted_count;
  std::move(part->history.transactions.begin(), part->history.transactions.end(),
            std::back_inserter(whole->history.transactions));
  whole->failures.insert(whole->failures.end(), part->failures.begin(), part->failures.end());
}

}  // namespace

uint64_t system_clock_ns() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t count_from_environment(const char* name, uint64_t fallback) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? fallback : std::strtoull(text, nullptr, 0);
}

RecordedRun run_in_threads(Client* client, const Workload& workload, uint32_t window, uint64_t first,
                           uint64_t count) {
  const uint32_t thread_count = workload.options().thread_count;
  const HistoryClock clock = system_clock_ns;
  std::atomic<uint64_t> next = first;
  std::vector<RecordedRun> parts(thread_count);
  std::vector<std::thread> threads;
  for (uint32_t process = 0; process < thread_count; ++process) {
    threads.emplace_back([&, process] {
      Random random(workload.options().seed + process);
      for (uint64_t number = next++; number < first + count; number = next++) {
        TransactionRun run(client, workload, clock, window, process, number, nullptr);
        while (run.step()) {
          // Few processors would otherwise hardly ever change threads inside a transaction.
          if (random.one_in(3)) std::this_thread::yield();
        }
        note(&run, &parts[process]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  RecordedRun recorded;
  for (RecordedRun& part : parts) join(&part, &recorded);
  read_end(client, workload, window, &recorded);
  return recorded;
}

RecordedRun run_interleaved(Client* client, const Workload& workload, uint32_t window, uint64_t first,
                            uint64_t count) {
  uint64_t now = 0;
  const HistoryClock clock = [&now] { return ++now; };
  Random random(workload.options().seed ^ first);
  RecordedRun recorded;
  std::vector<std::unique_ptr<TransactionRun>> runs;
  uint64_t number = first;
  for (uint32_t process = 0; process < workload.options().thread_count && number < first + count;
       ++process, ++number)
    runs.push_back(
        std::make_unique<TransactionRun>(client, workload, clock, window, process, number, nullptr));
  while (!runs.empty()) {
    auto& run = runs[random.below(runs.size())];
    run->step();
    if (!run->is_over()) continue;
    const uint32_t process = run->record().process;
    note(run.get(), &recorded);
    if (number < first + count) {
      run = std::make_unique<TransactionRun>(client, workload, clock, window, process, number++, nullptr);
    } else {
      std::swap(run, runs.back());
      runs.pop_back();
    }
  }
  read_end(client, workload, window, &recorded);
  return recorded;
}

}  // namespace wombat::isolation
