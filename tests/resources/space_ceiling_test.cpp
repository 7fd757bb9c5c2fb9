// space.max_amplification with a real directory: somebody who looks at the disk all the time never sees more than the
// ceiling, whatever writers do, and who cannot be given room is told why.
//
// WOMBAT_SPACE_MB: live data of the storms (default 24); WOMBAT_SPACE_TURNS: how often it is overwritten (default 5);
// WOMBAT_SPACE_CSV: where samples are written, to be drawn by tests/resources/plot_space.py.
#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/random.h"
#include "db/db.h"
#include "db/transaction.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

constexpr uint64_t kAllowance = 8 << 20;

uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

uint64_t bytes_on_disk(const std::string& path) {
  uint64_t bytes = 0;
  DIR* const directory = ::opendir(path.c_str());
  if (directory == nullptr) return 0;
  while (const dirent* entry = ::readdir(directory)) {
    struct stat facts;
    if (::fstatat(::dirfd(directory), entry->d_name, &facts, 0) == 0 && S_ISREG(facts.st_mode))
      bytes += static_cast<uint64_t>(facts.st_blocks) * 512;
  }
  ::closedir(directory);
  return bytes;
}

/// Looks at a directory until it is destroyed. While it looks files may come and go, so that it may count some that were
/// never there together: what two looks in a row have seen is what counts.
class Sampler {
 public:
  explicit Sampler(std::string path) : path_(std::move(path)), thread_([this] { look(); }) {}
  ~Sampler() { stop(); }
  void stop() {
    stops_ = true;
    if (thread_.joinable()) thread_.join();
  }
  uint64_t largest() const { return largest_; }
  const std::vector<std::pair<double, uint64_t>>& samples() const { return samples_; }

 private:
  void look() {
    const auto began = std::chrono::steady_clock::now();
    uint64_t before = 0;
    while (!stops_) {
      const uint64_t now = bytes_on_disk(path_);
      largest_ = std::max<uint64_t>(largest_, std::min(before, now));
      before = now;
      samples_.emplace_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(),
                            now);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  const std::string path_;
  std::atomic<bool> stops_{false};
  std::atomic<uint64_t> largest_{0};
  std::vector<std::pair<double, uint64_t>> samples_;
  std::thread thread_;
};

class SpaceCeiling : public testing::Test {
 protected:
  void open(const std::string& more) {
    Options options;
    ASSERT_TRUE(
        options.parse("wal.sync=os; checkpoint.interval_s=0; compaction.threads=2; levels.base_size=16MiB; "
                      "compaction.rest_after_ms=0; memtable.size=1MiB"));
    const Status parsed = options.parse(more);
    ASSERT_TRUE(parsed) << parsed.to_string();
    Environment environment;
    environment.log_function = [](void*, int, const char* text) {
      if (std::getenv("WOMBAT_SPACE_LOG") != nullptr) fprintf(stderr, "%s\n", text);
    };
    auto opened = Db::open(path_, options, environment);
    ASSERT_TRUE(opened) << opened.status().to_string();
    db_ = std::move(opened).value();
  }
  void TearDown() override {
    if (db_ == nullptr) return;
    EXPECT_TRUE(db_->close());
  }

  static std::string key_of(uint64_t i) {
    char text[32];
    snprintf(text, sizeof text, "key%012llu", static_cast<unsigned long long>(i * 7'919 % 1'000'000'007));
    return text;
  }
  Status put(uint64_t i, size_t size, uint64_t salt, uint64_t limit_us = 0) {
    std::string value(size, '\0');
    Random random(salt * 1'000'003 + i);
    for (char& byte : value) byte = static_cast<char>(random.next());
    WriteBatch batch;
    WOMBAT_TRY(batch.put(key_of(i), value));
    WriteRequest request;
    request.record = batch.record();
    if (limit_us != 0) request.deadline.at_us = db_->clock().now_us() + limit_us;
    return db_->write(request);
  }
  std::string property(const char* name) {
    auto text = db_->property(name);
    return text ? text.value() : text.status().to_string();
  }

