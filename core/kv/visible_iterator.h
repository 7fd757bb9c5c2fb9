/// What a user sees at a timestamp: the newest visible version of each key, without deleted keys, within bounds, in both directions.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kv/iterator.h"

namespace wombat {

/// One thread at a time. Views are valid until the iterator moves.
class VisibleIterator {
 public:
  struct Bounds {
    std::optional<std::string> lower;  // included
    std::optional<std::string> upper;  // excluded
  };
  VisibleIterator(std::unique_ptr<Iterator> source, Timestamp at, Bounds bounds);

  bool valid() const { return valid_; }
  Bytes key() const { return key_; }
  Bytes value() const { return value_; }
  Tag tag() const { return tag_; }
  /// kCorruption and I/O failures of the sources; kUnsupported for an entry of a reserved kind.
  const Status& status() const { return status_; }

  void seek_first();
  void seek_last();
  /// First visible key >= `key` (the lower bound when `key` is below it).
  void seek(Bytes key);
  /// Last visible key <= `key`.
  void seek_for_prev(Bytes key);
  /// Need valid().
  void next();
  void prev();

 private:
  std::unique_ptr<Iterator> source_;
  Timestamp at_;
  Bounds bounds_;
  Status status_;
  bool valid_ = false;
  Bytes key_;
  Bytes value_;
  Tag tag_ = 0;
  // The author of the implementation adds what it needs.
};

}  // namespace wombat
