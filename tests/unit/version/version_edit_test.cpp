#include "version/version_edit.h"

#include <gtest/gtest.h>

#include "base/coding.h"
#include "support/seed.h"
#include "tree_maker.h"

namespace wombat {
namespace {

VersionEdit full_edit() {
  VersionEdit edit;
  edit.database_id = test_database_id();
  edit.comparator = "bytewise";
  edit.level_count = 7;
  edit.incarnation = 5;
  edit.next_file_number = 1234;
  edit.log_number_min = 12;
  edit.last_timestamp = kTimestampMax;
  edit.history_min = 17;
  edit.sealed_logs = {{12, 1000}, {13, 0}};
  edit.removed = {{0, 3}, {15, 4}};
  edit.added.push_back({1, 77, table_info(20, std::string("a\0b", 3), "b")});
  edit.added.push_back({15, 1, table_info(21, "", std::string(kKeySizeMax, '\xFF'))});
  return edit;
}

std::string encoded(const VersionEdit& edit) {
  std::string bytes;
  edit.encode(&bytes);
  return bytes;
}

Code decoded_code(const std::string& bytes) { return VersionEdit::decode(bytes, "m").status().code(); }

std::string field(uint8_t tag, const std::string& payload) {
  std::string bytes(1, static_cast<char>(tag));
  append_sized(&bytes, payload);
  return bytes;
}

TEST(VersionEditTest, EveryFieldSurvivesEncoding) {
  const VersionEdit edit = full_edit();
  const auto decoded = VersionEdit::decode(encoded(edit), "m");
  ASSERT_TRUE(decoded) << decoded.status().to_string();
  const VersionEdit& copy = decoded.value();
  EXPECT_EQ(copy.database_id, edit.database_id);
  EXPECT_EQ(copy.comparator, edit.comparator);
  EXPECT_EQ(copy.level_count, edit.level_count);
  EXPECT_EQ(copy.incarnation, edit.incarnation);
  EXPECT_EQ(copy.next_file_number, edit.next_file_number);
  EXPECT_EQ(copy.log_number_min, edit.log_number_min);
  EXPECT_EQ(copy.last_timestamp, edit.last_timestamp);
  EXPECT_EQ(copy.history_min, edit.history_min);
  EXPECT_EQ(copy.sealed_logs, edit.sealed_logs);
  ASSERT_EQ(copy.removed.size(), 2u);
  EXPECT_EQ(copy.removed[1].level, 15u);
  EXPECT_EQ(copy.removed[1].number, 4u);
  ASSERT_EQ(copy.added.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(copy.added[i].level, edit.added[i].level);
    EXPECT_EQ(copy.added[i].run_id, edit.added[i].run_id);
    EXPECT_TRUE(copy.added[i].table == edit.added[i].table);
  }
  EXPECT_EQ(encoded(copy), encoded(edit));
}

TEST(VersionEditTest, AnAbsentFieldStaysAbsent) {
  const auto decoded = VersionEdit::decode("", "m");
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(decoded.value().database_id || decoded.value().comparator || decoded.value().level_count ||
               decoded.value().incarnation || decoded.value().next_file_number ||
               decoded.value().log_number_min || decoded.value().last_timestamp);
  EXPECT_EQ(encoded(VersionEdit()), "");
}

TEST(VersionEditTest, EveryTruncationIsRefusedOrEndsBetweenFields) {
  VersionEdit edit = full_edit();
  edit.added.pop_back();
  const std::string bytes = encoded(edit);
  size_t accepted = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = VersionEdit::decode(Bytes(bytes).substr(0, size), "m");
    if (!decoded) {
      EXPECT_EQ(decoded.status().code(), Code::kCorruption);
      continue;
    }
    ++accepted;
    EXPECT_EQ(encoded(decoded.value()), bytes.substr(0, size));
  }
  EXPECT_EQ(accepted, 13u) << "fields in front of the last";
}

TEST(VersionEditTest, RandomBytesAndFlipsNeverPassUnnoticed) {
  const SeedScope seed(61);
  Random random(seed.seed());
  VersionEdit edit = full_edit();
  edit.added.pop_back();
  const std::string bytes = encoded(edit);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = bytes;
    for (uint64_t i = 1 + random.below(4); i > 0; --i) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    }
    const auto decoded = VersionEdit::decode(damaged, "m");
    if (decoded) {
      // What was accepted is what the bytes say, apart from skipped fields and the order of fields.
      ASSERT_LE(encoded(decoded.value()).size(), damaged.size());
      static_cast<void>(decoded.value().to_string());
    } else {
      ASSERT_TRUE(decoded.status().code() == Code::kCorruption ||
                  decoded.status().code() == Code::kFormatVersion);
    }
  }
}