  /// Loads, overwrites at random, and compares what a sampler has seen with what all of it takes in the end.
  void storm(double amplification, const std::string& more, size_t value_size, uint64_t usual_turns = 5) {
    const uint64_t live = number_from_environment("WOMBAT_SPACE_MB", 24) << 20;
    const uint64_t turns = number_from_environment("WOMBAT_SPACE_TURNS", usual_turns);
    const uint64_t count = live / (value_size + 32);
    open("space.max_amplification=" + std::to_string(amplification).substr(0, 4) + "; " + more);
    const SeedScope seed(4711);
    Random random(seed.seed());
    std::vector<std::pair<double, uint64_t>> samples;
    uint64_t largest = 0;
    {
      Sampler sampler(path_);
      for (uint64_t i = 0; i < count; ++i) {
        const Status written = put(i, value_size, 0, 60'000'000);
        ASSERT_TRUE(written) << "load " << i << " of " << count << ": " << written.to_string() << "\n"
                             << property("space.usage") << "\n"
                             << property("compaction.levels");
      }
      for (uint64_t i = 0; i < turns * count; ++i) {
        const Status written = put(random.next() % count, value_size, i, 60'000'000);
        ASSERT_TRUE(written) << "storm " << i << " of " << turns * count << ": " << written.to_string()
                             << "\n"
                             << property("space.usage") << "\n"
                             << property("compaction.levels");
      }
      sampler.stop();
      largest = sampler.largest();
      samples = sampler.samples();
    }
    const std::string usage = property("space.usage");
    const Status compacted = db_->compact_range(nullptr, nullptr, {});
    ASSERT_TRUE(compacted) << compacted.to_string();
    if (property("value_log.files") != "0") {
      for (int i = 0; i < 50; ++i) ASSERT_TRUE(db_->reclaim(1, {}));
    }
    const uint64_t written = db_->counter_total(Counter::kFlushBytes);
    const uint64_t rewritten = db_->counter_total(Counter::kCompactionWriteBytes);
    ASSERT_TRUE(db_->close());
    const uint64_t least = bytes_on_disk(path_);
    db_.reset();
    const auto limit = static_cast<uint64_t>(amplification * static_cast<double>(least)) + kAllowance;
    EXPECT_LE(largest, limit) << "live " << least << "\n" << usage;
    EXPECT_LE(least, live + live / 4) << usage;
    RecordProperty("largest", std::to_string(largest));
    std::cout << "live " << least << ", largest " << largest << " of " << limit << ", flushed " << written
              << ", merged " << rewritten << ", samples " << samples.size() << "\n"
              << usage << "\n";
    if (const char* csv = std::getenv("WOMBAT_SPACE_CSV")) {
      std::ofstream out(csv);
      out << "seconds,bytes,live,ceiling\n";
      for (const auto& [seconds, bytes] : samples)
        out << seconds << "," << bytes << "," << least << "," << limit << "\n";
    }
  }

