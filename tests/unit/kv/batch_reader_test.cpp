#include <gtest/gtest.h>

#include "kv/expiry.h"
#include "kv/merge_operator.h"
#include "kv/range_set.h"
#include "kv/write_batch.h"

namespace wombat {
namespace {

std::string sample_record() {
  WriteBatch batch;
  EXPECT_TRUE(batch.put("key", "some value"));
  EXPECT_TRUE(batch.remove("gone"));
  EXPECT_TRUE(batch.put("", ""));
  EXPECT_TRUE(batch.put("last", "x"));
  batch.set_timestamp(42);
  return std::string(batch.record());
}

struct Outcome {
  size_t operations = 0;
  Status status;
};

// Reads to the end from memory of exactly the record's size, and looks at every byte that is handed out.
Outcome read_all(const std::string& record) {
  const auto exact = std::make_unique<char[]>(record.size());
  std::copy(record.begin(), record.end(), exact.get());
  BatchReader reader(Bytes(exact.get(), record.size()));
  Outcome outcome;
  BatchReader::Operation operation;
  uint64_t sum = 0;
  while (reader.next(&operation)) {
    ++outcome.operations;
    for (const char c : operation.key) sum += static_cast<unsigned char>(c);
    for (const char c : operation.value) sum += static_cast<unsigned char>(c);
  }
  EXPECT_LT(sum, uint64_t{1} << 40);
  EXPECT_LE(outcome.operations, reader.count());
  EXPECT_FALSE(reader.next(&operation)) << "a reader that has ended stays ended";
  outcome.status = reader.status();
  return outcome;
}

TEST(BatchReader, ReadsAWholeRecord) {
  const Outcome outcome = read_all(sample_record());
  EXPECT_TRUE(outcome.status) << outcome.status.to_string();
  EXPECT_EQ(outcome.operations, 4u);
  EXPECT_EQ(BatchReader(sample_record()).timestamp(), 42u);
}

TEST(BatchReader, EveryTruncationIsCorruption) {
  const std::string record = sample_record();
  for (size_t size = 0; size < record.size(); ++size) {
    const Outcome outcome = read_all(record.substr(0, size));
    EXPECT_EQ(outcome.status.code(), Code::kCorruption) << "size " << size;
    EXPECT_LT(outcome.operations, 4u);
  }
}

TEST(BatchReader, BytesBehindTheLastOperationAreCorruption) {
  EXPECT_EQ(read_all(sample_record() + '\0').status.code(), Code::kCorruption);
  EXPECT_EQ(read_all(sample_record() + std::string(100, '\0')).status.code(), Code::kCorruption);
}

TEST(BatchReader, EveryByteMayTakeEveryValueWithoutHarm) {
  const std::string record = sample_record();
  for (size_t i = 0; i < record.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = record;
      changed[i] = static_cast<char>(value);
      SCOPED_TRACE("byte " + std::to_string(i) + " value " + std::to_string(value));
      const Outcome outcome = read_all(changed);
      if (outcome.status) {
        EXPECT_EQ(outcome.operations, 4u);
      } else {
        EXPECT_TRUE(outcome.status.code() == Code::kCorruption ||
                    outcome.status.code() == Code::kUnsupported);
      }
    }
  }
}

Code code_after(size_t offset, char value) {
  std::string record = sample_record();
  record[offset] = value;
  return read_all(record).status.code();
}

TEST(BatchReader, TellsTheUnknownFromTheDamaged) {
  const size_t first = WriteBatch::kHeaderSize;
  EXPECT_EQ(code_after(0, 2), Code::kUnsupported) << "record type";
  EXPECT_EQ(code_after(1, 4), Code::kUnsupported) << "record flags";
  EXPECT_EQ(code_after(2, 1), Code::kCorruption) << "reserved byte";
  EXPECT_EQ(code_after(4, 3), Code::kCorruption) << "count too small";
  EXPECT_EQ(code_after(4, 5), Code::kCorruption) << "count too large";
  EXPECT_EQ(code_after(7, '\x7F'), Code::kCorruption) << "absurd count";
  EXPECT_EQ(code_after(15, 1), Code::kCorruption) << "timestamp of more than 56 bits";
  EXPECT_EQ(code_after(first, static_cast<char>(Kind::kValuePointer)), Code::kCorruption) << "no pointer";
  EXPECT_EQ(code_after(first, static_cast<char>(Kind::kExpiringPointer)), Code::kCorruption) << "no pointer";
  EXPECT_EQ(code_after(first, 7), Code::kUnsupported) << "kind";
  EXPECT_EQ(code_after(first, static_cast<char>(Kind::kMerge)), Code::kCorruption) << "kind without its flag";
  EXPECT_EQ(code_after(first, '\xFF'), Code::kUnsupported) << "kind";
  EXPECT_EQ(code_after(first, static_cast<char>(Kind::kDelete)), Code::kCorruption) << "delete with a value";
  EXPECT_EQ(code_after(first + 1, 1), Code::kUnsupported) << "flag";
  EXPECT_EQ(code_after(first + 8, 1), Code::kOk) << "a keyspace, which the reader does not judge";
  EXPECT_EQ(code_after(first + 7, '\x7F'), Code::kCorruption) << "value size";
}

TEST(BatchReader, KnowsEveryKindOfOperation) {
  WriteBatch batch;
  const Bytes upper("m");
  ASSERT_TRUE(batch.put_expiring("a", "value", 77));
  ASSERT_TRUE(batch.merge("append", "b", "operand"));
  ASSERT_TRUE(batch.remove_range("c", &upper));
  ASSERT_TRUE(batch.remove_range("d", nullptr));
  batch.set_timestamp(9);
  BatchReader reader(batch.record());
  EXPECT_TRUE(reader.may_have_ranges());
  BatchReader::Operation operation;
  ASSERT_TRUE(reader.next(&operation));
  EXPECT_EQ(operation.kind, Kind::kExpiringPut);
  EXPECT_EQ(operation.value, Bytes(with_expiry(77, "value")));
  ASSERT_TRUE(reader.next(&operation));
  EXPECT_EQ(operation.kind, Kind::kMerge);
  EXPECT_EQ(operation.value, Bytes(encode_merge("append", "operand")));
  ASSERT_TRUE(reader.next(&operation));
  EXPECT_EQ(operation.value, Bytes(encode_range_end(&upper)));
  ASSERT_TRUE(reader.next(&operation));
  EXPECT_EQ(operation.value, Bytes(encode_range_end(nullptr)));
  EXPECT_FALSE(reader.next(&operation));
  EXPECT_TRUE(reader.status());
}

Code code_of(Kind kind, Bytes key, Bytes value) {
  const SingleWrite single(kind, key, value);
  return read_all(std::string(single.record())).status.code();
}

TEST(BatchReader, ValuesThatNoOperationHasAreDamage) {
  EXPECT_EQ(code_of(Kind::kExpiringPut, "k", "1234567"), Code::kCorruption);
  EXPECT_EQ(code_of(Kind::kExpiringPut, "k", "12345678"), Code::kOk);
  EXPECT_EQ(code_of(Kind::kMerge, "k", ""), Code::kCorruption);
  EXPECT_EQ(code_of(Kind::kMerge, "k", "\7append"), Code::kCorruption);
  EXPECT_EQ(code_of(Kind::kRangeDelete, "k", ""), Code::kCorruption);
  EXPECT_EQ(code_of(Kind::kRangeDelete, "k", "\2z"), Code::kCorruption);
  EXPECT_EQ(code_of(Kind::kRangeDelete, "k", "\1z"), Code::kCorruption);
  EXPECT_EQ(code_of(Kind::kRangeDelete, "k", Bytes("\0k", 2)), Code::kCorruption);
  EXPECT_EQ(code_of(Kind::kRangeDelete, "k", Bytes("\0kk", 3)), Code::kOk);
  EXPECT_EQ(code_of(Kind::kRangeDelete, "k", "\1"), Code::kOk);
}

TEST(BatchReader, MessagesNameTheByte) {
  std::string record = sample_record();
  record[WriteBatch::kHeaderSize] = 9;
  const Status status = read_all(record).status;
  EXPECT_NE(status.message().find("byte 16"), std::string_view::npos) << status.to_string();
  EXPECT_NE(status.message().find("9"), std::string_view::npos) << status.to_string();
}

}  // namespace
}  // namespace wombat
