/// The 64 bytes that every Wombat file starts with, little-endian:
///
///   offset size
///        0    6  "WOMBAT"
///        6    1  kind (FileKind)
///        7    1  0x1A
///        8    1  format, major
///        9    1  format, minor
///       10    1  cipher; 0: none
///       11    1  0
///       12    4  incompatible features
///       16    4  read-only compatible features
///       20    4  compatible features
///       24   16  database id
///       40    8  file number
///       48    4  incarnation
///       52    4  key id
///       56    8  checksum: XXH3-64, seed 0, of bytes 0 to 55
///
/// Magic, version, feature and checksum fields keep their places in every later format, so that an old
/// program can always say what it met.
#pragma once

#include <cstdint>
#include <string>

#include "base/checksum.h"
#include "base/result.h"
#include "env/file_names.h"

namespace wombat {

inline constexpr size_t kFileHeaderSize = 64;
inline constexpr uint16_t kFormatMajor = 1;
inline constexpr uint16_t kFormatMinor = 0;
inline constexpr uint32_t kKnownIncompatibleFeatures = 0;
inline constexpr uint32_t kKnownReadOnlyCompatibleFeatures = 0;

struct FileHeader {
  FileKind kind = FileKind::kTable;
  uint16_t format_major = kFormatMajor;
  uint16_t format_minor = kFormatMinor;
  uint32_t incompatible_features = 0;          // an unknown bit: refuse the file
  uint32_t read_only_compatible_features = 0;  // an unknown bit: the database may only be read
  uint32_t compatible_features = 0;
  DatabaseId database_id{};
  uint64_t file_number = 0;
  uint32_t incarnation = 0;  // how often the database had been opened when the file was made
  uint8_t cipher = 0;        // 0: none. Others are reserved.
  uint32_t key_id = 0;

  /// The incarnation is part of it: a number that a crash took back may be used again, and bytes of the lost
  /// file may show up in the new one.
  ChecksumContext context() const {
    return ChecksumContext(database_id, file_number ^ uint64_t{incarnation} << 40);
  }
};

/// What tells the files of a new database from those of others.
DatabaseId random_database_id();

/// Appends exactly kFileHeaderSize bytes. Major and minor are at most 255.
void encode_file_header(const FileHeader& header, std::string* out);

/// Checks magic, kind, checksum, version, features and cipher. `name` is for messages. Errors: kNotADatabase
/// for foreign bytes, kCorruption for a damaged header, kFormatVersion for a newer major version or unknown
/// incompatible features, kUnsupported for a cipher. Unknown read-only compatible features are the caller's
/// affair.
Result<FileHeader> decode_file_header(Bytes bytes, FileKind expected_kind, Bytes name);

/// kFormatVersion when `header` announces read-only compatible features that this program does not know.
Status check_may_write(const FileHeader& header, Bytes name);

}  // namespace wombat
