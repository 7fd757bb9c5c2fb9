/// Recent writes in memory: one writer at a time, readers that never wait.
///
/// A reader sees every entry whose insertion happened before it obtained the timestamp it reads at (the
/// database publishes a timestamp only after all entries of that commit are in). Views handed out live as
/// long as the memtable.
///
/// Order: key ascending, timestamp descending. Of entries with equal key and timestamp the one inserted later
/// is met first, whatever their kinds: the operations of one commit on a key apply in order and the last
/// wins. Timestamps of one key never fall from one insertion to the next.
#pragma once

#include <memory>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "kv/entry.h"
#include "kv/iterator.h"

namespace wombat {

class Memtable {
 public:
  virtual ~Memtable() = default;

  /// Takes an entry in two steps, so that a commit can go to the log between them: stage() copies it and
  /// takes all memory, unseen by readers; link_staged() inserts the first `count` entries staged, in their
  /// order, and forgets the rest. stage() throws std::bad_alloc, after which what was staged before is as it
  /// was.
  virtual void stage(Bytes key, Tag tag, Bytes value) = 0;
  virtual void link_staged(size_t count) noexcept = 0;
  /// Both for one entry.
  void insert(Bytes key, Tag tag, Bytes value) {
    stage(key, tag, value);
    link_staged(1);
  }

  struct Found {
    Tag tag;
    Bytes value;
  };
  /// Newest version of `key` with timestamp <= `at`. Returns false when there is none.
  virtual bool get(Bytes key, Timestamp at, Found* found) const = 0;
  virtual std::unique_ptr<Iterator> new_iterator() const = 0;

  /// Bytes of memory in use, and what was put in. Any thread.
  virtual size_t memory_usage() const = 0;
  virtual uint64_t entry_count() const = 0;
};

/// `kind` is a value of the option memtable.kind: "blocked" or "skiplist". "hash" is reserved
/// (kUnsupported); anything else is kInvalidArgument.
/// Large pieces of memory come from `pool`, if there is one.
Result<std::unique_ptr<Memtable>> make_memtable(std::string_view kind,
                                                std::shared_ptr<BlockPool> pool = nullptr);

}  // namespace wombat
