#include "kv/key_parts.h"

#include <cstring>
#include <string>

namespace wombat {

namespace {

constexpr unsigned char kEscape = 0x00;  // smaller than every other byte, so that a prefix comes first
constexpr unsigned char kEscapedZero = 0xFF;
constexpr unsigned char kPartEnd = 0x01;
constexpr uint64_t kSignBit = uint64_t{1} << 63;
constexpr uint64_t kQuietNan = 0x7FF8000000000000;

Status check_width(uint32_t width) {
  if (width == 1 || width == 2 || width == 4 || width == 8) return Status::ok();
  return Status::invalid_argument("width is " + std::to_string(width) + "; expected 1, 2, 4 or 8");
}

uint64_t sign_bit(uint32_t width) { return uint64_t{1} << (8 * width - 1); }

Status does_not_fit(const std::string& value, uint32_t width) {
  return Status::invalid_argument(value + " does not fit into " + std::to_string(width) + " bytes");
}

Status malformed(size_t position, const std::string& what) {
  return Status::invalid_argument("key part at byte " + std::to_string(position) + ": " + what);
}

}  // namespace

Status KeyPartWriter::take(size_t size, unsigned char** to) {
  *to = nullptr;
  if (size > SIZE_MAX - size_) return Status(Code::kTooLarge, "the key has more bytes than can be counted");
  const size_t begin = size_;
  size_ += size;
  if (size_ > capacity_) return Status::outcome(Code::kBufferTooSmall);
  *to = buffer_ + begin;
  return Status::ok();
}

Status KeyPartWriter::append_big_endian(uint64_t value, uint32_t width) {
  unsigned char* to = nullptr;
  WOMBAT_TRY(take(width, &to));
  for (uint32_t i = width; i-- > 0; value >>= 8) to[i] = static_cast<unsigned char>(value);
  return Status::ok();
}

Status KeyPartWriter::append_unsigned(uint64_t value, uint32_t width) {
  WOMBAT_TRY(check_width(width));
  if (width < 8 && value >> (8 * width) != 0) return does_not_fit(std::to_string(value), width);
  return append_big_endian(value, width);
}

Status KeyPartWriter::append_signed(int64_t value, uint32_t width) {
  WOMBAT_TRY(check_width(width));
  // What remains above the sign bit of that width must all be sign.
  const int64_t above = value >> (8 * width - 1);
  if (above != 0 && above != -1) return does_not_fit(std::to_string(value), width);
  return append_big_endian(static_cast<uint64_t>(value) ^ sign_bit(width), width);
}

Status KeyPartWriter::append_real(double value) {
  uint64_t bits;
  static_assert(sizeof bits == sizeof value);
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) bits = kQuietNan;
  return append_big_endian((bits & kSignBit) != 0 ? ~bits : bits | kSignBit, 8);
}

Status KeyPartWriter::append_bytes(Bytes bytes) {
  size_t zeros = 0;
  for (const char byte : bytes) zeros += byte == 0;
  unsigned char* to = nullptr;
  WOMBAT_TRY(take(bytes.size() + zeros + 2, &to));
  for (const char byte : bytes) {
    *to++ = static_cast<unsigned char>(byte);
    if (byte == 0) *to++ = kEscapedZero;
  }
  *to++ = kEscape;
  *to = kPartEnd;
  return Status::ok();
}

Status KeyPartWriter::append_fixed(Bytes bytes) {
  unsigned char* to = nullptr;
  WOMBAT_TRY(take(bytes.size(), &to));
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return Status::ok();
}

Status KeyPartReader::peek(size_t size, const unsigned char** from) const {
  if (position_ > key_.size())
    return malformed(position_, "the key has only " + std::to_string(key_.size()) + " bytes");
  const size_t remaining = key_.size() - position_;
  if (remaining == 0 && size != 0) return Status::outcome(Code::kEnd);
  if (size > remaining) {
    return malformed(position_,
                     std::to_string(size) + " bytes expected, " + std::to_string(remaining) + " are there");
  }
  *from = reinterpret_cast<const unsigned char*>(key_.data()) + position_;
  return Status::ok();
}

Status KeyPartReader::read_big_endian(uint32_t width, uint64_t* value) {
  const unsigned char* from = nullptr;
  WOMBAT_TRY(check_width(width));
  WOMBAT_TRY(peek(width, &from));
  *value = 0;
  for (uint32_t i = 0; i < width; ++i) *value = *value << 8 | from[i];
  position_ += width;
  return Status::ok();
}

Status KeyPartReader::read_unsigned(uint32_t width, uint64_t* value) { return read_big_endian(width, value); }

Status KeyPartReader::read_signed(uint32_t width, int64_t* value) {
  uint64_t bits = 0;
  WOMBAT_TRY(read_big_endian(width, &bits));
  // Inverting the sign bit and subtracting it extends the sign.
  *value = static_cast<int64_t>(bits - sign_bit(width));
  return Status::ok();
}

Status KeyPartReader::read_real(double* value) {
  uint64_t bits = 0;
  WOMBAT_TRY(read_big_endian(8, &bits));
  bits = (bits & kSignBit) != 0 ? bits ^ kSignBit : ~bits;
  std::memcpy(value, &bits, sizeof bits);
  return Status::ok();
}

Status KeyPartReader::read_bytes(void* buffer, size_t capacity, size_t* size) {
  const unsigned char* from = nullptr;
  WOMBAT_TRY(peek(1, &from));
  const size_t remaining = key_.size() - position_;
  size_t end = 0;
  size_t zeros = 0;
  for (;; ++end) {
    if (end + 1 >= remaining) return malformed(position_, "its end, 00 01, is missing");
    if (from[end] != kEscape) continue;
    ++end;
    if (from[end] == kPartEnd) break;
    if (from[end] != kEscapedZero) return malformed(position_ + end, "FF or 01 expected behind a zero byte");
    ++zeros;
  }
  *size = end - 1 - zeros;
  if (*size > capacity) return Status::outcome(Code::kBufferTooSmall);
  unsigned char* to = static_cast<unsigned char*>(buffer);
  for (size_t i = 0; i < end - 1; ++i) {
    *to++ = from[i];
    if (from[i] == kEscape) ++i;
  }
  position_ += end + 1;
  return Status::ok();
}

Status KeyPartReader::read_fixed(size_t size, Bytes* bytes) {
  const unsigned char* from = nullptr;
  WOMBAT_TRY(peek(size, &from));
  *bytes = Bytes(reinterpret_cast<const char*>(from), size);
  position_ += size;
  return Status::ok();
}

}  // namespace wombat
