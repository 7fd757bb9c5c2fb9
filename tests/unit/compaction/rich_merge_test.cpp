/// Jobs over expiring puts, merges and range deletes: whatever a job drops, folds or joins, every reader sees afterwards
/// what it saw before.
#include <gtest/gtest.h>

#include "compaction/merge_job.h"
#include "kv/covered_iterator.h"
#include "kv/expiry.h"
#include "kv/visible_iterator.h"
#include "support/seed.h"
#include "support/sim_file_system.h"
#include "table/table_reader.h"
#include "unit/kv/entry_list.h"

namespace wombat {
namespace {

using test::EntryList;
using test::EntryListIterator;
using test::TestEntry;

constexpr uint64_t kNow = 1000;
constexpr Timestamp kNewest = 40;

/// Entries in the order of a memtable: of one commit the later operation comes first.
class FixedIterator final : public Iterator {
 public:
  explicit FixedIterator(EntryList entries) : entries_(std::move(entries)) {}
  void seek_first() override { show(0); }
  void seek_last() override { show(entries_.size() - 1); }
  void seek(Bytes key, Tag tag) override {
    size_t i = 0;
    while (i < entries_.size() &&
           (Bytes(entries_[i].key) < key ||
            (Bytes(entries_[i].key) == key && tag_timestamp(entries_[i].tag) > tag_timestamp(tag)))) {
      ++i;
    }
    show(i);
  }
  void next() override { show(at_ + 1); }
  void prev() override { show(at_ - 1); }

 private:
  void show(size_t at) {
    at_ = at;
    valid_ = at < entries_.size();
    if (!valid_) return;
    key_ = entries_[at].key;
    value_ = entries_[at].value;
    tag_ = entries_[at].tag;
  }
  EntryList entries_;
  size_t at_ = 0;
};

struct World {
  EntryList entries;
  RangeSet ranges;
};

/// What a reader at `at` sees.
std::string seen(const World& world, Timestamp at, bool forward) {
  CoverSets sets;
  sets.own.push_back(std::make_shared<const RangeSet>(world.ranges));
  ReadRules rules;
  rules.wall_us = [](void*) { return kNow; };
  VisibleIterator rows(
      make_covered_iterator([&] { return std::make_unique<FixedIterator>(world.entries); }, sets, at), at, {},
      rules);
  std::string text;
  for (forward ? rows.seek_first() : rows.seek_last(); rows.valid(); forward ? rows.next() : rows.prev()) {
    const std::string row = escape_bytes(rows.key()) + "=" + escape_bytes(rows.value()) + " ";
    text = forward ? text + row : row + text;
  }
  EXPECT_TRUE(rows.status()) << rows.status().to_string();
  return text;
}

World random_world(Random& random) {
  World world;
  struct Versions {
    std::vector<TestEntry> newest_first;
  };
  std::map<std::string, Versions> keys;
  for (Timestamp at = 1; at <= kNewest; ++at) {
    const std::string lower(1, static_cast<char>('a' + random.below(6)));
    if (random.one_in(6)) {
      const std::string upper(1, static_cast<char>(lower[0] + 1 + random.below(3)));
      const Bytes bound(upper);
      world.ranges = RangeSet::join(world.ranges, RangeSet(lower, &bound, at));
    }
    // Up to three operations of one commit on a key; what a put or delete follows of the same commit is superseded.
    for (size_t count = random.below(4); count > 0; --count) {
      TestEntry entry{lower, 0, ""};
      switch (random.below(6)) {
        case 0:
          entry.tag = make_tag(at, Kind::kDelete);
          break;
        case 1:
          entry.tag = make_tag(at, Kind::kExpiringPut);
          entry.value = with_expiry(random.one_in(3) ? kNeverExpires : random.below(2 * kNow),
                                    "e" + std::to_string(at));
          break;
        case 2:
          entry.tag = make_tag(at, Kind::kPut);
          entry.value = "p" + std::to_string(at);
          break;
        default:
          entry.tag = make_tag(at, Kind::kMerge);
          entry.value = encode_merge(random.one_in(4)   ? "append:+"
                                     : random.one_in(4) ? "bytes_max"
                                                        : "append",
                                     std::string(1, static_cast<char>('A' + random.below(20))));
      }
      std::vector<TestEntry>& versions = keys[lower].newest_first;
      versions.insert(versions.begin(), entry);
    }
  }
  for (auto& [key, versions] : keys)
    for (TestEntry& entry : versions.newest_first) world.entries.push_back(std::move(entry));
  return world;
}

class RichMergeTest : public ::testing::Test {
 protected:
  RichMergeTest() : cache_(size_t{1} << 20, epochs_, &statistics_) {
    directory_ = std::move(disk_.open_directory("db", DirectoryMode::kCreateIfMissing)).value();
  }

