// T8: a process that writes through the C API is killed at any moment, also while it recovers and while it is stopped.
// Every write that it acknowledged is there afterwards, none is torn, and the files are whole.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "base/random.h"
#include "crash/watchdog.h"
#include "crash_process/kill_oracle.h"
#include "support/seed.h"
#include "support/temp_directory.h"

extern char** environ;

namespace wombat {

namespace {

/// Another process of this program, and the pipe that it writes to.
class Child {
 public:
  Child(const std::string& mode, const std::string& path, uint64_t seed) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    const std::string seed_text = std::to_string(seed);
    const char* const arguments[] = {"writer", mode.c_str(), path.c_str(), seed_text.c_str(), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], kWriterPipe);
    const int failed = ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr,
                                     const_cast<char* const*>(arguments), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) throw std::system_error(failed, std::generic_category(), "posix_spawn");
    pipe_ = ends[0];
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
    ::close(pipe_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void send(int signal_number) { ::kill(pid_, signal_number); }
  /// How it ended, as waitpid says.
  int wait() {
    int how = 0;
    ::waitpid(pid_, &how, 0);
    pid_ = 0;
    return how;
  }
  /// Everything that it says, until it has ended.
  void read_all(KillOracle* oracle) {
    char buffer[sizeof(KillMessage)];
    size_t size = 0;
    for (;;) {
      const ssize_t got = ::read(pipe_, buffer + size, sizeof buffer - size);
      if (got <= 0) return;
      size += static_cast<size_t>(got);
      if (size < sizeof buffer) continue;
      KillMessage message;
      std::memcpy(&message, buffer, sizeof message);
      oracle->take(message);
      size = 0;
    }
  }

 private:
  pid_t pid_ = 0;
  int pipe_ = -1;
};

void sleep_us(uint64_t microseconds) { std::this_thread::sleep_for(std::chrono::microseconds(microseconds)); }

struct Counts {
  uint64_t kills = 0;
  uint64_t during_recovery = 0;
  uint64_t stopped = 0;
};

/// Lets a writer write for a while, and kills it.
void kill_writer(const std::string& path, uint64_t run, Random* random, KillOracle* oracle, Counts* counts) {
  Child child("--writer", path, run);
  std::thread reader([&] { child.read_all(oracle); });
  sleep_us(1000 + random->below(499'000));
  if (random->below(4) == 0) {
    child.send(SIGSTOP);
    sleep_us(random->below(30'000));
    ++counts->stopped;
  }
  child.send(SIGKILL);
  const int how = child.wait();
  reader.join();
  EXPECT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL) << "the writer ended by itself, with " << how;
  ++counts->kills;
}

/// Kills one that is probably still opening the database.
void kill_opener(const std::string& path, Random* random, Counts* counts) {
  Child child("--opener", path, 0);
  sleep_us(random->below(25'000));
  child.send(SIGKILL);
  const int how = child.wait();
  if (WIFSIGNALED(how)) {
    ++counts->kills;
    ++counts->during_recovery;
    return;
  }
  EXPECT_EQ(how, 0) << "recovery failed";
}

void check_database(const std::string& path, KillOracle* oracle) {
  wombat_error error = {};
  wombat_db* db = nullptr;
  ASSERT_EQ(wombat_open(path.c_str(), nullptr, &db, &error), WOMBAT_OK) << error.message;
  EXPECT_EQ(oracle->check(db), "");
  EXPECT_EQ(wombat_verify(db, nullptr, &error), WOMBAT_OK) << error.message;
  EXPECT_EQ(wombat_close(db, &error), WOMBAT_OK) << error.message;
}

TEST(KillProcess, AcknowledgedWritesSurviveAndNothingIsTorn) {
  const SeedScope seed(8);
  Random random(seed.seed());
  const uint64_t kill_count = environment_number("WOMBAT_T8_KILLS", 20);
  const TempDirectory directory;
  const std::string path = directory.file("db");
  KillOracle oracle;
  Counts counts;
  for (uint64_t run = 1; counts.kills < kill_count && !HasFailure(); ++run) {
    SCOPED_TRACE("run " + std::to_string(run));
    const WatchdogScope watchdog("kill run " + std::to_string(run));
    kill_writer(path, run, &random, &oracle, &counts);
    for (uint64_t again = random.below(3); again > 0; --again) kill_opener(path, &random, &counts);
    check_database(path, &oracle);
  }
  EXPECT_GT(oracle.acknowledged_count(), kill_count);
  std::printf(
      "T8: %llu kills, %llu of them during recovery, %llu of stopped processes; %llu writes acknowledged, "
      "%llu in doubt that had happened, %d failures\n",
      static_cast<unsigned long long>(counts.kills), static_cast<unsigned long long>(counts.during_recovery),
      static_cast<unsigned long long>(counts.stopped),
      static_cast<unsigned long long>(oracle.acknowledged_count()),
      static_cast<unsigned long long>(oracle.in_doubt_count()), HasFailure() ? 1 : 0);
}

}  // namespace

}  // namespace wombat

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--writer") == 0)
    return wombat::run_kill_writer(argv[2], std::strtoull(argv[3], nullptr, 10));
  if (argc == 4 && std::strcmp(argv[1], "--opener") == 0) return wombat::run_kill_opener(argv[2]);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
