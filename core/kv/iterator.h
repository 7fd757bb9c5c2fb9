/// The one cursor over sorted entries (key, tag, value): memtables, tables and merges of them all offer it.
#pragma once

#include "base/status.h"
#include "kv/entry.h"

namespace wombat {

/// The current entry is kept in plain members of the leaf, which is the iterator itself or one of those it is
/// made of, so looking at it costs no call, and who merges copies nothing. One thread at a time. Views of an entry
/// are valid until the second step (next or prev) after they were shown, a seek, or the end of the iterator: who
/// compares neighbours need not copy the first. After a failure the iterator is invalid and status() says why.
class Iterator {
 public:
  virtual ~Iterator() = default;
  Iterator() = default;
  Iterator(const Iterator&) = delete;
  Iterator& operator=(const Iterator&) = delete;

  /// Where the current entry is; changes with every move.
  const Iterator& leaf() const { return *leaf_; }
  bool valid() const { return leaf_->valid_; }
  Bytes key() const { return leaf_->key_; }
  Bytes value() const { return leaf_->value_; }
  Tag tag() const { return leaf_->tag_; }

  virtual void seek_first() = 0;
  virtual void seek_last() = 0;
  /// First entry at or after (key, tag) in entry order; pass kTagMax to find the newest version of `key`.
  virtual void seek(Bytes key, Tag tag) = 0;
  /// Two steps that may come before a seek to the same key, first aim() and then fetch(): each asks the processor
  /// for memory that the next one needs. Who seeks in several iterators takes each step in all of them, so that
  /// they wait together. The iterator stands nowhere until the seek.
  virtual void aim(Bytes /*key*/) {}
  virtual void fetch() {}
  /// Needs valid().
  virtual void next() = 0;
  virtual void prev() = 0;
  /// Entries next to the current one in a direction that are plain: puts that everybody sees, whose keys differ from
  /// each other, from the current one, and from that of the entry beyond. Through these the leaf may be moved by
  /// itself, without a look at anything else; its moves then neither fail nor throw. A null leaf: nothing is known
  /// here, nor in all likelihood a few steps further on.
  struct PlainRows {
    Iterator* leaf = nullptr;
    size_t count = 0;
    bool ends_at_bound = false;
  };
  /// Only keys on this side of `bound`, which lies in that direction; null: all.
  virtual PlainRows plain_rows(bool /*forward*/, const Bytes* /*bound*/) { return {}; }
  /// Gives up what the iterator holds of others, such as blocks in a cache, and keeps its own memory. It stands
  /// nowhere until the next seek.
  virtual void rest() { valid_ = false; }
  /// OK while the iterator is valid or has just met an end.
  virtual Status status() const { return Status::ok(); }

 protected:
  Bytes key_;
  Bytes value_;
  Tag tag_ = 0;
  bool valid_ = false;
  const Iterator* leaf_ = this;
};

}  // namespace wombat
