#include "version/manifest.h"

#include <gtest/gtest.h>

#include <set>

#include "base/coding.h"
#include "env/file_names.h"
#include "support/fault_file_system.h"
#include "support/seed.h"
#include "support/sim_file_system.h"
#include "tree_maker.h"

namespace wombat {
namespace {

constexpr char kPath[] = "/db";
constexpr uint32_t kLevels = 4;

class ManifestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = file_system_.open_directory(kPath, DirectoryMode::kCreateIfMissing);
    ASSERT_TRUE(opened);
    directory_ = std::move(opened).value();
  }

  // A manifest with number 2 that holds `edit_count` random edits behind its snapshot; states_[i] is the
  // state after i of them.
  void write_manifest(int edit_count, Random* random) {
    states_ = {empty_state()};
    auto manifest = Manifest::create(*directory_, 2, states_[0]);
    ASSERT_TRUE(manifest) << manifest.status().to_string();
    for (int i = 0; i < edit_count; ++i) {
      const VersionEdit edit = random_edit(states_.back(), random);
      auto next = apply_edit(states_.back(), edit, make_table);
      ASSERT_TRUE(next) << next.status().to_string();
      ASSERT_TRUE(manifest.value()->append(edit));
      states_.push_back(std::move(next).value());
    }
    ASSERT_TRUE(manifest.value()->close());
  }

  Result<RecoveredManifest> recover() { return recover_manifest(*directory_, kLevels, make_table); }
  Code recovery_code() { return recover().status().code(); }

  // Replaces the manifest by one made of `records`.
  void write_records(const std::vector<std::string>& records) {
    FileHeader header;
    header.kind = FileKind::kManifest;
    header.database_id = test_database_id();
    header.file_number = 2;
    file_system_.delete_file(kPath, manifest_name_);
    auto file = directory_->create_file(manifest_name_);
    ASSERT_TRUE(file);
    JournalWriter writer(std::move(file).value(), header);
    for (const std::string& record : records) writer.add(record);
    ASSERT_TRUE(writer.sync());
    ASSERT_TRUE(writer.close());
  }

  static std::string encoded(const VersionEdit& edit) {
    std::string bytes;
    edit.encode(&bytes);
    return bytes;
  }

  const std::string manifest_name_ = file_name(FileKind::kManifest, 2);
  SimFileSystem file_system_;
  std::unique_ptr<Directory> directory_;
  std::vector<ManifestState> states_;
};

TEST_F(ManifestTest, RecoveryGivesTheStateAfterTheLastEdit) {
  const SeedScope seed(81);
  Random random(seed.seed());
  for (int round = 0; round < 10; ++round) {
    file_system_.delete_file(kPath, manifest_name_);
    write_manifest(round * 5, &random);
    const auto recovered = recover();
    ASSERT_TRUE(recovered) << recovered.status().to_string();
    EXPECT_TRUE(states_are_equal(recovered.value().state, states_.back()));
    EXPECT_EQ(recovered.value().manifest_number, 2u);
    EXPECT_EQ(recovered.value().edit_count, states_.size());
  }
}

TEST_F(ManifestTest, ExistsOnceCurrentDoes) {
  EXPECT_FALSE(manifest_exists(*directory_).value());
  Random random(1);
  write_manifest(0, &random);
  EXPECT_TRUE(manifest_exists(*directory_).value());
}

TEST_F(ManifestTest, LevelCountIsTheCallersUnlessDeeperLevelsAreInUse) {
  ManifestState state = empty_state(9);
  VersionEdit edit;
  edit.added.push_back({5, 1, table_info(20, "a", "b")});
  state = apply_edit(state, edit, make_table).value();
  ASSERT_TRUE(Manifest::create(*directory_, 2, state));
  EXPECT_EQ(recover_manifest(*directory_, 3, make_table).value().state.version->levels.size(), 6u);
  EXPECT_EQ(recover_manifest(*directory_, 7, make_table).value().state.version->levels.size(), 7u);
}

TEST_F(ManifestTest, TheFactoryIsAskedForTablesOfTheFinalTreeOnly) {
  const SeedScope seed(82);
  Random random(seed.seed());
  write_manifest(40, &random);
  std::multiset<uint64_t> made;
  const auto recovered = recover_manifest(*directory_, kLevels, [&made](const TableInfo& info) {
    made.insert(info.number);
    return make_table(info);
  });
  ASSERT_TRUE(recovered);
  std::multiset<uint64_t> present;
  for (const VersionEdit::Added& added : snapshot_edit(states_.back()).added)
    present.insert(added.table.number);
  EXPECT_EQ(made, present);
}

