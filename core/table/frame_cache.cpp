#include "table/frame_cache.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "table/block_shape.h"
#include "table/frame.h"
#include "table/frame_arena.h"

namespace wombat {

namespace {

// Under the address sanitizer every frame has its own memory, so that what goes beyond it or comes too late is seen.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kUsesArena = false;
#else
constexpr bool kUsesArena = true;
#endif

/// A small database does without a huge page.
constexpr size_t kOwnMemoryMax = 1 << 20;
constexpr size_t kLeavingMax = 256 << 10;      // not worth waiting for
constexpr uint32_t kOwnMemory = ~uint32_t{0};  // Frame::chunk of frames that are not the arena's

}  // namespace

/// Kept alive by the cache object and by every frame, so that a pin can be released after the cache is gone.
struct FrameCache::State {
  static constexpr size_t kShardCount = 8;
  static constexpr size_t kHolesPart = 16;
  static constexpr size_t kPrefetchedCount = 4;  // about as far as the hand goes for a victim

  /// The frames in slots, in a clock; the one at `hand` is the next to be looked at. Slots are emptied only under
  /// `mutex`, so a frame in the clock is in its slot. An array, with the slots in it, so that what the hand comes to
  /// next can be asked for ahead: a list would have it wait for two lines from memory at each step.
  struct alignas(64) Shard {
    struct Entry {
      FrameSlot* slot;
      Frame* frame;
    };
    std::mutex mutex;
    std::vector<Entry> clock;
    size_t hand = 0;

    /// Throws std::bad_alloc.
    void make_room() {
      if (clock.size() == clock.capacity()) clock.reserve(2 * clock.size() + 16);
    }
    void insert(Frame* frame) noexcept;
    void remove(Frame* frame) noexcept;
    void set(size_t index, const Entry& entry) noexcept {
      clock[index] = entry;
      entry.frame->clock_index = index;
    }
    void prefetch(size_t index) const {
      if (index < clock.size()) __builtin_prefetch(clock[index].slot);
    }
  };

  State(size_t budget_bytes, EpochDomain& domain, Statistics* stats,
        std::shared_ptr<MemoryBudget> budget_of_all)
      : epochs(domain),
        statistics(stats),
        budget(budget_bytes),
        account(std::move(budget_of_all), MemoryCategory::kCache),
        arena(account) {}

