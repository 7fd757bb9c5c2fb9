/// A directory some of whose files lie in other ones, its sides: value files in one, cold tables in one.
///
/// Numbers of files are never used twice, so a name is in one of the directories at most, and whoever asks for it by name
/// need not know where. Only tables and value files are looked for in a side; everything else there is left alone.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "env/file_system.h"

namespace wombat {

/// Any thread, when all sides have been added.
class SpreadDirectory final : public Directory {
 public:
  static constexpr size_t kHome = 0;

  explicit SpreadDirectory(std::unique_ptr<Directory> home);

  Directory& home() { return *home_; }
  /// Adds a side with the files that it holds; its number, 1 and up. `option`, for messages, is what names it. kCorruption
  /// when a file of it is in another directory as well. Before other threads use this object.
  Result<size_t> add_side(std::unique_ptr<Directory> side, const std::string& option = "");
  /// Where value files, and cold tables, are made from now on; kHome: here. Before other threads use this object.
  void put_values_in(size_t side) { values_side_ = side; }
  void put_cold_tables_in(size_t side) { cold_side_ = side; }
  /// Cold tables have a directory of their own.
  bool has_cold_side() const { return cold_side_ != kHome; }
  /// The file lies in the directory where cold tables are made, and that is a side.
  bool is_cold(const std::string& name) const;

  /// That of the home directory.
  const std::string& path() const override { return home_->path(); }
  std::string identity() override { return home_->identity(); }
  Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) override;
  Result<std::unique_ptr<WritableFile>> create_cold_file(const std::string& name) override;
  Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) override;
  Result<std::unique_ptr<ReadableFile>> open_file_as(const std::string& name, ReadMode mode) override;
  Status check_direct_reads() override;
  /// Both names are of the home directory.
  Status rename_file(const std::string& from, const std::string& to) override {
    return home_->rename_file(from, to);
  }
  Status remove_file(const std::string& name) override;
  /// Tables and value files of the sides are among them.
  Result<std::vector<std::string>> list() override;
  Result<uint64_t> file_size(const std::string& name) override;
  /// Of the sides, those with new names.
  Status sync() override;
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) override { return home_->lock(name); }
  /// Of the home directory.
  Result<uint64_t> free_space() override { return home_->free_space(); }

 private:
  struct Side {
    std::unique_ptr<Directory> directory;
    std::string description;  // its path, and the option
    std::atomic<bool> has_new_names{false};
  };
  static bool may_lie_in_side(const std::string& name);
  size_t side_of(const std::string& name) const;
  Directory& directory_of(const std::string& name) { return directory_at(side_of(name)); }
  Directory& directory_at(size_t side) { return side == kHome ? *home_ : *sides_[side - 1]->directory; }
  Result<std::unique_ptr<WritableFile>> create_in(size_t side, const std::string& name);
  /// A failure to find `name` says where else it is not.
  Status explain(Status status, const std::string& name) const;

  const std::unique_ptr<Directory> home_;
  std::vector<std::unique_ptr<Side>>
      sides_;  // constant when other threads use this object, as are the next two
  size_t values_side_ = kHome;
  size_t cold_side_ = kHome;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, size_t> side_of_;  // guarded by mutex_; of files that are not at home
};

}  // namespace wombat
