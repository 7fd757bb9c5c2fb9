/// Records of value files: what goes in comes out, whole and in parts; what is damaged is found, and never taken for a value.
#include "vlog/value_record.h"

#include <functional>

#include "support/seed.h"
#include "value_world.h"

namespace wombat {
namespace {

constexpr size_t kSizes[] = {0,
                             1,
                             31,
                             32,
                             33,
                             99,
                             4095,
                             4096,
                             4097,
                             kValueChunkSize - 1,
                             kValueChunkSize,
                             kValueChunkSize + 1,
                             2 * kValueChunkSize - 1,
                             2 * kValueChunkSize,
                             2 * kValueChunkSize + 1,
                             300'001};

std::vector<CodecId> built_codecs() {
  std::vector<CodecId> codecs = {CodecId::kNone};
  for (const CodecId id : {CodecId::kZlib, CodecId::kLz4, CodecId::kZstd, CodecId::kSnappy})
    if (codec_if_built(id) != nullptr) codecs.push_back(id);
  return codecs;
}

const Codec* codec_of(CodecId id) { return id == CodecId::kNone ? nullptr : codec_if_built(id); }

/// One file of records, without a database around it.
class Records {
 public:
  Records() {
    header_.kind = FileKind::kValueLog;
    header_.database_id = test_database_id(1);
    header_.file_number = 5;
    header_.incarnation = kTestIncarnation;
    encode_file_header(header_, &bytes_);
  }

  ValuePointer add(Bytes key, Bytes value, const Codec* codec = nullptr, uint32_t keyspace = 0) {
    EncodedValue encoded(keyspace, key, value, codec);
    ValuePointer pointer;
    pointer.file = header_.file_number;
    encoded.place(header_.context(), bytes_.size(), &pointer);
    const size_t before = bytes_.size();
    bytes_.append(encoded.front()).append(encoded.data());
    EXPECT_EQ(bytes_.size() - before, encoded.size());
    EXPECT_EQ(bytes_.size() - before, value_record_size(key.size(), pointer));
    return pointer;
  }

  /// The bytes as a file. Nobody changes them any more while it is in use.
  void open() {
    directory_ =
        memory_.open_directory("d" + std::to_string(++folder_), DirectoryMode::kCreateIfMissing).value();
    const auto writer = directory_->create_file(name_).value();
    ASSERT_TRUE(writer->append(bytes_));
    ASSERT_TRUE(writer->close());
    file_ = directory_->open_file(name_).value();
  }

  Result<std::string> read(Bytes key, const ValuePointer& pointer) {
    std::string memory;
    Bytes value;
    WOMBAT_TRY(read_value(source(), key, pointer, &memory, &value));
    return std::string(value);
  }

  Result<std::string> read_part(Bytes key, const ValuePointer& pointer, uint64_t offset, size_t size) {
    std::string memory;
    Bytes part;
    WOMBAT_TRY(read_value_part(source(), key, pointer, offset, size, &memory, &part));
    return std::string(part);
  }

  Status read_head(uint64_t offset, ValueRecordHead* head) {
    return read_value_head(source(), offset, bytes_.size(), head);
  }

  std::string& bytes() { return bytes_; }
  void set_header(const FileHeader& header) {
    header_ = header;
    context_ = header.context();
  }
  const FileHeader& header() const { return header_; }

 private:
  ValueSource source() {
    context_ = header_.context();
    return {*file_, name_, context_, pool_};
  }

  FileHeader header_;
  ChecksumContext context_{header_.context()};
  std::string bytes_;
  const std::string name_ = "000005.values";
  MemoryFileSystem memory_;
  int folder_ = 0;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<ReadableFile> file_;
  DecompressorPool pool_;
};

/// Says where the damage is, what was expected and what was found.
void expect_damage(const Status& status) {
  EXPECT_EQ(status.code(), Code::kCorruption) << status.to_string();
  const std::string text(status.message());
  EXPECT_NE(text.find("000005.values at "), std::string::npos) << text;
  EXPECT_NE(text.find("expected "), std::string::npos) << text;
  EXPECT_NE(text.find("found "), std::string::npos) << text;
}

struct Stored {
  std::string key;
  std::string value;
  ValuePointer pointer;
};

/// Values of every size, under keys of several sizes.
std::vector<Stored> add_every_size(Records* records, const Codec* codec) {
  const std::string keys[] = {"", "k", std::string(300, 'k'), std::string(65'535, 'k')};
  std::vector<Stored> all;
  for (const size_t size : kSizes) {
    const std::string& key = keys[all.size() % std::size(keys)];
    const std::string value = value_of(size, size);
    all.push_back({key, value, records->add(key, value, codec)});
  }
  return all;
}

/// With each codec that is built: records of values of every size, and what was stored in them.
void with_every_codec(
    const std::function<void(CodecId id, Records& records, const std::vector<Stored>& all)>& use) {
  for (const CodecId id : built_codecs()) {
    SCOPED_TRACE(codec_name(id));
    Records records;
    const std::vector<Stored> all = add_every_size(&records, codec_of(id));
    records.open();
    use(id, records, all);
  }
}

TEST(ValueRecord, EverySizeComesBack) {
  with_every_codec([](CodecId id, Records& records, const std::vector<Stored>& all) {
    for (const Stored& stored : all) {
      EXPECT_EQ(stored.pointer.value_size, stored.value.size());
      EXPECT_LE(stored.pointer.stored_size, stored.value.size());
      if (id == CodecId::kNone) {
        EXPECT_EQ(stored.pointer.stored_size, stored.value.size());
      } else if (stored.value.size() >= 4096) {
        EXPECT_LT(stored.pointer.stored_size, stored.value.size()) << "nothing was compressed";
      }
      const auto value = records.read(stored.key, stored.pointer);
      ASSERT_TRUE(value) << value.status().to_string();
      EXPECT_EQ(value.value(), stored.value);
    }
  });
}

TEST(ValueRecord, WhatDoesNotCompressIsStoredAsItIs) {
  SeedScope seed(5);
  Random random(seed.seed());
  std::string value(100'000, '\0');
  for (char& byte : value) byte = static_cast<char>(random.next());
  for (const CodecId id : built_codecs()) {
    Records records;
    const ValuePointer pointer = records.add("key", value, codec_of(id));
    records.open();
    EXPECT_EQ(pointer.stored_size, value.size());
    EXPECT_EQ(records.read("key", pointer).value(), value);
  }
}

TEST(ValueRecord, PartsAreThoseOfTheValue) {
  with_every_codec([](CodecId, Records& records, const std::vector<Stored>& all) {
    for (const Stored& stored : all) {
      const std::string& value = stored.value;
      for (const uint64_t offset :
           {uint64_t{0}, uint64_t{1}, uint64_t{4095}, uint64_t{kValueChunkSize - 1},
            uint64_t{kValueChunkSize}, uint64_t{kValueChunkSize + 1}, uint64_t{300'000}, uint64_t{300'001},
            uint64_t{UINT32_MAX} + 5, UINT64_MAX}) {
        for (const size_t size :
             {size_t{0}, size_t{1}, size_t{2}, kValueChunkSize, kValueChunkSize + 1, SIZE_MAX}) {
          const auto part = records.read_part(stored.key, stored.pointer, offset, size);
          ASSERT_TRUE(part) << part.status().to_string();
          const std::string expected =
              offset < value.size() ? value.substr(static_cast<size_t>(offset), size) : std::string();
          EXPECT_TRUE(part.value() == expected)
              << "of " << value.size() << " bytes from " << offset << ", " << size;
        }
      }
    }
  });
}

TEST(ValueRecord, APartOfALongValueNeedsItsChunksOnly) {
  Records records;
  const std::string value = value_of(1, 4 * kValueChunkSize);
  const ValuePointer pointer = records.add("key", value);
  const size_t data = static_cast<size_t>(pointer.offset) + value_record_front_size(3, value.size());
  records.bytes()[data + kValueChunkSize + 7] ^= 1;
  records.open();
  EXPECT_EQ(records.read_part("key", pointer, 0, kValueChunkSize).value(), value.substr(0, kValueChunkSize));
  EXPECT_EQ(records.read_part("key", pointer, 2 * kValueChunkSize, SIZE_MAX).value(),
            value.substr(2 * kValueChunkSize));
  expect_damage(records.read_part("key", pointer, kValueChunkSize - 1, 2).status());
  expect_damage(records.read_part("key", pointer, 2 * kValueChunkSize - 1, 1).status());
  expect_damage(records.read("key", pointer).status());
}

TEST(ValueRecord, HeadsAreFoundOneBehindTheOther) {
  for (const CodecId id : built_codecs()) {
    Records records;
    const std::vector<Stored> all = add_every_size(&records, codec_of(id));
    const ValuePointer last = records.add("of another keyspace", "value", nullptr, 77);
    records.open();
    uint64_t offset = kFileHeaderSize;
    ValueRecordHead head;
    for (const Stored& stored : all) {
      const Status read = records.read_head(offset, &head);
      ASSERT_TRUE(read) << read.to_string();
      EXPECT_EQ(head.offset, stored.pointer.offset);
      EXPECT_EQ(head.key, stored.key);
      EXPECT_EQ(head.value_size, stored.value.size());
      EXPECT_EQ(head.stored_size, stored.pointer.stored_size);
      EXPECT_EQ(head.digest, stored.pointer.digest);
      EXPECT_EQ(head.keyspace, 0u);
      EXPECT_EQ(head.size, value_record_size(stored.key.size(), stored.pointer));
      offset += head.size;
    }
    ASSERT_TRUE(records.read_head(offset, &head));
    EXPECT_EQ(head.keyspace, 77u);
    EXPECT_EQ(head.digest, last.digest);
    EXPECT_EQ(records.read_head(offset + head.size, &head).code(), Code::kEnd);
    EXPECT_EQ(records.read_head(UINT64_MAX, &head).code(), Code::kEnd);
  }
}

/// Every byte of small records of all kinds, and of the fronts of long ones.
TEST(ValueRecord, EveryDamagedByteIsDetected) {
  SeedScope seed(11);
  Random random(seed.seed());
  for (const CodecId id : built_codecs()) {
    for (const size_t size : {size_t{0}, size_t{1}, size_t{500}, 2 * kValueChunkSize + 100}) {
      SCOPED_TRACE(std::string(codec_name(id)) + " " + std::to_string(size));
      Records records;
      records.add("before", "x");
      const std::string value = value_of(size, size);
      const ValuePointer pointer = records.add("key", value, codec_of(id));
      const std::string whole = records.bytes();
      const size_t front_end = static_cast<size_t>(pointer.offset) + value_record_front_size(3, size);
      records.add("behind", "y");
      const std::string tail = records.bytes().substr(whole.size());
      size_t step = 1;
      for (size_t at = static_cast<size_t>(pointer.offset); at < whole.size(); at += step) {
        if (at > front_end + 600) step = 4999;
        records.bytes() = whole + tail;
        records.bytes()[at] = static_cast<char>(records.bytes()[at] ^ (1 + random.below(255)));
        records.open();
        expect_damage(records.read("key", pointer).status());
        ValueRecordHead head;
        const Status found = records.read_head(pointer.offset, &head);
        if (at < front_end) {
          expect_damage(found);
          expect_damage(records.read_part("key", pointer, 0, 1).status());
        } else {
          EXPECT_TRUE(found) << "the front is whole";
        }
      }
    }
  }
}

TEST(ValueRecord, EveryLengthThatWasCutIsDetected) {
  for (const size_t size : {size_t{0}, size_t{300}, kValueChunkSize + 50}) {
    Records records;
    const std::string value = value_of(size, size);
    const ValuePointer pointer = records.add("key", value);
    const std::string whole = records.bytes();
    const size_t step = size > 1000 ? 97 : 1;
    for (size_t length = kFileHeaderSize; length < whole.size(); length += step) {
      records.bytes() = whole.substr(0, length);
      records.open();
      const auto read = records.read("key", pointer);
      ASSERT_FALSE(read) << "cut to " << length;
      expect_damage(read.status());
      ValueRecordHead head;
      const Status found = records.read_head(pointer.offset, &head);
      if (length == pointer.offset)
        EXPECT_EQ(found.code(), Code::kEnd);
      else
        expect_damage(found);
    }
  }
}

/// A record belongs to its place, its file and its key: nothing else passes for it.
TEST(ValueRecord, AnotherRecordIsNotTakenForIt) {
  Records records;
  const ValuePointer first = records.add("first", "same value");
  const ValuePointer second = records.add("other", "same value");
  records.open();
  EXPECT_EQ(records.read("first", first).value(), "same value");
  expect_damage(records.read("other", first).status());
  expect_damage(records.read("firs", first).status());
  expect_damage(records.read("", first).status());
  ValuePointer wrong = first;
  wrong.digest ^= 1;
  expect_damage(records.read("first", wrong).status());
  wrong = first;
  wrong.offset = second.offset;
  expect_damage(records.read("first", wrong).status());
  wrong = first;
  --wrong.value_size;
  EXPECT_FALSE(records.read("first", wrong));
  wrong = first;
  wrong.stored_size = wrong.value_size + 1;
  expect_damage(records.read("first", wrong).status());
  wrong = first;
  wrong.value_size = kValueSizeMax;
  expect_damage(records.read("first", wrong).status());
  // The same bytes at another place.
  const std::string moved = records.bytes().substr(first.offset);
  records.bytes() += moved;
  records.open();
  wrong = first;
  wrong.offset = second.offset + value_record_size(5, second);
  expect_damage(records.read("first", wrong).status());
  ValueRecordHead head;
  expect_damage(records.read_head(wrong.offset, &head));
  // The same bytes in a file of another number, incarnation or database.
  for (int change = 0; change < 3; ++change) {
    FileHeader header = records.header();
    if (change == 0) ++header.file_number;
    if (change == 1) ++header.incarnation;
    if (change == 2) header.database_id = test_database_id(2);
    Records others;
    others.set_header(header);
    others.bytes() = records.bytes();
    others.open();
    expect_damage(others.read("first", first).status());
    expect_damage(others.read_head(first.offset, &head));
  }
}

TEST(ValueRecord, RandomBytesAreNoRecord) {
  SeedScope seed(13);
  Random random(seed.seed());
  Records records;
  for (int i = 0; i < 5000; ++i)
    records.bytes().push_back(static_cast<char>(random.one_in(2) ? random.next() : 0));
  records.open();
  for (uint64_t offset = kFileHeaderSize; offset < records.bytes().size(); ++offset) {
    ValueRecordHead head;
    expect_damage(records.read_head(offset, &head));
  }
}

}  // namespace
}  // namespace wombat
