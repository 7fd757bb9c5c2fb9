#include "base/epoch.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "env/process_barrier.h"

namespace wombat {
namespace {

constexpr uint64_t kAlive = 0xA11E0A11E;

struct Object : Retirable {
  explicit Object(std::atomic<int>* reclaimed_count) : reclaimed(reclaimed_count) {
    reclaim = [](Retirable* self) {
      auto* const object = static_cast<Object*>(self);
      object->mark = 0;
      object->reclaimed->fetch_add(1);
      delete object;
    };
  }
  uint64_t mark = kAlive;
  std::atomic<int>* const reclaimed;
};

TEST(Epoch, WithoutReadersAnObjectIsFreedAtOnce) {
  EpochDomain domain;
  std::atomic<int> reclaimed{0};
  domain.retire(new Object(&reclaimed));
  EXPECT_EQ(reclaimed, 1);
}

TEST(Epoch, ReaderThatCameBeforeKeepsTheObject) {
  EpochDomain domain;
  std::atomic<int> reclaimed{0};
  {
    const EpochGuard reader(domain);
    domain.retire(new Object(&reclaimed));
    domain.reclaim();
    EXPECT_EQ(reclaimed, 0);
  }
  EXPECT_EQ(reclaimed, 0);
  domain.reclaim();
  EXPECT_EQ(reclaimed, 1);
}

TEST(Epoch, ReaderThatCameAfterwardsDoesNotKeepTheObject) {
  EpochDomain domain;
  std::atomic<int> reclaimed{0};
  EpochDomain::Slot* const early = domain.enter();
  domain.retire(new Object(&reclaimed));
  const EpochGuard late(domain);
  domain.retire(new Object(&reclaimed));
  EXPECT_EQ(reclaimed, 0);
  EpochDomain::leave(early);
  domain.reclaim();
  EXPECT_EQ(reclaimed, 1) << "the second was retired while the late reader was inside";
}

TEST(Epoch, DestructorFreesWhatIsLeft) {
  std::atomic<int> reclaimed{0};
  {
    EpochDomain domain;
    EpochDomain::Slot* const reader = domain.enter();
    for (int i = 0; i < 3; ++i) domain.retire(new Object(&reclaimed));
    EpochDomain::leave(reader);
    EXPECT_EQ(reclaimed, 0);
  }
  EXPECT_EQ(reclaimed, 3);
}

TEST(Epoch, ReclaimMayRetireFurtherObjects) {
  struct Chain : Retirable {
    EpochDomain* domain;
    Object* object;
  };
  EpochDomain domain;
  std::atomic<int> reclaimed{0};
  Chain chain;
  chain.domain = &domain;
  chain.object = new Object(&reclaimed);
  chain.reclaim = [](Retirable* self) {
    auto* const link = static_cast<Chain*>(self);
    link->domain->retire(link->object);
  };
  domain.retire(&chain);
  EXPECT_EQ(reclaimed, 1);
}

TEST(Epoch, EverySlotCanBeTakenAndNoneIsTakenTwice) {
  EpochDomain domain;
  std::set<EpochDomain::Slot*> slots;
  for (size_t i = 0; i < EpochDomain::kSharedSlotCount; ++i) slots.insert(domain.enter());
  EXPECT_EQ(slots.size(), EpochDomain::kSharedSlotCount);
  // One more reader waits until a slot is free.
  std::thread late([&domain] { EpochDomain::leave(domain.enter()); });
  EpochDomain::leave(*slots.begin());
  late.join();
  for (auto slot = std::next(slots.begin()); slot != slots.end(); ++slot) EpochDomain::leave(*slot);
}

TEST(Epoch, SlotsHaveIndexesOfTheirOwn) {
  EpochDomain domain;
  const EpochGuard first(domain), second(domain);
  EXPECT_LT(first.slot_index(), EpochDomain::kSlotCount);
  EXPECT_LT(second.slot_index(), EpochDomain::kSlotCount);
  EXPECT_NE(first.slot_index(), second.slot_index());
}

TEST(Epoch, SynchronizeWaitsForEarlierReadersAndFrees) {
  EpochDomain domain;
  std::atomic<int> reclaimed{0};
  std::atomic<bool> has_left{false};
  EpochDomain::Slot* const slot = domain.enter();
  domain.retire(new Object(&reclaimed));
  std::thread reader([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    has_left = true;
    EpochDomain::leave(slot);
  });
  domain.synchronize();
  EXPECT_TRUE(has_left);
  EXPECT_EQ(reclaimed, 1);
  reader.join();
}

TEST(Epoch, SynchronizeDoesNotWaitForLaterReaders) {
  EpochDomain domain;
  std::atomic<int> reclaimed{0};
  domain.synchronize();
  EpochDomain::Slot* const early = domain.enter();
  domain.retire(new Object(&reclaimed));
  const EpochGuard late(domain);
  EpochDomain::leave(early);
  domain.synchronize();
  EXPECT_EQ(reclaimed, 1);
}

TEST(Epoch, SynchronizeWaitsForThreadsThatAreFreeing) {
  struct Slow : Retirable {
    std::atomic<bool> has_begun{false}, is_freed{false};
  };
  EpochDomain domain;
  Slow slow;
  slow.reclaim = [](Retirable* self) {
    auto* const object = static_cast<Slow*>(self);
    object->has_begun = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    object->is_freed = true;
  };
  std::thread other([&] { domain.retire(&slow); });
  while (!slow.has_begun) std::this_thread::yield();
  domain.synchronize();
  EXPECT_TRUE(slow.is_freed);
  other.join();
}

TEST(Epoch, SynchronizeMayBeGivenUp) {
  EpochDomain domain;
  std::atomic<int> reclaimed{0};
  EpochDomain::Slot* const slot = domain.enter();
  domain.retire(new Object(&reclaimed));
  int asked = 0;
  EXPECT_FALSE(domain.synchronize([&] { return ++asked > 150; }));
  EXPECT_EQ(asked, 151);
  EXPECT_EQ(reclaimed, 0);
  EXPECT_THROW(domain.synchronize([]() -> bool { throw std::bad_alloc(); }), std::bad_alloc);
  asked = 0;
  EXPECT_TRUE(domain.synchronize([&] {
    if (++asked == 120) EpochDomain::leave(slot);
    return false;
  }));
  EXPECT_EQ(asked, 120);
  EXPECT_EQ(reclaimed, 1);
  EXPECT_TRUE(domain.synchronize([] { return true; })) << "there is nothing to wait for";
}

TEST(Epoch, ChildOfAForkForgetsReadersThatDidNotComeAlong) {
  EpochDomain domain;
  std::atomic<int> kept{0}, reclaimed{0};
  Object* const left_over = new Object(&kept);
  domain.enter();
  domain.retire(left_over);
  domain.abandon_after_fork();
  domain.retire(new Object(&reclaimed));
  EXPECT_EQ(reclaimed, 1);
  EXPECT_EQ(kept, 0) << "its owner did not come along either";
  delete left_over;
}

/// A system whose barrier and threads obey the test.
struct FakeSystem {
  FakeSystem() {
    barriers = 0;
    barrier_works = true;
    ended_thread = 0;
  }
  static inline std::atomic<int> barriers{0};
  static inline std::atomic<bool> barrier_works{true};
  static inline std::atomic<uint64_t> ended_thread{0};
  static inline std::atomic<uint64_t> last_thread{0};

