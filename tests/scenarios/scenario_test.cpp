/// Runs the scenario files of this folder and compares what they show with what they expect.
///
/// A file consists of blocks: commands, a line "----", the expected output, an empty line. Lines that begin
/// with '#' are comments. `scenario_test --rewrite` writes what is shown into the files instead.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenarios/scenario_commands.h"

namespace wombat {
namespace {

bool rewrites_files = false;

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(WOMBAT_SCENARIO_FOLDER))
    if (entry.path().extension() == ".scenario") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

class Scenario : public ::testing::TestWithParam<std::string> {};

TEST_P(Scenario, ShowsWhatItExpects) {
  const std::string path = std::string(WOMBAT_SCENARIO_FOLDER) + "/" + GetParam() + ".scenario";
  std::ifstream in(path);
  ScenarioCommands commands;
  std::ostringstream rewritten;
  std::string shown;
  size_t block_count = 0;
  for (std::string line; std::getline(in, line);) {
    rewritten << line << '\n';
    if (line.empty() || line[0] == '#') continue;
    if (line != "----") {
      shown += commands.run(line);
      continue;
    }
    std::string expected;
    while (std::getline(in, line) && !line.empty()) expected += line + "\n";
    if (!rewrites_files) {
      EXPECT_EQ(expected, shown) << path << ", block " << block_count;
    }
    rewritten << shown << (in.eof() ? "" : "\n");
    shown.clear();
    ++block_count;
  }
  EXPECT_EQ(shown, "") << "commands without expectations at the end of " << path;
  EXPECT_GT(block_count, 0u);
  in.close();
  if (rewrites_files) std::ofstream(path) << rewritten.str();
}

INSTANTIATE_TEST_SUITE_P(All, Scenario, ::testing::ValuesIn(scenario_names()),
                         [](const auto& scenario) { return scenario.param; });

}  // namespace
}  // namespace wombat

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  wombat::rewrites_files = argc > 1 && std::string(argv[1]) == "--rewrite";
  return RUN_ALL_TESTS();
}
