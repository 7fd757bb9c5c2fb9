#include "isolation/crash_campaign.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "isolation/history_trace.h"
#include "isolation/isolation_campaign.h"
#include "isolation/isolation_checker.h"

extern char** environ;

namespace wombat::isolation {

namespace {

constexpr const char* kChildArgument = "--isolation-child";
constexpr int kChildArgumentCount = 9;

/// Room for the transactions that had a number and were killed before they came to their commit.
uint64_t next_number(uint64_t number_max, const WorkloadOptions& mix) {
  return number_max + 2 * mix.thread_count + 1;
}

std::string trace_path(const std::string& directory, uint32_t thread) {
  return directory + "/trace." + std::to_string(thread);
}

class CrashCampaign {
 public:
  CrashCampaign(const CrashOptions& options, const StoreOpener& open, const std::string& directory)
      : options_(options), open_(open), directory_(directory), random_(options.seed) {}

  CheckReport run(std::string* failure) {
    for (uint32_t window = 0; must_go_on() && failure->empty(); ++window) {
      mix_ = random_mix(options_.level, options_.seed + window);
      history_ = {};
      history_.data_kind = mix_.data_kind;
      history_.appends_are_puts = mix_.appends_are_puts();
      uint64_t number_max = 0;
      for (uint64_t i = 0; i < options_.kills_per_window && failure->empty(); ++i)
        live(window, &number_max, failure);
      if (failure->empty()) check(window, failure);
      if (!failure->empty())
        *failure = "window " + std::to_string(window) + ", " + mix_.to_text() + "\n" + *failure;
    }
    return report_;
  }
  uint64_t kill_count() const { return kill_count_; }

 private:
  bool must_go_on() const {
    if (kill_count_ < options_.kill_count) return true;
    return report_.unknown_count == 0 && kill_count_ < options_.kill_count_max;
  }

  /// One process from its start to its end.
  void live(uint32_t window, uint64_t* number_max, std::string* failure) {
    const pid_t child = start_child(window, next_number(*number_max, mix_));
    std::this_thread::sleep_for(std::chrono::microseconds(1000 + random_.below(options_.life_us_max)));
    ::kill(child, SIGKILL);
    ++kill_count_;
    int how = 0;
    ::waitpid(child, &how, 0);
    const uint64_t end = system_clock_ns();
    if (!WIFSIGNALED(how) || WTERMSIG(how) != SIGKILL) *failure = "the process ended by itself";
    for (uint32_t thread = 0; thread < mix_.thread_count; ++thread) {
      const std::string path = trace_path(directory_, thread);
      read_trace(path, end, &history_.transactions, number_max);
      std::filesystem::remove(path);
    }
  }

  pid_t start_child(uint32_t window, uint64_t first) {
    const std::string arguments[kChildArgumentCount] = {"child",
                                                        kChildArgument,
                                                        options_.store,
                                                        directory_ + "/store",
                                                        directory_,
                                                        std::to_string(static_cast<int>(options_.level)),
                                                        std::to_string(mix_.seed),
                                                        std::to_string(window),
                                                        std::to_string(first)};
    char* pointers[kChildArgumentCount + 1] = {};
    for (int i = 0; i < kChildArgumentCount; ++i) pointers[i] = const_cast<char*>(arguments[i].c_str());
    pid_t child = 0;
    const int failed = ::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, pointers, environ);
    if (failed != 0) throw std::system_error(failed, std::generic_category(), "posix_spawn");
    return child;
  }

  void check(uint32_t window, std::string* failure) {
    {
      const std::unique_ptr<Client> client = open_(options_.store, directory_ + "/store");
      history_.final_rows = read_final_rows(client.get(), mix_.data_kind, window, failure);
    }
    if (!failure->empty()) return;
    const CheckReport report = check_history(std::move(history_), options_.level);
    report_.merge(report);
    *failure = report.forbidden_text(options_.level);
  }

  const CrashOptions options_;
  const StoreOpener& open_;
  const std::string directory_;
  Random random_;
  WorkloadOptions mix_;
  History history_;
  CheckReport report_;
  uint64_t kill_count_ = 0;
};

}  // namespace

CheckReport run_crashes(const CrashOptions& options, const StoreOpener& open, const std::string& directory,
                        std::string* failure) {
  CrashCampaign campaign(options, open, directory);
  const CheckReport report = campaign.run(failure);
  std::printf("T6: %s, %s, %llu kills: %llu transactions, %llu in doubt of which %llu had happened; %s\n",
              options.store.c_str(), level_name(options.level),
              static_cast<unsigned long long>(campaign.kill_count()),
              static_cast<unsigned long long>(report.transaction_count),
              static_cast<unsigned long long>(report.unknown_count),
              static_cast<unsigned long long>(report.unknown_happened_count), report.counts_text().c_str());
  return report;
}

bool is_crash_child(int argc, char** argv) {
  return argc == kChildArgumentCount && std::strcmp(argv[1], kChildArgument) == 0;
}

int run_crash_child(char** argv, const StoreOpener& open) {
  const auto number = [argv](int i) { return std::strtoull(argv[i], nullptr, 10); };
  const Workload workload(random_mix(static_cast<IsolationLevel>(number(5)), number(6)));
  const auto window = static_cast<uint32_t>(number(7));
  std::atomic<uint64_t> next = number(8);
  const std::unique_ptr<Client> client = open(argv[2], argv[3]);
  const HistoryClock clock = system_clock_ns;
  std::vector<std::thread> threads;
  for (uint32_t process = 0; process < workload.options().thread_count; ++process) {
    threads.emplace_back([&, process] {
      TraceWriter trace(trace_path(argv[4], process));
      Random random(next + process);
      for (;;) {
        TransactionRun run(client.get(), workload, clock, window, process, next++, &trace);
        while (run.step()) {
          if (random.one_in(3)) std::this_thread::yield();
        }
        if (run.failure().empty()) continue;
        std::fprintf(stderr, "the process that is to be killed: %s\n", run.failure().c_str());
        std::_Exit(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return 1;
}

}  // namespace wombat::isolation
