/// Copies of small values. Copying one costs less than a reference to the block it lies in, which would be counted in
/// a cache line of the block that nothing else needs, and counted again when it is given up.
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace wombat {

/// One thread at a time.
class ValueBuffer {
 public:
  static constexpr size_t kValueSizeMax = 1024;

  /// The copy stays where it is until clear(). Never null. `value` has at most kValueSizeMax bytes. Throws
  /// std::bad_alloc.
  const char* add(Bytes value) {
    if (value.size() > left_) grow();
    char* const to = next_;
    if (!value.empty()) std::memcpy(to, value.data(), value.size());
    next_ += value.size();
    left_ -= value.size();
    return to;
  }
  /// Keeps some memory for the next values.
  void clear() noexcept {
    if (blocks_.size() > 1) blocks_.resize(1);
    if (blocks_.empty()) return;
    next_ = blocks_[0].get();
    left_ = kBlockSize;
  }

 private:
  static constexpr size_t kBlockSize = 16 << 10;

  void grow() {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockSize));
    next_ = blocks_.back().get();
    left_ = kBlockSize;
  }

  char empty_ = 0;  // where values without bytes are, before there is a block
  char* next_ = &empty_;
  size_t left_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
};

}  // namespace wombat
