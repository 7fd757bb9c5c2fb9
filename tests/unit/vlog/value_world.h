/// Value files in memory, for the tests of core/vlog.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "codec/codec.h"
#include "env/descriptor_cache.h"
#include "env/memory_file_system.h"
#include "support/fault_file_system.h"
#include "sync_hook.h"
#include "vlog/value_appender.h"
#include "vlog/value_store.h"

namespace wombat {

constexpr uint32_t kTestIncarnation = 3;

inline DatabaseId test_database_id(uint8_t last) {
  DatabaseId id{};
  id[0] = 7;
  id[15] = last;
  return id;
}

/// A value whose bytes show where they belong, and that compresses by about half.
inline std::string value_of(uint64_t seed, size_t size) {
  Random random(seed + 1);
  std::string value;
  while (value.size() < size) {
    const auto word = static_cast<uint32_t>(random.next());
    append_le<uint32_t>(&value, word);
    append_le<uint32_t>(&value, 0);
  }
  value.resize(size);
  return value;
}

/// A file system that can fail, a directory in it, and the values of a database there.
class ValueWorld {
 public:
  explicit ValueWorld(uint8_t database = 1)
      : database_id(test_database_id(database)),
        directory(faults.open_directory("db", DirectoryMode::kCreateIfMissing).value()),
        descriptors(*directory, 100),
        store(*directory, descriptors, database_id, cache, &statistics) {}

  std::unique_ptr<ValueAppender> new_appender(SyncFailure failure = SyncFailure::kIsFinal) {
    return std::make_unique<ValueAppender>(
        store, [this] { return next_number++; }, kTestIncarnation, failure);
  }

  std::string content(uint64_t number) {
    const std::string name = file_name(FileKind::kValueLog, number);
    const auto file = directory->open_file(name).value();
    std::string bytes(static_cast<size_t>(file->size().value()), '\0');
    EXPECT_TRUE(read_exactly(*file, name, 0, bytes.size(), bytes.data()));
    return bytes;
  }

  /// Puts a file there, which nobody has open.
  void place(uint64_t number, Bytes bytes) {
    const auto file = directory->create_file(file_name(FileKind::kValueLog, number)).value();
    EXPECT_TRUE(file->append(bytes));
    EXPECT_TRUE(file->close());
  }

  bool exists(uint64_t number) {
    return directory->file_size(file_name(FileKind::kValueLog, number)).is_ok();
  }

  MemoryFileSystem memory;
  /// Called for each sync of a file with its name, on the thread of the sync, while that is under way.
  std::function<void(const std::string&)> on_sync;
  SyncHookFileSystem hooked{&memory, on_sync};
  FaultFileSystem faults{&hooked};
  const DatabaseId database_id;
  std::unique_ptr<Directory> directory;
  DescriptorCache descriptors;
  Statistics statistics;
  uint64_t next_number = 10;
  FrameCache cache{size_t{4} << 20, process_epochs(), nullptr};
  ValueStore store;
};

struct TestValue {
  std::string key;
  std::string value;
  const Codec* codec = nullptr;
  uint32_t keyspace = 0;
};

/// Appends values as one call.
inline Status append_all(ValueAppender& appender, const std::vector<TestValue>& values,
                         uint64_t file_size_max, std::vector<ValuePointer>* pointers, ValueFilePtr* file) {
  std::deque<EncodedValue> encoded;
  for (const TestValue& value : values)
    encoded.emplace_back(value.keyspace, value.key, value.value, value.codec);
  pointers->resize(values.size());
  return appender.append(encoded, file_size_max, pointers->data(), file);
}

inline void expect_value(ValueWorld& world, const std::string& key, const ValuePointer& pointer,
                         const std::string& expected) {
  std::string memory;
  Bytes value;
  const Status read = world.store.read(key, pointer, &memory, &value);
  ASSERT_TRUE(read) << read.to_string();
  EXPECT_TRUE(value == expected) << key;
}

}  // namespace wombat
