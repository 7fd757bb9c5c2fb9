// Keyspaces in edits and states of the manifest.
#include <gtest/gtest.h>

#include "base/coding.h"
#include "support/seed.h"
#include "tree_maker.h"

namespace wombat {
namespace {

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

std::string number_field(uint8_t tag, uint32_t number) {
  std::string payload;
  append_le<uint32_t>(&payload, number);
  return field(tag, payload);
}

VersionEdit::Keyspace creation(uint32_t id, const std::string& name) {
  VersionEdit::Keyspace change;
  change.id = id;
  change.created = name;
  return change;
}

/// Every field that is about keyspaces.
VersionEdit full_edit() {
  VersionEdit edit;
  edit.next_keyspace = 9;
  edit.keyspaces.resize(4);
  edit.keyspaces[0].log_number_min = 5;  // of the default one
  edit.keyspaces[1] = creation(3, "three");
  edit.keyspaces[1].options = "memtable.size=65536\n";
  edit.keyspaces[1].log_number_min = 7;
  edit.keyspaces[2].id = 4;
  edit.keyspaces[2].renamed = "four";
  edit.keyspaces[3].id = 5;
  edit.keyspaces[3].is_dropped = true;
  edit.removed.push_back({1, 11, 4});
  edit.removed.push_back({2, 12});
  edit.added.push_back({0, 6, table_info(20, "a", "b"), 3});
  edit.added.push_back({0, 6, table_info(21, "a", "b")});
  return edit;
}

ManifestState applied(const ManifestState& state, const VersionEdit& edit) {
  auto result = apply_edit(state, edit, make_table);
  EXPECT_TRUE(result) << result.status().to_string();
  return result ? std::move(result).value() : state;
}

Code refusal(const ManifestState& state, const VersionEdit& edit) {
  const auto result = apply_edit(state, edit, make_table);
  EXPECT_FALSE(result);
  return result ? Code::kOk : result.status().code();
}

VersionEdit of_keyspace(const VersionEdit::Keyspace& change) {
  VersionEdit edit;
  edit.keyspaces.push_back(change);
  return edit;
}

TEST(KeyspaceEditTest, EveryFieldSurvivesEncoding) {
  const VersionEdit edit = full_edit();
  const auto decoded = VersionEdit::decode(encoded(edit), "m");
  ASSERT_TRUE(decoded) << decoded.status().to_string();
  const VersionEdit& copy = decoded.value();
  EXPECT_EQ(copy.next_keyspace, 9u);
  ASSERT_EQ(copy.keyspaces.size(), 4u);
  EXPECT_EQ(copy.keyspaces[0].log_number_min, 5u);
  EXPECT_EQ(copy.keyspaces[1].created, "three");
  EXPECT_EQ(copy.keyspaces[1].options, "memtable.size=65536\n");
  EXPECT_EQ(copy.keyspaces[2].renamed, "four");
  EXPECT_TRUE(copy.keyspaces[3].is_dropped);
  ASSERT_EQ(copy.added.size(), 2u);
  EXPECT_EQ(copy.added[0].keyspace, 0u);  // those of the default one come first
  EXPECT_EQ(copy.added[1].keyspace, 3u);
  ASSERT_EQ(copy.removed.size(), 2u);
  EXPECT_EQ(copy.removed[1].keyspace, 4u);
  EXPECT_EQ(encoded(copy), encoded(edit));
  EXPECT_NE(edit.to_string().find("keyspace 3 created as \"three\""), std::string::npos) << edit.to_string();
}

/// What databases without keyspaces have always written.
TEST(KeyspaceEditTest, WithoutKeyspacesNothingIsSaidOfThem) {
  ManifestState state = empty_state();
  VersionEdit edit;
  edit.added.push_back({0, 1, table_info(20, "a", "b")});
  state = applied(state, edit);
  const std::string bytes = encoded(snapshot_edit(state));
  for (size_t at = 0; at < bytes.size();) {
    EXPECT_LE(static_cast<uint8_t>(bytes[at]), 10);
    at += 5 + load_le<uint32_t>(bytes.data() + at + 1);
  }
}

TEST(KeyspaceEditTest, TruncationsAreRefusedOrEndBetweenFields) {
  const std::string bytes = encoded(full_edit());
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
  EXPECT_EQ(accepted, 15u) << "fields in front of the last";
}

TEST(KeyspaceEditTest, DamageNeverPassesUnnoticed) {
  const SeedScope seed(62);
  Random random(seed.seed());
  const std::string bytes = encoded(full_edit());
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = bytes;
    for (uint64_t i = 1 + random.below(4); i > 0; --i)
      damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    const auto decoded = VersionEdit::decode(damaged, "m");
    if (decoded) {
      ASSERT_LE(encoded(decoded.value()).size(), damaged.size());
      static_cast<void>(decoded.value().to_string());
      static_cast<void>(apply_edit(empty_state(), decoded.value(), make_table));
    } else {
      ASSERT_TRUE(decoded.status().code() == Code::kCorruption ||
                  decoded.status().code() == Code::kFormatVersion);
    }
  }
}

TEST(KeyspaceEditTest, FieldsOutOfPlaceAreRefused) {
  EXPECT_EQ(decoded_code(field(17, "name")), Code::kCorruption) << "before any keyspace";
  EXPECT_EQ(decoded_code(field(21, "")), Code::kCorruption) << "before any keyspace";
  EXPECT_EQ(decoded_code(number_field(16, 3) + field(17, "name")), Code::kOk);
  EXPECT_EQ(decoded_code(number_field(16, 0) + field(17, "name")), Code::kCorruption) << "the default one";
  EXPECT_EQ(decoded_code(number_field(16, 0) + field(21, "")), Code::kCorruption) << "the default one";
  EXPECT_EQ(decoded_code(number_field(16, 3) + field(17, "a") + field(17, "b")), Code::kCorruption)
      << "twice";
  EXPECT_EQ(decoded_code(number_field(16, 3) + field(21, "") + field(21, "")), Code::kCorruption) << "twice";
  EXPECT_EQ(decoded_code(number_field(16, 3) + field(21, "x")), Code::kCorruption) << "bytes left over";
  EXPECT_EQ(decoded_code(number_field(16, 3) + number_field(16, 3)), Code::kCorruption) << "order";
  EXPECT_EQ(decoded_code(number_field(16, 4) + number_field(16, 3)), Code::kCorruption) << "order";
  EXPECT_EQ(decoded_code(number_field(16, kKeyspaceIdMax + 1)), Code::kCorruption) << "id";
  EXPECT_EQ(decoded_code(number_field(16, 3) + field(17, std::string(256, 'n'))), Code::kCorruption)
      << "name";
  EXPECT_EQ(decoded_code(field(16, "abc")), Code::kCorruption) << "size";
  EXPECT_EQ(decoded_code(field(22, "abc")), Code::kCorruption) << "size";
}

TEST(KeyspaceEditTest, KeyspacesComeChangeAndGo) {
  ManifestState state = applied(empty_state(), of_keyspace(creation(1, "one")));
  state = applied(state, of_keyspace(creation(2, "two")));
  EXPECT_EQ(state.next_keyspace, 3u);
  VersionEdit edit;
  edit.added.push_back({0, 1, table_info(20, "a", "b"), 2});
  edit.added.push_back({0, 1, table_info(21, "a", "b")});
  state = applied(state, edit);
  EXPECT_EQ(state.version->table_count(), 1u);
  EXPECT_EQ(state.find_keyspace(1)->version->table_count(), 0u);
  EXPECT_EQ(state.find_keyspace(2)->version->table_count(), 1u);
  VersionEdit::Keyspace change;
  change.id = 2;
  change.renamed = "deux";
  state = applied(state, of_keyspace(change));
  EXPECT_EQ(state.find_keyspace(2)->name, "deux");
  EXPECT_EQ(state.find_keyspace(2)->version->table_count(), 1u);
  state = applied(state, of_keyspace(creation(3, "two")));  // the name is free
  // A whole state says the same.
  const ManifestState copy = applied(ManifestState(), snapshot_edit(state));
  EXPECT_TRUE(states_are_equal(state, copy)) << describe_state(copy);
  change = {};
  change.id = 2;
  change.is_dropped = true;
  state = applied(state, of_keyspace(change));
  EXPECT_EQ(state.find_keyspace(2), nullptr);
  EXPECT_EQ(state.next_keyspace, 4u);
  EXPECT_EQ(applied(ManifestState(), snapshot_edit(state)).next_keyspace, 4u);
}

TEST(KeyspaceEditTest, WhatCannotBeIsRefused) {
  const ManifestState state = applied(empty_state(), of_keyspace(creation(2, "two")));
  EXPECT_EQ(refusal(state, of_keyspace(creation(2, "again"))), Code::kCorruption);
  EXPECT_EQ(refusal(state, of_keyspace(creation(1, "an id that was passed"))), Code::kCorruption);
  EXPECT_EQ(refusal(state, of_keyspace(creation(3, "two"))), Code::kCorruption);
  EXPECT_EQ(refusal(state, of_keyspace(creation(3, "default"))), Code::kCorruption);
  EXPECT_EQ(refusal(state, of_keyspace(creation(3, ""))), Code::kCorruption);
  VersionEdit::Keyspace change;
  change.id = 3;
  change.is_dropped = true;
  EXPECT_EQ(refusal(state, of_keyspace(change)), Code::kCorruption) << "absent";
  VersionEdit edit;
  edit.added.push_back({0, 1, table_info(20, "a", "b"), 3});
  EXPECT_EQ(refusal(state, edit), Code::kCorruption) << "a table of an absent one";
  edit.added.clear();
  edit.removed.push_back({0, 20, 2});
  EXPECT_EQ(refusal(state, edit), Code::kCorruption) << "a table that is not there";
}

}  // namespace
}  // namespace wombat
