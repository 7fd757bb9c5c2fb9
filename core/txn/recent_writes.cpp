#include "txn/recent_writes.h"

#include <algorithm>
#include <new>

namespace wombat {

bool has_read(const ReadSet& reads, const WrittenKey& write) {
  return write.is_range ? reads.overlaps({write.keyspace, write.key, write.upper})
                        : reads.contains(write.keyspace, write.key);
}

void RecentWrites::clear() noexcept {
  notes_.clear();
  bytes_.clear();
}

void RecentWrites::pause() noexcept {
  if (!is_running_) return;
  is_running_ = false;
  clear();
}

void RecentWrites::begin(Timestamp timestamp) noexcept {
  if (is_running_) return;
  is_running_ = true;
  since_ = timestamp;
}

void RecentWrites::note(const WrittenKey& write, Timestamp at) noexcept {
  const size_t upper_size = write.upper ? write.upper->size() : 0;
  try {
    if (bytes_.size() + notes_.size() * sizeof(Note) > kBytesMax) throw std::bad_alloc();
    const Note note{at,
                    bytes_.size(),
                    write.keyspace,
                    static_cast<uint32_t>(write.key.size()),
                    static_cast<uint32_t>(upper_size),
                    write.is_range,
                    write.upper.has_value()};
    notes_.push_back(note);
    bytes_.append(write.key);
    if (write.upper) bytes_.append(*write.upper);
  } catch (const std::bad_alloc&) {
    clear();
    since_ = at;
  }
}

std::optional<FoundConflict> RecentWrites::find(const ReadSet& reads, Timestamp since) const {
  const auto first =
      std::partition_point(notes_.begin(), notes_.end(), [&](const Note& note) { return note.at <= since; });
  for (auto note = first; note != notes_.end(); ++note) {
    WrittenKey write{note->keyspace, Bytes(bytes_).substr(note->offset, note->key_size), note->is_range, {}};
    if (note->has_upper) write.upper = Bytes(bytes_).substr(note->offset + note->key_size, note->upper_size);
    if (has_read(reads, write)) return FoundConflict{write, note->at};
  }
  return std::nullopt;
}

}  // namespace wombat
