/// A commit on its way to the queue of writers whose large values have gone to a value file.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "db/write_request.h"

namespace wombat {

class Db;

/// One thread. Outlives its request().
class SeparatedWrite {
 public:
  /// Writes those values of `request` that are not shorter than the threshold of their keyspace. On failure nothing
  /// points to what may have been written. kNoSpace, kIoError.
  Status separate(Db& db, const WriteRequest& request);
  /// Whether there were some; else `request` is as good as request().
  bool has_values() const { return !pointers_.empty(); }
  const WriteRequest& request() const { return request_; }

 private:
  void build_record(const WriteRequest& request);

  WriteRequest request_;
  std::string record_;
  std::vector<size_t> operations_;  // indexes of those whose values have gone
  std::vector<ValuePointer> pointers_;
  ValueFilePtr file_;
};

}  // namespace wombat
