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
  void storm(double amplification, const std::string& more, size_t value_size) {
    const uint64_t live = number_from_environment("WOMBAT_SPACE_MB", 24) << 20;
    const uint64_t turns = number_from_environment("WOMBAT_SPACE_TURNS", 5);
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

}  // namespace
}  // namespace wombat
