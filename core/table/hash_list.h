/// The hashes of the keys of a table that is being written, in pieces: a single array would be copied each time it grows,
/// and need three times its size while that lasts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace wombat {

/// Not synchronised.
class HashList {
 public:
  void push_back(uint64_t hash) {
    const size_t at = size_ % kPieceSize;
    if (at == 0) pieces_.push_back(std::make_unique_for_overwrite<uint64_t[]>(kPieceSize));
    pieces_.back()[at] = hash;
    ++size_;
  }
  size_t size() const { return size_; }
  size_t memory_usage() const { return pieces_.size() * kPieceSize * sizeof(uint64_t); }
  /// Calls `visit(const uint64_t* hashes, size_t count)` for each piece.
  template <typename Visit>
  void for_each_piece(Visit visit) const {
    size_t left = size_;
    for (const std::unique_ptr<uint64_t[]>& piece : pieces_) {
      const size_t count = left < kPieceSize ? left : kPieceSize;
      visit(piece.get(), count);
      left -= count;
    }
  }

 private:
  static constexpr size_t kPieceSize = 4096;

  std::vector<std::unique_ptr<uint64_t[]>> pieces_;
  size_t size_ = 0;
};

}  // namespace wombat