  FileHeader header_of(uint64_t number) const {
    FileHeader header;
    header.kind = FileKind::kTable;
    header.database_id = {1, 2, 3};
    header.file_number = number;
    return header;
  }

  MergeResult run(const World& world, std::vector<Timestamp> snapshots, bool nothing_below,
                  uint64_t size_max) {
    MergeJob job;
    job.source = std::make_unique<FixedIterator>(world.entries);
    job.ranges = world.ranges;
    job.snapshots = std::move(snapshots);
    job.now_us = kNow;
    if (nothing_below) {
      job.may_exist_below = [](Bytes) { return false; };
      job.range_may_exist_below = [](Bytes, const Bytes*) { return false; };
    }
    job.output_size_max = size_max;
    job.open_output = [this]() -> Result<MergeJob::Output> {
      const uint64_t number = next_number_++;
      const std::string name = file_name(FileKind::kTable, number);
      WOMBAT_ASSIGN(std::unique_ptr<WritableFile> file, directory_->create_file(name));
      TableOptions options;
      options.block_size_bytes = 256;
      return MergeJob::Output{
          number, std::make_unique<TableBuilder>(std::move(file), name, header_of(number), options)};
    };
    std::vector<uint64_t> opened;
    Result<MergeResult> result = run_merge(job, 1, &opened);
    EXPECT_TRUE(result) << result.status().to_string();
    return result ? std::move(result).value() : MergeResult();
  }

  /// The tables that a job made, put together; each is verified, and they share no key.
  World read(const MergeResult& result) {
    World world;
    std::string last;
    for (size_t i = 0; i < result.tables.size(); ++i) {
      const TableInfo& info = result.tables[i];
      EXPECT_TRUE(i == 0 || last < info.smallest_key) << last << " " << info.smallest_key;
      last = info.largest_key;
      const std::string name = file_name(FileKind::kTable, info.number);
      TableReaderOptions options;
      options.cache = &cache_;
      Result<std::unique_ptr<TableReader>> reader =
          TableReader::open(std::move(directory_->open_file(name)).value(), name, header_of(info.number),
                            info.file_size, info.digest, options);
      EXPECT_TRUE(reader) << reader.status().to_string();
      if (!reader) continue;
      const Status verified = reader.value()->verify([](uint64_t) { return Status::ok(); });
      EXPECT_TRUE(verified) << verified.to_string();
      EXPECT_EQ(reader.value()->properties().smallest_key, info.smallest_key);
      EXPECT_EQ(reader.value()->properties().largest_key, info.largest_key);
      const std::unique_ptr<Iterator> entries = reader.value()->new_iterator(false);
      for (entries->seek_first(); entries->valid(); entries->next())
        world.entries.push_back(test::entry_of(*entries));
      if (reader.value()->ranges() == nullptr) continue;
      for (const RangeSet::Fragment& fragment : reader.value()->ranges()->fragments()) {
        EXPECT_GE(fragment.lower, info.smallest_key);
        world.ranges.append(fragment);
      }
    }
    return world;
  }

