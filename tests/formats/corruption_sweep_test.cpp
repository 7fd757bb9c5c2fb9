/// T7: damage of every kind to every file of small databases. Opening one and reading everything gives the
/// right data or an error that names the file; never wrong data, a crash, a hang, or memory without bound.
///
/// WOMBAT_T7_CASES: about how many cases, drawn evenly from all (0: all, with every single bit). The seed draws
/// them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/random.h"
#include "formats/corruption_sweep.h"
#include "support/seed.h"

namespace wombat {
namespace {

constexpr uint64_t kCasesOfPresubmit = 50'000;
constexpr size_t kProblemCountMax = 40;

uint64_t wanted_case_count() {
  const char* const text = std::getenv("WOMBAT_T7_CASES");
  return text == nullptr || *text == '\0' ? kCasesOfPresubmit : std::strtoull(text, nullptr, 0);
}

const char* only_database() {
  const char* const text = std::getenv("WOMBAT_T7_DATABASE");
  return text == nullptr ? "" : text;
}

struct Specimen {
  GoldenDatabase golden;
  GoldenDatabase twin;
  std::vector<Damage> damages;
};

TEST(CorruptionSweep, GivesTheRightDataOrAnErrorThatNamesTheFile) {
  const SeedScope seed(0x7007);
  Random random(seed.seed());
  const uint64_t wanted = wanted_case_count();
  std::vector<Specimen> specimens;
  uint64_t total = 0;
  for (size_t i = 0; i < golden_recipe_count(); ++i) {
    if (std::string(golden_recipe_name(i)).find(only_database()) == std::string::npos) continue;
    Specimen specimen{build_golden_database(i), build_golden_database(i), {}};
    specimen.damages = list_damages(specimen.golden, wanted == 0 ? 8 : 2);
    total += specimen.damages.size();
    specimens.push_back(std::move(specimen));
  }
  SweepCounts counts;
  uint64_t cases = 0;
  size_t problems = 0;
  for (const Specimen& specimen : specimens) {
    for (const Damage& damage : specimen.damages) {
      // What exists once is always tried; of bytes and truncations a sample.
      const bool is_of_a_byte = damage.kind <= Damage::Kind::kTruncate;
      if (wanted != 0 && is_of_a_byte && random.below(total) >= wanted) continue;
      std::vector<OpenMode> modes = {OpenMode::kReadOnly};
      if (wanted == 0 || !is_of_a_byte || random.one_in(4)) modes.push_back(OpenMode::kWriting);
      for (const OpenMode mode : modes) {
        const auto problem = run_damage(damage, specimen.golden, specimen.twin, mode, &counts);
        ++cases;
        if (!problem) continue;
        ADD_FAILURE() << *problem << (mode == OpenMode::kReadOnly ? " (read-only)" : " (writing)");
        if (++problems >= kProblemCountMax) FAIL() << "too many problems";
      }
    }
  }
  std::printf(
      "T7: %llu cases of %llu damages to %zu databases: %llu right data, %llu refused, %llu shorter history; "
      "%zu failures\n",
      static_cast<unsigned long long>(cases), static_cast<unsigned long long>(total), specimens.size(),
      static_cast<unsigned long long>(counts.right_data), static_cast<unsigned long long>(counts.refused),
      static_cast<unsigned long long>(counts.shorter_history), problems);
}

TEST(CorruptionSweep, UndamagedDatabasesHaveTheirRows) {
  for (size_t i = 0; i < golden_recipe_count(); ++i) {
    const GoldenDatabase golden = build_golden_database(i);
    SweepCounts counts;
    const Damage harmless{
        Damage::Kind::kReplaceBySibling, "LOCK", 0,
        static_cast<uint64_t>(std::distance(golden.files.begin(), golden.files.find("LOCK")))};
    for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kWriting})
      EXPECT_EQ(run_damage(harmless, golden, golden, mode, &counts), std::nullopt);
    EXPECT_EQ(counts.right_data, 2u) << golden.name;
  }
}

}  // namespace
}  // namespace wombat
