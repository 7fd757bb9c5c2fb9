#include "memtable/memtable.h"

#include <gtest/gtest.h>

#include <map>

#include "kv/visible_iterator.h"
#include "support/seed.h"
#include "unit/kv/entry_list.h"

namespace wombat {
namespace {

using test::entry_of;
using test::TestEntry;

/// Every kind that exists; the model tests run on each.
class MemtableOfKind : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Memtable> make() { return make_memtable(GetParam()).value(); }
};
INSTANTIATE_TEST_SUITE_P(Kinds, MemtableOfKind, testing::Values("blocked", "skiplist"));

TEST(Memtable, ReservedKindsAreUnsupportedAndUnknownOnesInvalid) {
  const Status reserved = make_memtable("hash").status();
  EXPECT_EQ(reserved.code(), Code::kUnsupported);
  EXPECT_NE(reserved.message().find("memtable.kind"), std::string_view::npos);
  for (const char* kind : {"", "Skiplist", "skiplist ", "Blocked"}) {
    const Status status = make_memtable(kind).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_NE(status.message().find("memtable.kind"), std::string_view::npos);
  }
}

TEST_P(MemtableOfKind, IsEmptyAtFirst) {
  const auto memtable = make();
  Memtable::Found found;
  EXPECT_FALSE(memtable->get("", kTimestampMax, &found));
  EXPECT_EQ(memtable->entry_count(), 0u);
  EXPECT_LT(memtable->memory_usage(), 64u << 10);
  const auto iterator = memtable->new_iterator();
  EXPECT_FALSE(iterator->valid());
  iterator->seek_first();
  EXPECT_FALSE(iterator->valid());
  iterator->seek_last();
  EXPECT_FALSE(iterator->valid());
  iterator->seek("", kTagMax);
  EXPECT_FALSE(iterator->valid());
}

TEST_P(MemtableOfKind, GetFindsTheNewestVersionAtOrBelowATimestamp) {
  const auto memtable = make();
  memtable->insert("key", make_tag(10, Kind::kPut), "ten");
  memtable->insert("key", make_tag(20, Kind::kDelete), "");
  memtable->insert("key", make_tag(30, Kind::kPut), "thirty");
  memtable->insert("kez", make_tag(5, Kind::kPut), "other");
  Memtable::Found found;
  EXPECT_FALSE(memtable->get("key", 9, &found));
  ASSERT_TRUE(memtable->get("key", 10, &found));
  EXPECT_EQ(found.value, "ten");
  ASSERT_TRUE(memtable->get("key", 29, &found));
  EXPECT_EQ(found.tag, make_tag(20, Kind::kDelete));
  ASSERT_TRUE(memtable->get("key", kTimestampMax, &found));
  EXPECT_EQ(found.value, "thirty");
  EXPECT_FALSE(memtable->get("ke", kTimestampMax, &found));
  EXPECT_FALSE(memtable->get("keyy", kTimestampMax, &found));
  EXPECT_EQ(memtable->entry_count(), 4u);
}

TEST_P(MemtableOfKind, GetGroupFindsWhatGetsFind) {
  const SeedScope seed(77);
  Random random(seed.seed());
  const auto memtable = make();
  const auto random_key = [&] {
    const std::string number = std::to_string(random.below(3000));
    return random.one_in(3) ? "some/longer/beginning/" + number : number.substr(0, random.below(6));
  };
  for (Timestamp at = 1; at < 6000; ++at) {
    const Kind kind = random.one_in(4) ? Kind::kDelete : Kind::kPut;
    memtable->insert(random_key(), make_tag(at, kind), std::to_string(at));
    if (!random.one_in(20)) continue;
    std::string keys[Memtable::kGroupSizeMax];
    Bytes views[Memtable::kGroupSizeMax];
    Memtable::Found found[Memtable::kGroupSizeMax];
    const size_t count = random.below(Memtable::kGroupSizeMax + 1);
    for (size_t i = 0; i < count; ++i) views[i] = keys[i] = random_key();
    const Timestamp seen = random.one_in(2) ? at : random.below(at);
    const uint32_t mask = memtable->get_group(views, count, seen, found);
    for (size_t i = 0; i < count; ++i) {
      Memtable::Found one;
      ASSERT_EQ(memtable->get(views[i], seen, &one), (mask >> i & 1) != 0) << views[i];
      if ((mask >> i & 1) == 0) continue;
      ASSERT_EQ(found[i].tag, one.tag);
      ASSERT_EQ(found[i].value, one.value);
    }
    ASSERT_EQ(uint64_t{mask} >> count, 0u);
  }
}

TEST_P(MemtableOfKind, OfEqualEntriesTheOneInsertedLaterIsMetFirst) {
  const auto memtable = make();
  const Tag tag = make_tag(7, Kind::kPut);
  memtable->insert("a", tag, "");
  for (const char* value : {"1", "2", "3", "4"}) memtable->insert("key", tag, value);
  memtable->insert("z", tag, "");
  Memtable::Found found;
  ASSERT_TRUE(memtable->get("key", 7, &found));
  EXPECT_EQ(found.value, "4");
  const auto iterator = memtable->new_iterator();
  std::string seen;
  for (iterator->seek("key", kTagMax); iterator->key() == "key"; iterator->next()) seen += iterator->value();
  EXPECT_EQ(seen, "4321");
  seen.clear();
  for (iterator->seek_last(); iterator->valid(); iterator->prev()) seen += iterator->value();
  EXPECT_EQ(seen, "1234");
}

TEST_P(MemtableOfKind, OfOneCommitTheLastOperationOnAKeyWins) {
  for (const Kind last : {Kind::kPut, Kind::kDelete}) {
    const auto memtable = make();
    const Kind first = last == Kind::kPut ? Kind::kDelete : Kind::kPut;
    memtable->insert("key", make_tag(6, Kind::kPut), "older");
    memtable->insert("key", make_tag(7, first), "");
    memtable->insert("key", make_tag(7, last), "");
    memtable->insert("key", make_tag(8, Kind::kPut), "newer");
    Memtable::Found found;
    ASSERT_TRUE(memtable->get("key", 7, &found));
    EXPECT_EQ(found.tag, make_tag(7, last));
    const auto iterator = memtable->new_iterator();
    iterator->seek("key", seek_tag(7));
    EXPECT_EQ(iterator->tag(), make_tag(7, last));
    iterator->next();
    EXPECT_EQ(iterator->tag(), make_tag(7, first));
    iterator->prev();
    EXPECT_EQ(iterator->tag(), make_tag(7, last));
    iterator->prev();
    EXPECT_EQ(iterator->value(), "newer");

    VisibleIterator rows(memtable->new_iterator(), 7, {});
    rows.seek_first();
    EXPECT_EQ(rows.valid(), last == Kind::kPut);
    rows.seek_last();
    EXPECT_EQ(rows.valid(), last == Kind::kPut);
  }
}

TEST_P(MemtableOfKind, ManyOperationsOfOneCommitOnAKeyAreOneRow) {
  for (const Timestamp timestamp : {Timestamp{0}, Timestamp{7}}) {
    const auto memtable = make();
    for (int i = 0; i < 40; ++i) memtable->insert("key", make_tag(timestamp, Kind::kPut), std::to_string(i));
    memtable->insert("next", make_tag(timestamp, Kind::kPut), "next");
    VisibleIterator rows(memtable->new_iterator(), 7, {});
    std::string seen;
    for (rows.seek_first(); rows.valid(); rows.next()) (seen += rows.value()) += ' ';
    for (rows.seek_last(); rows.valid(); rows.prev()) (seen += rows.value()) += ' ';
    EXPECT_EQ(seen, "39 next next 39 ");
  }
}

TEST_P(MemtableOfKind, HoldsExtremeKeysAndValues) {
  const auto memtable = make();
  const std::vector<std::string> keys = {"",
                                         std::string(1, '\0'),
                                         std::string(7, '\0'),
                                         std::string(8, '\0'),
                                         "a",
                                         std::string("a\0", 2),
                                         std::string(7, '\xFF'),
                                         std::string(8, '\xFF'),
                                         std::string(kKeySizeMax, '\xFF')};
  for (size_t i = keys.size(); i-- > 0;) {
    memtable->insert(keys[i], make_tag(i, Kind::kPut), std::string(i == 4 ? 3 << 20 : i, 'v'));
  }
  Memtable::Found found;
  const auto iterator = memtable->new_iterator();
  iterator->seek_first();
  for (size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(memtable->get(keys[i], kTimestampMax, &found)) << i;
    EXPECT_EQ(found.value.size(), i == 4 ? 3u << 20 : i);
    ASSERT_TRUE(iterator->valid());
    EXPECT_EQ(iterator->key(), keys[i]);
    iterator->next();
  }
  EXPECT_FALSE(iterator->valid());
  EXPECT_GT(memtable->memory_usage(), 3u << 20);
}

TEST_P(MemtableOfKind, CopiesWhatItIsGiven) {
  const auto memtable = make();
  {
    std::string key = "a key that is gone";
    std::string value = "a value that is gone";
    memtable->insert(key, make_tag(1, Kind::kPut), value);
    key.assign(key.size(), '#');
    value.assign(value.size(), '#');
  }
  Memtable::Found found;
  ASSERT_TRUE(memtable->get("a key that is gone", 1, &found));
  EXPECT_EQ(found.value, "a value that is gone");
}

/// Entry -> when it was inserted.
struct EntryOrder {
  bool operator()(const TestEntry& a, const TestEntry& b) const { return test::entry_less(a, b); }
};
using Model = std::multimap<TestEntry, uint64_t, EntryOrder>;

/// Walks while inserting goes on: must meet everything that was there at the last seek, and may meet what came
/// later.
class Walk {
 public:
  Walk(Random& random, Memtable& memtable, Model& model)
      : random_(random), memtable_(memtable), model_(model), iterator_(memtable.new_iterator()) {}

