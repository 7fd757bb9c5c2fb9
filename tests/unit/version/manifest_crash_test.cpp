// Manifests on a disk that fails or loses power at every call: recovery always gives the state after a prefix
// of the edits that contains every acknowledged one.
#include <gtest/gtest.h>

#include <algorithm>

#include "env/file_names.h"
#include "support/fault_file_system.h"
#include "support/ordering_checker.h"
#include "support/seed.h"
#include "support/sim_file_system.h"
#include "tree_maker.h"
#include "version/manifest.h"

namespace wombat {
namespace {

constexpr char kPath[] = "/db";
constexpr uint32_t kLevels = 4;

std::unique_ptr<Directory> open(FileSystem* file_system) {
  auto directory = file_system->open_directory(kPath, DirectoryMode::kCreateIfMissing);
  EXPECT_TRUE(directory) << directory.status().to_string();
  return std::move(directory).value();
}

uint64_t unused_number(const SimFileSystem& file_system, const ManifestState& state) {
  uint64_t number = state.next_file_number;
  for (const std::string& name : file_system.list_files(kPath)) {
    if (const auto file = parse_file_name(name)) number = std::max(number, file->number + 1);
  }
  return number;
}

/// States in the order in which they came into force.
struct History {
  std::vector<ManifestState> states;
  size_t acknowledged = 0;  // how many of them are promised
};

// What an interrupted program may leave: one of the states from the last acknowledged one on; nothing if none
// was.
void expect_a_promised_state(FileSystem* left, const History& history) {
  const auto directory = open(left);
  const auto recovered = recover_manifest(*directory, kLevels, make_table);
  if (!recovered) {
    ASSERT_EQ(history.acknowledged, 0u) << recovered.status().to_string();
    ASSERT_EQ(recovered.status().code(), Code::kNotADatabase) << recovered.status().to_string();
    return;
  }
  const size_t first = history.acknowledged == 0 ? 0 : history.acknowledged - 1;
  for (size_t i = first; i < history.states.size(); ++i) {
    if (states_are_equal(recovered.value().state, history.states[i])) return;
  }
  FAIL() << "a state that never was, or an old one: " << describe_state(recovered.value().state);
}

// Opens what a crash left as a database does, with a crash at every call on the way, and expects its state to
// survive.
void expect_recovery_to_survive_crashes(SimFileSystem* left, Random* random) {
  FaultFileSystem faulty(left);
  const auto directory = open(&faulty);
  auto recovered = recover_manifest(*directory, kLevels, make_table);
  if (!recovered) return;
  ManifestState before = recovered.value().state;
  ManifestState after = before;
  ++after.incarnation;
  const uint64_t number = unused_number(*left, before);
  after.next_file_number = number + 1;
  const History history{{before, after}, 1};
  faulty.set_crash_hook([&](uint64_t call_index) {
    SCOPED_TRACE("second crash at call " + std::to_string(call_index));
    for (const CrashPolicy policy : kCrashPolicies) {
      expect_a_promised_state(left->crash_clone(random->next(), policy).get(), history);
    }
  });
  const auto manifest = Manifest::create(*directory, number, after);
  ASSERT_TRUE(manifest) << manifest.status().to_string();
  ASSERT_TRUE(directory->remove_file(file_name(FileKind::kManifest, recovered.value().manifest_number)));
  faulty.set_crash_hook({});
  expect_a_promised_state(left, History{{after}, 1});
}

/// A program that creates a manifest, appends to it, replaces it and appends again.
class Program {
 public:
  Program(FileSystem* file_system, uint64_t seed) : directory_(open(file_system)), random_(seed) {}

  Status run() {
    WOMBAT_TRY(replace(2, empty_state()));
    for (int generation = 0; generation < 2; ++generation) {
      for (int i = 0; i < 5; ++i) WOMBAT_TRY(append());
      ManifestState next = history.states.back();
      ++next.incarnation;
      WOMBAT_TRY(replace(next.next_file_number++, next));
    }
    return append();
  }

  History history;

 private:
  // The new state is among those that may be found from the moment work on it begins.
  Status replace(uint64_t number, const ManifestState& state) {
    history.states.push_back(state);
    auto created = Manifest::create(*directory_, number, state);
    if (!created) return created.status();
    history.acknowledged = history.states.size();
    if (manifest_ != nullptr) {
      WOMBAT_TRY(manifest_->close());
      WOMBAT_TRY(directory_->remove_file(file_name(FileKind::kManifest, manifest_->number())));
    }
    manifest_ = std::move(created).value();
    return Status::ok();
  }

  Status append() {
    const VersionEdit edit = random_edit(history.states.back(), &random_);
    auto next = apply_edit(history.states.back(), edit, make_table);
    if (!next) return next.status();
    history.states.push_back(std::move(next).value());
    WOMBAT_TRY(manifest_->append(edit));
    history.acknowledged = history.states.size();
    return Status::ok();
  }

  std::unique_ptr<Directory> directory_;
  Random random_;
  std::unique_ptr<Manifest> manifest_;
};

TEST(ManifestCrashTest, ACrashAtEveryCallLeavesAPromisedState) {
  const SeedScope seed(91);
  Random random(seed.seed());
  for (int round = 0; round < 4; ++round) {
    SimFileSystem disk;
    FaultFileSystem faulty(&disk);
    OrderingChecker order;
    faulty.add_observer(&order);
    Program program(&faulty, random.next());
    int crash_count = 0;
    faulty.set_crash_hook([&](uint64_t call_index) {
      ++crash_count;
      SCOPED_TRACE("crash at call " + std::to_string(call_index));
      for (const CrashPolicy policy : kCrashPolicies) {
        SCOPED_TRACE(crash_policy_name(policy));
        for (int i = 0; i < (policy == CrashPolicy::kRandom ? 5 : 1); ++i) {
          const auto left = disk.crash_clone(random.next(), policy);
          expect_a_promised_state(left.get(), program.history);
          expect_recovery_to_survive_crashes(left.get(), &random);
        }
      }
    });
    const Status status = program.run();
    ASSERT_TRUE(status) << status.to_string();
    EXPECT_GT(crash_count, 40);
    EXPECT_EQ(order.violations(), std::vector<std::string>());
    if (HasFailure()) return;
  }
}

TEST(ManifestCrashTest, EveryFailingCallLeavesAPromisedState) {
  const SeedScope seed(92);
  Random random(seed.seed());
  const uint64_t program_seed = random.next();
  uint64_t call_count = 0;
  {
    SimFileSystem disk;
    FaultFileSystem faulty(&disk);
    ASSERT_TRUE(Program(&faulty, program_seed).run());
    call_count = faulty.call_count();
  }
  ASSERT_GT(call_count, 40u);
  for (const FaultKind fault : kFaultKinds) {
    for (uint64_t call_index = 2; call_index <= call_count; ++call_index) {
      SCOPED_TRACE(std::string(fault_kind_name(fault)) + " at call " + std::to_string(call_index));
      SimFileSystem disk;
      FaultFileSystem faulty(&disk);
      OrderingChecker order;
      faulty.add_observer(&order);
      faulty.add_fault({.call_index = call_index, .fault = fault});
      Program program(&faulty, program_seed);
      const Status status = program.run();
      EXPECT_EQ(order.violations(), std::vector<std::string>()) << status.to_string();
      for (const CrashPolicy policy : kCrashPolicies) {
        SCOPED_TRACE(crash_policy_name(policy));
        expect_a_promised_state(disk.crash_clone(random.next(), policy).get(), program.history);
      }
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace wombat
