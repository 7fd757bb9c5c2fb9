#include "db/options.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "codec/codec.h"

namespace wombat {

namespace {

std::vector<OptionId> all_options() {
  std::vector<OptionId> ids;
  for (size_t i = 0; i < kOptionCount; ++i) ids.push_back(static_cast<OptionId>(i));
  return ids;
}

std::vector<std::string> words_of(const OptionInfo& info) {
  std::vector<std::string> words;
  for (size_t i = 0; !choice_word(info.choices, i).empty(); ++i)
    words.emplace_back(choice_word(info.choices, i));
  return words;
}

/// Values that lie within the bounds, smallest and largest first.
std::vector<int64_t> numbers_within(const OptionInfo& info) {
  return {info.minimum, info.maximum, info.minimum + (info.maximum - info.minimum) / 3};
}

bool is_number(const OptionInfo& info) {
  return info.type == OptionType::kInteger || info.type == OptionType::kSize ||
         info.type == OptionType::kReal;
}

bool has(const Status& status, std::string_view text) {
  return status.message().find(text) != std::string_view::npos;
}

/// All values as text, for comparisons.
std::string all_text(const Options& options) {
  std::string text;
  for (const OptionId id : all_options())
    text += std::string(option_info(id).name) + "=" + options.text(id) + "\n";
  return text;
}

TEST(OptionTable, IsOrderedByNameAndComplete) {
  std::string before;
  for (const OptionId id : all_options()) {
    const OptionInfo& info = option_info(id);
    SCOPED_TRACE(info.name);
    EXPECT_LT(before, info.name);
    before = info.name;
    EXPECT_NE(std::string_view(info.help), "");
    EXPECT_LE(info.minimum, info.maximum);
    EXPECT_EQ(info.type == OptionType::kChoice, std::string_view(info.choices) != "");
    const Result<OptionId> found = Options::find(info.name);
    ASSERT_TRUE(found);
    EXPECT_EQ(found.value(), id);
  }
}

TEST(OptionTable, EveryDefaultIsAValueThatSetTakes) {
  const Options fresh;
  for (const OptionId id : all_options()) {
    const OptionInfo& info = option_info(id);
    SCOPED_TRACE(info.name);
    Options options;
    const Status set = options.set(id, info.default_value);
    EXPECT_TRUE(set) << set.to_string();
    EXPECT_EQ(options.text(id), fresh.text(id));
    EXPECT_EQ(options.integer(id), fresh.integer(id));
    if (is_number(info)) {
      EXPECT_GE(fresh.integer(id), info.minimum);
      EXPECT_LE(fresh.integer(id), info.maximum);
    }
  }
}

TEST(Options, EveryNumberWithinItsBoundsIsSetAndReadBack) {
  for (const OptionId id : all_options()) {
    const OptionInfo& info = option_info(id);
    if (!is_number(info) || !info.is_supported) continue;
    SCOPED_TRACE(info.name);
    for (const int64_t number : numbers_within(info)) {
      Options options;
      ASSERT_TRUE(options.set_integer(id, number));
      EXPECT_EQ(options.integer(id), number);
      Options again;
      const Status set = again.set(id, options.text(id));
      EXPECT_TRUE(set) << set.to_string();
      EXPECT_EQ(again.integer(id), number) << options.text(id);
    }
  }
}

TEST(Options, EveryNumberOutsideItsBoundsIsRefusedWithTheBounds) {
  for (const OptionId id : all_options()) {
    const OptionInfo& info = option_info(id);
    if (!is_number(info)) continue;
    SCOPED_TRACE(info.name);
    for (const int64_t number : {info.minimum - 1, info.maximum + 1, INT64_MIN, INT64_MAX}) {
      Options options;
      const Status set = options.set_integer(id, number);
      EXPECT_EQ(set.code(), Code::kInvalidArgument) << number;
      EXPECT_TRUE(has(set, info.name)) << set.to_string();
      if (info.type != OptionType::kReal) {
        EXPECT_TRUE(has(set, "from " + std::to_string(info.minimum) + " to " + std::to_string(info.maximum)))
            << set.to_string();
      }
      EXPECT_EQ(all_text(options), all_text(Options()));
    }
  }
}

TEST(Options, EveryBoolAndTextIsSetAndReadBack) {
  for (const OptionId id : all_options()) {
    const OptionInfo& info = option_info(id);
    if (!info.is_supported) continue;
    SCOPED_TRACE(info.name);
    Options options;
    if (info.type == OptionType::kBool) {
      for (const char* const yes : {"true", "1", "yes", "on"}) {
        ASSERT_TRUE(options.set(id, "false"));
        ASSERT_TRUE(options.set(id, yes));
        EXPECT_TRUE(options.flag(id)) << yes;
        EXPECT_EQ(options.text(id), "true");
      }
      for (const char* const no : {"false", "0", "no", "off"}) {
        ASSERT_TRUE(options.set(id, "true"));
        ASSERT_TRUE(options.set(id, no));
        EXPECT_FALSE(options.flag(id)) << no;
        EXPECT_EQ(options.text(id), "false");
      }
    } else if (info.type == OptionType::kText) {
      const std::string text = id == OptionId::kCompressionPerLevel     ? "none, auto"
                               : id == OptionId::kCompactionFilterRules ? "prefix=a drop"
                                                                        : "some where";
      ASSERT_TRUE(options.set(id, text));
      EXPECT_EQ(options.text(id), text);
    }
  }
}

TEST(Options, EveryWordOfAChoiceIsTakenOrSaidToBeMissing) {
  for (const OptionId id : all_options()) {
    const OptionInfo& info = option_info(id);
    if (info.type != OptionType::kChoice) continue;
    SCOPED_TRACE(info.name);
    for (const std::string& word : words_of(info)) {
      Options options;
      const Status set = options.set(id, word);
      if (set) {
        EXPECT_EQ(options.text(id), word);
        EXPECT_EQ(choice_word(info.choices, static_cast<size_t>(options.integer(id))), word);
        continue;
      }
      EXPECT_EQ(set.code(), Code::kUnsupported) << set.to_string();
      EXPECT_TRUE(has(set, info.name)) << set.to_string();
      EXPECT_EQ(options.text(id), info.default_value);
    }
    Options options;
    const Status unknown = options.set(id, "nonsense");
    EXPECT_EQ(unknown.code(), Code::kInvalidArgument);
    EXPECT_TRUE(has(unknown, info.choices)) << unknown.to_string();
    EXPECT_EQ(options.set_integer(id, static_cast<int64_t>(words_of(info).size())).code(),
              Code::kInvalidArgument);
    EXPECT_EQ(options.set_integer(id, -1).code(), Code::kInvalidArgument);
  }
}

TEST(Options, AReservedOptionTakesOnlyItsDefault) {
  size_t reserved = 0;
  for (const OptionId id : all_options()) {
    const OptionInfo& info = option_info(id);
    if (info.is_supported) continue;
    ++reserved;
    SCOPED_TRACE(info.name);
    Options options;
    std::string other;
    switch (info.type) {
      case OptionType::kBool:
        other = options.flag(id) ? "false" : "true";
        break;
      case OptionType::kText:
        other = "x";
        break;
      case OptionType::kChoice:
        other = words_of(info)[options.integer(id) == 0 ? 1 : 0];
        break;
      case OptionType::kReal:
        other = std::to_string((options.integer(id) == info.maximum ? info.minimum : info.maximum) / 1000);
        break;
      case OptionType::kInteger:
      case OptionType::kSize:
        other = std::to_string(options.integer(id) == info.maximum ? info.minimum : info.maximum);
    }
    const Status set = options.set(id, other);
    EXPECT_EQ(set.code(), Code::kUnsupported) << other << ": " << set.to_string();
    EXPECT_TRUE(has(set, info.name) && has(set, "default")) << set.to_string();
    EXPECT_EQ(all_text(options), all_text(Options()));
  }
  EXPECT_GT(reserved, 0u);
}

TEST(Options, MappedFilesAreRefusedWithTheReason) {
  for (const char* text : {"io.mmap=true", "io.direct=true;io.mmap=true"}) {
    Options options;
    const Status parsed = options.parse(text);
    EXPECT_EQ(parsed.code(), Code::kUnsupported);
    EXPECT_TRUE(has(parsed, "io.mmap") && has(parsed, "cannot be read")) << parsed.to_string();
  }
}

TEST(Options, SizesTakeUnits) {
  const struct {
    const char* text;
    int64_t bytes;
  } cases[] = {{"70000", 70000},
               {"70000B", 70000},
               {"512K", 512 << 10},
               {"512KiB", 512 << 10},
               {"512 KiB", 512 << 10},
               {"512KB", 512000},
               {"3M", 3 << 20},
               {"3MiB", 3 << 20},
               {"3MB", 3000000},
               {"2G", int64_t{2} << 30},
               {"2GiB", int64_t{2} << 30},
               {"2GB", 2000000000},
               {"1T", kTiB},
               {"1TiB", kTiB},
               {"1TB", 1000000000000},
               {" 64KiB\t", 64 << 10}};
  for (const auto& one : cases) {
    Options options;
    const Status set = options.set(OptionId::kCacheSize, one.text);
    EXPECT_TRUE(set) << one.text << ": " << set.to_string();
    EXPECT_EQ(options.integer(OptionId::kCacheSize), one.bytes) << one.text;
  }
}

TEST(Options, ValuesThatAreNotOfTheTypeAreRefused) {
  const struct {
    OptionId id;
    const char* text;
  } cases[] = {{OptionId::kCacheSize, ""},
               {OptionId::kCacheSize, "-1"},
               {OptionId::kCacheSize, "1.5MiB"},
               {OptionId::kCacheSize, "MiB"},
               {OptionId::kCacheSize, "1XiB"},
               {OptionId::kCacheSize, "9223372036854775808"},
               {OptionId::kCacheSize, "9223372036854775807KiB"},  // the product does not fit
               {OptionId::kCacheSize, "17179869184GiB"},          // nor does this one, which wraps to 0
               {OptionId::kMaxLevels, "seven"},
               {OptionId::kMaxLevels, "7.0"},
               {OptionId::kMaxLevels, "7KiB"},
               {OptionId::kMaxLevels, "99999999999999999999"},
               {OptionId::kCompactionDeleteRatio, "half"},
               {OptionId::kCompactionDeleteRatio, "0.5x"},
               {OptionId::kCompactionDeleteRatio, "nan"},
               {OptionId::kCompactionDeleteRatio, "inf"},
               {OptionId::kCompactionDeleteRatio, "1e300"},
               {OptionId::kCompactionDeleteRatio, "-0.001"},
               {OptionId::kCompactionDeleteRatio, "1.001"},
               {OptionId::kOpenReadOnly, "maybe"},
               {OptionId::kOpenReadOnly, ""},
               {OptionId::kOpenReadOnly, "2"}};
  for (const auto& one : cases) {
    Options options;
    const Status set = options.set(one.id, one.text);
    EXPECT_EQ(set.code(), Code::kInvalidArgument) << option_info(one.id).name << "=" << one.text;
    EXPECT_TRUE(has(set, option_info(one.id).name)) << set.to_string();
    EXPECT_EQ(all_text(options), all_text(Options()));
  }
  EXPECT_EQ(Options().set_integer(OptionId::kColdDirectory, 0).code(), Code::kInvalidArgument);
}

TEST(Options, RealsAreKeptInThousandths) {
  Options options;
  ASSERT_TRUE(options.set(OptionId::kCompactionDeleteRatio, "0.25"));
  EXPECT_EQ(options.integer(OptionId::kCompactionDeleteRatio), 250);
  EXPECT_DOUBLE_EQ(options.real(OptionId::kCompactionDeleteRatio), 0.25);
  EXPECT_EQ(options.text(OptionId::kCompactionDeleteRatio), "0.25");
  ASSERT_TRUE(options.set(OptionId::kCompactionDeleteRatio, "0.007"));
  EXPECT_EQ(options.text(OptionId::kCompactionDeleteRatio), "0.007");
  ASSERT_TRUE(options.set(OptionId::kCompactionDeleteRatio, "1"));
  EXPECT_EQ(options.text(OptionId::kCompactionDeleteRatio), "1");
}

TEST(Options, AnUnknownNameSuggestsTheNearest) {
  const struct {
    const char* name;
    const char* nearest;
  } cases[] = {{"cache.sise", "cache.size"},       {"memtable_size", "memtable.size"},
               {"block_size", "table.block_size"}, {"wal.snyc", "wal.sync"},
               {"max_level", "max_levels"},        {"read_only", "open.read_only"},
               {"num_memtable", "num_memtables"},  {"COMPRESSION.codec", "compression.codec"}};
  for (const auto& one : cases) {
    const Result<OptionId> found = Options::find(one.name);
    ASSERT_FALSE(found) << one.name;
    EXPECT_EQ(found.status().code(), Code::kUnknownOption);
    EXPECT_TRUE(has(found.status(), "'" + std::string(one.name) + "'")) << found.status().to_string();
    EXPECT_TRUE(has(found.status(), "nearest is '" + std::string(one.nearest) + "'"))
        << found.status().to_string();
  }
}

TEST(Options, EveryNameWithALetterMissingFindsItself) {
  for (const OptionId id : all_options()) {
    const std::string name = option_info(id).name;
    for (size_t i = 0; i < name.size(); ++i) {
      std::string wrong = name;
      wrong.erase(i, 1);
      const Result<OptionId> found = Options::find(wrong);
      ASSERT_FALSE(found) << wrong;
      EXPECT_TRUE(has(found.status(), "'" + name + "'")) << found.status().to_string();
    }
  }
}

TEST(Options, TextIsParsedLineByLine) {
  Options options;
  const Status parsed = options.parse(
      "# a comment\n"
      "\n"
      "  cache.size = 1MiB ; max_levels=5;;\r\n"
      "wal.sync=os # as the system likes\n"
      "max_levels=6");
  ASSERT_TRUE(parsed) << parsed.to_string();
  EXPECT_EQ(options.integer(OptionId::kCacheSize), 1 << 20);
  EXPECT_EQ(options.integer(OptionId::kMaxLevels), 6);  // the last wins
  EXPECT_EQ(options.text(OptionId::kWalSync), "os");
  EXPECT_TRUE(options.parse(""));
  EXPECT_TRUE(options.parse(";;\n;#x"));
}

TEST(Options, ParsedTextIsTakenAsAWholeOrNotAtAll) {
  const struct {
    const char* text;
    const char* line;
    Code code;
  } cases[] = {{"cache.size=1MiB\nmax_levels=99", "line 2", Code::kInvalidArgument},
               {"cache.size=1MiB;cache.sise=2", "line 1", Code::kUnknownOption},
               {"cache.size=1MiB\n\n#\nmax_levels", "line 4", Code::kInvalidArgument},
               {"cache.size=1MiB\ncache.policy=arc", "line 2", Code::kUnsupported},
               {"cache.size=1MiB\n=3", "line 2", Code::kUnknownOption}};
  for (const auto& one : cases) {
    Options options;
    const Status parsed = options.parse(one.text);
    EXPECT_EQ(parsed.code(), one.code) << one.text;
    EXPECT_TRUE(has(parsed, one.line)) << parsed.to_string();
    EXPECT_EQ(all_text(options), all_text(Options())) << one.text;
  }
}

TEST(Options, WhatTextShowsParseTakes) {
  Options options;
  ASSERT_TRUE(
      options.parse("cache.size=7MiB;compaction.delete_ratio=0.125;wal.sync=interval;open.read_only=on"));
  Options again;
  const Status parsed = again.parse(all_text(options));
  ASSERT_TRUE(parsed) << parsed.to_string();
  EXPECT_EQ(all_text(again), all_text(options));
}

TEST(Options, EveryPresetIsThereAndDiffersFromTheOthers) {
  std::set<std::string> seen;
  for (const char* const name : {"default", "development", "production", "high_performance",
                                 "memory_optimized", "durable", "write_heavy", "read_heavy"}) {
    const Result<Options> preset = Options::preset(name);
    ASSERT_TRUE(preset) << preset.status().to_string();
    EXPECT_TRUE(seen.insert(all_text(preset.value())).second) << name;
  }
  EXPECT_EQ(all_text(Options::preset("default").value()), all_text(Options()));
  EXPECT_EQ(Options::preset("durable").value().text(OptionId::kWalSync), "always");
  EXPECT_EQ(Options::preset("high_performance").value().text(OptionId::kWalSync), "os");
  EXPECT_GT(Options::preset("read_heavy").value().integer(OptionId::kFilterBits), 10);
  EXPECT_LT(Options::preset("memory_optimized").value().integer(OptionId::kCacheSize), 256 << 20);
}

TEST(Options, AnUnknownPresetSuggestsTheNearest) {
  const Result<Options> preset = Options::preset("hihg_performance");
  ASSERT_FALSE(preset);
  EXPECT_EQ(preset.status().code(), Code::kInvalidArgument);
  EXPECT_TRUE(has(preset.status(), "'high_performance'")) << preset.status().to_string();
}

TEST(Options, FeaturesAreTheCodecsOfThisBuild) {
  for (const char* const codec : {"zlib", "lz4", "zstd", "snappy"})
    EXPECT_EQ(has_feature(codec), codec_id_by_name(codec).is_ok()) << codec;
  for (const char* const absent : {"none", "", "auto", "encryption", "nonsense"})
    EXPECT_FALSE(has_feature(absent)) << absent;
}

TEST(ChoiceWord, IsFoundByItsIndex) {
  EXPECT_EQ(choice_word("a|bc|d", 0), "a");
  EXPECT_EQ(choice_word("a|bc|d", 1), "bc");
  EXPECT_EQ(choice_word("a|bc|d", 2), "d");
  EXPECT_EQ(choice_word("a|bc|d", 3), "");
  EXPECT_EQ(choice_word("a|bc|d", SIZE_MAX), "");
}

}  // namespace

}  // namespace wombat
