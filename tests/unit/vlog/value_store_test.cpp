/// The store of value files: who finds which file, what is refused, and when files go.
#include "vlog/value_store.h"

#include <thread>

#include "value_world.h"

namespace wombat {
namespace {

constexpr uint64_t kNoLimit = UINT64_MAX;

/// A closed file with these values, held by nobody; its bytes.
std::string make_file(ValueWorld& world, const std::vector<TestValue>& values,
                      std::vector<ValuePointer>* pointers) {
  const uint64_t number = world.next_number;
  ValueFilePtr file;
  const auto appender = world.new_appender();
  EXPECT_TRUE(append_all(*appender, values, kNoLimit, pointers, &file));
  EXPECT_TRUE(appender->close());
  file = nullptr;
  return world.content(number);
}

TEST(ValueStore, ReadsOnlyWhatSomebodyHolds) {
  ValueWorld world;
  std::vector<ValuePointer> pointers;
  make_file(world, {{"key", "value"}, {"long", value_of(1, 200'000)}}, &pointers);
  std::string memory;
  Bytes value;
  EXPECT_TRUE(world.store.empty());
  Status read = world.store.read("key", pointers[0], &memory, &value);
  EXPECT_EQ(read.code(), Code::kMissingFile);
  EXPECT_NE(std::string(read.message()).find("000010.values"), std::string::npos) << read.to_string();
  EXPECT_NE(std::string(read.message()).find("key"), std::string::npos);
  EXPECT_EQ(world.store.read_part("key", pointers[0], 0, 1, &memory, &value).code(), Code::kMissingFile);

  auto opened = world.store.open(10);
  ASSERT_TRUE(opened) << opened.status().to_string();
  ValueFilePtr file = opened.value();
  EXPECT_EQ(file->number(), 10u);
  EXPECT_EQ(file->name(), "000010.values");
  EXPECT_TRUE(file->is_full());
  EXPECT_FALSE(file->is_lost());
  EXPECT_EQ(file->size(), world.content(10).size());
  EXPECT_EQ(world.store.open(10).value(), file) << "one object for each file";
  EXPECT_EQ(world.store.find(10), file);
  EXPECT_EQ(world.store.files().size(), 1u);
  ASSERT_TRUE(world.store.read("key", pointers[0], &memory, &value));
  EXPECT_EQ(value, "value");
  const uint64_t before = world.statistics.total(Counter::kValueReadBytes);
  ASSERT_TRUE(world.store.read_part("long", pointers[1], 70'000, 10, &memory, &value));
  EXPECT_EQ(value, value_of(1, 200'000).substr(70'000, 10));
  EXPECT_EQ(world.statistics.total(Counter::kValueReadBytes) - before, kValueChunkSize);

  opened = Status::internal("let go");
  file = nullptr;
  EXPECT_TRUE(world.store.empty());
  EXPECT_EQ(world.store.find(10), nullptr);
  EXPECT_EQ(world.store.read("key", pointers[0], &memory, &value).code(), Code::kMissingFile);
  EXPECT_TRUE(world.exists(10)) << "nothing is removed before begin_removing()";
}

TEST(ValueStore, AFrameHasTheSameValueAndServesTheNextReadWithoutTheFile) {
  ValueWorld world;
  const Codec* const codec = codec_if_built(CodecId::kZlib);  // may be null
  std::vector<ValuePointer> pointers;
  const std::vector<TestValue> values = {{"plain", value_of(1, 5'000)},
                                         {"packed", value_of(2, 5'000), codec},
                                         {"chunks", value_of(3, 200'000)},
                                         {"packed chunks", value_of(4, 200'000), codec},
                                         {"empty", ""},
                                         {"large", value_of(5, 300'000)}};
  const std::string bytes = make_file(world, values, &pointers);
  const Result<ValueFilePtr> file = world.store.open(10);
  ASSERT_TRUE(file);
  for (const bool is_again : {false, true}) {
    const EpochGuard guard(process_epochs());
    for (size_t i = 0; i < values.size(); ++i) {
      SCOPED_TRACE(values[i].key);
      const uint64_t before = world.statistics.total(Counter::kValueReadBytes);
      Frame* frame = nullptr;
      Bytes value;
      const Status read = world.store.read_frame(values[i].key, pointers[i], true, &frame, &value);
      ASSERT_TRUE(read) << read.to_string();
      if (values[i].value.size() > world.cache.budget() / 16) {
        EXPECT_EQ(frame, nullptr);
        continue;
      }
      ASSERT_NE(frame, nullptr);
      EXPECT_EQ(value, values[i].value);
      const uint64_t bytes_read = world.statistics.total(Counter::kValueReadBytes) - before;
      EXPECT_EQ(bytes_read, is_again ? 0u : pointers[i].stored_size);
      EXPECT_EQ(world.store.read_frame("other", pointers[i], true, &frame, &value).code(), Code::kCorruption);
    }
  }
  // read() and read_part() look there as well; read_stored() does not.
  const uint64_t before = world.statistics.total(Counter::kValueReadBytes);
  std::string memory;
  Bytes value;
  ASSERT_TRUE(world.store.read("plain", pointers[0], &memory, &value));
  EXPECT_EQ(value, values[0].value);
  ASSERT_TRUE(world.store.read_part("chunks", pointers[2], 70'000, 10, &memory, &value));
  EXPECT_EQ(value, values[2].value.substr(70'000, 10));
  ASSERT_TRUE(world.store.read_part("chunks", pointers[2], 199'999, 10, &memory, &value));
  EXPECT_EQ(value, values[2].value.substr(199'999));
  ASSERT_TRUE(world.store.read_part("chunks", pointers[2], 300'000, 10, &memory, &value));
  EXPECT_EQ(value, "");
  EXPECT_EQ(world.statistics.total(Counter::kValueReadBytes), before);
  ASSERT_TRUE(world.store.read_stored("plain", pointers[0], &memory, &value));
  EXPECT_EQ(world.statistics.total(Counter::kValueReadBytes), before + pointers[0].stored_size);
}

TEST(ValueStore, TellsOfFilesWithoutHoldingThem) {
  ValueWorld world;
  std::vector<ValuePointer> pointers;
  const std::string bytes = make_file(world, {{"key", value_of(1, 3'000)}}, &pointers);
  EXPECT_TRUE(world.store.numbers().empty());
  EXPECT_FALSE(world.store.facts_of(10));
  Result<ValueFilePtr> file = world.store.open(10);
  ASSERT_TRUE(file);
  EXPECT_EQ(world.store.numbers(), std::vector<uint64_t>{10});
  const std::optional<ValueStore::Facts> facts = world.store.facts_of(10);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->size, bytes.size());
  EXPECT_TRUE(facts->is_full);
  EXPECT_EQ(file->use_count(), 1);
  file->reset();
  EXPECT_TRUE(world.store.numbers().empty());
  EXPECT_FALSE(world.store.facts_of(10));
}

TEST(ValueStore, ADamagedValueGetsNoFrame) {
  ValueWorld world;
  std::vector<ValuePointer> pointers;
  std::string bytes = make_file(world, {{"key", value_of(1, 3'000)}}, &pointers);
  for (size_t at = pointers[0].offset; at < bytes.size(); at += 97) {
    ValueWorld damaged;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    damaged.place(10, bytes);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    const Result<ValueFilePtr> file = damaged.store.open(10);
    ASSERT_TRUE(file);
    const EpochGuard guard(process_epochs());
    for (int i = 0; i < 2; ++i) {
      Frame* frame = nullptr;
      Bytes value;
      EXPECT_EQ(damaged.store.read_frame("key", pointers[0], true, &frame, &value).code(), Code::kCorruption)
          << at;
      EXPECT_EQ(frame, nullptr);
    }
  }
}

TEST(ValueStore, RefusesFilesThatAreNotTheOne) {
  ValueWorld world;
  std::vector<ValuePointer> pointers;
  const std::string bytes = make_file(world, {{"key", "value"}}, &pointers);
  Result<ValueFilePtr> opened = world.store.open(99);
  EXPECT_EQ(opened.status().code(), Code::kMissingFile);
  EXPECT_NE(std::string(opened.status().message()).find("000099.values"), std::string::npos);
  world.place(11, bytes);  // under another number
  opened = world.store.open(11);
  EXPECT_EQ(opened.status().code(), Code::kCorruption);
  EXPECT_NE(std::string(opened.status().message()).find("000011.values at 0"), std::string::npos)
      << opened.status().to_string();
  ValueWorld other(2);  // under its number, in another database
  other.place(10, bytes);
  EXPECT_EQ(other.store.open(10).status().code(), Code::kCorruption);
  EXPECT_TRUE(world.store.empty());
  EXPECT_TRUE(other.store.empty());
}

TEST(ValueStore, EveryByteOfTheHeaderCounts) {
  ValueWorld world;
  std::vector<ValuePointer> pointers;
  const std::string whole = make_file(world, {{"key", "value"}}, &pointers);
  for (size_t at = 0; at < kFileHeaderSize; ++at) {
    ValueWorld damaged;
    std::string bytes = whole;
    bytes[at] ^= 0x40;
    damaged.place(10, bytes);
    const Result<ValueFilePtr> opened = damaged.store.open(10);
    EXPECT_FALSE(opened) << "byte " << at;
    EXPECT_NE(std::string(opened.status().message()).find("000010.values"), std::string::npos)
        << opened.status().to_string();
  }
  for (size_t length = 0; length < kFileHeaderSize; ++length) {
    ValueWorld cut;
    cut.place(10, whole.substr(0, length));
    EXPECT_FALSE(cut.store.open(10)) << "length " << length;
  }
}

TEST(ValueStore, FailingReadsAreTold) {
  ValueWorld world;
  std::vector<ValuePointer> pointers;
  make_file(world, {{"key", value_of(1, 1000)}}, &pointers);
  FaultPlan plan;
  plan.only = CallKind::kRead;
  plan.sticky = true;
  world.faults.add_fault(plan);
  EXPECT_EQ(world.store.open(10).status().code(), Code::kIoError);
  world.faults.clear_faults();
  const ValueFilePtr file = world.store.open(10).value();
  for (const FaultKind kind : {FaultKind::kIoError, FaultKind::kShortRead}) {
    plan.fault = kind;
    world.faults.add_fault(plan);
    std::string memory;
    Bytes value;
    const Status read = world.store.read("key", pointers[0], &memory, &value);
    EXPECT_FALSE(read) << fault_kind_name(kind);
    world.faults.clear_faults();
    ASSERT_TRUE(world.store.read("key", pointers[0], &memory, &value));
    EXPECT_EQ(value, value_of(1, 1000));
  }
}

TEST(ValueStore, FilesGoWhenNobodyHoldsThem) {
  ValueWorld world;
  std::vector<ValuePointer> pointers;
  make_file(world, {{"a", "1"}}, &pointers);
  make_file(world, {{"b", "2"}}, &pointers);
  int told = 0;
  world.store.begin_removing([&] { ++told; });
  ValueFilePtr first = world.store.open(10).value();
  ValueFilePtr again = first;
  ValueFilePtr second = world.store.open(11).value();
  first = nullptr;
  EXPECT_EQ(told, 0);
  again = nullptr;
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(world.exists(10)) << "removed by who asks for it";
  world.store.remove_obsolete_files();
  EXPECT_FALSE(world.exists(10));
  EXPECT_TRUE(world.exists(11));
  EXPECT_EQ(world.statistics.total(Counter::kValueFilesDeleted), 1u);
  world.store.stop_removing();
  second = nullptr;
  world.store.remove_obsolete_files();
  EXPECT_TRUE(world.exists(11));
  EXPECT_EQ(told, 1);
}

TEST(ValueStore, ManyThreadsOpenReadAndLetGo) {
  ValueWorld world;
  std::vector<std::vector<ValuePointer>> pointers(8);
  for (size_t i = 0; i < pointers.size(); ++i)
    make_file(world, {{"key", value_of(i, 3000 + 20'000 * i)}}, &pointers[i]);
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      Random random(thread);
      for (int i = 0; i < 2000; ++i) {
        const size_t which = static_cast<size_t>(random.below(pointers.size()));
        const Result<ValueFilePtr> file = world.store.open(10 + which);
        std::string memory;
        Bytes value;
        if (!file || !world.store.read("key", pointers[which][0], &memory, &value) ||
            value != value_of(which, 3000 + 20'000 * which))
          failures.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures.load(), 0);
  EXPECT_TRUE(world.store.empty());
}

}  // namespace
}  // namespace wombat
