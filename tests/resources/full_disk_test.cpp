// T11: the disk is full at every budget of bytes. Writes answer NO_SPACE, reads go on, nothing acknowledged is lost,
// and when there is space again writes resume by themselves.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "crash/watchdog.h"
#include "resources/resource_cases.h"

namespace wombat {

namespace {

void allow_no_space(ApiSession& session) { session.allowed[1] = WOMBAT_NO_SPACE; }

/// Budgets from 0 to `last`, evenly spread over the number of cases asked for.
std::vector<uint64_t> budgets(uint64_t last) {
  const uint64_t count = environment_number("WOMBAT_T11_BUDGETS", 300);
  const uint64_t step = std::max<uint64_t>(1, last / count);
  std::vector<uint64_t> list;
  for (uint64_t budget = 0; budget <= last; budget += step) list.push_back(budget);
  return list;
}

TEST(FullDisk, WritesFailAndResumeWithoutReopening) {
  const PreparedDisk prepared = prepare_tables();
  const Options options = small_options();
  const std::vector<uint64_t> list = budgets(220'000);
  run_side_by_side(list.size(), [&](size_t i) {
    const WatchdogScope watchdog("full disk, budget " + std::to_string(list[i]));
    const std::unique_ptr<SimFileSystem> disk = prepared.clone();
    ApiSession session(*disk, options, prepared.contents);
    allow_no_space(session);
    ASSERT_EQ(session.open(), WOMBAT_OK) << session.problem();
    disk->set_space_limit(disk->bytes_used() + list[i]);
    write_under_shortage(session);
    EXPECT_EQ(session.contents().difference(session.db), "") << "while full, budget " << list[i];
    disk->set_space_limit(kNoSpaceLimit);
    EXPECT_EQ(check_resumption(session), "") << "budget " << list[i];
    EXPECT_EQ(check_all(session), "") << "budget " << list[i];
  });
  std::printf("T11 full disk: %zu budgets\n", list.size());
}

// Some time after a sync the log writes down how far it is durable. That this finds no space is known to nobody but
// the next call, which is a sync here: it may fail, and must not end the writes for good.
TEST(FullDisk, WritesResumeWhenTheMarkBehindASyncFoundNoSpace) {
  const PreparedDisk prepared = prepare_tables();
  const Options options = small_options();
  const std::unique_ptr<SimFileSystem> disk = prepared.clone();
  ApiSession session(*disk, options, prepared.contents);
  allow_no_space(session);
  ASSERT_EQ(session.open(), WOMBAT_OK) << session.problem();
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(session.put(i, 5000 + i), WOMBAT_OK);  // wal.sync=always
    disk->set_space_limit(disk->bytes_used());
    std::this_thread::sleep_for(std::chrono::milliseconds(i == 0 ? 300 : 120));
    session.expect("sync", wombat_sync(session.db, &session.error));
    disk->set_space_limit(kNoSpaceLimit);
    EXPECT_EQ(check_resumption(session), "");
  }
  EXPECT_EQ(check_all(session), "");
}

TEST(FullDisk, CloseAndReopenWhileFullKeepEverything) {
  const PreparedDisk prepared = prepare_tables();
  const Options options = small_options();
  const std::vector<uint64_t> list = budgets(120'000);
  run_side_by_side(list.size(), [&](size_t i) {
    const WatchdogScope watchdog("close on a full disk, budget " + std::to_string(list[i]));
    const std::unique_ptr<SimFileSystem> disk = prepared.clone();
    ApiSession session(*disk, options, prepared.contents);
    allow_no_space(session);
    ASSERT_EQ(session.open(), WOMBAT_OK) << session.problem();
    disk->set_space_limit(disk->bytes_used() + list[i]);
    for (int key = 0; key < 100; ++key) session.put(key, 5000 + key, 400);
    session.close();
    session.open();  // may fail, and must damage nothing
    if (session.db != nullptr) session.close();
    disk->set_space_limit(kNoSpaceLimit);
    EXPECT_EQ(check_all(session), "") << "budget " << list[i];
  });
  std::printf("T11 close on a full disk: %zu budgets\n", list.size());
}

TEST(FullDisk, OpenAnswersNoSpaceAndDamagesNothing) {
  const PreparedDisk prepared = prepare_tables();
  const Options options = small_options();
  const uint64_t used = prepared.disk->bytes_used();
  const std::vector<uint64_t> list = budgets(used + 20'000);
  std::atomic<uint64_t> refused{0};
  run_side_by_side(list.size(), [&](size_t i) {
    const WatchdogScope watchdog("open on a full disk, limit " + std::to_string(list[i]));
    const std::unique_ptr<SimFileSystem> disk = prepared.clone();
    ApiSession session(*disk, options, prepared.contents);
    allow_no_space(session);
    disk->set_space_limit(list[i]);
    if (session.open() != WOMBAT_OK) refused.fetch_add(1);
    disk->set_space_limit(kNoSpaceLimit);
    EXPECT_EQ(check_all(session), "") << "limit " << list[i];
  });
  EXPECT_GT(refused.load(), list.size() / 3);
  EXPECT_LT(refused.load(), list.size());
  std::printf("T11 open on a full disk: %zu limits, %llu refused\n", list.size(),
              static_cast<unsigned long long>(refused.load()));
}

TEST(FullDisk, CreateAnswersNoSpaceAndCanBeTriedAgain) {
  const Options options = small_options();
  uint64_t refused = 0;
  uint64_t limit = 0;
  for (bool has_opened = false; !has_opened; ++limit) {
    SimFileSystem disk;
    ApiSession session(disk, options, {});
    allow_no_space(session);
    disk.set_space_limit(limit);
    has_opened = session.open() == WOMBAT_OK;
    if (!has_opened) {
      ++refused;
      EXPECT_STRNE(session.error.message, "");
      EXPECT_EQ(session.error.retryable, 1);
    }
    disk.set_space_limit(kNoSpaceLimit);
    ASSERT_EQ(check_all(session), "") << "limit " << limit;
  }
  std::printf("T11 create on a full disk: %llu limits, %llu refused\n",
              static_cast<unsigned long long>(limit), static_cast<unsigned long long>(refused));
  EXPECT_GT(refused, 100u);
}

}  // namespace

}  // namespace wombat