  SimFileSystem disk_;
  std::unique_ptr<Directory> directory_;
  EpochDomain epochs_;
  Statistics statistics_;
  FrameCache cache_;
  uint64_t next_number_ = 10;
};

TEST_F(RichMergeTest, EveryReaderSeesWhatItSawBefore) {
  Random random(test_seed(24));
  for (int round = 0; round < 600; ++round) {
    const World before = random_world(random);
    std::vector<Timestamp> snapshots;
    for (Timestamp at = 1; at < kNewest; ++at)
      if (random.one_in(10)) snapshots.push_back(at);
    snapshots.push_back(kNewest);
    const bool nothing_below = random.one_in(2);
    const MergeResult result = run(before, snapshots, nothing_below, random.one_in(2) ? 1 : 1 << 20);
    World after = read(result);
    ASSERT_EQ(result.timestamp_max > 0, !before.entries.empty() || !before.ranges.empty());
    for (const Timestamp at : snapshots) {
      ASSERT_EQ(seen(after, at, true), seen(before, at, true)) << "round " << round << " at " << at;
      ASSERT_EQ(seen(after, at, false), seen(before, at, true)) << "round " << round << " backward at " << at;
    }
    // What lies below is still hidden, and what merges need of it is still there.
    if (nothing_below) continue;
    World old_below;
    for (char c = 'a'; c < 'k'; ++c)
      old_below.entries.push_back({std::string(1, c), make_tag(0, Kind::kPut), "old"});
    const auto on_top = [&](World world) {
      for (const TestEntry& entry : old_below.entries) world.entries.push_back(entry);
      std::stable_sort(world.entries.begin(), world.entries.end(),
                       [](const TestEntry& a, const TestEntry& b) { return a.key < b.key; });
      return world;
    };
    for (const Timestamp at : snapshots)
      ASSERT_EQ(seen(on_top(after), at, true), seen(on_top(before), at, true))
          << "round " << round << " at " << at;
  }
}

TEST_F(RichMergeTest, AtTheBottomNothingIsLeftOfWhatIsGone) {
  World world;
  world.entries = {{"a", make_tag(9, Kind::kExpiringPut), with_expiry(kNow, "gone")},
                   {"b", make_tag(8, Kind::kPut), "hidden"}};
  const Bytes c("c");
  world.ranges = RangeSet("b", &c, 12);
  const MergeResult result = run(world, {20}, true, 1 << 20);
  EXPECT_TRUE(result.tables.empty());
  EXPECT_EQ(result.entries_expired, 1u);
  EXPECT_EQ(result.timestamp_max, 12u);
}

TEST_F(RichMergeTest, MergesBecomeAPutAndARangeAloneATable) {
  World world;
  world.entries = {{"a", make_tag(9, Kind::kMerge), encode_merge("append", "y")},
                   {"a", make_tag(8, Kind::kMerge), encode_merge("append", "x")},
                   {"a", make_tag(7, Kind::kPut), "v"}};
  World after = read(run(world, {20}, false, 1 << 20));
  EXPECT_EQ(after.entries, (EntryList{{"a", make_tag(9, Kind::kPut), "vxy"}}));
  world.entries.pop_back();
  after = read(run(world, {20}, false, 1 << 20));
  EXPECT_EQ(after.entries, (EntryList{{"a", make_tag(9, Kind::kMerge), encode_merge("append", "xy")}}));
  world.entries.clear();
  const Bytes z("z");
  world.ranges = RangeSet("q", &z, 12);
  const MergeResult result = run(world, {20}, false, 1 << 20);
  ASSERT_EQ(result.tables.size(), 1u);
  EXPECT_EQ(result.tables[0].smallest_key, "q");
  EXPECT_EQ(result.tables[0].largest_key, "z");
  EXPECT_EQ(result.tables[0].range_count, 1u);
  EXPECT_EQ(result.tables[0].timestamp_min, 12u);
}

}  // namespace
}  // namespace wombat
