#include "env/file_header.h"

#include <gtest/gtest.h>

#include <string>

#include "base/coding.h"

namespace wombat {
namespace {

FileHeader example_header() {
  FileHeader header;
  header.kind = FileKind::kLog;
  header.compatible_features = 0x0A0B0C0D;
  header.read_only_compatible_features = 0x01020304;
  for (uint8_t i = 0; i < header.database_id.size(); ++i)
    header.database_id[i] = static_cast<uint8_t>(0xE0 + i);
  header.file_number = 0x1122334455667788ull;
  header.incarnation = 0x99AABBCC;
  header.key_id = 0xDDEEFF01;
  return header;
}

std::string encode(const FileHeader& header) {
  std::string bytes;
  encode_file_header(header, &bytes);
  return bytes;
}

/// `bytes` with a checksum that holds again after they were changed.
std::string resealed(std::string bytes) {
  store_le(bytes.data() + 56, checksum64(Bytes(bytes).substr(0, 56), 0));
  return bytes;
}

TEST(FileHeader, DecodesWhatWasEncoded) {
  const FileHeader header = example_header();
  const auto decoded = decode_file_header(encode(header), FileKind::kLog, "f");
  ASSERT_TRUE(decoded) << decoded.status().to_string();
  EXPECT_EQ(decoded.value().kind, FileKind::kLog);
  EXPECT_EQ(decoded.value().format_major, kFormatMajor);
  EXPECT_EQ(decoded.value().format_minor, kFormatMinor);
  EXPECT_EQ(decoded.value().incompatible_features, 0u);
  EXPECT_EQ(decoded.value().read_only_compatible_features, header.read_only_compatible_features);
  EXPECT_EQ(decoded.value().compatible_features, header.compatible_features);
  EXPECT_EQ(decoded.value().database_id, header.database_id);
  EXPECT_EQ(decoded.value().file_number, header.file_number);
  EXPECT_EQ(decoded.value().incarnation, header.incarnation);
  EXPECT_EQ(decoded.value().key_id, header.key_id);
  EXPECT_EQ(decoded.value().context().seed_at(64),
            ChecksumContext(header.database_id, header.file_number ^ uint64_t{header.incarnation} << 40).seed_at(64));
}

TEST(FileHeader, BytesLieWhereTheFormatSays) {
  std::string expected = std::string("WOMBAT\x03\x1A\x01\x00\x00\x00", 12) + std::string(4, '\0') +
                         "\x04\x03\x02\x01" + "\x0D\x0C\x0B\x0A" +
                         "\xE0\xE1\xE2\xE3\xE4\xE5\xE6\xE7\xE8\xE9\xEA\xEB\xEC\xED\xEE\xEF" +
                         "\x88\x77\x66\x55\x44\x33\x22\x11" + "\xCC\xBB\xAA\x99" + "\x01\xFF\xEE\xDD";
  ASSERT_EQ(expected.size(), 56u);
  append_le(&expected, checksum64(expected, 0));
  EXPECT_EQ(encode(example_header()), expected);
}

TEST(FileHeader, EveryFlippedBitIsCorruption) {
  const std::string good = encode(example_header());
  for (size_t bit = 0; bit < kFileHeaderSize * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const auto decoded = decode_file_header(bad, FileKind::kLog, "000001.log");
    ASSERT_FALSE(decoded) << bit;
    EXPECT_EQ(decoded.status().code(), Code::kCorruption) << bit << ": " << decoded.status().to_string();
    EXPECT_TRUE(decoded.status().message().starts_with("000001.log at ")) << decoded.status().to_string();
  }
}

TEST(FileHeader, EveryShortSizeIsCorruption) {
  const std::string good = encode(example_header());
  for (size_t size = 0; size < kFileHeaderSize; ++size) {
    const auto decoded = decode_file_header(Bytes(good).substr(0, size), FileKind::kLog, "f");
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.status().code(), Code::kCorruption) << size;
  }
}

TEST(FileHeader, BytesAfterTheHeaderDoNotMatter) {
  EXPECT_TRUE(decode_file_header(encode(example_header()) + "more", FileKind::kLog, "f"));
}

TEST(FileHeader, ForeignBytesAreNotADatabase) {
  for (const std::string& bytes :
       {std::string(64, '\0'), std::string("SQLite format 3") + std::string(100, 'x'), std::string("short"),
        std::string("WOMBAT") + std::string(58, 'x')}) {
    const auto decoded = decode_file_header(bytes, FileKind::kLog, "f");
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.status().code(), Code::kNotADatabase) << decoded.status().to_string();
  }
}

