/// Tables of many shapes against a sorted list.
#include <functional>

#include "support/seed.h"
#include "table_maker.h"

namespace wombat {
namespace {

struct Shape {
  const char* name;
  std::function<std::vector<TestEntry>(Random&)> make;
};

std::string random_bytes(Random& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

std::string digits(uint64_t number, size_t size) {
  std::string text(size, '0');
  for (size_t i = size; i-- > 0; number /= 10) text[i] = static_cast<char>('0' + number % 10);
  return text;
}

const Tag kSettled = make_tag(0, Kind::kPut);

Tag random_tag(Random& random, Timestamp limit) {
  return make_tag(random.below(limit), random.one_in(4) ? Kind::kDelete : Kind::kPut);
}

std::vector<TestEntry> fixed_settled(Random& random) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 3000; ++i)
    entries.push_back({random_bytes(random, 16), kSettled, random_bytes(random, 100)});
  return entries;
}

std::vector<TestEntry> variable_both(Random& random) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 2000; ++i) {
    entries.push_back({random_bytes(random, random.below(41)), random_tag(random, 1000),
                       random_bytes(random, random.below(200))});
  }
  return entries;
}

std::vector<TestEntry> tenants(Random& random) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 4000; ++i) {
    entries.push_back(
        {"tenant-" + digits(i / 1500, 4) + "/" + digits(random.below(1000000), 12), kSettled, "v"});
  }
  return entries;
}

std::vector<TestEntry> tiny_alphabet(Random& random) {
  std::vector<TestEntry> entries;
  const char alphabet[] = {'\0', '\1', '\x7F', '\x80', '\xFE', '\xFF'};
  for (int i = 0; i < 3000; ++i) {
    std::string key(random.below(14), '\0');
    for (char& byte : key) byte = alphabet[random.below(random.one_in(2) ? 2 : 6)];
    entries.push_back({key, random_tag(random, 4), random_bytes(random, random.below(3))});
  }
  return entries;
}

std::vector<TestEntry> zero_tails(Random& random) {
  std::vector<TestEntry> entries;
  for (size_t i = 0; i < 300; ++i) {
    entries.push_back({std::string(i, '\0'), random_tag(random, 100), random_bytes(random, 20)});
    entries.push_back({std::string(i, '\xFF'), random_tag(random, 100), ""});
  }
  return entries;
}

std::vector<TestEntry> many_versions(Random& random) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 5000; ++i) entries.push_back({"hot", make_tag(i * 3, Kind::kPut), digits(i, 8)});
  for (int i = 0; i < 500; ++i) {
    entries.push_back({"a" + digits(random.below(900), 3), random_tag(random, 20000), "left"});
    entries.push_back({"z" + digits(random.below(900), 3), random_tag(random, 20000), "right"});
    entries.push_back({"hot" + random_bytes(random, 2), random_tag(random, 20000), "near"});
    entries.push_back({"ho", random_tag(random, 20000), "shorter"});
  }
  return entries;
}

std::vector<TestEntry> wide_timestamps(Random& random) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 1000; ++i) {
    entries.push_back(
        {digits(random.below(300), 10), random_tag(random, kTimestampMax), random_bytes(random, 30)});
  }
  entries.push_back({"newest", make_tag(kTimestampMax, Kind::kPut), "x"});
  return entries;
}

std::vector<TestEntry> longest_keys(Random& random) {
  std::vector<TestEntry> entries;
  const std::string base = random_bytes(random, kKeySizeMax);
  for (int i = 0; i < 12; ++i) {
    std::string key = base;
    key[kKeySizeMax - 1 - random.below(3)] = static_cast<char>(random.next());
    entries.push_back({key, kSettled, random_bytes(random, 10)});
    entries.push_back({random_bytes(random, kKeySizeMax), random_tag(random, 10), ""});
    entries.push_back({base.substr(0, 60000 + random.below(5000)), random_tag(random, 10), "cut"});
  }
  return entries;
}