TEST(VersionEditTest, TheTimeOfATableIsWrittenWhenItIsKnown) {
  VersionEdit edit;
  VersionEdit::Added added;
  added.table.number = 7;
  edit.added = {added};
  const size_t size_without = encoded(edit).size();
  edit.added[0].table.newest_us = 123456789;
  edit.added[0].table.range_count = 2;
  VersionEdit::Added other = edit.added[0];
  other.keyspace = 4;
  other.table.number = 8;
  edit.added.push_back(other);
  const auto decoded = VersionEdit::decode(encoded(edit), "000009.manifest");
  ASSERT_TRUE(decoded) << decoded.status().to_string();
  ASSERT_EQ(decoded.value().added.size(), 2U);
  EXPECT_EQ(decoded.value().added[0].table, edit.added[0].table);
  EXPECT_EQ(decoded.value().added[1].table, other.table);
  edit.added = {added};
  edit.added[0].table.newest_us = 1;
  const std::string timed = encoded(edit);
  ASSERT_EQ(timed.size(), size_without + 5 + 16);
  for (const std::string& damaged : {timed.substr(size_without),          // without the table
                                     timed + timed.substr(size_without),  // twice
                                     timed.substr(0, size_without + 5 + 8) + std::string(8, '\0')}) {  // 0
    EXPECT_EQ(VersionEdit::decode(damaged, "000009.manifest").status().code(), Code::kCorruption);
  }
}

TEST(VersionEditTest, WhenATableWasTakenInFollowsIt) {
  VersionEdit edit;
  VersionEdit::Added added{1, 0, table_info(20, "a", "b")};
  added.table.timestamp_min = added.table.timestamp_max = added.table.ingested_at = 77;
  added.table.expiring_count = 1;  // traits may stand between
  edit.added = {added, {1, 0, table_info(21, "c", "d")}};
  const std::string bytes = encoded(edit);
  const auto decoded = VersionEdit::decode(bytes, "m");
  ASSERT_TRUE(decoded) << decoded.status().to_string();
  EXPECT_TRUE(decoded.value().added[0].table == added.table);
  EXPECT_EQ(decoded.value().added[1].table.ingested_at, 0u);
  EXPECT_NE(edit.to_string().find("taken in at commit 77"), std::string::npos);

  const auto taken_in = [](uint64_t number, uint64_t at) {
    std::string payload;
    append_le<uint64_t>(&payload, number);
    append_le<uint64_t>(&payload, at);
    return field(30, payload);
  };
  EXPECT_EQ(decoded_code(taken_in(20, 77)), Code::kCorruption);          // no table
  EXPECT_EQ(decoded_code(bytes + taken_in(20, 77)), Code::kCorruption);  // another one
  VersionEdit alone;
  alone.added = {added};
  EXPECT_EQ(decoded_code(encoded(alone) + taken_in(20, 77)), Code::kCorruption);  // twice
  alone.added[0].table.ingested_at = 76;                                          // not that of its entries
  EXPECT_EQ(decoded_code(encoded(alone)), Code::kCorruption);
}