  TempDirectory directory_;
  const std::string path_ = directory_.file("db");
  std::shared_ptr<Db> db_;
};

TEST_F(SpaceCeiling, AStormStaysBelowOneAndAHalf) { storm(1.5, "", 200); }
TEST_F(SpaceCeiling, AStormStaysBelowTwo) { storm(2.0, "", 200); }
TEST_F(SpaceCeiling, AStormOfLargeValuesStaysBelowOneAndAHalf) {
  storm(1.5, "value_log.threshold=1024", 4096);
}
TEST_F(SpaceCeiling, AStormOfLargeValuesStaysBelowTwo) { storm(2.0, "value_log.threshold=1024", 4096); }

TEST_F(SpaceCeiling, AStormIntoUniversalRunsStaysBelowThree) {
  storm(3.0, "compaction.style=universal", 200);
}
TEST_F(SpaceCeiling, AStormIntoTiersStaysBelowThree) { storm(3.0, "compaction.style=size_tiered", 200); }
TEST_F(SpaceCeiling, ASyncedStormWithOneThreadStaysBelowOnePointTwo) {
  storm(1.2, "compaction.threads=1; compression.codec=zlib; wal.sync=interval; wal.sync_interval_ms=5", 400,
        1);
}

class SpaceRefusals : public SpaceCeiling {
 protected:
  /// Overwrites at random until a write is refused; OK when none was.
  Status overwrite(uint64_t count, uint64_t turns, uint64_t salt) {
    Random random(salt);
    for (uint64_t i = 0; i < turns * count; ++i)
      WOMBAT_TRY(put(random.next() % count, 1000, salt + i, 60'000'000));
    return Status::ok();
  }
  void load(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) ASSERT_TRUE(put(i, 1000, 0, 60'000'000));
  }
  /// The ceiling holds against what is on the disk at this moment.
  void check_ceiling() {
    const std::string usage = property("space.usage");
    const size_t at = usage.find("\"ceiling\":");
    ASSERT_NE(at, std::string::npos) << usage;
    EXPECT_LE(bytes_on_disk(path_), std::stoull(usage.substr(at + 10))) << usage;
  }
};

TEST_F(SpaceRefusals, ASnapshotIsNamedAndItsReleaseHelps) {
  for (const char* values : {"", "value_log.threshold=500"}) {
    SCOPED_TRACE(values);
    open(std::string("space.max_amplification=1.5; ") + values);
    load(8000);
    const Timestamp held = db_->take_snapshot();
    Status refused = overwrite(8000, 8, 1);
    ASSERT_EQ(refused.code(), Code::kNoSpace) << refused.to_string() << property("space.usage");
    const std::string text(refused.message());
    EXPECT_NE(text.find("1 snapshot"), std::string::npos) << text;
    EXPECT_NE(text.find("space.max_amplification 1.5"), std::string::npos) << text;
    EXPECT_NE(text.find("bytes are old versions"), std::string::npos) << text;
    check_ceiling();
    EXPECT_EQ(put(1, 1000, 5).code(), Code::kNoSpace);  // again, and not after a long time
    db_->release_snapshot(held);
    const Status again = overwrite(8000, 3, 2);
    ASSERT_TRUE(again) << again.to_string() << property("space.usage");
    check_ceiling();
    ASSERT_TRUE(db_->close());
    db_.reset();
    std::filesystem::remove_all(path_);
  }
}

TEST_F(SpaceRefusals, HistoryIsNamed) {
  open("space.max_amplification=1.5; history.retention_s=3600");
  load(8000);
  const Status refused = overwrite(8000, 8, 1);
  ASSERT_EQ(refused.code(), Code::kNoSpace) << refused.to_string();
  EXPECT_NE(refused.message().find("history.retention_s"), Bytes::npos) << refused.to_string();
  ASSERT_TRUE(db_->set_option(OptionId::kHistoryRetention, "0"));
  const Status again = overwrite(8000, 2, 2);
  EXPECT_TRUE(again) << again.to_string() << property("space.usage");
  check_ceiling();
}

TEST_F(SpaceRefusals, APauseIsNamed) {
  open("space.max_amplification=1.5; compaction.stall_sstables=10000; compaction.max_sstables=9999");
  load(8000);
  ASSERT_TRUE(db_->pause_compactions({}));
  const Status refused = overwrite(8000, 8, 1);
  ASSERT_EQ(refused.code(), Code::kBusy) << refused.to_string();
  EXPECT_NE(refused.message().find("paused"), Bytes::npos);
  check_ceiling();
  ASSERT_TRUE(db_->resume_compactions());
  const Status again = overwrite(8000, 2, 2);
  EXPECT_TRUE(again) << again.to_string();
}

