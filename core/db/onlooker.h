/// For who reads the files of a database beside its writer, without a lock: files may be replaced, or written on
/// behind a place that was read, between two looks. What looks missing or damaged then is looked at again, a few
/// times in any case and many times while the directory shows that somebody goes on writing. Damage stays.
#pragma once

#include <algorithm>
#include <vector>

#include "db/recovery.h"

namespace wombat {

class Onlooker {
 public:
  /// Whether another look may end better than this one, which ended with `status`.
  bool should_look_again(const Status& status, Directory& directory) {
    if (status.code() != Code::kMissingFile && status.code() != Code::kCorruption) return false;
    ++look_count_;
    std::vector<FileName> files = files_in(directory);
    const bool has_changed = files != seen_;
    seen_ = std::move(files);
    return look_count_ < kLookCountMin || (has_changed && look_count_ < kLookCountMax);
  }

 private:
  /// In order: what a directory lists in another order has not changed.
  static std::vector<FileName> files_in(Directory& directory) {
    Result<DirectoryListing> listing = list_directory(directory);
    if (!listing) return {};
    std::vector<FileName> files = std::move(listing.value().files);
    std::sort(files.begin(), files.end());
    return files;
  }

  static constexpr int kLookCountMin = 4;
  static constexpr int kLookCountMax = 1000;
  int look_count_ = 0;
  std::vector<FileName> seen_;
};

}  // namespace wombat
