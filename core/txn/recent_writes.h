/// What was written since a moment, key by key, so that a transaction that has looked through everything up to that
/// moment has little left to look at when it is its turn to commit. Kept only while somebody watches.
///
/// Used by the leader of the writers, one at a time; watching is for any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kv/entry.h"
#include "txn/range_map.h"
#include "txn/read_set.h"

namespace wombat {

/// Something that was written: a key, or a range that was deleted.
struct WrittenKey {
  uint32_t keyspace = 0;
  Bytes key;
  bool is_range = false;
  std::optional<Bytes> upper;  // of a range; none: to the end
};

/// What stood in the way of a commit: the write, and when it was committed.
struct FoundConflict {
  WrittenKey write;
  Timestamp at = 0;
};

class RecentWrites {
 public:
  /// The memory that notes may take; when it is used up they begin anew.
  static constexpr size_t kBytesMax = size_t{4} << 20;

  /// Keeps notes coming while it lives.
  class Watch {
   public:
    explicit Watch(RecentWrites& writes) : writes_(writes) { writes_.watcher_count_.fetch_add(1); }
    ~Watch() { writes_.watcher_count_.fetch_sub(1); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    RecentWrites& writes_;
  };

  bool is_watched() const { return watcher_count_.load(std::memory_order_relaxed) != 0; }

  // For the leader.
  /// There is something to do after a commit: note(), or pause() when nobody watches any more.
  bool is_in_use() const { return is_running_ || is_watched(); }
  /// Nobody watches: commits from here on are not noted.
  void pause() noexcept;
  /// Notes belong to commits after `timestamp`, when there are none yet.
  void begin(Timestamp timestamp) noexcept;
  /// Lack of memory is no failure: notes then begin anew behind `at`.
  void note(const WrittenKey& write, Timestamp at) noexcept;
  /// Every write after `timestamp` is noted.
  bool covers(Timestamp timestamp) const { return is_running_ && timestamp >= since_; }
  /// The first write after `since` that `reads` has read. Views are valid until the next note.
  std::optional<FoundConflict> find(const ReadSet& reads, Timestamp since) const;

 private:
  struct Note {
    Timestamp at;
    size_t offset;
    uint32_t keyspace;
    uint32_t key_size;
    uint32_t upper_size;
    bool is_range;
    bool has_upper;
  };
  void clear() noexcept;

  std::atomic<uint32_t> watcher_count_{0};
  bool is_running_ = false;
  Timestamp since_ = 0;
  std::string bytes_;
  std::vector<Note> notes_;
};

/// Whether `reads` has read what was written.
bool has_read(const ReadSet& reads, const WrittenKey& write);

}  // namespace wombat
