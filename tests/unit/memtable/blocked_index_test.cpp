/// Families of keys that strain the shared prefixes of the nodes, in sizes that split inner nodes on several levels.
#include "memtable/blocked_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/random.h"
#include "memtable/memtable.h"
#include "support/seed.h"

namespace wombat {
namespace {

std::string decimal(uint64_t number, int width = 16) {
  std::string text = std::to_string(number);
  return std::string(static_cast<size_t>(std::max(0, width - static_cast<int>(text.size()))), '0') + text;
}

std::string binary(uint64_t number) {
  std::string text(8, '\0');
  for (size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(number >> (56 - 8 * i));
  return text;
}

/// Key number i of n, drawn with `random` where the family is a random one.
struct Family {
  const char* name;
  std::function<std::string(uint64_t i, uint64_t n, Random& random)> key;
};

const Family kFamilies[] = {
    {"ascending decimals", [](uint64_t i, uint64_t, Random&) { return decimal(i); }},
    {"descending decimals", [](uint64_t i, uint64_t n, Random&) { return decimal(n - i); }},
    {"shuffled decimals", [](uint64_t i, uint64_t n, Random&) { return decimal(i * 7919 % n); }},
    {"random bytes",
     [](uint64_t, uint64_t, Random& random) { return binary(random.next()) + binary(random.next()); }},
    {"few random keys", [](uint64_t, uint64_t, Random& random) { return binary(random.below(900)); }},
    {"ascending in two families",
     [](uint64_t i, uint64_t, Random&) {
       return (i % 2 == 0 ? "accounts/by-name/" : "orders/") + decimal(i);
     }},
    {"paths",
     [](uint64_t, uint64_t, Random& random) {
       static constexpr const char* kRoots[] = {"/usr/share/doc/", "/usr/share/docs/", "/usr/share/d",
                                                "/var/"};
       return kRoots[random.below(4)] + decimal(random.below(100'000), 6) + "/x";
     }},
    {"long shared prefix, then an outlier on each side",
     [](uint64_t i, uint64_t n, Random& random) {
       if (i > n / 2 && random.one_in(500))
         return std::string(random.one_in(2) ? "A" : "z") + decimal(random.below(50));
       return std::string(300, 'm') + decimal(random.below(n));
     }},
    {"shared prefix that shortens",
     [](uint64_t i, uint64_t n, Random& random) {
       const size_t shared = 40 - std::min<size_t>(40, 41 * i / n);
       return std::string(shared, 'p') + static_cast<char>('a' + random.below(26)) +
              decimal(random.below(n), 1);
     }},
    {"short keys of zeros and ones",
     [](uint64_t, uint64_t, Random& random) {
       std::string key(random.below(15), '\0');
       for (char& byte : key) byte = static_cast<char>(random.below(2) * 255);
       return key;
     }},
};

using Model = std::map<std::string, std::vector<std::pair<Timestamp, std::string>>>;  // versions oldest first

void fill(const Family& family, uint64_t count, Random& random, Memtable& memtable, Model& model) {
  uint64_t i = 0;
  while (i < count) {
    const uint64_t group = random.one_in(4) ? 1 + random.below(300) : 1;
    const Timestamp timestamp = i + 1;
    uint64_t staged = 0;
    for (; staged < group && i < count; ++staged, ++i) {
      const std::string key = family.key(i, count, random);
      const std::string value = std::to_string(i);
      memtable.stage(key, make_tag(timestamp, Kind::kPut), value);
      model[key].emplace_back(timestamp, value);
    }
    if (random.one_in(10)) {  // what is staged last may be forgotten
      memtable.stage("forgotten" + std::to_string(i), make_tag(timestamp, Kind::kPut), "");
    }
    memtable.link_staged(staged);
  }
}

void expect_all_rows(const Memtable& memtable, const Model& model) {
  const auto iterator = memtable.new_iterator();
  iterator->seek_first();
  for (const auto& [key, versions] : model) {
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      ASSERT_TRUE(iterator->valid());
      ASSERT_EQ(iterator->key(), key);
      ASSERT_EQ(iterator->value(), version->second);
      iterator->next();
    }
  }
  ASSERT_FALSE(iterator->valid());
  iterator->seek_last();
  for (auto row = model.rbegin(); row != model.rend(); ++row) {
    for (const auto& version : row->second) {
      ASSERT_TRUE(iterator->valid());
      ASSERT_EQ(iterator->key(), row->first);
      ASSERT_EQ(iterator->value(), version.second);
      iterator->prev();
    }
  }
  ASSERT_FALSE(iterator->valid());
}

void expect_lookups(const Family& family, uint64_t count, const Memtable& memtable, const Model& model,
                    Random& random) {
  const auto iterator = memtable.new_iterator();
  for (uint64_t i = 0; i < 20'000; ++i) {
    std::string key = family.key(random.below(count), count, random);
    if (random.one_in(3) && !key.empty()) key.back() = static_cast<char>(random.next());
    if (random.one_in(5)) key.resize(random.below(key.size() + 1));
    if (random.one_in(9)) key += '\0';
    const Timestamp at = random.below(count + 2);
    const auto row = model.find(key);
    const std::string* expected = nullptr;
    if (row != model.end()) {
      for (const auto& [timestamp, value] : row->second)
        if (timestamp <= at) expected = &value;
    }
    Memtable::Found found;
    ASSERT_EQ(memtable.get(key, at, &found), expected != nullptr) << key;
    if (expected != nullptr) {
      ASSERT_EQ(found.value, *expected);
    }
    iterator->seek(key, kTagMax);
    const auto next = model.lower_bound(key);
    ASSERT_EQ(iterator->valid(), next != model.end()) << key;
    if (next != model.end()) {
      ASSERT_EQ(iterator->key(), next->first);
    }
  }
}

class BlockedIndexFamily : public testing::TestWithParam<Family> {};
INSTANTIATE_TEST_SUITE_P(Keys, BlockedIndexFamily, testing::ValuesIn(kFamilies), [](const auto& family) {
  std::string name = family.param.name;
  std::erase_if(name, [](char c) { return c == ','; });
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

TEST_P(BlockedIndexFamily, AnswersAsAMapDoes) {
  const SeedScope seed(0xB10C);
  Random random(seed.seed());
  constexpr uint64_t kCount = 40'000;
  const auto memtable = make_memtable("blocked").value();
  Model model;
  fill(GetParam(), kCount, random, *memtable, model);
  EXPECT_EQ(memtable->entry_count(), kCount);
  expect_all_rows(*memtable, model);
  if (HasFatalFailure()) return;
  expect_lookups(GetParam(), kCount, *memtable, model, random);
}

TEST(BlockedIndex, AMillionVersionsOfOneKeyAreReachedInFewSteps) {
  const auto memtable = make_memtable("blocked").value();
  constexpr Timestamp kVersions = 1'000'000;
  for (Timestamp t = 1; t <= kVersions; ++t) memtable->insert("key", make_tag(t * 2, Kind::kPut), "");
  Memtable::Found found;
  for (Timestamp at = 1; at <= 2 * kVersions + 1; at += 997) {
    ASSERT_EQ(memtable->get("key", at, &found), at >= 2);
    if (at >= 2) {
      ASSERT_EQ(tag_timestamp(found.tag), at / 2 * 2);
    }
  }
  const auto iterator = memtable->new_iterator();
  iterator->seek_last();
  for (Timestamp t = 1; t <= 5000; ++t, iterator->prev()) ASSERT_EQ(tag_timestamp(iterator->tag()), 2 * t);
}

TEST(VersionChain, FindsEveryDepthAndTimestamp) {
  std::vector<MemRecord> records(700);
  std::vector<VersionLink> links(700);
  for (uint32_t i = 0; i < 700; ++i) {
    records[i] = {make_tag(10 * i, Kind::kPut), nullptr, 0, 0};
    if (i > 0) {
      links[i] = link_above(&records[i - 1]);
      records[i].versions = &links[i];
    }
    ASSERT_EQ(records[i].depth(), i);
    for (uint32_t depth = 0; depth <= i; ++depth)
      ASSERT_EQ(version_of_depth(&records[i], depth), &records[depth]);
    for (Timestamp at = 0; at < 10 * i + 10; at += 5)
      ASSERT_EQ(version_at(&records[i], at), &records[at / 10]);
  }
}

}  // namespace
}  // namespace wombat
