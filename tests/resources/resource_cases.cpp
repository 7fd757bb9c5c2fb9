#include "resources/resource_cases.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace wombat {

namespace {

constexpr size_t kThreadCount = 6;

/// Keeps the first problem: reads go on whatever is short.
void read_something(ApiSession& session) {
  char buffer[4000];
  size_t size = 0;
  wombat_error error;
  for (int i = 0; i < 200; i += 39) {
    const KeyText key(i);
    const wombat_status status =
        wombat_get(session.db, key.data(), KeyText::kSize, nullptr, buffer, sizeof buffer, &size, &error);
    session.require(status == WOMBAT_OK || status == WOMBAT_NOT_FOUND, "reads go on");
  }
}

}  // namespace

PreparedDisk prepare_tables() {
  SimFileSystem disk;
  const Options options = small_options();
  ApiSession session(disk, options, {});
  EXPECT_EQ(session.open(), WOMBAT_OK) << session.problem();
  EXPECT_EQ(wombat_keyspace_create(session.db, "side", nullptr, nullptr), WOMBAT_OK);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 60; ++i) session.put((i * 7 + round * 31) % 200, round * 60 + i, 150);
    session.append(190, 400 + round);
    session.remove_range(40 + round, 43 + round);
    EXPECT_EQ(wombat_compact_range(session.db, nullptr, 0, nullptr, 0, nullptr, nullptr), WOMBAT_OK);
  }
  for (int i = 0; i < 20; ++i) session.put(i, 300 + i);
  EXPECT_EQ(session.close(), WOMBAT_OK);
  EXPECT_STREQ(session.problem(), "");
  return {disk.crash_clone(0, CrashPolicy::kKeepAll), session.contents()};
}

void write_under_shortage(ApiSession& session) {
  for (int i = 0; i < 90; ++i) {
    session.put(i * 3 % 200, 1000 + i, 400);
    if (i % 10 == 3) session.remove(i);
    if (i % 15 == 7) session.write_batch(i, 5, 2000 + i);
    if (i % 12 == 9) session.append(i, 2500 + i);
    if (i % 18 == 11) session.remove_range(i, i + 4);
    if (i % 30 == 14) session.run_transaction(i == 44 ? 300 : i + 5, 2600 + i, nullptr, i == 44);
    if (i % 20 == 5) read_something(session);
    if (i == 45) session.expect("sync", wombat_sync(session.db, &session.error));
    if (i == 60) session.expect("flush", wombat_flush(session.db, nullptr, &session.error));
  }
  session.expect("compact",
                 wombat_compact_range(session.db, nullptr, 0, nullptr, 0, nullptr, &session.error));
  read_something(session);
}

std::string check_resumption(ApiSession& session) {
  const auto start = std::chrono::steady_clock::now();
  while (!session.roll_back_prepared().empty()) {
    if (std::chrono::steady_clock::now() - start > std::chrono::seconds(1))
      return "decisions have not resumed after a second: " + std::string(session.error.message);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  // Several memtables: not only the log must work again.
  for (int i = 0; i < 60; ++i) {
    while (session.put(i, 3000 + i, 800) != WOMBAT_OK) {
      if (std::chrono::steady_clock::now() - start > std::chrono::seconds(1))
        return "writes have not resumed after a second: " + std::string(session.error.message);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  return {};
}

std::string check_all(ApiSession& session) {
  for (int round = 0; round < 2; ++round) {
    const std::string when = round == 0 ? "" : "after reopening: ";
    if (session.db == nullptr && session.open() != WOMBAT_OK) return when + "open: " + session.error.message;
    if (std::string problem = session.contents().difference(session.db); !problem.empty())
      return when + problem;
    if (std::string problem = session.roll_back_prepared(); !problem.empty()) return when + problem;
    if (wombat_flush(session.db, nullptr, &session.error) != WOMBAT_OK)
      return when + "flush: " + session.error.message;
    if (wombat_verify(session.db, nullptr, &session.error) != WOMBAT_OK)
      return when + "verify: " + session.error.message;
    if (session.close() != WOMBAT_OK) return when + "close: " + session.error.message;
  }
  return session.problem();
}

void run_side_by_side(size_t count, const std::function<void(size_t)>& run) {
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreadCount; ++t) {
    threads.emplace_back([&] {
      for (size_t i = next.fetch_add(1); i < count && !::testing::Test::HasFailure(); i = next.fetch_add(1))
        run(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace wombat
