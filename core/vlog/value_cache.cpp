#include "vlog/value_cache.h"

#include <algorithm>
#include <bit>
#include <new>

#include "base/coding.h"
#include "base/hash.h"
#include "vlog/value_record.h"

namespace wombat {

namespace {

/// In front of the record in a frame: file number u64 | offset of the record u64.
constexpr size_t kPlaceSize = 16;
/// Longer values fill the cache with what the system's read is cheap for.
constexpr size_t kValueSizeKept = size_t{1} << 20;
/// One value may take this part of the cache.
constexpr size_t kBudgetShare = 16;
/// There are slots as if values were half as long as this.
constexpr size_t kUsualValueSize = 4096;
constexpr size_t kLineCountMin = 64;

size_t front_size_of(size_t key_size, const ValuePointer& pointer) {
  return value_record_front_size(key_size, pointer.value_size);
}

}  // namespace

ValueCache::~ValueCache() {
  const std::unique_ptr<Lines> lines(lines_or_null());
  if (lines == nullptr) return;
  for (size_t i = 0; i <= lines->mask; ++i) cache_.drop(lines->lines[i].slots, kWays);
}

bool ValueCache::is_for(size_t value_size) const {
  return value_size <= kValueSizeKept && value_size <= cache_.budget() / kBudgetShare;
}

uint64_t ValueCache::hash_of(const ValuePointer& pointer) {
  char place[kPlaceSize];
  store_le<uint64_t>(place, pointer.file);
  store_le<uint64_t>(place + 8, pointer.offset);
  return hash_key(Bytes(place, sizeof place));
}

/// The digest is in the record, and says that it is of this database and of this key.
bool ValueCache::holds(const Frame& frame, const ValuePointer& pointer) {
  return load_le<uint64_t>(frame.data()) == pointer.file &&
         load_le<uint64_t>(frame.data() + 8) == pointer.offset;
}

Frame* ValueCache::find(Bytes key, const ValuePointer& pointer, Bytes* value) const {
  const Lines* const lines = lines_or_null();
  if (lines == nullptr) return nullptr;
  const uint64_t hash = hash_of(pointer);
  const auto tag = static_cast<uint32_t>(hash >> 32);
  for (FrameSlot& slot : lines->lines[hash & lines->mask].slots) {
    if (slot.tag.load(std::memory_order_relaxed) != tag) continue;
    Frame* const frame = slot.frame.load(std::memory_order_seq_cst);
    if (frame == nullptr || !holds(*frame, pointer)) continue;
    const Bytes record(frame->data() + kPlaceSize, frame->data_size - kPlaceSize);
    const size_t front_size = front_size_of(key.size(), pointer);
    // A pointer that is damaged, or of another key, is for the file to refuse.
    const bool is_meant = record.size() == front_size + pointer.value_size &&
                          load_le<uint64_t>(record.data()) == pointer.digest &&
                          record.substr(kValueRecordHeadSize, key.size()) == key;
    if (!is_meant) return nullptr;
    if (slot.touched.load(std::memory_order_relaxed) == 0) slot.touched.store(1, std::memory_order_relaxed);
    *value = record.substr(front_size);
    return frame;
  }
  return nullptr;
}

Frame* ValueCache::allocate(Bytes key, const ValuePointer& pointer, char** record) const {
  Frame* const frame = cache_.allocate(kPlaceSize + front_size_of(key.size(), pointer) + pointer.value_size);
  store_le<uint64_t>(frame->data(), pointer.file);
  store_le<uint64_t>(frame->data() + 8, pointer.offset);
  *record = frame->data() + kPlaceSize;
  return frame;
}

Bytes ValueCache::publish(const ValuePointer& pointer, size_t key_size, Frame* frame,
                          bool keeps) const noexcept {
  const Bytes value(frame->data() + kPlaceSize + front_size_of(key_size, pointer), pointer.value_size);
  Lines* const lines = keeps ? this->lines() : nullptr;
  if (lines == nullptr) {
    cache_.retire_unpublished(frame);
    return value;
  }
  const uint64_t hash = hash_of(pointer);
  FrameSlot* const slots = lines->lines[hash & lines->mask].slots;
  FrameSlot* chosen = nullptr;
  for (size_t i = 0; i < kWays && chosen == nullptr; ++i)
    if (slots[i].frame.load(std::memory_order_relaxed) == nullptr) chosen = &slots[i];
  for (size_t i = 0; i < kWays && chosen == nullptr; ++i)
    if (slots[i].touched.exchange(0, std::memory_order_relaxed) == 0) chosen = &slots[i];
  if (chosen == nullptr) chosen = &slots[(hash >> 60) % kWays];
  cache_.drop(chosen, 1);
  chosen->tag.store(static_cast<uint32_t>(hash >> 32), std::memory_order_relaxed);
  cache_.publish_or_retire(*chosen, frame);
  return value;
}

/// Null: there is no memory for them.
ValueCache::Lines* ValueCache::lines() const {
  if (Lines* const known = lines_or_null()) return known;
  try {
    auto made = std::make_unique<Lines>();
    const size_t wanted = 2 * cache_.budget() / kUsualValueSize / kWays;
    const size_t count = std::bit_ceil(std::max(wanted, kLineCountMin));
    made->mask = count - 1;
    made->lines = std::make_unique<Line[]>(count);
    Lines* present = nullptr;
    if (lines_.compare_exchange_strong(present, made.get(), std::memory_order_acq_rel)) return made.release();
    return present;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

size_t ValueCache::memory_usage() const {
  const Lines* const lines = lines_or_null();
  return lines == nullptr ? 0 : (lines->mask + 1) * sizeof(Line);
}

}  // namespace wombat
