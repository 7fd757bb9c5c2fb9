// Which codec the tables of a database get, and what happens when that changes.
#include <gtest/gtest.h>

#include <map>

#include "db/db.h"
#include "db/level_compression.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

bool is_built(CodecId id) { return codec_if_built(id) != nullptr; }

TEST(LevelCompression, IsReadFromText) {
  EXPECT_TRUE(parse_level_compressions("").value().empty());
  EXPECT_TRUE(parse_level_compressions("  ").value().empty());
  const auto mixed = parse_level_compressions("none, auto ,none");
  ASSERT_TRUE(mixed) << mixed.status().to_string();
  ASSERT_EQ(mixed.value().size(), 3u);
  EXPECT_EQ(mixed.value()[0], LevelCompression());
  EXPECT_TRUE(mixed.value()[1].picks_codec);
  if (!is_built(CodecId::kZstd)) {
    const Status missing = parse_codec("zstd:3").status();
    EXPECT_EQ(missing.code(), Code::kUnsupported);
    EXPECT_NE(missing.message().find("zstd"), std::string::npos);
    return;
  }
  const LevelCompression strong = parse_codec("zstd:22").value();
  EXPECT_EQ(strong.codec, CodecId::kZstd);
  EXPECT_EQ(strong.level, 22);
  EXPECT_EQ(parse_codec("zstd").value().level, -1);
}

TEST(LevelCompression, MistakesAreNamed) {
  for (const char* const text : {",", "none,", ",none", "gzip", "none:1", "auto:3", "none none", "NONE", ":3",
                                 "none,,none", "none:", "auto:"}) {
    const Status status = parse_level_compressions(text).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << text;
  }
  std::string many = "none";
  for (int i = 0; i < 16; ++i) many += ",none";
  EXPECT_EQ(parse_level_compressions(many).status().code(), Code::kInvalidArgument);
  Options options;
  const Status refused = options.set(OptionId::kCompressionPerLevel, "none,gzip");
  EXPECT_NE(refused.message().find("compression.per_level"), std::string::npos);
  EXPECT_NE(refused.message().find("gzip"), std::string::npos);
  if (!is_built(CodecId::kZstd) || !is_built(CodecId::kSnappy)) return;
  for (const char* const text : {"zstd:0", "zstd:23", "zstd:-1", "zstd:x", "zstd:3x", "zstd:", "snappy:1"})
    EXPECT_EQ(parse_codec(text).status().code(), Code::kInvalidArgument) << text;
}

class Compression : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_built(CodecId::kZstd) || !is_built(CodecId::kLz4)) GTEST_SKIP() << "built without zstd or lz4";
  }
  void TearDown() override {
    if (db_ != nullptr) {
      EXPECT_TRUE(db_->close());
    }
  }
  void open(const std::string& more) {
    if (db_ != nullptr) {
      ASSERT_TRUE(db_->close());
    }
    Options options;
    ASSERT_TRUE(
        options.parse("wal.sync=os; checkpoint.interval_s=0; compaction.rest_after_ms=0; max_levels=3"));
    ASSERT_TRUE(options.parse(more)) << more;
    Environment environment;
    environment.file_system = &files_;
    auto opened = Db::open("d", options, environment);
    ASSERT_TRUE(opened) << opened.status().to_string();
    db_ = std::move(opened).value();
  }
  void fill(Tree& tree, const std::string& prefix, int count = 300) {
    WriteBatch batch;
    for (int i = 0; i < count; ++i) {
      const std::string key = prefix + std::to_string(1000 + i);
      const std::string value =
          "{\"name\":\"" + key + "\",\"city\":\"Springfield\",\"n\":" + std::to_string(i * i) + "}";
      ASSERT_TRUE(batch.put(key, value));
      if (tree.is_default()) rows_[key] = value;
    }
    batch.assign_keyspace(tree.id());
    WriteRequest request;
    request.record = batch.record();
    request.tree = &tree;
    ASSERT_TRUE(db_->write(request));
    ASSERT_TRUE(tree.flush({}));
  }
  void fill(const std::string& prefix, int count = 300) { fill(db_->default_tree(), prefix, count); }
  void compact() { ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {})); }
  std::string report() { return db_->default_tree().property("compression").value(); }
  bool has(const std::string& text) { return report().find(text) != std::string::npos; }
  void check_rows() {
    ASSERT_TRUE(db_->verify({}));
    for (const auto& [key, value] : rows_) {
      EpochGuard guard(process_epochs());
      Tree& tree = db_->default_tree();
      FoundValue found;
      bool was_found = false;
      ASSERT_TRUE(tree.get_at(guard, tree.read_state(guard), key, db_->visible_timestamp(), true, &found,
                              &was_found));
      ASSERT_TRUE(was_found) << key;
      ASSERT_EQ(found.value, value);
    }
  }
  uint64_t counted(Counter counter) { return db_->counter_total(counter); }

  SimFileSystem files_;
  std::shared_ptr<Db> db_;
  std::map<std::string, std::string> rows_;
};