  Shard& shard_of(const Frame* frame) {
    return shards[(reinterpret_cast<uintptr_t>(frame) * 0x9E3779B97F4A7C15ull) >> 61];
  }
  bool over_budget() const {
    const size_t frames = resident.load(std::memory_order_relaxed) + orphaned.load(std::memory_order_relaxed);
    // Chunks are never quite full. With some room left the clock chooses what goes, and not where it lies.
    return frames > budget.load(std::memory_order_relaxed) || frames > room() - room() / kHolesPart;
  }
  /// What the other users of memory leave.
  size_t room() const { return memory() == nullptr ? MemoryBudget::kNoLimit : memory()->room_for_cache(); }
  MemoryBudget* memory() const { return account.budget(); }
  /// What has been taken from the system and will be used.
  size_t footprint() const {
    return arena.memory_usage() - std::min(arena.memory_usage(), arena.given_up_bytes()) +
           own_memory.load(std::memory_order_relaxed);
  }
  /// Of frames that were evicted and are not free yet, and the few that are being filled.
  size_t leaving() const {
    const size_t others = resident.load(std::memory_order_relaxed) + orphaned.load(std::memory_order_relaxed);
    return usage.load(std::memory_order_relaxed) - std::min(usage.load(std::memory_order_relaxed), others);
  }
  void let_readers_leave() noexcept;
  void give_up_chunks(size_t count) noexcept;
  FrameArena::Piece take_memory(size_t size);
  void free(Frame* frame) noexcept;
  Frame* take_victims(Shard& shard);
  void evict(size_t first_shard) noexcept;
  void empty_slot(Shard& shard, Frame* frame);
  void release() noexcept {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  EpochDomain& epochs;
  Statistics* const statistics;
  std::atomic<size_t> budget;
  std::atomic<size_t> usage{0};     // all frames
  std::atomic<size_t> resident{0};  // those in slots
  std::atomic<size_t> orphaned{0};  // those that only pins hold
  std::atomic<size_t> references{1};
  std::atomic<size_t> own_memory{0};  // of frames outside the arena
  const MemoryAccount account;
  FrameArena arena;
  std::array<Shard, kShardCount> shards;
};

size_t Frame::memory_size() const { return sizeof(Frame) + data_size + kFrameSlack; }

FrameArena::Piece FrameCache::State::take_memory(size_t size) {
  const bool is_for_arena = kUsesArena && size <= FrameArena::kPieceSizeMax &&
                            own_memory.load(std::memory_order_relaxed) + size > kOwnMemoryMax;
  if (is_for_arena) {
    const FrameArena::Piece piece = arena.allocate_here(size);
    return piece.memory != nullptr ? piece : arena.allocate(size);
  }
  account.add(size);
  try {
    void* const memory = ::operator new (size, std::align_val_t{alignof(Frame)});
    own_memory.fetch_add(size, std::memory_order_relaxed);
    return {static_cast<char*>(memory), kOwnMemory};
  } catch (...) {
    account.remove(size);
    throw;
  }
}

void FrameCache::State::free(Frame* frame) noexcept {
  const size_t size = frame->memory_size();
  const FrameArena::Piece piece = {reinterpret_cast<char*>(frame), frame->chunk};
  frame->~Frame();
  if (piece.chunk != kOwnMemory) return arena.release(piece, size);
  own_memory.fetch_sub(size, std::memory_order_relaxed);
  account.remove(size);
  ::operator delete (piece.memory, std::align_val_t{alignof(Frame)});
}

/// Just behind the hand: looked at last. Needs room.
void FrameCache::State::Shard::insert(Frame* frame) noexcept {
  const Entry entry = {frame->slot, frame};
  clock.push_back(entry);
  const size_t end = clock.size() - 1;
  set(end, hand < end ? clock[hand] : entry);
  set(std::min(hand, end), entry);
  ++hand;
}

void FrameCache::State::Shard::remove(Frame* frame) noexcept {
  set(frame->clock_index, clock.back());
  clock.pop_back();
}

/// The shard is locked.
void FrameCache::State::empty_slot(Shard& shard, Frame* frame) {
  frame->slot->frame.store(nullptr, std::memory_order_seq_cst);
  shard.remove(frame);
  resident.fetch_sub(frame->memory_size(), std::memory_order_relaxed);
}

/// Unpublishes frames of one shard until the budget is kept; returns them linked through `next_victim`. Two
/// turns of the hand at most: after the first every touched flag is clear, so what is left then is pinned.
Frame* FrameCache::State::take_victims(Shard& shard) {
  Frame* victims = nullptr;
  std::lock_guard lock(shard.mutex);
  for (size_t steps = 2 * shard.clock.size() + 1; steps > 0 && !shard.clock.empty() && over_budget();
       --steps) {
    if (shard.hand >= shard.clock.size()) shard.hand = 0;
    shard.prefetch(shard.hand + kPrefetchedCount);
    const auto [slot, frame] = shard.clock[shard.hand];
    if (slot->touched.load(std::memory_order_relaxed) != 0) {
      slot->touched.store(0, std::memory_order_relaxed);
      ++shard.hand;
    } else if (frame->pins.load(std::memory_order_relaxed) != 0) {
      ++shard.hand;
    } else {
      empty_slot(shard, frame);
      frame->next_victim = victims;
      victims = frame;
    }
  }
  for (size_t i = 0; i < kPrefetchedCount; ++i) shard.prefetch(shard.hand + i);  // for the next time
  return victims;
}

void FrameCache::State::evict(size_t first_shard) noexcept {
  for (size_t i = 0; i < kShardCount && over_budget(); ++i) {
    Frame* victim = take_victims(shards[(first_shard + i) % kShardCount]);
    while (victim != nullptr) {
      Frame* const next = victim->next_victim;
      if (statistics != nullptr) statistics->add(Counter::kCacheEvictions);
      epochs.retire_later(victim, victim->memory_size());
      victim = next;
    }
  }
}

/// Evicts all frames of some chunks, used ones too: a chunk goes back to the system only as a whole.
void FrameCache::State::give_up_chunks(size_t count) noexcept {
  std::vector<bool> chosen;
  try {
    chosen = arena.give_up(count);
  } catch (const std::bad_alloc&) {
    return;
  }
  for (Shard& shard : shards) {
    Frame* victims = nullptr;
    {
      std::lock_guard lock(shard.mutex);
      for (size_t i = 0; i < shard.clock.size();) {
        Frame* const frame = shard.clock[i].frame;
        const bool goes = frame->chunk < chosen.size() && chosen[frame->chunk] &&
                          frame->pins.load(std::memory_order_relaxed) == 0;
        if (!goes) {
          ++i;
          continue;
        }
        empty_slot(shard, frame);  // another one comes to its place
        frame->next_victim = victims;
        victims = frame;
      }
    }
    while (victims != nullptr) {
      Frame* const victim = std::exchange(victims, victims->next_victim);
      if (statistics != nullptr) statistics->add(Counter::kCacheEvictions);
      epochs.retire_later(victim, victim->memory_size());
    }
  }
}

/// Readers who were stopped by the system keep what has been evicted from the system, for much longer than others need to
/// fill their part again. Who takes memory waits for them: not for long, unless even what is set aside would be used up.
/// A reader itself never waits long: it may be the one.
void FrameCache::State::let_readers_leave() noexcept {
  constexpr std::chrono::microseconds kMoment{250};
  constexpr int kMomentsMax = 8;
  constexpr int kLastMomentsMax = 800;
  const bool is_reader = epochs.may_be_inside();
  for (int i = 0;; ++i) {
    const bool is_last_resort = !is_reader && memory()->is_past_limit() && arena.given_up_bytes() != 0;
    if (leaving() <= (is_last_resort ? 0 : kLeavingMax)) return;
    if (i >= (is_last_resort ? kLastMomentsMax : kMomentsMax)) return;
    if (i > 0) std::this_thread::sleep_for(kMoment);
    epochs.reclaim();
  }
}

void FrameCache::keep_within_memory() noexcept {
  if (state_->memory() == nullptr) return;
  const size_t room = state_->room();
  const size_t footprint = state_->footprint();
  if (footprint > room) {
    state_->give_up_chunks((footprint - room + BlockPool::kBlockSize - 1) / BlockPool::kBlockSize);
    state_->evict(0);
  }
  state_->let_readers_leave();
  state_->arena.release_unused();
}

FrameCache::FrameCache(size_t budget_bytes, EpochDomain& epochs, Statistics* statistics,
                       std::shared_ptr<MemoryBudget> memory)
    : state_(new State(budget_bytes, epochs, statistics, std::move(memory))) {}

FrameCache::~FrameCache() {
  state_->epochs.reclaim();
  state_->release();
}

size_t FrameCache::budget() const { return state_->budget.load(std::memory_order_relaxed); }

void FrameCache::set_budget(size_t budget_bytes) {
  state_->budget.store(budget_bytes, std::memory_order_relaxed);
  state_->evict(0);
}

size_t FrameCache::usage() const { return state_->usage.load(std::memory_order_relaxed); }

size_t FrameCache::pinned_usage() const {
  size_t pinned = state_->orphaned.load(std::memory_order_relaxed);
  for (State::Shard& shard : state_->shards) {
    std::lock_guard lock(shard.mutex);
    for (const State::Shard::Entry& entry : shard.clock) {
      if (entry.frame->pins.load(std::memory_order_relaxed) != 0) pinned += entry.frame->memory_size();
    }
  }
  return pinned;
}

EpochDomain& FrameCache::epochs() const { return state_->epochs; }

Frame* FrameCache::allocate(size_t data_size) {
  const size_t size = sizeof(Frame) + data_size + kFrameSlack;
  const FrameArena::Piece piece = state_->take_memory(size);
  auto* const frame = new (piece.memory) Frame;
  frame->chunk = piece.chunk;
  frame->data_size = static_cast<uint32_t>(data_size);
  frame->cache = state_;
  frame->reclaim = [](Retirable* self) {
    auto* const retired = static_cast<Frame*>(self);
    State* const cache = retired->cache;
    const size_t memory_size = retired->memory_size();
    // Counted before the flag is visible: the last pin subtracts it again.
    cache->orphaned.fetch_add(memory_size, std::memory_order_relaxed);
    if ((retired->pins.fetch_or(Frame::kOrphan, std::memory_order_acq_rel)) != 0) return;
    cache->orphaned.fetch_sub(memory_size, std::memory_order_relaxed);
    discard(retired);
  };
  std::memset(frame->data() + data_size, 0, kFrameSlack);
  state_->usage.fetch_add(size, std::memory_order_relaxed);
  state_->references.fetch_add(1, std::memory_order_relaxed);
  return frame;
}

void FrameCache::discard(Frame* frame) noexcept {
  State* const cache = frame->cache;
  cache->usage.fetch_sub(frame->memory_size(), std::memory_order_relaxed);
  cache->free(frame);
  cache->release();
}

/// The frame in `slot` afterwards; null: there is no memory to count one more.
Frame* FrameCache::put(FrameSlot& slot, Frame* frame) noexcept {
  State::Shard& shard = state_->shard_of(frame);
  try {
    std::lock_guard lock(shard.mutex);
    shard.make_room();
    frame->slot = &slot;
    Frame* present = nullptr;
    if (!slot.frame.compare_exchange_strong(present, frame, std::memory_order_seq_cst)) return present;
    slot.touched.store(0, std::memory_order_relaxed);
    shard.insert(frame);
    state_->resident.fetch_add(frame->memory_size(), std::memory_order_relaxed);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  state_->evict(static_cast<size_t>(&shard - state_->shards.data()));
  return frame;
}

Frame* FrameCache::publish(FrameSlot& slot, Frame* frame) noexcept {
  Frame* const present = put(slot, frame);
  if (present == nullptr) {
    retire_unpublished(frame);  // not kept, but good for its reader
    return frame;
  }
  if (present != frame) discard(frame);
  return present;
}

void FrameCache::publish_or_retire(FrameSlot& slot, Frame* frame) noexcept {
  if (put(slot, frame) != frame) retire_unpublished(frame);
}

void FrameCache::retire_unpublished(Frame* frame) noexcept {
  state_->epochs.retire_later(frame, frame->memory_size());
}

void FrameCache::drop(FrameSlot* slots, size_t count) noexcept {
  for (size_t i = 0; i < count; ++i) {
    // Acquires what an eviction by another thread did: the slots are freed behind this.
    if (slots[i].frame.load(std::memory_order_acquire) == nullptr) continue;
    Frame* dropped = nullptr;
    {
      EpochGuard guard(state_->epochs);  // an eviction elsewhere must not free it under our eyes
      Frame* const frame = slots[i].frame.load(std::memory_order_seq_cst);
      if (frame == nullptr) continue;
      State::Shard& shard = state_->shard_of(frame);
      std::lock_guard lock(shard.mutex);
      if (slots[i].frame.load(std::memory_order_seq_cst) != frame) continue;
      state_->empty_slot(shard, frame);
      dropped = frame;
    }
    state_->epochs.retire_later(dropped, dropped->memory_size());
  }
}

FramePin::FramePin(Frame* frame) noexcept : frame_(frame) {
  if (frame_ != nullptr) frame_->pins.fetch_add(1, std::memory_order_relaxed);
}

FramePin& FramePin::operator=(FramePin&& other) noexcept {
  if (this != &other) {
    reset();
    frame_ = other.frame_;
    other.frame_ = nullptr;
  }
  return *this;
}

void FramePin::reset() noexcept {
  if (frame_ == nullptr) return;
  Frame* const frame = frame_;
  frame_ = nullptr;
  FrameCache::State* const cache = frame->cache;
  const size_t memory_size = frame->memory_size();
  if (frame->pins.fetch_sub(1, std::memory_order_acq_rel) != (Frame::kOrphan | 1)) return;
  cache->orphaned.fetch_sub(memory_size, std::memory_order_relaxed);
  FrameCache::discard(frame);
}

}  // namespace wombat
