#include "base/epoch.h"

#include <gtest/gtest.h>

#include <memory>
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

TEST(Epoch, CountersAreSummedOverSlots) {
  EpochDomain domain;
  {
    const EpochGuard first(domain), second(domain);
    first.slot().add(0, 2);
    second.slot().add(0, 3);
    second.slot().add(6, 10);
  }
  EXPECT_EQ(domain.counter_sum(0), 5u);
  EXPECT_EQ(domain.counter_sum(6), 10u);
  EXPECT_EQ(domain.counter_sum(1), 0u);
}

TEST(Epoch, CountersLoseNothingBetweenThreads) {
  EpochDomain domain;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&domain] {
      for (int j = 0; j < 20000; ++j) EpochGuard(domain).slot().add(1, 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(domain.counter_sum(1), 160000u);
}

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