TEST(VersionEditTest, WhatIsShadowedFollowsItsTable) {
  VersionEdit edit;
  VersionEdit::Added added{1, 0, table_info(20, "a", "b")};
  added.table.key_bytes = 100;
  added.table.value_bytes = 900;
  added.table.values = {{7, 2, 500, 600}};
  added.table.shadowed_bytes = 1000;
  added.table.shadowed_value_bytes = 500;
  edit.added = {added, {1, 0, table_info(21, "c", "d")}};
  const std::string bytes = encoded(edit);
  const auto decoded = VersionEdit::decode(bytes, "m");
  ASSERT_TRUE(decoded) << decoded.status().to_string();
  EXPECT_TRUE(decoded.value().added[0].table == added.table);
  EXPECT_EQ(decoded.value().added[1].table.shadowed_bytes, 0u);
  EXPECT_NE(edit.to_string().find("1000 bytes shadowed"), std::string::npos);

  const auto shadowed = [](uint64_t number, uint64_t in_table, uint64_t in_values) {
    std::string payload;
    for (const uint64_t part : {number, in_table, in_values}) append_le<uint64_t>(&payload, part);
    return field(130, payload);
  };
  EXPECT_EQ(decoded_code(shadowed(20, 1, 0)), Code::kCorruption);          // no table
  EXPECT_EQ(decoded_code(bytes + shadowed(20, 1, 0)), Code::kCorruption);  // another one
  VersionEdit alone;
  alone.added = {added};
  EXPECT_EQ(decoded_code(encoded(alone) + shadowed(20, 1, 0)), Code::kCorruption);  // twice
  alone.added[0].table.shadowed_bytes = 0;
  const std::string plain = encoded(alone);
  EXPECT_EQ(decoded_code(plain + shadowed(20, 1000, 500)), Code::kOk);
  EXPECT_EQ(decoded_code(plain + shadowed(20, 0, 1)), Code::kCorruption);     // nothing
  EXPECT_EQ(decoded_code(plain + shadowed(20, 1001, 0)), Code::kCorruption);  // more than there is
  EXPECT_EQ(decoded_code(plain + shadowed(20, 1, 501)), Code::kCorruption);   // the same in value files
  EXPECT_EQ(decoded_code(plain + field(130, "short")), Code::kCorruption);
}

TEST(VersionEditTest, SideDirectoriesAreListedOnceEach) {
  VersionEdit edit;
  edit.side_directories = {{5, "/fast/values"}, {~uint64_t{0}, "cold"}};
  const auto decoded = VersionEdit::decode(encoded(edit), "m");
  ASSERT_TRUE(decoded) << decoded.status().to_string();
  EXPECT_EQ(decoded.value().side_directories, edit.side_directories);
  EXPECT_NE(edit.to_string().find("directory 5 \"/fast/values\""), std::string::npos) << edit.to_string();

  const auto side = [](uint64_t id, const std::string& path) {
    std::string payload;
    append_le<uint64_t>(&payload, id);
    return field(31, payload + path);
  };
  EXPECT_EQ(decoded_code(side(1, "a") + side(2, "b")), Code::kOk);
  EXPECT_EQ(decoded_code(side(1, "a") + side(1, "b")), Code::kCorruption);
  EXPECT_EQ(decoded_code(side(1, "a") + side(2, "a")), Code::kCorruption);
  EXPECT_EQ(decoded_code(side(0, "a")), Code::kCorruption);
  EXPECT_EQ(decoded_code(side(1, "")), Code::kCorruption);
  EXPECT_EQ(decoded_code(side(1, std::string("a\0b", 3))), Code::kCorruption);
  EXPECT_EQ(decoded_code(side(1, std::string(kSidePathSizeMax, 'a'))), Code::kOk);
  EXPECT_EQ(decoded_code(side(1, std::string(kSidePathSizeMax + 1, 'a'))), Code::kCorruption);
  EXPECT_EQ(decoded_code(field(31, "short")), Code::kCorruption);
  std::string many;
  for (uint64_t i = 1; i <= kSideDirectoriesMax; ++i) many += side(i, std::to_string(i));
  EXPECT_EQ(decoded_code(many), Code::kOk);
  EXPECT_EQ(decoded_code(many + side(kSideDirectoriesMax + 1, "more")), Code::kCorruption);
}

TEST(VersionEditTest, TraitsFollowTheTableTheyAreOf) {
  VersionEdit edit;
  VersionEdit::Added added;
  added.table.number = 7;
  added.table.entry_count = 9;
  added.table.expiring_count = 5;
  added.table.expiry_min_us = 100;
  added.table.expiry_max_us = 200;
  added.table.range_count = 3;
  added.table.range_bytes = 4096;
  edit.added = {added};
  const auto decoded = VersionEdit::decode(encoded(edit), "000009.manifest");
  ASSERT_TRUE(decoded) << decoded.status().to_string();
  EXPECT_EQ(decoded.value().added[0].table, added.table);
  VersionEdit::Added other = added;
  other.keyspace = 4;
  other.table.number = 8;
  other.table.range_count = 6;
  edit.added.push_back(other);
  const auto both = VersionEdit::decode(encoded(edit), "000009.manifest");
  ASSERT_TRUE(both) << both.status().to_string();
  ASSERT_EQ(both.value().added.size(), 2U);
  EXPECT_EQ(both.value().added[0].table, added.table);
  EXPECT_EQ(both.value().added[1].table, other.table);
  EXPECT_EQ(both.value().added[1].keyspace, 4U);
  added.table.expiring_count = 10;  // more than there are entries
  edit.added = {added};
  EXPECT_EQ(VersionEdit::decode(encoded(edit), "000009.manifest").status().code(), Code::kCorruption);
  std::string alone = encoded(edit);
  alone.erase(0, alone.size() - 5 - 6 * 8);  // the traits without the table
  EXPECT_EQ(VersionEdit::decode(alone, "000009.manifest").status().code(), Code::kCorruption);
}

