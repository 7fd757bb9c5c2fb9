/// The one cursor over sorted entries (key, tag, value): memtables, tables and merges of them all offer it.
#pragma once

#include "base/status.h"
#include "kv/entry.h"

namespace wombat {

/// The current entry is kept in plain members, so looking at it costs no call. One thread at a time. Views
/// are valid until the iterator moves or dies. After a failure the iterator is invalid and status() says why.
class Iterator {
 public:
  virtual ~Iterator() = default;
  Iterator() = default;
  Iterator(const Iterator&) = delete;
  Iterator& operator=(const Iterator&) = delete;

  bool valid() const { return valid_; }
  Bytes key() const { return key_; }
  Bytes value() const { return value_; }
  Tag tag() const { return tag_; }

  virtual void seek_first() = 0;
  virtual void seek_last() = 0;
  /// First entry at or after (key, tag) in entry order; pass kTagMax to find the newest version of `key`.
  virtual void seek(Bytes key, Tag tag) = 0;
  /// Needs valid().
  virtual void next() = 0;
  virtual void prev() = 0;
  /// OK while the iterator is valid or has just met an end.
  virtual Status status() const { return Status::ok(); }

 protected:
  Bytes key_;
  Bytes value_;
  Tag tag_ = 0;
  bool valid_ = false;
};

}  // namespace wombat