TEST_F(Compression, EveryLevelHasItsOwn) {
  open("compression.per_level=lz4,zstd:5");
  fill("a");
  EXPECT_TRUE(has("level 0: lz4, 1 tables")) << report();
  ASSERT_TRUE(db_->wait_for_background({}));  // a flush counts when its tables are seen already
  EXPECT_GT(counted(Counter::kBlocksCompressed), 0u);
  EXPECT_GT(counted(Counter::kBlockRawBytes), counted(Counter::kBlockStoredBytes));
  compact();
  EXPECT_TRUE(has("level 1: zstd:5, 1 tables")) << report();
  EXPECT_FALSE(has("lz4")) << "what moves to a level with another codec is written again: " << report();
  check_rows();
}

TEST_F(Compression, TablesMoveWhereNothingChanges) {
  open("compression.codec=zstd; compression.level=2");
  fill("a");
  fill("b");
  EXPECT_TRUE(has("level 0: zstd:2")) << report();
  const uint64_t moves = counted(Counter::kTrivialMoves);
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  EXPECT_GT(counted(Counter::kTrivialMoves), moves);
  check_rows();
}

TEST_F(Compression, ChangesAtAnyTimeAndOnADatabaseThatExists) {
  open("compression.codec=none");
  fill("a");
  compact();
  EXPECT_TRUE(has("level 1: none")) << report();
  EXPECT_EQ(counted(Counter::kBlocksCompressed) + counted(Counter::kBlocksLeftPlain), 0u);
  ASSERT_TRUE(db_->set_option(OptionId::kCompressionCodec, "zstd"));
  fill("b");
  EXPECT_TRUE(has("level 0: zstd")) << report();
  check_rows();
  compact();
  EXPECT_FALSE(has("none")) << "a compaction by hand writes what is compressed otherwise: " << report();
  for (const char* const options : {"compression.codec=lz4", "compression.per_level=none,lz4:9,snappy",
                                    "compression.codec=auto; compression.dictionary_size=1KiB",
                                    "compression.codec=zlib", "compression.codec=none"}) {
    if (std::string(options).find("zlib") != std::string::npos && !is_built(CodecId::kZlib)) continue;
    if (std::string(options).find("snappy") != std::string::npos && !is_built(CodecId::kSnappy)) continue;
    open(options);
    check_rows();
    fill(std::string("c") + options[12]);
    check_rows();
    compact();
    check_rows();
  }
  EXPECT_TRUE(has("level 1: none")) << report();
  EXPECT_EQ(report().find('\n'), report().size() - 1) << report();
  EXPECT_FALSE(db_->set_option(OptionId::kCompressionPerLevel, "gzip"));
}

TEST_F(Compression, AutoIsCheapAboveAndStrongAtTheBottom) {
  open("compression.codec=auto; table.block_size=4096");
  fill("a", 2000);
  EXPECT_FALSE(has("zstd")) << report();
  EXPECT_FALSE(has("none")) << report();
  compact();
  EXPECT_TRUE(has("level 1: zstd:3, 1 tables")) << report();
  check_rows();
}

TEST_F(Compression, KeyspacesHaveTheirOwn) {
  open("compression.codec=lz4");
  const auto tree =
      db_->create_keyspace("k", "compression.per_level=zstd:7\ncompression.dictionary_size=1024\n");
  ASSERT_TRUE(tree) << tree.status().to_string();
  fill(*tree.value(), "k", 20000);
  fill("a");
  EXPECT_TRUE(has("level 0: lz4, 1 tables")) << report();
  const std::string own = tree.value()->property("compression").value();
  EXPECT_NE(own.find("level 0: zstd:7"), std::string::npos) << own;
  EXPECT_EQ(db_->create_keyspace("l", "compression.per_level=gzip\n").status().code(),
            Code::kInvalidArgument);
  check_rows();
}

TEST_F(Compression, DictionariesAreCounted) {
  open("compression.codec=zstd; compression.dictionary_size=2KiB; table.block_size=512");
  fill("a", 5000);
  compact();
  EXPECT_TRUE(has("zstd with dictionary, 1 tables")) << report();
  EXPECT_GT(counted(Counter::kDictionaries), 0u);
  check_rows();
  open("compression.codec=none");
  check_rows();
}

}  // namespace
}  // namespace wombat
