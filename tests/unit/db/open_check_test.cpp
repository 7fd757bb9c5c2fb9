#include <gtest/gtest.h>

#include <map>

#include "db/recovery.h"

namespace wombat {
namespace {

/// A listing, and sizes of some of the files in it: the others have gone since they were listed.
class ListedDirectory final : public Directory {
 public:
  ListedDirectory(std::vector<std::string> names, std::map<std::string, uint64_t> sizes)
      : names_(std::move(names)), sizes_(std::move(sizes)) {}

  const std::string& path() const override { return path_; }
  Result<std::vector<std::string>> list() override { return names_; }
  Result<uint64_t> file_size(const std::string& name) override {
    if (failure != Code::kOk) return Status(failure, "stat " + name);
    const auto found = sizes_.find(name);
    if (found == sizes_.end()) return Status(Code::kMissingFile, "stat " + name);
    return found->second;
  }
  Result<std::unique_ptr<ReadableFile>> open_file(const std::string&) override { return unused(); }
  Result<std::unique_ptr<WritableFile>> create_file(const std::string&) override { return unused(); }
  Status rename_file(const std::string&, const std::string&) override { return unused(); }
  Status remove_file(const std::string&) override { return unused(); }
  Status sync() override { return unused(); }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string&) override { return unused(); }
  Result<uint64_t> free_space() override { return unused(); }

  Code failure = Code::kOk;

 private:
  static Status unused() { return Status::unsupported("not in this test"); }
  const std::string path_ = "listed";
  std::vector<std::string> names_;
  std::map<std::string, uint64_t> sizes_;
};

const std::string kLog = file_name(FileKind::kLog, 7);

Code check(ListedDirectory directory, bool* exists) {
  return check_open_options(directory, Options(), exists).code();
}

TEST(OpenCheckTest, LogThatGoesWhileAnotherHasTheDatabaseOpenIsNoFailure) {
  bool exists = false;
  EXPECT_EQ(check(ListedDirectory({kCurrentFileName, kLog}, {}), &exists), Code::kOk);
  EXPECT_TRUE(exists);
  EXPECT_EQ(check(ListedDirectory({kLog}, {}), &exists), Code::kOk);
  EXPECT_FALSE(exists);
}

TEST(OpenCheckTest, LogsWithDataAreNotReplaced) {
  bool exists = false;
  EXPECT_EQ(check(ListedDirectory({kLog}, {{kLog, 1 << 20}}), &exists), Code::kMissingFile);
  EXPECT_EQ(check(ListedDirectory({kLog}, {{kLog, 64}}), &exists), Code::kOk);
}

TEST(OpenCheckTest, SizeThatCannotBeReadIsAFailure) {
  ListedDirectory directory({kLog}, {});
  directory.failure = Code::kIoError;
  bool exists = false;
  EXPECT_EQ(check_open_options(directory, Options(), &exists).code(), Code::kIoError);
}

}  // namespace
}  // namespace wombat