std::vector<TestEntry> large_values(Random& random) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 30; ++i) {
    const size_t size = random.one_in(6) ? 3 << 20 : random.below(70000);
    entries.push_back(
        {digits(random.below(100000), 6), random_tag(random, 50), std::string(size, char('a' + i % 26))});
  }
  return entries;
}

std::vector<TestEntry> one_empty_entry(Random&) { return {{"", kSettled, ""}}; }

std::vector<TestEntry> empty_key_versions(Random&) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 300; ++i)
    entries.push_back({"", make_tag(i, i % 7 == 0 ? Kind::kDelete : Kind::kPut), "v"});
  return entries;
}

std::vector<TestEntry> keys_only(Random& random) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 5000; ++i) entries.push_back({digits(random.below(100000), 5), kSettled, ""});
  return entries;
}

std::vector<TestEntry> prefix_sizes(Random& random) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < 2000; ++i) {
    entries.push_back({std::string(random.below(40), 'p') + random_bytes(random, 1 + random.below(90)),
                       kSettled, random_bytes(random, random.below(5))});
  }
  return entries;
}

const std::vector<Shape> kShapes = {{"fixed_settled", fixed_settled},
                                    {"variable_both", variable_both},
                                    {"tenants", tenants},
                                    {"tiny_alphabet", tiny_alphabet},
                                    {"zero_tails", zero_tails},
                                    {"many_versions", many_versions},
                                    {"wide_timestamps", wide_timestamps},
                                    {"longest_keys", longest_keys},
                                    {"large_values", large_values},
                                    {"one_empty_entry", one_empty_entry},
                                    {"empty_key_versions", empty_key_versions},
                                    {"keys_only", keys_only},
                                    {"prefix_sizes", prefix_sizes}};

struct Mode {
  std::string name;
  TableOptions options;
  size_t budget_bytes;
  bool fill_cache;
  size_t readahead_size_bytes;
};

std::vector<Mode> modes() {
  std::vector<Mode> all;
  all.push_back({"plain", {}, size_t{64} << 20, true, 0});
  all.push_back({"small blocks without cache", {.block_size_bytes = 300}, 0, true, 0});
  all.push_back(
      {"private reads ahead", {.block_size_bytes = 1000, .filter_bits_per_key = 0}, 20000, false, 100000});
  all.push_back({"shared reads ahead", {.block_size_bytes = 1000}, 20000, true, 10000});
  for (const CodecId id : kAllCodecs) {
    if (codec_if_built(id) == nullptr) continue;
    all.push_back({codec_name(id), {.codec = id, .codec_level = 1}, 100000, true, 0});
    if (id == CodecId::kSnappy) continue;  // slow where a byte is repeated for long
    all.push_back(
        {codec_name(id) + std::string(" private"), {.block_size_bytes = 700, .codec = id}, 0, false, 5000});
  }
  all.push_back({"auto", {.picks_codec = true, .is_bottom = true}, 100000, true, 0});
  all.push_back(
      {"auto with dictionary",
       {.block_size_bytes = 700, .picks_codec = true, .is_bottom = true, .dictionary_size_max = 2000},
       0,
       false,
       5000});
  return all;
}

class TableModel : public ::testing::TestWithParam<std::tuple<size_t, size_t>> {
 protected:
  void SetUp() override {
    const Shape& shape = kShapes[std::get<0>(GetParam())];
    mode_ = modes()[std::get<1>(GetParam())];
    random_ = std::make_unique<Random>(seed_.seed());
    entries_ = shape.make(*random_);
    sort_entries(&entries_);
    image_ = make_table(entries_, mode_.options);
    world_ = std::make_unique<TableWorld>(mode_.budget_bytes);
    auto opened = world_->open(image_);
    ASSERT_TRUE(opened) << opened.status().to_string();
    table_ = std::move(*opened);
  }