TEST(VersionEditTest, AnUnknownFieldIsRefusedWhenItMattersAndSkippedWhenNot) {
  const std::string known = encoded(full_edit());
  for (int tag = 0; tag < 256; ++tag) {
    if ((tag >= 1 && tag <= 10) || (tag >= 16 && tag <= 25) || tag == 28 || tag == 30 || tag == 31 ||
        tag == 130)
      continue;
    const auto decoded =
        VersionEdit::decode(field(static_cast<uint8_t>(tag), "what is this") + known, "000009.manifest");
    if (tag >= 128) {
      ASSERT_TRUE(decoded) << tag;
      EXPECT_EQ(encoded(decoded.value()), known);
    } else {
      ASSERT_EQ(decoded.status().code(), Code::kFormatVersion) << tag;
      EXPECT_NE(decoded.status().message().find("newer version"), Bytes::npos);
      EXPECT_NE(decoded.status().message().find("000009.manifest"), Bytes::npos);
    }
  }
  EXPECT_EQ(decoded_code(std::string("\xC8\xFF\xFF\xFF\xFFxx", 7)), Code::kCorruption)
      << "skipped beyond the end";
}

TEST(VersionEditTest, FieldsOfTheWrongSizeAreRefused) {
  for (const uint8_t tag : {1, 3, 4, 5, 6, 7, 8, 10}) {
    for (const size_t size : {0, 1, 3, 7, 17, 40}) {
      EXPECT_EQ(decoded_code(field(tag, std::string(size, '\1'))), Code::kCorruption)
          << int{tag} << " " << size;
    }
  }
  std::string table = encoded(full_edit());
  table.resize(table.size() - 1);
  EXPECT_EQ(decoded_code(table), Code::kCorruption);
}

TEST(VersionEditTest, ASingleFieldMayNotOccurTwice) {
  VersionEdit edit = full_edit();
  edit.added.clear();
  edit.removed.clear();
  edit.sealed_logs.clear();
  const std::string bytes = encoded(edit);
  EXPECT_EQ(decoded_code(bytes + bytes), Code::kCorruption);
}

TEST(VersionEditTest, ImpossibleValuesAreRefused) {
  const auto code_with = [](auto change) {
    VersionEdit edit = full_edit();
    change(&edit);
    return decoded_code(encoded(edit));
  };
  EXPECT_EQ(code_with([](VersionEdit*) {}), Code::kOk);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->added[0].level = kLevelCountMax; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->removed[0].level = kLevelCountMax; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->level_count = kLevelCountMax; }), Code::kOk);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->level_count = kLevelCountMax + 1; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->level_count = 0; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->added[0].table.number = 0; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->added[0].table.number = kFileNumberMax + 1; }),
            Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->next_file_number = ~uint64_t{0}; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->log_number_min = ~uint64_t{0}; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->sealed_logs[0].first = ~uint64_t{0}; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->last_timestamp = kTimestampMax + 1; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->added[0].table.timestamp_max = kTimestampMax + 1; }),
            Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->added[1].table.largest_key += 'x'; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->added[0].table.smallest_key = "c"; }), Code::kCorruption);
  EXPECT_EQ(code_with([](VersionEdit* e) { e->comparator = std::string(300, 'c'); }), Code::kCorruption);
}

TEST(VersionEditTest, TextNamesWhatChanges) {
  VersionEdit edit = full_edit();
  edit.added.pop_back();
  const std::string text = edit.to_string();
  for (const char* part : {"database_id=09080706", "comparator=bytewise", "level_count=7", "incarnation=5",
                           "next_file_number=1234", "log_number_min=12", "sealed log 12 at 1000 bytes",
                           "level 15 -table 4", "level 1 run 77 +table 20", "\"a\\x00b\" to \"b\""}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

}  // namespace
}  // namespace wombat