  void run(uint64_t step_count) {
    for (step_ = 1; step_ <= step_count && !testing::Test::HasFatalFailure(); ++step_) {
      SCOPED_TRACE("step " + std::to_string(step_));
      const uint64_t choice = random_.below(20);
      if (choice < 6) {
        insert();
      } else if (choice < 10 || !iterator_->valid()) {
        seek(choice);
      } else {
        move(choice < 15);
      }
    }
  }

 private:
  void insert() {
    // Timestamps never fall, and are often equal.
    const TestEntry entry = {test::random_key(random_), make_tag(step_ / 8, Kind::kPut),
                             std::to_string(step_)};
    memtable_.insert(entry.key, entry.tag, entry.value);
    model_.emplace_hint(model_.lower_bound(entry), entry, step_);
  }

  void seek(uint64_t choice) {
    auto at = model_.cbegin();
    if (choice == 6) {
      iterator_->seek_first();
    } else if (choice == 7) {
      iterator_->seek_last();
      at = model_.empty() ? model_.cend() : std::prev(model_.cend());
    } else {
      const std::string key = test::random_key(random_);
      const Tag tag = make_tag(random_.below(step_ / 8 + 1), Kind::kPut);
      iterator_->seek(key, tag);
      at = model_.lower_bound({key, tag, ""});
    }
    sought_at_ = step_;
    ASSERT_EQ(iterator_->valid(), at != model_.cend());
    if (at == model_.cend()) return;
    ASSERT_EQ(entry_of(*iterator_), at->first);
    at_ = at;
  }

