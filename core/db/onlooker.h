/// For who reads the files of a database beside its writer, without a lock: files may be replaced, or written on
/// behind a place that was read, between two looks. What looks missing or damaged then is looked at again, a few
/// times in any case and many times while the directory shows that somebody goes on writing. Damage stays.
#pragma once

#include "db/recovery.h"

namespace wombat {

class Onlooker {
 public:
  /// Whether another look may end better than this one, which ended with `status`.
  bool should_look_again(const Status& status, Directory& directory) {
    if (status.code() != Code::kMissingFile && status.code() != Code::kCorruption) return false;
    ++look_count_;
    const Result<DirectoryListing> listing = list_directory(directory);
    const uint64_t number = listing ? listing.value().largest_number : largest_number_;
    const bool has_changed = number != largest_number_;  // files of a database are numbered upwards
    largest_number_ = number;
    return look_count_ < kLookCountMin || (has_changed && look_count_ < kLookCountMax);
  }

 private:
  static constexpr int kLookCountMin = 4;
  static constexpr int kLookCountMax = 1000;
  int look_count_ = 0;
  uint64_t largest_number_ = 0;
};

}  // namespace wombat
