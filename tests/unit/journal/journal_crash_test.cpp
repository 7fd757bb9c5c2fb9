// Journals on a disk that loses power: what is left always opens, and holds everything that was synced.
#include <gtest/gtest.h>

#include <algorithm>

#include "env/file_names.h"
#include "journal_image.h"
#include "support/seed.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

constexpr char kPath[] = "/db";

// Reads the journal that a crash left. `synced_count` records of `written` must be there.
void expect_survivors(SimFileSystem* left, const std::vector<std::string>& written, size_t synced_count) {
  auto directory = left->open_directory(kPath, DirectoryMode::kMustExist);
  ASSERT_TRUE(directory);
  auto file = directory.value()->open_file(file_name(FileKind::kLog, 7));
  ASSERT_TRUE(file) << file.status().to_string();
  const FileHeader identity = journal_header();
  const ReadJournal read = read_journal(std::move(file).value(), 0, &identity);
  ASSERT_TRUE(read.status) << read.status.to_string();
  ASSERT_TRUE(is_prefix(read.records, written));
  ASSERT_GE(read.records.size(), synced_count) << "a synced record is lost";
}

void expect_survivors_of_every_crash(const SimFileSystem& file_system,
                                     const std::vector<std::string>& written, size_t synced_count,
                                     Random* random) {
  for (const CrashPolicy policy : kCrashPolicies) {
    SCOPED_TRACE(crash_policy_name(policy));
    const int clone_count = policy == CrashPolicy::kRandom ? 4 : 1;
    for (int i = 0; i < clone_count; ++i) {
      const auto left = file_system.crash_clone(random->next(), policy);
      expect_survivors(left.get(), written, synced_count);
    }
  }
}

void check_torn_tails(uint64_t seed_number, bool in_place) {
  const SeedScope seed(seed_number);
  Random random(seed.seed());
  for (int round = 0; round < 60; ++round) {
    SimFileSystem file_system;
    auto directory = file_system.open_directory(kPath, DirectoryMode::kCreateIfMissing);
    ASSERT_TRUE(directory);
    auto file = directory.value()->create_file(file_name(FileKind::kLog, 7));
    ASSERT_TRUE(file);
    ASSERT_TRUE(directory.value()->sync());
    if (in_place) file.value()->expect_small_appends();
    JournalWriter writer(std::move(file).value(), journal_header());
    std::vector<std::string> written;
    size_t synced_count = 0;
    for (int step = 0; step < 25; ++step) {
      for (uint64_t i = 1 + random.below(4); i > 0; --i) {
        const std::string record = random_bytes(random.below(random.one_in(5) ? 80000 : 700), &random);
        if (in_place && random.one_in(2)) {
          ASSERT_TRUE(writer.append(Bytes(record).substr(0, 5),
                                    Bytes(record).substr(std::min<size_t>(5, record.size()))));
        } else {
          writer.add(record);
        }
        written.push_back(record);
      }
      ASSERT_TRUE(writer.flush());
      if (random.one_in(3)) {
        ASSERT_TRUE(writer.sync());
        synced_count = written.size();
        if (random.one_in(2)) {
          writer.mark_synced();
          written.emplace_back();
        }
      }
      expect_survivors_of_every_crash(file_system, written, synced_count, &random);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(JournalCrashTest, ATornTailAlwaysOpensAndKeepsEverythingSynced) { check_torn_tails(51, false); }

TEST(JournalCrashTest, SoDoesOneOfRecordsThatWereEncodedInPlace) { check_torn_tails(53, true); }

TEST(JournalCrashTest, AFullDiskLeavesAJournalThatEndsAtItsGoodSize) {
  const SeedScope seed(52);
  Random random(seed.seed());
  for (uint64_t limit = 0; limit < 3000; limit += 37) {
    SimFileSystem file_system;
    auto directory = file_system.open_directory(kPath, DirectoryMode::kCreateIfMissing);
    ASSERT_TRUE(directory);
    auto file = directory.value()->create_file(file_name(FileKind::kLog, 7));
    ASSERT_TRUE(file);
    ASSERT_TRUE(directory.value()->sync());
    file_system.set_space_limit(limit);
    JournalWriter writer(std::move(file).value(), journal_header());
    std::vector<std::string> written;
    Status status;
    for (int i = 0; i < 100 && status.is_ok(); ++i) {
      const std::string record = random_bytes(random.below(100), &random);
      writer.add(record);
      status = writer.sync();
      if (status) written.push_back(record);
    }
    ASSERT_EQ(status.code(), Code::kNoSpace) << status.to_string();
    expect_survivors(&file_system, written, written.size());
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace wombat
