#include "env/file_header.h"

#include <cstring>
#include <random>
#include <string_view>

#include "base/check.h"
#include "base/coding.h"

namespace wombat {

namespace {

constexpr char kProduct[] = {'W', 'O', 'M', 'B', 'A', 'T'};
constexpr size_t kKindOffset = sizeof(kProduct);
constexpr char kMagicEnd = 0x1A;  // stops the output of a file that somebody prints on an old terminal
constexpr size_t kMagicSize = 8;
constexpr size_t kChecksummedSize = 56;

std::string_view kind_name(uint8_t kind) {
  switch (static_cast<FileKind>(kind)) {
    case FileKind::kCurrent:
      return "CURRENT";
    case FileKind::kManifest:
      return "manifest";
    case FileKind::kLog:
      return "log";
    case FileKind::kTable:
      return "table";
    case FileKind::kValueLog:
      return "value log";
    case FileKind::kBatch:
      return "batch";
    case FileKind::kOwner:
      return "OWNER";
  }
  return "unknown";
}

void store_magic(FileKind kind, char* to) {
  std::memcpy(to, kProduct, sizeof(kProduct));
  to[kKindOffset] = static_cast<char>(kind);
  to[kKindOffset + 1] = kMagicEnd;
}

bool has_magic(Bytes bytes) {
  return bytes.size() >= kMagicSize && std::memcmp(bytes.data(), kProduct, sizeof(kProduct)) == 0 &&
         bytes[kKindOffset + 1] == kMagicEnd;
}

bool has_checksum(Bytes bytes) {
  return checksum64(bytes.substr(0, kChecksummedSize), 0) ==
         load_le<uint64_t>(bytes.data() + kChecksummedSize);
}

/// True when only the magic is damaged: with the right one the checksum holds.
bool is_ours_but_for_magic(Bytes bytes, FileKind kind) {
  char repaired[kFileHeaderSize];
  std::memcpy(repaired, bytes.data(), kFileHeaderSize);
  store_magic(kind, repaired);
  return has_checksum(Bytes(repaired, kFileHeaderSize));
}

std::string bit_numbers(uint32_t bits) {
  std::string text;
  for (unsigned bit = 0; bit < 32; ++bit) {
    if ((bits >> bit & 1) == 0) continue;
    if (!text.empty()) text.append(", ");
    text.append(std::to_string(bit));
  }
  return text;
}

std::string version_text(unsigned major, unsigned minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

/// Size, magic, checksum and kind: whether these are the intact bytes of such a header.
Status check_bytes(Bytes bytes, FileKind expected_kind, Bytes name) {
  if (bytes.size() < kFileHeaderSize) {
    if (!bytes.empty() && !bytes.starts_with(Bytes(kProduct, sizeof(kProduct))) &&
        !Bytes(kProduct, sizeof(kProduct)).starts_with(bytes)) {
      return Status(Code::kNotADatabase, std::string(name) + " is not a Wombat file");
    }
    return Status::corruption_at(name, 0, "a header of 64 bytes", std::to_string(bytes.size()) + " bytes");
  }
  if (!has_magic(bytes)) {
    if (is_ours_but_for_magic(bytes, expected_kind)) {
      return Status::corruption_at(name, 0, "the magic of a Wombat file", escape_bytes(bytes.substr(0, 8)));
    }
    return Status(Code::kNotADatabase, std::string(name) + " is not a Wombat file: it begins with " +
                                           escape_bytes(bytes.substr(0, kMagicSize)));
  }
  if (!has_checksum(bytes)) {
    return Status::corruption_at(name, 0, "a header whose checksum holds", "another checksum");
  }
  const auto kind = static_cast<uint8_t>(bytes[kKindOffset]);
  if (kind != static_cast<uint8_t>(expected_kind)) {
    std::string expected(kind_name(static_cast<uint8_t>(expected_kind)));
    return Status::corruption_at(name, kKindOffset, "a file of kind " + expected,
                                 std::string(kind_name(kind)) + " (" + std::to_string(kind) + ")");
  }
  return Status::ok();
}

/// Whether this program may read what the intact header announces.
Status check_features(const FileHeader& header, Bytes name) {
  if (header.format_major > kFormatMajor) {
    return Status(Code::kFormatVersion, std::string(name) + " has format " +
                                            version_text(header.format_major, header.format_minor) +
                                            ", this version of Wombat reads formats up to " +
                                            version_text(kFormatMajor, kFormatMinor) +
                                            ": open the database with a newer version");
  }
  const uint32_t unknown = header.incompatible_features & ~kKnownIncompatibleFeatures;
  if (unknown != 0) {
    return Status(Code::kFormatVersion, std::string(name) +
                                            " needs features that this version of Wombat does not know: "
                                            "incompatible feature bits " +
                                            bit_numbers(unknown) +
                                            ": open the database with a newer version");
  }
  if (header.cipher != 0) {
    return Status::unsupported(std::string(name) + " is encrypted with cipher " +
                               std::to_string(header.cipher) +
                               ", which this version of Wombat does not have");
  }
  return Status::ok();
}

}  // namespace

DatabaseId random_database_id() {
  std::random_device device;
  DatabaseId id;
  for (size_t i = 0; i < id.size(); i += 4) {
    const uint32_t word = device();
    std::memcpy(id.data() + i, &word, 4);
  }
  return id;
}

void encode_file_header(const FileHeader& header, std::string* out) {
  WOMBAT_CHECK(header.format_major <= 0xFF && header.format_minor <= 0xFF);
  char bytes[kFileHeaderSize] = {};
  store_magic(header.kind, bytes);
  store_le(bytes + 8, static_cast<uint8_t>(header.format_major));
  store_le(bytes + 9, static_cast<uint8_t>(header.format_minor));
  store_le(bytes + 10, header.cipher);
  store_le(bytes + 12, header.incompatible_features);
  store_le(bytes + 16, header.read_only_compatible_features);
  store_le(bytes + 20, header.compatible_features);
  std::memcpy(bytes + 24, header.database_id.data(), header.database_id.size());
  store_le(bytes + 40, header.file_number);
  store_le(bytes + 48, header.incarnation);
  store_le(bytes + 52, header.key_id);
  store_le(bytes + kChecksummedSize, checksum64(Bytes(bytes, kChecksummedSize), 0));
  out->append(bytes, sizeof(bytes));
}

Result<FileHeader> decode_file_header(Bytes bytes, FileKind expected_kind, Bytes name) {
  WOMBAT_TRY(check_bytes(bytes, expected_kind, name));
  FileHeader header;
  header.kind = expected_kind;
  Cursor cursor(bytes.substr(kMagicSize, kChecksummedSize - kMagicSize));
  header.format_major = cursor.fixed<uint8_t>();
  header.format_minor = cursor.fixed<uint8_t>();
  header.cipher = cursor.fixed<uint8_t>();
  cursor.fixed<uint8_t>();
  header.incompatible_features = cursor.fixed<uint32_t>();
  header.read_only_compatible_features = cursor.fixed<uint32_t>();
  header.compatible_features = cursor.fixed<uint32_t>();
  const Bytes id = cursor.bytes(header.database_id.size());
  std::memcpy(header.database_id.data(), id.data(), id.size());
  header.file_number = cursor.fixed<uint64_t>();
  header.incarnation = cursor.fixed<uint32_t>();
  header.key_id = cursor.fixed<uint32_t>();
  WOMBAT_CHECK(cursor.at_end());
  WOMBAT_TRY(check_features(header, name));
  return header;
}

Status check_may_write(const FileHeader& header, Bytes name) {
  const uint32_t unknown = header.read_only_compatible_features & ~kKnownReadOnlyCompatibleFeatures;
  if (unknown == 0) return Status::ok();
  return Status(Code::kFormatVersion,
                std::string(name) +
                    " has features that this version of Wombat can read but not write: read-only compatible "
                    "feature bits " +
                    bit_numbers(unknown) +
                    ": open the database with open.read_only=true or with a newer version");
}

}  // namespace wombat