TEST_F(ManifestTest, ANewManifestTakesOverAndLeavesTheOldOneAlone) {
  Random random(1);
  write_manifest(3, &random);
  file_system_.write_file(kPath, kCurrentTempFileName, "left by a crash");
  ManifestState next = states_.back();
  next.incarnation = 2;
  next.next_file_number += 1;
  ASSERT_TRUE(Manifest::create(*directory_, next.next_file_number - 1, next));
  const auto recovered = recover();
  ASSERT_TRUE(recovered) << recovered.status().to_string();
  EXPECT_EQ(recovered.value().manifest_number, next.next_file_number - 1);
  EXPECT_TRUE(states_are_equal(recovered.value().state, next));
  EXPECT_TRUE(file_system_.read_file(kPath, manifest_name_).has_value());
  EXPECT_FALSE(file_system_.read_file(kPath, kCurrentTempFileName).has_value());
}

TEST_F(ManifestTest, ANumberIsNeverUsedTwice) {
  Random random(1);
  write_manifest(1, &random);
  EXPECT_EQ(Manifest::create(*directory_, 2, empty_state()).status().code(), Code::kAlreadyExists);
  EXPECT_TRUE(states_are_equal(recover().value().state, states_.back()));
}

TEST_F(ManifestTest, ADirectoryWithoutCurrentIsExplained) {
  EXPECT_EQ(recovery_code(), Code::kNotADatabase);
  file_system_.write_file(kPath, "notes.txt", "hello");
  file_system_.write_file(kPath, kLockFileName, "");
  EXPECT_EQ(recovery_code(), Code::kNotADatabase);
  file_system_.write_file(kPath, manifest_name_, "");
  file_system_.write_file(kPath, kCurrentTempFileName, "");
  EXPECT_EQ(recovery_code(), Code::kNotADatabase) << "a creation that was interrupted";
  for (const FileKind kind : {FileKind::kLog, FileKind::kTable}) {
    file_system_.write_file(kPath, file_name(kind, 5), "");
    const Status status = recover().status();
    EXPECT_EQ(status.code(), Code::kMissingFile);
    EXPECT_NE(status.message().find("CURRENT is missing"), Bytes::npos) << status.to_string();
    EXPECT_NE(status.message().find(file_name(kind, 5)), Bytes::npos) << status.to_string();
    file_system_.delete_file(kPath, file_name(kind, 5));
  }
}

TEST_F(ManifestTest, AMissingManifestIsNamed) {
  Random random(1);
  write_manifest(1, &random);
  file_system_.delete_file(kPath, manifest_name_);
  const Status status = recover().status();
  EXPECT_EQ(status.code(), Code::kMissingFile);
  EXPECT_NE(status.message().find(manifest_name_), Bytes::npos) << status.to_string();
}

TEST_F(ManifestTest, EveryDamagedByteOfCurrentIsNoticed) {
  Random random(1);
  write_manifest(2, &random);
  const std::string current = file_system_.read_file(kPath, kCurrentFileName).value();
  ASSERT_EQ(current.size(), kFileHeaderSize);
  for (size_t offset = 0; offset < current.size(); ++offset) {
    for (const int mask : {0x01, 0x80, 0xFF}) {
      std::string damaged = current;
      damaged[offset] = static_cast<char>(damaged[offset] ^ mask);
      file_system_.write_file(kPath, kCurrentFileName, damaged);
      const auto recovered = recover();
      ASSERT_FALSE(recovered) << "byte " << offset;
      ASSERT_NE(recovered.status().code(), Code::kNotADatabase) << "byte " << offset;
    }
  }
  for (const size_t size : {0, 1, 63, 65, 128}) {
    std::string resized = current;
    resized.resize(size);
    file_system_.write_file(kPath, kCurrentFileName, resized);
    EXPECT_EQ(recovery_code(), Code::kCorruption) << size;
  }
}

TEST_F(ManifestTest, EveryDamagedByteGivesTheRightStateOrAnError) {
  const SeedScope seed(83);
  Random random(seed.seed());
  write_manifest(6, &random);
  const std::string bytes = file_system_.read_file(kPath, manifest_name_).value();
  size_t right_state_count = 0;
  for (size_t offset = 0; offset < bytes.size(); ++offset) {
    std::string damaged = bytes;
    damaged[offset] = static_cast<char>(damaged[offset] ^ (1 + random.below(255)));
    file_system_.write_file(kPath, manifest_name_, damaged);
    const auto recovered = recover();
    if (!recovered) continue;
    ++right_state_count;
    ASSERT_TRUE(states_are_equal(recovered.value().state, states_.back())) << "byte " << offset;
  }
  EXPECT_LE(right_state_count, kFragmentHeaderSize) << "only the last mark may be lost without an error";
}

