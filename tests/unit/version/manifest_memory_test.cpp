// Every allocation of the version layer fails once: the manifest is whole, and either untouched or poisoned.
#include <gtest/gtest.h>

#include <new>

#include "support/allocation_exempt.h"
#include "support/fault_allocator.h"
#include "support/sim_file_system.h"
#include "tree_maker.h"
#include "version/manifest.h"

namespace wombat {
namespace {

constexpr char kPath[] = "/db";

class ManifestMemoryTest : public ::testing::Test {
 protected:
  ManifestMemoryTest() {
    Random random(5);
    states_.push_back(empty_state());
    for (int i = 0; i < 6; ++i) {
      edits_.push_back(random_edit(states_.back(), &random));
      states_.push_back(apply_edit(states_.back(), edits_.back(), make_table).value());
    }
  }

  static std::unique_ptr<Directory> open(SimFileSystem* file_system) {
    return std::move(file_system->open_directory(kPath, DirectoryMode::kCreateIfMissing)).value();
  }

  // Creates a manifest and appends all edits, each once. Returns how many states are known to be in the file.
  size_t write(Directory& directory) {
    size_t count = 0;
    try {
      auto manifest = Manifest::create(directory, 2, states_[0]);
      if (!manifest) return 0;
      count = 1;
      for (const VersionEdit& edit : edits_) {
        if (!manifest.value()->append(edit)) break;
        ++count;
      }
      if (!manifest.value()->close()) return count;
    } catch (const std::bad_alloc&) {
    }
    return count;
  }

  void expect_state(Directory& directory, size_t count) {
    const auto recovered = recover_manifest(directory, 4, make_table);
    if (!recovered) {
      ASSERT_EQ(count, 0u) << recovered.status().to_string();
      ASSERT_EQ(recovered.status().code(), Code::kNotADatabase);
      return;
    }
    const size_t edit_count = recovered.value().edit_count;
    ASSERT_GE(edit_count, count);
    ASSERT_LE(edit_count, count + 1);
    ASSERT_TRUE(states_are_equal(recovered.value().state, states_[edit_count - 1]));
  }

  std::vector<ManifestState> states_;
  std::vector<VersionEdit> edits_;
};

TEST_F(ManifestMemoryTest, WritingKeepsWhatWasAcknowledged) {
  for (uint64_t k = 1;; ++k) {
    SimFileSystem file_system;
    const auto directory = open(&file_system);
    FaultAllocator::arm(k, FaultAllocator::Repeat::kOnce);
    const size_t count = write(*directory);
    const bool has_failed = FaultAllocator::disarm();
    SCOPED_TRACE("allocation " + std::to_string(k));
    for (const CrashPolicy policy : {CrashPolicy::kDropAll, CrashPolicy::kKeepAll}) {
      const auto left = file_system.crash_clone(1, policy);
      expect_state(*open(left.get()), count);
    }
    if (!has_failed) {
      EXPECT_EQ(count, states_.size());
      EXPECT_GT(k, 10u);
      break;
    }
    if (HasFailure()) break;
  }
}

TEST_F(ManifestMemoryTest, RecoveryFailsWholeOrSucceeds) {
  SimFileSystem file_system;
  const auto directory = open(&file_system);
  ASSERT_EQ(write(*directory), states_.size());
  for (uint64_t k = 1;; ++k) {
    const int64_t live_before = FaultAllocator::live_block_count();
    bool is_right = false;
    bool ran_out = false;
    FaultAllocator::arm(k, FaultAllocator::Repeat::kOnce);
    try {
      const auto recovered = recover_manifest(*directory, 4, make_table);
      const AllocationExempt exempt;
      is_right = recovered && states_are_equal(recovered.value().state, states_.back());
    } catch (const std::bad_alloc&) {
      ran_out = true;
    }
    const bool has_failed = FaultAllocator::disarm();
    ASSERT_TRUE(ran_out || is_right) << "allocation " << k;
    ASSERT_EQ(FaultAllocator::live_block_count(), live_before) << "allocation " << k;
    if (!has_failed) break;
  }
}

TEST_F(ManifestMemoryTest, ApplyingAnEditLeavesTheOldStateAlone) {
  const ManifestState& before = states_[3];
  const std::string description = describe_state(before);
  for (uint64_t k = 1;; ++k) {
    bool is_right = false;
    bool ran_out = false;
    FaultAllocator::arm(k, FaultAllocator::Repeat::kOnce);
    try {
      const auto after = apply_edit(before, edits_[3], make_table);
      const AllocationExempt exempt;
      is_right = after && states_are_equal(after.value(), states_[4]);
    } catch (const std::bad_alloc&) {
      ran_out = true;
    }
    const bool has_failed = FaultAllocator::disarm();
    ASSERT_TRUE(ran_out || is_right) << "allocation " << k;
    ASSERT_EQ(describe_state(before), description) << "allocation " << k;
    if (!has_failed) break;
  }
}

}  // namespace
}  // namespace wombat