  void move(bool forward) {
    forward ? iterator_->next() : iterator_->prev();
    for (;;) {
      const bool ends = forward ? std::next(at_) == model_.cend() : at_ == model_.cbegin();
      if (ends) {
        ASSERT_FALSE(iterator_->valid());
        return;
      }
      at_ = forward ? std::next(at_) : std::prev(at_);
      if (iterator_->valid() && entry_of(*iterator_) == at_->first) return;
      ASSERT_GT(at_->second, sought_at_) << at_->first << " was left out";
    }
  }

  Random& random_;
  Memtable& memtable_;
  Model& model_;
  std::unique_ptr<Iterator> iterator_;
  Model::const_iterator at_;
  uint64_t step_ = 0;
  uint64_t sought_at_ = 0;
};

void expect_same_gets(const Memtable& memtable, const Model& model, Random& random) {
  for (int i = 0; i < 200; ++i) {
    const std::string key = test::random_key(random);
    const Timestamp at = random.below(1500 / 8 + 2);
    const auto expected = model.lower_bound({key, seek_tag(at), ""});
    Memtable::Found found;
    const bool present = expected != model.end() && expected->first.key == key;
    ASSERT_EQ(memtable.get(key, at, &found), present);
    if (!present) continue;
    ASSERT_EQ(found.tag, expected->first.tag);
    ASSERT_EQ(found.value, expected->first.value);
  }
}

TEST_P(MemtableOfKind, RandomWalksMatchAMultimap) {
  const SeedScope scope(0x3E3B);
  Random random(scope.seed());
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const auto memtable = make();
    Model model;
    Walk(random, *memtable, model).run(1500);
    if (HasFatalFailure()) return;
    expect_same_gets(*memtable, model, random);
    EXPECT_EQ(memtable->entry_count(), model.size());
  }
}