TEST_F(ManifestTest, EveryTruncationGivesAPrefixOfTheEditsOrAnError) {
  const SeedScope seed(84);
  Random random(seed.seed());
  write_manifest(6, &random);
  const std::string bytes = file_system_.read_file(kPath, manifest_name_).value();
  for (size_t size = 0; size < bytes.size(); ++size) {
    file_system_.write_file(kPath, manifest_name_, bytes.substr(0, size));
    const auto recovered = recover();
    if (!recovered) {
      ASSERT_EQ(recovered.status().code(), Code::kCorruption) << recovered.status().to_string();
      continue;
    }
    const uint64_t edit_count = recovered.value().edit_count;
    ASSERT_GE(edit_count, 1u);
    ASSERT_LE(edit_count, states_.size());
    ASSERT_TRUE(states_are_equal(recovered.value().state, states_[edit_count - 1])) << "cut at " << size;
  }
}

TEST_F(ManifestTest, AManifestOfAnotherDatabaseIsRefused) {
  Random random(1);
  ManifestState other = empty_state();
  other.database_id[0] ^= 1;
  ASSERT_TRUE(Manifest::create(*directory_, 2, other));
  const std::string foreign = file_system_.read_file(kPath, manifest_name_).value();
  file_system_.delete_file(kPath, manifest_name_);
  write_manifest(1, &random);
  file_system_.write_file(kPath, manifest_name_, foreign);
  const Status status = recover().status();
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("database"), Bytes::npos) << status.to_string();
}

TEST_F(ManifestTest, TheFirstEditMustSayWhoseTreeItIs) {
  Random random(1);
  write_manifest(0, &random);
  const VersionEdit first = snapshot_edit(states_[0]);
  write_records({encoded(first)});
  EXPECT_EQ(recovery_code(), Code::kOk);
  write_records({"", encoded(first), ""});
  EXPECT_EQ(recovery_code(), Code::kOk) << "marks say nothing";
  write_records({});
  EXPECT_EQ(recovery_code(), Code::kCorruption);
  VersionEdit edit = first;
  edit.comparator.reset();
  write_records({encoded(edit)});
  EXPECT_EQ(recovery_code(), Code::kCorruption);
  edit = first;
  edit.database_id->at(5) ^= 1;
  write_records({encoded(edit)});
  EXPECT_EQ(recovery_code(), Code::kCorruption);
}

TEST_F(ManifestTest, WhatThisVersionCannotReadIsRefusedWithItsReason) {
  Random random(1);
  write_manifest(0, &random);
  VersionEdit first = snapshot_edit(states_[0]);
  first.comparator = "reverse";
  write_records({encoded(first)});
  EXPECT_EQ(recovery_code(), Code::kUnsupported);
  first.comparator = "bytewise";
  std::string unknown(1, '\x20');
  append_sized(&unknown, "new");
  write_records({encoded(first), unknown});
  EXPECT_EQ(recovery_code(), Code::kFormatVersion);
  VersionEdit impossible;
  impossible.removed = {{1, 77}};
  write_records({encoded(first), encoded(impossible)});
  const Status status = recover().status();
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find(manifest_name_), Bytes::npos) << status.to_string();
}

TEST_F(ManifestTest, TheNumberOfTheManifestIsTaken) {
  ManifestState state = empty_state();
  ASSERT_TRUE(Manifest::create(*directory_, 50, state));
  EXPECT_EQ(recover().value().state.next_file_number, 51u);
}

TEST_F(ManifestTest, AFailedAppendPoisonsTheManifest) {
  for (const CallKind kind : {CallKind::kAppend, CallKind::kSync}) {
    FaultFileSystem faulty(&file_system_);
    auto directory = faulty.open_directory(kPath, DirectoryMode::kMustExist);
    ASSERT_TRUE(directory);
    file_system_.delete_file(kPath, manifest_name_);
    auto manifest = Manifest::create(*directory.value(), 2, empty_state());
    ASSERT_TRUE(manifest) << manifest.status().to_string();
    faulty.add_fault({.call_index = faulty.call_count() + 1, .only = kind, .fault = FaultKind::kNoSpace});
    VersionEdit edit;
    edit.last_timestamp = 5;
    const Status failed = manifest.value()->append(edit);
    ASSERT_FALSE(failed);
    faulty.clear_faults();
    const uint64_t call_count = faulty.call_count();
    EXPECT_EQ(manifest.value()->append(edit).code(), failed.code());
    EXPECT_EQ(faulty.call_count(), call_count) << "a poisoned manifest is not touched";
  }
}

}  // namespace
}  // namespace wombat