  /// A key that is there, or nearly.
  std::string some_key() {
    std::string key = entries_[random_->below(entries_.size())].key;
    switch (random_->below(6)) {
      case 0:
        key.push_back(static_cast<char>(random_->next()));
        break;
      case 1:
        if (!key.empty()) key.pop_back();
        break;
      case 2:
        if (!key.empty()) ++key[random_->below(key.size())];
        break;
      case 3:
        if (!key.empty()) key.resize(random_->below(key.size()));
        break;
    }
    return key;
  }
  void expect_at(const Iterator& iterator, size_t i) {
    ASSERT_TRUE(iterator.status()) << iterator.status().to_string();
    ASSERT_EQ(iterator.valid(), i < entries_.size());
    if (!iterator.valid()) return;
    ASSERT_TRUE(iterator.key() == entries_[i].key) << escape_bytes(iterator.key()) << " at " << i;
    ASSERT_EQ(iterator.tag(), entries_[i].tag);
    ASSERT_TRUE(iterator.value() == entries_[i].value);
  }

  SeedScope seed_{20261121};
  Mode mode_;
  std::unique_ptr<Random> random_;
  std::vector<TestEntry> entries_;
  TableImage image_;
  std::unique_ptr<TableWorld> world_;
  std::unique_ptr<TableReader> table_;
};

TEST_P(TableModel, EveryEntryIsFoundAtItsTimestamp) {
  const size_t stride = 1 + entries_.size() / 4000;
  for (size_t i = 0; i < entries_.size(); i += stride) {
    const TestEntry& entry = entries_[i];
    const GetAnswer answer =
        get_from(*world_, *table_, entry.key, tag_timestamp(entry.tag), mode_.fill_cache);
    ASSERT_TRUE(answer.status) << answer.status.to_string();
    const size_t expected = model_get(entries_, entry.key, tag_timestamp(entry.tag));
    ASSERT_TRUE(answer.found) << escape_bytes(entry.key);
    ASSERT_EQ(answer.tag, entries_[expected].tag);
    ASSERT_TRUE(answer.value == entries_[expected].value);
  }
}

TEST_P(TableModel, GetAnswersAsTheModelForAnyKeyAndTimestamp) {
  for (int i = 0; i < 3000; ++i) {
    const std::string key = some_key();
    const Tag near = entries_[random_->below(entries_.size())].tag;
    const Timestamp at = random_->one_in(3) ? kTimestampMax : tag_timestamp(near) + random_->below(3);
    const GetAnswer answer = get_from(*world_, *table_, key, std::min(at, kTimestampMax), mode_.fill_cache);
    const size_t expected = model_get(entries_, key, std::min(at, kTimestampMax));
    ASSERT_TRUE(answer.status) << answer.status.to_string();
    ASSERT_EQ(answer.found, expected < entries_.size()) << escape_bytes(key) << " at " << at;
    if (!answer.found) continue;
    ASSERT_EQ(answer.tag, entries_[expected].tag);
    ASSERT_TRUE(answer.value == entries_[expected].value);
  }
}

TEST_P(TableModel, ScansForwardAndBackwardShowEveryEntry) {
  const auto iterator = table_->new_iterator(mode_.fill_cache, mode_.readahead_size_bytes);
  ASSERT_FALSE(iterator->valid());
  iterator->seek_first();
  for (size_t i = 0; i <= entries_.size(); ++i) {
    ASSERT_NO_FATAL_FAILURE(expect_at(*iterator, i));
    if (iterator->valid()) iterator->next();
  }
  iterator->seek_last();
  for (size_t i = entries_.size(); i-- > 0;) {
    ASSERT_NO_FATAL_FAILURE(expect_at(*iterator, i));
    iterator->prev();
  }
  ASSERT_FALSE(iterator->valid());
}

