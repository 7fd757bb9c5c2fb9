#include "kv/packed.h"

#include <gtest/gtest.h>

#include <memory>

namespace wombat {
namespace {

// A buffer of exactly `size` bytes, so that the address sanitizer sees a byte too many.
class Buffer {
 public:
  explicit Buffer(size_t size) : bytes_(std::make_unique<char[]>(size)), size_(size) {}
  explicit Buffer(Bytes from) : Buffer(from.size()) { std::copy(from.begin(), from.end(), bytes_.get()); }
  char* data() { return bytes_.get(); }
  size_t size() const { return size_; }
  Bytes first(size_t size) const { return Bytes(bytes_.get(), size); }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_;
};

TEST(Packed, RowsAreLaidOutAsDocumented) {
  Buffer buffer(64);
  PackedRowWriter writer(buffer.data(), buffer.size());
  ASSERT_TRUE(writer.try_add("ab", "xyz"));
  ASSERT_TRUE(writer.try_add("", ""));
  EXPECT_EQ(writer.count(), 2u);
  EXPECT_EQ(buffer.first(writer.size_bytes()), Bytes("\2\0\0\0\3\0\0\0abxyz\0\0\0\0\0\0\0\0", 21));

  PackedRowReader reader(buffer.first(writer.size_bytes()));
  Bytes key;
  Bytes value;
  ASSERT_TRUE(reader.next(&key, &value));
  EXPECT_EQ(key, "ab");
  EXPECT_EQ(value, "xyz");
  ASSERT_TRUE(reader.next(&key, &value));
  EXPECT_EQ(key, "");
  EXPECT_FALSE(reader.next(&key, &value));
  EXPECT_TRUE(reader.status());
}

TEST(Packed, KeysAreLaidOutAsDocumented) {
  Buffer buffer(10);
  PackedKeyWriter writer(buffer.data(), buffer.size());
  ASSERT_TRUE(writer.try_add("ab"));
  ASSERT_TRUE(writer.try_add(""));
  EXPECT_FALSE(writer.try_add(""));
  EXPECT_EQ(buffer.first(writer.size_bytes()), Bytes("\2\0\0\0ab\0\0\0\0", 10));

  PackedKeyReader reader(buffer.first(10));
  Bytes key;
  ASSERT_TRUE(reader.next(&key));
  EXPECT_EQ(key, "ab");
  ASSERT_TRUE(reader.next(&key));
  EXPECT_EQ(key, "");
  EXPECT_FALSE(reader.next(&key));
  EXPECT_TRUE(reader.status());
}

TEST(Packed, ResultsAreLaidOutAsDocumented) {
  Buffer buffer(19);
  PackedResultWriter writer(buffer.data(), buffer.size());
  ASSERT_TRUE(writer.try_add(Code::kOk, "xyz"));
  ASSERT_TRUE(writer.try_add(Code::kCorruption, ""));
  EXPECT_EQ(buffer.first(19), Bytes("\0\0\0\0\3\0\0\0xyz\xD7\xFF\xFF\xFF\0\0\0\0", 19));

  PackedResultReader reader(buffer.first(19));
  int32_t status = 1;
  Bytes value;
  ASSERT_TRUE(reader.next(&status, &value));
  EXPECT_EQ(status, 0);
  EXPECT_EQ(value, "xyz");
  ASSERT_TRUE(reader.next(&status, &value));
  EXPECT_EQ(status, static_cast<int32_t>(Code::kCorruption));
  EXPECT_FALSE(reader.next(&status, &value));
}

TEST(Packed, OperationsAreLaidOutAsDocumented) {
  Buffer buffer(64);
  PackedOperationWriter writer(buffer.data(), buffer.size());
  ASSERT_TRUE(writer.try_add(Kind::kPut, "ab", "x"));
  ASSERT_TRUE(writer.try_add(Kind::kDelete, "c", ""));
  const Bytes bytes = buffer.first(writer.size_bytes());
  EXPECT_EQ(bytes, Bytes("\1\0\0\0\2\0\0\0\1\0\0\0abx\0\0\0\0\1\0\0\0\0\0\0\0c", 28));

  PackedOperationReader reader(bytes);
  PackedOperationReader::Operation operation;
  ASSERT_TRUE(reader.next(&operation));
  EXPECT_EQ(operation.kind, Kind::kPut);
  EXPECT_EQ(operation.key, "ab");
  EXPECT_EQ(operation.value, "x");
  EXPECT_EQ(reader.position(), 15u);
  ASSERT_TRUE(reader.next(&operation));
  EXPECT_EQ(operation.kind, Kind::kDelete);
  EXPECT_FALSE(reader.next(&operation));
  EXPECT_TRUE(reader.status());
}

TEST(Packed, APieceThatDoesNotFitLeavesNoTrace) {
  for (size_t size = 0; size < 13; ++size) {
    Buffer buffer(size);
    std::fill(buffer.data(), buffer.data() + size, '#');
    PackedRowWriter writer(buffer.data(), size);
    EXPECT_FALSE(writer.try_add("ab", "xyz"));
    EXPECT_EQ(writer.size_bytes(), 0u);
    EXPECT_EQ(buffer.first(size), std::string(size, '#'));
  }
  Buffer buffer(13 + 8);
  PackedRowWriter writer(buffer.data(), buffer.size());
  EXPECT_TRUE(writer.try_add("ab", "xyz"));
  EXPECT_FALSE(writer.try_add("a", ""));
  EXPECT_TRUE(writer.try_add("", ""));
  EXPECT_EQ(writer.size_bytes(), 21u);
  EXPECT_EQ(PackedRowWriter::size_of("ab", "xyz"), 13u);
}

// Every cut inside a piece is an error that names where the piece begins; every cut between pieces is an end.
template <typename Reader, typename Next>
void expect_cuts_are_found(Bytes whole, std::vector<size_t> ends, const Next& next) {
  ends.insert(ends.begin(), 0);
  for (size_t size = 0; size < whole.size(); ++size) {
    Buffer cut(whole.substr(0, size));
    Reader reader(cut.first(size));
    size_t pieces = 0;
    while (next(reader)) ++pieces;
    const bool clean = std::find(ends.begin(), ends.end(), size) != ends.end();
    EXPECT_EQ(reader.status().is_ok(), clean) << "cut at " << size;
    ASSERT_LT(pieces, ends.size());
    if (clean) continue;
    EXPECT_EQ(reader.status().code(), Code::kInvalidArgument);
    const std::string start = "byte " + std::to_string(ends[pieces]) + ":";
    EXPECT_NE(reader.status().message().find(start), std::string_view::npos) << reader.status().to_string();
  }
}

TEST(Packed, ReadersFindEveryCut) {
  expect_cuts_are_found<PackedRowReader>(Bytes("\2\0\0\0\3\0\0\0abxyz\1\0\0\0\0\0\0\0q", 22), {13, 22},
                                         [](auto& reader) {
                                           Bytes key;
                                           Bytes value;
                                           return reader.next(&key, &value);
                                         });
  expect_cuts_are_found<PackedKeyReader>(Bytes("\2\0\0\0ab\1\0\0\0c", 11), {6, 11}, [](auto& reader) {
    Bytes key;
    return reader.next(&key);
  });
  expect_cuts_are_found<PackedResultReader>(Bytes("\0\0\0\0\3\0\0\0xyz\1\0\0\0\0\0\0\0", 19), {11, 19},
                                            [](auto& reader) {
                                              int32_t status;
                                              Bytes value;
                                              return reader.next(&status, &value);
                                            });
  expect_cuts_are_found<PackedOperationReader>(
      Bytes("\1\0\0\0\2\0\0\0\1\0\0\0abx\0\0\0\0\1\0\0\0\0\0\0\0c", 28), {15, 28}, [](auto& reader) {
        PackedOperationReader::Operation operation;
        return reader.next(&operation);
      });
}

TEST(Packed, OperationsThatMeanNothingAreRefused) {
  const std::string good("\1\0\0\0\1\0\0\0\1\0\0\0kv", 14);
  const auto code_after = [&](size_t offset, char value) {
    std::string bytes = good;
    bytes[offset] = value;
    Buffer buffer{Bytes(bytes)};
    PackedOperationReader reader(buffer.first(bytes.size()));
    PackedOperationReader::Operation operation;
    EXPECT_FALSE(reader.next(&operation) && reader.next(&operation));
    return reader.status().code();
  };
  EXPECT_EQ(code_after(0, 1), Code::kOk);
  EXPECT_EQ(code_after(0, 2), Code::kInvalidArgument) << "unknown kind";
  EXPECT_EQ(code_after(0, 0), Code::kInvalidArgument) << "delete with a value";
  EXPECT_EQ(code_after(1, 1), Code::kInvalidArgument) << "first zero byte";
  EXPECT_EQ(code_after(3, 1), Code::kInvalidArgument) << "last zero byte";
  EXPECT_EQ(code_after(7, '\xFF'), Code::kInvalidArgument) << "key size";
  EXPECT_EQ(code_after(11, '\xFF'), Code::kInvalidArgument) << "value size";
}

}  // namespace
}  // namespace wombat
