/// Keys made of typed parts, one behind the other, whose bytewise order is the order of the values, part by part.
/// The encoding is part of the ABI and the same in all languages; tests/keys/key_vectors.txt holds examples.
///
///   unsigned, width n   n bytes, big-endian
///   signed, width n     the same of the value with its sign bit inverted
///   real                8 bytes: the IEEE 754 bits, big-endian; all inverted when the sign bit is set, else only
///                       that one. All NaNs are the positive quiet one without payload, behind infinity.
///   bytes               00 becomes 00 FF; 00 01 ends the part. Text is its UTF-8.
///   fixed               the bytes as they are: what always has one size (UUIDs), or is the last part
#pragma once

#include "base/bytes.h"
#include "base/status.h"

namespace wombat {

/// Appends parts to a key in a buffer that it does not own. A part that does not fit is not written, but counted: so
/// `size` becomes what the key needs.
class KeyPartWriter {
 public:
  KeyPartWriter(void* buffer, size_t capacity, size_t size)
      : buffer_(static_cast<unsigned char*>(buffer)), capacity_(capacity), size_(size) {}

  /// Each: kOk, kBufferTooSmall; kInvalidArgument when the width is none of 1, 2, 4, 8, or too small for the value;
  /// kTooLarge when no size_t holds the size.
  Status append_unsigned(uint64_t value, uint32_t width);
  Status append_signed(int64_t value, uint32_t width);
  Status append_real(double value);
  Status append_bytes(Bytes bytes);
  Status append_fixed(Bytes bytes);

  size_t size() const { return size_; }

 private:
  /// Where a part of `size` bytes goes, or null when it does not fit.
  Status take(size_t size, unsigned char** to);
  Status append_big_endian(uint64_t value, uint32_t width);

  unsigned char* buffer_;
  size_t capacity_;
  size_t size_;
};

/// Reads the parts of a key without trusting it. kEnd behind the last part; kInvalidArgument, naming the byte, for what
/// no writer makes. `position` moves only when a part was read.
class KeyPartReader {
 public:
  KeyPartReader(Bytes key, size_t position) : key_(key), position_(position) {}

  Status read_unsigned(uint32_t width, uint64_t* value);
  Status read_signed(uint32_t width, int64_t* value);
  Status read_real(double* value);
  /// `*size` becomes the size of the part; with kBufferTooSmall nothing was written or read.
  Status read_bytes(void* buffer, size_t capacity, size_t* size);
  /// `*bytes` lies in the key.
  Status read_fixed(size_t size, Bytes* bytes);

  size_t position() const { return position_; }

 private:
  /// The next `size` bytes, without moving.
  Status peek(size_t size, const unsigned char** from) const;
  Status read_big_endian(uint32_t width, uint64_t* value);

  Bytes key_;
  size_t position_;
};

}  // namespace wombat
