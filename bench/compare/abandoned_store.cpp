#include "abandoned_store.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "distribution.h"
#include "value_source.h"

extern char** environ;

namespace wombat::bench {
namespace {

std::vector<uint64_t> abandoned_order(const MatchConfig& config) {
  BenchRandom random(config.seed);
  return shuffled(abandoned_entry_count(config), random);
}

}  // namespace

uint64_t abandoned_entry_count(const MatchConfig& config) {
  constexpr size_t kMemtableOverhead = 32;
  const uint64_t fitting =
      config.stores.write_buffer_bytes / 2 / (config.keys.size_bytes + config.value_size + kMemtableOverhead);
  return std::max<uint64_t>(std::min(config.entry_count, fitting), 1);
}

uint64_t abandoned_last_entry(const MatchConfig& config) { return abandoned_order(config).back(); }

void make_abandoned_store(const StoreKind& kind, const MatchConfig& config, const std::string& directory) {
  std::vector<std::string> words = {
      "wombat_compare",
      "--write-and-die=" + std::string(kind.name),
      "--dir=" + directory,
      "--num=" + std::to_string(config.entry_count),
      "--value-size=" + std::to_string(config.value_size),
      "--key-size=" + std::to_string(config.keys.size_bytes),
      "--seed=" + std::to_string(config.seed),
      "--cache=" + std::to_string(config.stores.cache_bytes) + "B",
      "--write-buffer=" + std::to_string(config.stores.write_buffer_bytes) + "B"};
  for (const std::string& option : config.stores.wombat_options) words.push_back("--option=" + option);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  if (posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0 ||
      waitpid(child, &status, 0) != child)
    throw StoreFailure("cannot start a writer");
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
    throw StoreFailure("the writer did not end as it should");
}

void write_and_die(const StoreKind& kind, const MatchConfig& config, const std::string& directory) {
  try {
    const std::unique_ptr<Store> store = kind.make(config.stores);
    store->open(directory);
    const std::unique_ptr<StoreSession> session = store->new_session();
    const ValueSource values(config.value_size, config.seed);
    std::string key(config.keys.size_bytes, '\0');
    uint64_t index = 0;
    for (const uint64_t entry : abandoned_order(config)) {
      config.keys.encode(present_number(entry), key.data());
      session->put(key, {values.value(index++), config.value_size});
    }
    kill(getpid(), SIGKILL);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "wombat_compare: %s: %s\n", kind.name, failure.what());
  }
  _exit(1);
}

}  // namespace wombat::bench