TEST_P(TableModel, RandomWalksFollowTheModel) {
  const auto iterator = table_->new_iterator(mode_.fill_cache, mode_.readahead_size_bytes);
  size_t at = entries_.size();
  for (int i = 0; i < 6000; ++i) {
    const uint64_t action = random_->below(10);
    if (at == entries_.size() || action == 0) {
      const std::string key = some_key();
      const Tag tag = random_->one_in(2) ? kTagMax : entries_[random_->below(entries_.size())].tag;
      at = model_seek(entries_, key, tag);
      iterator->seek(key, tag);
    } else if (action < 6) {
      ++at;
      iterator->next();
    } else {
      at = at == 0 ? entries_.size() : at - 1;
      iterator->prev();
    }
    ASSERT_NO_FATAL_FAILURE(expect_at(*iterator, at));
  }
}

TEST_P(TableModel, ViewsOfAnEntrySurviveOneStep) {
  world_->cache.set_budget(0);  // a block that nobody holds is freed at once
  const auto iterator = table_->new_iterator(mode_.fill_cache, mode_.readahead_size_bytes);
  for (int walk = 0; walk < 20; ++walk) {
    iterator->seek(entries_[random_->below(entries_.size())].key, kTagMax);
    for (int i = 0; i < 200 && iterator->valid(); ++i) {
      const Bytes key = iterator->key();
      const Bytes value = iterator->value();
      const std::string key_copy(key);
      const std::string value_copy(value);
      const bool forward = random_->one_in(4) ? random_->one_in(2) : walk % 2 == 0;
      forward ? iterator->next() : iterator->prev();
      ASSERT_TRUE(key == key_copy && value == value_copy) << "walk " << walk << " step " << i;
    }
  }
}

TEST_P(TableModel, VerifyIsSatisfiedAndPropertiesCountTheEntries) {
  uint64_t told = 0;
  const Status verified = table_->verify([&](uint64_t bytes) {
    told += bytes;
    return Status::ok();
  });
  EXPECT_TRUE(verified) << verified.to_string();
  EXPECT_EQ(told, image_.content.size());
  const TableProperties& properties = table_->properties();
  EXPECT_EQ(properties.file_size, image_.content.size());
  EXPECT_EQ(properties.digest, image_.properties.digest);
  EXPECT_EQ(properties.entry_count, entries_.size());
  EXPECT_EQ(properties.smallest_key, entries_.front().key);
  EXPECT_EQ(properties.largest_key, entries_.back().key);
  EXPECT_EQ(properties.smallest_key, image_.properties.smallest_key);
  EXPECT_EQ(properties.largest_key, image_.properties.largest_key);
  uint64_t deletes = 0, key_bytes = 0, value_bytes = 0;
  for (const TestEntry& entry : entries_) {
    deletes += tag_kind(entry.tag) == Kind::kDelete;
    key_bytes += entry.key.size();
    value_bytes += entry.value.size();
  }
  EXPECT_EQ(properties.delete_count, deletes);
  EXPECT_EQ(properties.key_bytes, key_bytes);
  EXPECT_EQ(properties.value_bytes, value_bytes);
}

TEST_P(TableModel, OffsetsAscendWithKeys) {
  uint64_t before = 0;
  for (size_t i = 0; i < entries_.size(); i += 1 + entries_.size() / 100) {
    const uint64_t offset = table_->approximate_offset(entries_[i].key);
    EXPECT_GE(offset, before);
    EXPECT_LE(offset, image_.content.size());
    before = offset;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, TableModel,
                         ::testing::Combine(::testing::Range(size_t{0}, kShapes.size()),
                                            ::testing::Range(size_t{0}, modes().size())),
                         [](const auto& parameter) {
                           std::string name = kShapes[std::get<0>(parameter.param)].name;
                           name += "_";
                           const Mode mode = modes()[std::get<1>(parameter.param)];
                           for (const char c : mode.name) name.push_back(c == ' ' ? '_' : c);
                           return name;
                         });

}  // namespace
}  // namespace wombat