TEST(FileHeader, OtherKindIsCorruptionThatNamesBoth) {
  const auto decoded = decode_file_header(encode(example_header()), FileKind::kTable, "f");
  EXPECT_EQ(decoded.status().code(), Code::kCorruption);
  EXPECT_NE(decoded.status().message().find("expected a file of kind table, found log"), std::string::npos)
      << decoded.status().to_string();
  FileHeader unknown = example_header();
  unknown.kind = static_cast<FileKind>(200);
  EXPECT_EQ(decode_file_header(encode(unknown), FileKind::kTable, "f").status().code(), Code::kCorruption);
}

TEST(FileHeader, NewerMajorVersionIsRefusedWithBothVersions) {
  FileHeader header = example_header();
  header.format_major = kFormatMajor + 1;
  header.format_minor = 7;
  const auto decoded = decode_file_header(encode(header), FileKind::kLog, "f");
  EXPECT_EQ(decoded.status().code(), Code::kFormatVersion);
  EXPECT_NE(decoded.status().message().find("format 2.7"), std::string::npos) << decoded.status().to_string();
  EXPECT_NE(decoded.status().message().find("up to 1.0"), std::string::npos) << decoded.status().to_string();
}

TEST(FileHeader, NewerMinorVersionIsRead) {
  FileHeader header = example_header();
  header.format_minor = kFormatMinor + 9;
  EXPECT_TRUE(decode_file_header(encode(header), FileKind::kLog, "f"));
}

TEST(FileHeader, UnknownIncompatibleFeaturesAreRefusedByNumber) {
  FileHeader header = example_header();
  header.incompatible_features = 1u << 3 | 1u << 31;
  const auto decoded = decode_file_header(encode(header), FileKind::kLog, "f");
  EXPECT_EQ(decoded.status().code(), Code::kFormatVersion);
  EXPECT_NE(decoded.status().message().find("bits 3, 31"), std::string::npos) << decoded.status().to_string();
}

TEST(FileHeader, CipherIsUnsupported) {
  FileHeader header = example_header();
  header.cipher = 2;
  EXPECT_EQ(decode_file_header(encode(header), FileKind::kLog, "f").status().code(), Code::kUnsupported);
}

TEST(FileHeader, UnusedByteIsLeftToLaterVersions) {
  std::string bytes = encode(example_header());
  bytes[11] = 5;
  EXPECT_TRUE(decode_file_header(resealed(bytes), FileKind::kLog, "f"));
}

TEST(FileHeader, UnknownReadOnlyFeaturesForbidWriting) {
  FileHeader header;
  EXPECT_TRUE(check_may_write(header, "CURRENT"));
  header.compatible_features = ~0u;
  EXPECT_TRUE(check_may_write(header, "CURRENT"));
  header.read_only_compatible_features = 1u << 2 | 1u << 31;
  const Status status = check_may_write(header, "CURRENT");
  EXPECT_EQ(status.code(), Code::kFormatVersion);
  for (const char* const text : {"CURRENT", "2, 31", "open.read_only=true"})
    EXPECT_NE(status.message().find(text), std::string_view::npos) << status.to_string();
}

}  // namespace
}  // namespace wombat
