#include "base/epoch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

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
  for (size_t i = 0; i < EpochDomain::kSlotCount; ++i) slots.insert(domain.enter());
  EXPECT_EQ(slots.size(), EpochDomain::kSlotCount);
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

TEST(Epoch, ProcessHasOneDomain) { EXPECT_EQ(&process_epochs(), &process_epochs()); }

TEST(Epoch, ReadersNeverSeeAFreedObject) {
  EpochDomain domain;
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

}  // namespace
}  // namespace wombat
