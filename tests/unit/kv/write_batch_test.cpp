#include "kv/write_batch.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "kv/expiry.h"
#include "support/seed.h"

namespace wombat {
namespace {

struct Row {
  Kind kind;
  std::string key;
  std::string value;
  bool operator==(const Row&) const = default;
};

std::vector<Row> rows_of(const WriteBatch& batch) {
  std::vector<Row> rows;
  BatchReader reader(batch.record());
  BatchReader::Operation operation;
  while (reader.next(&operation)) {
    EXPECT_EQ(operation.keyspace, 0u);
    rows.push_back({operation.kind, std::string(operation.key), std::string(operation.value)});
  }
  EXPECT_TRUE(reader.status()) << reader.status().to_string();
  EXPECT_EQ(rows.size(), batch.count());
  return rows;
}

TEST(WriteBatch, IsEmptyAtFirst) {
  WriteBatch batch;
  EXPECT_EQ(batch.count(), 0u);
  EXPECT_EQ(batch.size_bytes(), WriteBatch::kHeaderSize);
  EXPECT_EQ(batch.payload_bytes(), 0u);
  EXPECT_TRUE(rows_of(batch).empty());
}

TEST(WriteBatch, KeepsOperationsInOrder) {
  WriteBatch batch;
  ASSERT_TRUE(batch.put("b", "1"));
  ASSERT_TRUE(batch.remove("a"));
  ASSERT_TRUE(batch.put("", ""));
  ASSERT_TRUE(batch.put(Bytes("\0\xFF", 2), "value"));
  const std::vector<Row> expected = {{Kind::kPut, "b", "1"},
                                     {Kind::kDelete, "a", ""},
                                     {Kind::kPut, "", ""},
                                     {Kind::kPut, std::string("\0\xFF", 2), "value"}};
  EXPECT_EQ(rows_of(batch), expected);
  EXPECT_EQ(batch.payload_bytes(), 2u + 1 + 0 + 7);
}

TEST(WriteBatch, RecordIsLaidOutAsDocumented) {
  WriteBatch batch;
  ASSERT_TRUE(batch.put("key", "value"));
  ASSERT_TRUE(batch.remove("k"));
  batch.set_timestamp(0x01020304050607);
  const std::string expected(
      "\x01\0\0\0"
      "\x02\0\0\0"
      "\x07\x06\x05\x04\x03\x02\x01\0"
      "\x01\0\x03\0\x05\0\0\0\0\0\0\0keyvalue"
      "\0\0\x01\0\0\0\0\0\0\0\0\0k",
      16 + 12 + 8 + 12 + 1);
  EXPECT_EQ(batch.record(), expected);
  EXPECT_EQ(BatchReader(batch.record()).timestamp(), 0x01020304050607u);
}

TEST(WriteBatch, RefusesWhatIsTooLargeAndStaysAsBefore) {
  WriteBatch batch;
  ASSERT_TRUE(batch.put("a", "1"));
  const std::string before(batch.record());
  const std::string key(kKeySizeMax + 1, 'k');
  EXPECT_EQ(batch.put(key, "").code(), Code::kTooLarge);
  EXPECT_EQ(batch.remove(key).code(), Code::kTooLarge);
  // A view of a value that is never read: only its size may count.
  EXPECT_EQ(batch.put("k", Bytes(key.data(), kValueSizeMax + 1)).code(), Code::kTooLarge);
  EXPECT_EQ(batch.record(), before);
  EXPECT_TRUE(batch.put(Bytes(key).substr(1), ""));
  EXPECT_EQ(rows_of(batch).back().key.size(), kKeySizeMax);
}

TEST(WriteBatch, AppendAddsBehindAndWorksOnItself) {
  WriteBatch a;
  WriteBatch b;
  ASSERT_TRUE(a.put("a", "1"));
  ASSERT_TRUE(b.remove("b"));
  ASSERT_TRUE(a.append(b));
  ASSERT_TRUE(a.append(a));
  ASSERT_TRUE(a.append(WriteBatch()));
  const std::vector<Row> expected = {
      {Kind::kPut, "a", "1"}, {Kind::kDelete, "b", ""}, {Kind::kPut, "a", "1"}, {Kind::kDelete, "b", ""}};
  EXPECT_EQ(rows_of(a), expected);
  EXPECT_EQ(b.count(), 1u);
}

TEST(WriteBatch, PutsBecomeExpiringOnesKeyspaceByKeyspace) {
  WriteBatch plain;
  ASSERT_TRUE(plain.put("a", "1"));
  plain.use_keyspace(7);
  ASSERT_TRUE(plain.put("b", "2"));
  ASSERT_TRUE(plain.remove("c"));
  plain.use_keyspace(8);
  ASSERT_TRUE(plain.put("d", "4"));
  plain.use_keyspace(std::nullopt);
  ASSERT_TRUE(plain.remove_range("e", nullptr));
  plain.assign_keyspace(3);
  WriteBatch expiring;
  ASSERT_TRUE(expiring.append_expiring(
      plain, [](uint32_t keyspace) { return keyspace == 8 ? kNeverExpires : 100 * uint64_t{keyspace}; }));
  OperationWalker walker(expiring.record().substr(WriteBatch::kHeaderSize));
  const auto expect = [&](Kind kind, uint32_t keyspace, Bytes key, const std::string& value) {
    const OperationWalker::Operation operation = walker.next();
    EXPECT_EQ(operation.kind, kind) << key;
    EXPECT_EQ(operation.keyspace, keyspace) << key;
    EXPECT_EQ(operation.key, key);
    EXPECT_EQ(operation.value, value) << key;
  };
  expect(Kind::kExpiringPut, 3, "a", with_expiry(300, "1"));
  expect(Kind::kExpiringPut, 7, "b", with_expiry(700, "2"));
  expect(Kind::kDelete, 7, "c", "");
  expect(Kind::kPut, 8, "d", "4");
  expect(Kind::kRangeDelete, 3, "e", std::string(1, '\1'));
  EXPECT_TRUE(walker.at_end());
  EXPECT_EQ(expiring.record()[1], WriteBatch::kHasRanges);
}

TEST(WriteBatch, ClearRemovesOperationsTimestampAndSavepoints) {
  WriteBatch batch;
  ASSERT_TRUE(batch.put("a", "1"));
  batch.set_savepoint();
  batch.set_timestamp(7);
  batch.clear();
  EXPECT_EQ(batch.record(), WriteBatch().record());
  EXPECT_EQ(batch.rollback_to_savepoint().code(), Code::kNotFound);
}

TEST(WriteBatch, SavepointsNest) {
  WriteBatch batch;
  EXPECT_EQ(batch.rollback_to_savepoint().code(), Code::kNotFound);
  EXPECT_EQ(batch.release_savepoint().code(), Code::kNotFound);
  ASSERT_TRUE(batch.put("a", "1"));
  batch.set_savepoint();  // outer: 1
  ASSERT_TRUE(batch.put("b", "2"));
  batch.set_savepoint();  // middle: 2
  ASSERT_TRUE(batch.put("c", "3"));
  batch.set_savepoint();  // inner: 3
  ASSERT_TRUE(batch.put("d", "4"));
  ASSERT_TRUE(batch.release_savepoint());
  EXPECT_EQ(batch.count(), 4u);
  ASSERT_TRUE(batch.rollback_to_savepoint());
  EXPECT_EQ(rows_of(batch).size(), 2u);
  ASSERT_TRUE(batch.put("e", "5"));
  ASSERT_TRUE(batch.rollback_to_savepoint());
  EXPECT_EQ(rows_of(batch), (std::vector<Row>{{Kind::kPut, "a", "1"}}));
  EXPECT_EQ(batch.rollback_to_savepoint().code(), Code::kNotFound);
}

TEST(WriteBatch, BehavesAsAListUnderRandomOperations) {
  const SeedScope scope(1);
  Random random(scope.seed());
  WriteBatch batch;
  std::vector<Row> model;
  std::vector<size_t> savepoints;
  for (int step = 0; step < 5000; ++step) {
    const std::string key(random.below(40), static_cast<char>('a' + random.below(26)));
    const std::string value(random.below(300), static_cast<char>(random.below(256)));
    switch (random.below(10)) {
      case 0:
        batch.set_savepoint();
        savepoints.push_back(model.size());
        break;
      case 1:
        EXPECT_EQ(batch.rollback_to_savepoint().is_ok(), !savepoints.empty());
        if (savepoints.empty()) break;
        model.resize(savepoints.back());
        savepoints.pop_back();
        break;
      case 2:
        EXPECT_EQ(batch.release_savepoint().is_ok(), !savepoints.empty());
        if (!savepoints.empty()) savepoints.pop_back();
        break;
      case 3:
      case 4:
        ASSERT_TRUE(batch.remove(key));
        model.push_back({Kind::kDelete, key, ""});
        break;
      default:
        ASSERT_TRUE(batch.put(key, value));
        model.push_back({Kind::kPut, key, value});
    }
  }
  EXPECT_EQ(rows_of(batch), model);
}

}  // namespace
}  // namespace wombat