// Ascending, descending, interleaved and overwriting orders all pass the shortcut for ascending inserts.
TEST_P(MemtableOfKind, OrdersOfInsertionDoNotMatter) {
  constexpr uint64_t kCount = 3000;
  for (int order = 0; order < 5; ++order) {
    SCOPED_TRACE("order " + std::to_string(order));
    const auto memtable = make();
    for (uint64_t i = 0; i < kCount; ++i) {
      const uint64_t n = order == 0   ? i
                         : order == 1 ? kCount - 1 - i
                         : order == 2 ? (i % 2 == 0 ? i : kCount - i)
                         : order == 3 ? i * 7919 % kCount
                                      : i / 10;
      char key[8];
      for (int byte = 0; byte < 8; ++byte) key[byte] = static_cast<char>(n >> (56 - 8 * byte));
      memtable->insert(Bytes(key, 8), make_tag(i, Kind::kPut), "value");
    }
    const auto iterator = memtable->new_iterator();
    uint64_t rows = 0;
    TestEntry last;
    for (iterator->seek_first(); iterator->valid(); iterator->next(), ++rows) {
      TestEntry entry = entry_of(*iterator);
      if (rows > 0) {
        ASSERT_TRUE(test::entry_less(last, entry));
      }
      last = std::move(entry);
    }
    EXPECT_EQ(rows, kCount);
    for (iterator->seek_last(); iterator->valid(); iterator->prev()) --rows;
    EXPECT_EQ(rows, 0u);
  }
}

TEST_P(MemtableOfKind, MemoryGrowsWithWhatIsPutIn) {
  const auto memtable = make();
  size_t last = memtable->memory_usage();
  uint64_t payload = 0;
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t word = random.next();
    memtable->insert(as_bytes(&word, sizeof word), make_tag(1, Kind::kPut), std::string(100, 'v'));
    payload += sizeof word + 100;
    ASSERT_GE(memtable->memory_usage(), last);
    ASSERT_LT(memtable->memory_usage() - last, (1u << 20) + 1);
    last = memtable->memory_usage();
    ASSERT_GT(last, payload);
  }
  EXPECT_LT(last, 2 * payload);
}

}  // namespace
}  // namespace wombat