  static uint64_t thread_id() noexcept {
    thread_local const uint64_t id = last_thread.fetch_add(1) + 1;
    return id;
  }
  static bool thread_has_ended(uint64_t id) noexcept { return id == ended_thread; }
  static bool barrier() noexcept {
    ++barriers;
    return barrier_works;
  }
  const ThreadSupport support = {thread_id, thread_has_ended, barrier};
};

bool is_owned(const EpochDomain& domain, const EpochDomain::Slot* slot) {
  return domain.index_of(slot) >= EpochDomain::kSharedSlotCount;
}

TEST(EpochOfThreads, AThreadKeepsItsSlotAndSharesWhenItIsInsideAlready) {
  const FakeSystem system;
  EpochDomain domain;
  EXPECT_FALSE(domain.threads_own_slots());
  domain.let_threads_own_slots(system.support);
  domain.let_threads_own_slots(system.support);
  EXPECT_TRUE(domain.threads_own_slots());
  EpochDomain::Slot* const own = domain.enter();
  EXPECT_TRUE(is_owned(domain, own));
  EpochDomain::Slot* const inner = domain.enter();
  EXPECT_FALSE(is_owned(domain, inner));
  std::thread([&] {
    const EpochGuard other(domain);
    EXPECT_TRUE(is_owned(domain, &other.slot()));
    EXPECT_NE(&other.slot(), own);
  }).join();
  EpochDomain::leave(inner);
  EpochDomain::leave(own);
  EXPECT_EQ(&EpochGuard(domain).slot(), own);
}

TEST(EpochOfThreads, AThreadKnowsWhetherItIsInside) {
  const FakeSystem system;
  EpochDomain domain;
  EXPECT_TRUE(domain.may_be_inside()) << "in doubt";
  domain.let_threads_own_slots(system.support);
  std::thread([&] {
    EXPECT_FALSE(domain.may_be_inside());
    {
      const EpochGuard guard(domain);
      EXPECT_TRUE(domain.may_be_inside());
    }
    EXPECT_FALSE(domain.may_be_inside());
    EpochDomain other;
    other.let_threads_own_slots(system.support);
    const EpochGuard guard(other);
    EXPECT_TRUE(domain.may_be_inside()) << "in doubt";
  }).join();
}

TEST(EpochOfThreads, OneThreadInTwoDomains) {
  const FakeSystem system;
  EpochDomain first, second;
  first.let_threads_own_slots(system.support);
  second.let_threads_own_slots(system.support);
  EpochDomain::Slot* const in_first = first.enter();
  EpochDomain::Slot* const in_second = second.enter();
  EpochDomain::Slot* const again = first.enter();  // its own is in use
  EXPECT_TRUE(is_owned(first, in_first));
  EXPECT_TRUE(is_owned(second, in_second));
  EXPECT_FALSE(is_owned(first, again));
  for (EpochDomain::Slot* const slot : {again, in_second, in_first}) EpochDomain::leave(slot);
  EXPECT_EQ(&EpochGuard(first).slot(), in_first);
  EXPECT_EQ(&EpochGuard(second).slot(), in_second);
}

TEST(EpochOfThreads, WhenAllSlotsAreOwnedThreadsShareUntilAnOwnerHasEnded) {
  const FakeSystem system;
  EpochDomain domain;
  domain.let_threads_own_slots(system.support);
  uint64_t second_thread = 0;
  EpochDomain::Slot* second_slot = nullptr;
  for (size_t i = 0; i < EpochDomain::kOwnedSlotCount; ++i) {
    std::thread([&] {
      const EpochGuard guard(domain);
      EXPECT_TRUE(is_owned(domain, &guard.slot()));
      if (i != 1) return;
      second_thread = FakeSystem::thread_id();
      second_slot = &guard.slot();
    }).join();
  }
  std::thread([&] { EXPECT_FALSE(is_owned(domain, &EpochGuard(domain).slot())); }).join();
  FakeSystem::ended_thread = second_thread;
  std::thread([&] { EXPECT_EQ(&EpochGuard(domain).slot(), second_slot); }).join();
}

TEST(EpochOfThreads, NothingIsFreedWithoutABarrier) {
  const FakeSystem system;
  EpochDomain domain;
  domain.let_threads_own_slots(system.support);
  std::atomic<int> reclaimed{0};
  FakeSystem::barrier_works = false;
  domain.retire(new Object(&reclaimed));
  EXPECT_EQ(reclaimed, 0);
  EXPECT_EQ(FakeSystem::barriers, 1);
  FakeSystem::barrier_works = true;
  {
    const EpochGuard reader(domain);
    domain.retire(new Object(&reclaimed));
    EXPECT_EQ(reclaimed, 1) << "the one from before the reader came";
  }
  domain.reclaim();
  EXPECT_EQ(reclaimed, 2);
}

TEST(EpochOfThreads, WhatHasNoHurryIsFreedInCompany) {
  const FakeSystem system;
  EpochDomain domain;
  std::atomic<int> reclaimed{0};
  domain.retire_later(new Object(&reclaimed), 1000);
  EXPECT_EQ(reclaimed, 1) << "a domain without barrier has nothing to gain";
  domain.let_threads_own_slots(system.support);
  for (int i = 0; i < 500; ++i) domain.retire_later(new Object(&reclaimed), 1000);
  EXPECT_EQ(reclaimed, 1);
  EXPECT_EQ(FakeSystem::barriers, 0);
  for (int i = 0; i < 100; ++i) domain.retire_later(new Object(&reclaimed), 1000);
  EXPECT_GT(reclaimed, 500);
  EXPECT_EQ(FakeSystem::barriers, 1);
  domain.retire(new Object(&reclaimed));
  EXPECT_EQ(reclaimed, 602);
}

TEST(EpochOfThreads, AfterAForkThreadsShareUntilTheyAreGivenSlotsAgain) {
  const FakeSystem system;
  EpochDomain domain;
  domain.let_threads_own_slots(system.support);
  EpochDomain::Slot* const own = domain.enter();
  domain.abandon_after_fork();
  EXPECT_FALSE(domain.threads_own_slots());
  EXPECT_FALSE(is_owned(domain, &EpochGuard(domain).slot()));
  domain.let_threads_own_slots(system.support);
  std::thread([&] { EXPECT_EQ(&EpochGuard(domain).slot(), own); }).join();
  EXPECT_NE(&EpochGuard(domain).slot(), own);
}

TEST(Epoch, ProcessHasOneDomain) { EXPECT_EQ(&process_epochs(), &process_epochs()); }

/// With shared slots, and with those of threads.
class EpochRace : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Slots, EpochRace, testing::Bool());

TEST_P(EpochRace, ReadersNeverSeeAFreedObject) {
  EpochDomain domain;
  if (GetParam()) {
    ThreadSupport support;
    if (!find_thread_support(&support)) GTEST_SKIP() << "this system has no barrier for all threads";
    domain.let_threads_own_slots(support);
  }
  std::atomic<int> reclaimed{0};
  std::atomic<Object*> published{new Object(&reclaimed)};
  std::atomic<bool> is_over{false};
  std::atomic<int> violations{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!is_over.load(std::memory_order_relaxed)) {
        const EpochGuard guard(domain);
        const Object* const object = published.load(std::memory_order_seq_cst);
        for (int j = 0; j < 3; ++j) violations += object->mark != kAlive;
      }
    });
  }
  constexpr int kRounds = 20000;
  std::vector<std::thread> writers;
  for (int i = 0; i < 2; ++i) {
    writers.emplace_back([&] {
      for (int j = 0; j < kRounds; ++j) {
        domain.retire(published.exchange(new Object(&reclaimed), std::memory_order_seq_cst));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  is_over = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(violations, 0);
  domain.reclaim();
  EXPECT_EQ(reclaimed, 2 * kRounds);
  delete published.load();
}

/// What a reader wrote before it entered keeps the processor busy, so that its slot is seen late; what it reads meanwhile
/// must live. Without the barrier it fails in most runs, not in all.
TEST(EpochOfThreads, AReaderThatIsSeenLateIsInside) {
  ThreadSupport support;
  if (!find_thread_support(&support)) GTEST_SKIP() << "this system has no barrier for all threads";
  EpochDomain domain;
  domain.let_threads_own_slots(support);
  struct Marked : Retirable {
    std::atomic<uint64_t> mark{kAlive};
  };
  std::array<Marked, 64> objects;  // used again and again, so that a look at a freed one is harmless
  for (Marked& object : objects) {
    object.reclaim = [](Retirable* self) { static_cast<Marked*>(self)->mark.store(0); };
  }
  std::atomic<Marked*> published{objects.data()};
  std::atomic<bool> is_over{false};
#ifdef __SANITIZE_THREAD__
  constexpr int kReads = 2000;
#else
  constexpr int kReads = 500000;
#endif
  std::atomic<int> violations{0}, reads{0};
  std::thread reader([&] {
    constexpr size_t kLine = 64, kLineCount = size_t{1} << 20;
    std::vector<char> cold(kLine * kLineCount);
    uint64_t place = 1;
    while (!is_over.load(std::memory_order_relaxed)) {
      for (int i = 0; i < 40; ++i) {
        place = place * 6364136223846793005u + 1442695040888963407u;
        *static_cast<volatile char*>(&cold[(place >> 44) * kLine]) = 1;
      }
      const EpochGuard guard(domain);
      const Marked* const object = published.load(std::memory_order_acquire);
      int seen = 0;  // an atomic addition here would be a barrier
      for (int i = 0; i < 3000; ++i) seen += object->mark.load(std::memory_order_relaxed) != kAlive;
      if (seen != 0) violations += seen;
      ++reads;
    }
  });
  for (size_t round = 1; reads < kReads; ++round) {
    Marked* const next = &objects[round % objects.size()];
    domain.synchronize();  // it was retired long ago
    next->mark.store(kAlive);
    domain.retire(published.exchange(next));
  }
  is_over = true;
  reader.join();
  EXPECT_EQ(violations, 0);
}

}  // namespace
}  // namespace wombat
