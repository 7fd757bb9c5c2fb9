#include "txn/read_set.h"

#include <algorithm>

#include "base/hash.h"

namespace wombat {

uint64_t ReadSet::hash_of(uint32_t keyspace, Bytes key) { return hash_key(key) ^ mark_of(keyspace); }

size_t ReadSet::find(uint32_t keyspace, Bytes key, uint64_t hash) const {
  const auto is_it = [&](size_t i) {
    const Key& known = keys_[i];
    return known.hash == hash && known.keyspace == keyspace && this->key(i).key == key;
  };
  if (slots_.empty()) {
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (is_it(i)) return i;
    }
    return kNone;
  }
  const size_t mask = slots_.size() - 1;
  for (size_t slot = hash & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (is_it(slots_[slot] - 1)) return slots_[slot] - 1;
  }
  return kNone;
}

void ReadSet::add_key(uint32_t keyspace, Bytes key, Timestamp at) {
  const uint64_t hash = hash_of(keyspace, key);
  if (const size_t known = find(keyspace, key, hash); known != kNone) {
    keys_[known].at = std::min(keys_[known].at, at);
    return;
  }
  const size_t count = keys_.size() + 1;
  if (count > kLinearMax && 2 * count > slots_.size()) index_keys(std::max<size_t>(64, 2 * slots_.size()));
  if (keys_.size() == keys_.capacity()) keys_.reserve(std::max<size_t>(8, 2 * keys_.capacity()));
  const size_t offset = bytes_.size();
  if (offset == 0) bytes_.reserve(std::max(kBytesAtFirst, key.size()));
  bytes_.append(key);
  keys_.push_back({hash, at, offset, keyspace, static_cast<uint16_t>(key.size())});
  if (slots_.empty()) return;
  const size_t mask = slots_.size() - 1;
  size_t slot = hash & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = static_cast<uint32_t>(count);
}

void ReadSet::index_keys(size_t slot_count) {
  std::vector<uint32_t> slots(slot_count, 0);
  for (size_t i = 0; i < keys_.size(); ++i) {
    size_t slot = keys_[i].hash & (slot_count - 1);
    while (slots[slot] != 0) slot = (slot + 1) & (slot_count - 1);
    slots[slot] = static_cast<uint32_t>(i + 1);
  }
  slots_.swap(slots);
}

bool ReadSet::overlaps(const KeyRange& range) const {
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].keyspace == range.keyspace && range.contains(key(i).key)) return true;
  }
  return ranges_.overlaps(range);
}

void ReadSet::clear() {
  bytes_.clear();
  keys_.clear();
  slots_.clear();
  ranges_.clear();
}

}  // namespace wombat
