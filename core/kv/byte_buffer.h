/// Bytes copied out of an iterator so that they survive its next move. The memory is kept from copy to copy.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "base/bytes.h"

namespace wombat {

/// Movable; views do not survive that. Short bytes need no memory of their own.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept { take(other); }
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    if (this != &other) take(other);
    return *this;
  }
  Bytes view() const { return Bytes(data(), size_); }

  /// `bytes` may be a part of this buffer. Throws std::bad_alloc, after which the buffer is as before.
  void assign(Bytes bytes) {
    if (bytes.size() > capacity_)
      grow(bytes.size(), bytes);
    else
      copy(data(), bytes);
    size_ = bytes.size();
  }

 private:
  // Keys are short: two overlapping words beat a call of memmove. All is loaded before anything is stored.
  static void copy(char* to, Bytes from) {
    struct Words {
      uint64_t a, b;
    };
    const size_t size = from.size();
    if (size >= sizeof(uint64_t) && size <= sizeof(Words)) {
      copy_ends<uint64_t>(to, from);
    } else if (size > sizeof(Words) && size <= 2 * sizeof(Words)) {
      copy_ends<Words>(to, from);
    } else if (size > 0) {
      std::memmove(to, from.data(), size);
    }
  }
  template <typename Word>
  static void copy_ends(char* to, Bytes from) {
    const size_t last = from.size() - sizeof(Word);
    Word head;
    Word tail;
    std::memcpy(&head, from.data(), sizeof head);
    std::memcpy(&tail, from.data() + last, sizeof tail);
    std::memcpy(to, &head, sizeof head);
    std::memcpy(to + last, &tail, sizeof tail);
  }

  void grow(size_t size, Bytes from) {
    const size_t capacity = std::max({size, 2 * capacity_, size_t{64}});
    auto data = std::make_unique_for_overwrite<char[]>(capacity);
    copy(data.get(), from);
    data_ = std::move(data);
    capacity_ = capacity;
  }

  char* data() { return data_ != nullptr ? data_.get() : near_; }
  const char* data() const { return data_ != nullptr ? data_.get() : near_; }
  void take(ByteBuffer& other) {
    std::memcpy(near_, other.near_, sizeof near_);
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, sizeof near_);
  }

  std::unique_ptr<char[]> data_;  // null: near_ is used
  size_t size_ = 0;
  size_t capacity_ = sizeof near_;
  char near_[48];
};

}  // namespace wombat
