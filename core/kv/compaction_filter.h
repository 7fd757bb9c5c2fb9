/// What a program may say about entries while tables are written.
#pragma once

#include <string>

#include "base/result.h"
#include "kv/entry.h"

namespace wombat {

/// Any thread, several at a time.
class CompactionFilter {
 public:
  enum class Verdict { kKeep, kRemove, kChange };
  virtual ~CompactionFilter() = default;
  /// About a value that every reader sees, or a newer one of its key. kChange: `*changed` is the new value. A failure ends
  /// the job, which is tried again later.
  virtual Result<Verdict> judge(Bytes keyspace, uint32_t level, Bytes key, Bytes value,
                                std::string* changed) const = 0;
};

}  // namespace wombat
