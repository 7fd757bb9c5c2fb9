#include "env/memory_file_system.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

class MemoryFileSystemTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory = std::move(files.open_directory("d", DirectoryMode::kCreateIfMissing)).value();
  }
  std::unique_ptr<WritableFile> create(const std::string& name) {
    return std::move(directory->create_file(name)).value();
  }
  std::string read(const std::string& name, uint64_t offset, size_t size) {
    auto file = directory->open_file(name);
    if (!file) return file.status().to_string();
    std::string out(size, '?');
    out.resize((*file)->read_at(offset, size, out.data()).value());
    return out;
  }

  MemoryFileSystem files;
  std::unique_ptr<Directory> directory;
};

TEST_F(MemoryFileSystemTest, DirectoriesComeAndGo) {
  EXPECT_EQ(files.open_directory("e", DirectoryMode::kMustExist).status().code(), Code::kDoesNotExist);
  EXPECT_EQ(files.open_directory("", DirectoryMode::kCreateIfMissing).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(files.remove_directory("e").code(), Code::kDoesNotExist);
  create("f");
  EXPECT_EQ(files.remove_directory("d").os_error(), ENOTEMPTY);
  ASSERT_TRUE(directory->remove_file("f"));
  ASSERT_TRUE(files.remove_directory("d"));
  EXPECT_EQ(directory->create_file("f").status().code(), Code::kMissingFile);
  EXPECT_EQ(directory->lock("LOCK").status().code(), Code::kMissingFile);
}

TEST_F(MemoryFileSystemTest, WritesAndReadsAtAnyOffset) {
  auto file = create("f");
  ASSERT_TRUE(file->append("0123456789"));
  ASSERT_TRUE(file->write_at(2, "xy"));
  ASSERT_TRUE(file->write_at(20, "far"));
  EXPECT_EQ(file->size(), 10u);
  ASSERT_TRUE(file->append("AB"));
  EXPECT_EQ(read("f", 0, 100), std::string("01xy456789AB") + std::string(8, '\0') + "far");
  EXPECT_EQ(read("f", 21, 100), "ar");
  EXPECT_EQ(read("f", 23, 1), "");
  EXPECT_EQ(read("f", UINT64_MAX, 1), "");
  EXPECT_EQ(directory->file_size("f").value(), 23u);
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(file->close());
  ASSERT_TRUE(file->close());
  EXPECT_EQ(file->append("x").os_error(), EBADF);
  EXPECT_EQ(file->sync().os_error(), EBADF);
}

TEST_F(MemoryFileSystemTest, FilesOfManyChunksAreWhatWasWritten) {
  Random random(test_seed(7));
  auto file = create("f");
  std::string expected;
  while (expected.size() < size_t{3} << 20) {
    const std::string piece(random.below(random.one_in(20) ? 600'000 : 2000) + 1,
                            static_cast<char>('a' + random.below(26)));
    char* const space = random.one_in(2) ? file->append_space(piece.size()) : nullptr;
    if (space != nullptr) {
      piece.copy(space, piece.size());
      file->note_appended(piece.size());
    } else {
      ASSERT_TRUE(file->append(piece));
    }
    expected += piece;
  }
  for (const bool sealed : {false, true}) {
    if (sealed) {
      ASSERT_TRUE(file->close());
    }
    EXPECT_EQ(read("f", 0, expected.size() + 1), expected);
    for (int i = 0; i < 200; ++i) {
      const size_t offset = random.below(expected.size());
      const size_t size = random.below(700'000);
      ASSERT_EQ(read("f", offset, size), expected.substr(offset, size));
    }
  }
}

TEST_F(MemoryFileSystemTest, NamesMoveAndVanish) {
  ASSERT_TRUE(create("a")->append("first"));
  EXPECT_EQ(directory->create_file("a").status().code(), Code::kAlreadyExists);
  ASSERT_TRUE(create("b")->append("second"));
  ASSERT_TRUE(directory->rename_file("a", "b"));
  EXPECT_EQ(read("b", 0, 9), "first");
  ASSERT_TRUE(directory->rename_file("b", "b"));
  EXPECT_EQ(directory->rename_file("a", "c").code(), Code::kMissingFile);
  EXPECT_EQ(directory->open_file("a").status().code(), Code::kMissingFile);
  EXPECT_EQ(directory->file_size("a").status().code(), Code::kMissingFile);
  EXPECT_EQ(directory->remove_file("a").code(), Code::kMissingFile);
  EXPECT_EQ(directory->list().value(), std::vector<std::string>{"b"});
  EXPECT_TRUE(directory->sync());
  EXPECT_GT(directory->free_space().value(), 0u);
}

TEST_F(MemoryFileSystemTest, LocksOnce) {
  auto lock = directory->lock("LOCK");
  ASSERT_TRUE(lock);
  EXPECT_EQ(directory->lock("LOCK").status().code(), Code::kLocked);
  lock.value().reset();
  EXPECT_TRUE(directory->lock("LOCK"));
}

TEST_F(MemoryFileSystemTest, MemoryGoesWithTheLastHandle) {
  auto file = create("f");
  ASSERT_TRUE(file->append(std::string(1 << 20, 'x')));
  auto reader = std::move(directory->open_file("f")).value();
  file.reset();
  ASSERT_TRUE(directory->remove_file("f"));
  EXPECT_EQ(files.bytes_used(), uint64_t{1} << 20);
  char byte = 0;
  EXPECT_EQ(reader->read_at(9, 1, &byte).value(), 1u);
  reader.reset();
  EXPECT_EQ(files.bytes_used(), 0u);
}

TEST_F(MemoryFileSystemTest, IsReadWhileItIsWritten) {
  auto file = create("f");
  auto reader = std::move(directory->open_file("f")).value();
  std::atomic<bool> ends{false};
  std::thread watcher([&] {
    std::string seen(4096, '?');
    for (uint64_t last = 0; !ends.load();) {
      const uint64_t size = reader->size().value();
      ASSERT_GE(size, last);
      last = size;
      const uint64_t from = size < seen.size() ? 0 : size - seen.size();
      const size_t got = reader->read_at(from, seen.size(), seen.data()).value();
      for (size_t i = 0; i < got; ++i) ASSERT_EQ(seen[i], static_cast<char>((from + i) / 64 % 26 + 'a'));
    }
  });
  for (uint64_t line = 0; line < 40'000; ++line) {
    const std::string bytes(64, static_cast<char>(line % 26 + 'a'));
    char* const space = line % 3 == 0 ? file->append_space(bytes.size()) : nullptr;
    if (space != nullptr) {
      bytes.copy(space, bytes.size());
      file->note_appended(bytes.size());
    } else {
      ASSERT_TRUE(file->append(bytes));
    }
  }
  ASSERT_TRUE(file->close());
  ends.store(true);
  watcher.join();
}

}  // namespace
}  // namespace wombat
