/// Databases written by every format so far, kept as files in golden/<format>/<name>/, must be read by every
/// later version: read-only, and for writing, where their content is then there after another open, too. The
/// rows each must show are in golden/<format>/<name>.rows, in hexadecimal.
///
/// What expires is in golden/<format>/<name>.rows as of the time of writing, the first line of golden/<format>/<name>.time
/// (in ticks of crash/test_clock.h; 1 where there is none); and in <name>.rows_later as of long after.
///
/// `golden_files_test --write 1 NAME` makes that of the present format anew: only when a format is begun, or something new
/// is in it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "crash/test_clock.h"
#include "env/file_names.h"
#include "formats/content_reader.h"
#include "formats/golden_database.h"
#include "wombat.h"

namespace wombat {
namespace {

namespace fs = std::filesystem;

std::string read_whole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string hexadecimal(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string dump(const ModelRows& rows) {
  std::string text;
  for (const auto& [key, value] : rows) text += hexadecimal(key) + " = " + hexadecimal(value) + "\n";
  return text;
}

std::vector<fs::path> golden_folders() {
  std::vector<fs::path> folders;
  for (const auto& format : fs::directory_iterator(WOMBAT_GOLDEN_FOLDER))
    for (const auto& entry : fs::directory_iterator(format))
      if (entry.is_directory()) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

constexpr uint64_t kLaterTicks = 1000;

void write_golden_files(const std::string& format, const std::string& only) {
  for (size_t i = 0; i < golden_recipe_count(); ++i) {
    if (only != golden_recipe_name(i)) continue;
    const GoldenDatabase golden = build_golden_database(i);
    const fs::path folder = fs::path(WOMBAT_GOLDEN_FOLDER) / format / golden.name;
    fs::create_directories(folder);
    for (const auto& [name, content] : golden.files) {
      if (name == kLockFileName) continue;
      fs::create_directories((folder / name).parent_path());
      std::ofstream(folder / name, std::ios::binary) << content;
    }
    std::ofstream(folder.string() + ".rows", std::ios::binary) << dump(golden.rows());
    if (golden.later_rows == golden.rows()) continue;
    std::ofstream(folder.string() + ".time", std::ios::binary) << golden.now << "\n";
    std::ofstream(folder.string() + ".rows_later", std::ios::binary) << dump(golden.later_rows);
  }
}

std::string needed_codec(const std::string& name) {
  if (name == "dictionary_tables") return "zstd";
  for (const char* const codec : {"zlib", "lz4", "snappy", "zstd"})
    if (name == std::string(codec) + "_tables") return codec;
  return "";
}

class GoldenFiles : public ::testing::TestWithParam<fs::path> {
 protected:
  void SetUp() override {
    const std::string codec = needed_codec(GetParam().filename());
    if (!codec.empty() && wombat_feature(codec.c_str()) == 0) missing_codec_ = codec;
    for (const auto& entry : fs::recursive_directory_iterator(GetParam())) {
      if (!entry.is_regular_file()) continue;
      const GoldenPlace place(entry.path().lexically_relative(GetParam()).string());
      file_system_.write_file(place.directory, place.name, read_whole(entry.path()));
    }
    expected_ = read_whole(GetParam().string() + ".rows");
    ASSERT_FALSE(expected_.empty());
    expected_later_ = read_whole(GetParam().string() + ".rows_later");
    if (expected_later_.empty()) return;
    now_ = std::stoull(read_whole(GetParam().string() + ".time"));
  }

  void expect_rows(const char* read_only) {
    Options options;
    ASSERT_TRUE(options.set(OptionId::kOpenReadOnly, read_only).is_ok());
    ASSERT_TRUE(options.set(OptionId::kOpenCreateIfMissing, "false").is_ok());
    Environment environment;
    environment.file_system = &file_system_;
    TestClock clock;
    clock.set_ticks(now_);
    environment.clock = &clock;
    const Result<std::shared_ptr<Db>> db = Db::open(kGoldenPath, options, environment);
    ASSERT_TRUE(db) << db.status().to_string();
    const Result<ModelRows> rows = read_content(db.value(), {"absent"});
    if (!missing_codec_.empty()) {
      expect_codec_is_named(rows.status());
      EXPECT_TRUE(db.value()->close().is_ok());
      return;
    }
    ASSERT_TRUE(rows) << rows.status().to_string();
    EXPECT_EQ(dump(rows.value()), expected_);
    // Read-only: opened for writing, it might begin to remove what has expired.
    if (!expected_later_.empty() && db.value()->is_read_only()) {
      clock.set_ticks(kLaterTicks);
      const Result<ModelRows> later = read_content(db.value(), {"absent"});
      ASSERT_TRUE(later) << later.status().to_string();
      EXPECT_EQ(dump(later.value()), expected_later_);
    }
    if (!db.value()->is_read_only()) {
      EXPECT_TRUE(db.value()->compact_range(nullptr, nullptr, {}).is_ok());
    }
    EXPECT_TRUE(db.value()->close().is_ok());
  }

  /// The refusal says which file needs what.
  void expect_codec_is_named(const Status& status) const {
    EXPECT_EQ(status.code(), Code::kUnsupported) << status.to_string();
    EXPECT_NE(status.message().find("codec " + missing_codec_), std::string::npos) << status.to_string();
    EXPECT_NE(status.message().find(".table"), std::string::npos) << status.to_string();
  }

  SimFileSystem file_system_;
  std::string missing_codec_;  // that the database needs and this build lacks
  std::string expected_;
  std::string expected_later_;
  uint64_t now_ = 1;
};

TEST_P(GoldenFiles, ShowTheirRowsReadOnly) { expect_rows("true"); }

TEST_P(GoldenFiles, ShowTheirRowsWhenOpenedForWritingAndAfterwards) {
  expect_rows("false");
  expect_rows("false");
  expect_rows("true");
}

INSTANTIATE_TEST_SUITE_P(All, GoldenFiles, ::testing::ValuesIn(golden_folders()), [](const auto& folder) {
  return "Format" + folder.param.parent_path().filename().string() + "_" + folder.param.filename().string();
});

}  // namespace
}  // namespace wombat

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--write") {
    wombat::write_golden_files(argv[2], argv[3]);
    return 0;
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