TEST_F(SpaceRefusals, ABatchThatCanNeverFitIsRefusedAtOnce) {
  open("space.max_amplification=1.5");
  WriteBatch batch;
  for (uint64_t i = 0; i < 8; ++i) ASSERT_TRUE(batch.put(key_of(i), std::string(1 << 20, 'x')));
  WriteRequest request;
  request.record = batch.record();
  const Status refused = db_->write(request);
  ASSERT_EQ(refused.code(), Code::kNoSpace);
  EXPECT_NE(refused.message().find("smaller batches"), Bytes::npos) << refused.to_string();
  ASSERT_TRUE(put(1, 1000, 1));
  ASSERT_TRUE(db_->set_option(OptionId::kSpaceMaxAmplification, "0"));
  ASSERT_TRUE(db_->write(request));
}

TEST_F(SpaceRefusals, TheCeilingChangesWhileTheDatabaseIsOpen) {
  EXPECT_FALSE(Options().set(OptionId::kSpaceMaxAmplification, "1.05"));
  open("compaction.min_compaction_files=1000; compaction.max_sstables=9999; compaction.stall_sstables=10000");
  load(8000);
  ASSERT_TRUE(overwrite(8000, 5, 1));
  ASSERT_TRUE(db_->flush({}));
  const uint64_t before = bytes_on_disk(path_);
  EXPECT_NE(property("space.usage").find("\"state\":\"off\""), std::string::npos);
  ASSERT_TRUE(db_->set_option(OptionId::kSpaceMaxAmplification, "1.5"));
  EXPECT_NE(property("space.usage").find("\"state\":\"over\""), std::string::npos) << property("space.usage");
  const Status written = overwrite(8000, 1, 2);
  ASSERT_TRUE(written) << written.to_string() << property("space.usage");
  EXPECT_LT(bytes_on_disk(path_), before / 2);
  EXPECT_GT(db_->counter_total(Counter::kSpaceWaits), 0u);
  EXPECT_GT(db_->counter_total(Counter::kSpaceWaitMicros), 0u);
  EXPECT_GT(db_->counter_total(Counter::kSpaceCompactions), 0u);
  check_ceiling();
}

TEST_F(SpaceRefusals, NobodyWaitsForEverAndCloseWaitsForNobody) {
  open("space.max_amplification=1.2; value_log.threshold=2000");
  load(6000);
  std::atomic<uint64_t> commits{0};
  std::atomic<bool> stops{false};
  std::vector<std::thread> threads;
  Sampler sampler(path_);
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      Random random(static_cast<uint64_t>(t) + 77);
      for (uint64_t i = 0; !stops; ++i) {
        Status status;
        if (t == 5) {
          auto begun = Transaction::begin(db_, db_->default_tree().shared_from_this(),
                                          Transaction::default_settings(*db_));
          if (!begun) break;
          Timestamp committed_at = 0;
          const Transaction::Entry entry(*begun.value());
          status = begun.value()->set(db_->default_tree(), key_of(random.next() % 6000), Kind::kPut,
                                      std::string(3000, 't'));
          if (status) status = begun.value()->commit({}, &committed_at);
          if (status.code() == Code::kConflict || status.code() == Code::kTimedOut) status = Status::ok();
        } else {
          WriteBatch batch;
          for (int k = 0; k < (t == 4 ? 200 : 2); ++k)
            if (!batch.put(key_of(random.next() % 6000), std::string(t % 2 == 0 ? 1000 : 3000, 'x'))) break;
          WriteRequest request;
          request.record = batch.record();
          request.sync = t < 2 ? SyncChoice::kAlways : SyncChoice::kNever;
          status = db_->write(request);
        }
        if (status.code() == Code::kClosed) break;
        if (!status) {
          ADD_FAILURE() << "thread " << t << ": " << status.to_string() << property("space.usage");
          break;
        }
        ++commits;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(4));
  EXPECT_GT(commits, 1000u);
  // What holds writers up for good: then close.
  EXPECT_GT(db_->counter_total(Counter::kSpaceWaits), 0u);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(db_->close());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
  stops = true;
  for (std::thread& thread : threads) thread.join();
  sampler.stop();
  EXPECT_LT(sampler.largest(), (20u << 20) * 12 / 10 + kAllowance);
}

}  // namespace
}  // namespace wombat
