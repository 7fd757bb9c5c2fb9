/// A snapshot for the length of a call.
#pragma once

#include "db/db.h"

namespace wombat {

class PinnedMoment {
 public:
  explicit PinnedMoment(Db& db) : db_(db), timestamp_(db.take_snapshot()) {}
  ~PinnedMoment() { db_.release_snapshot(timestamp_); }
  PinnedMoment(const PinnedMoment&) = delete;
  PinnedMoment& operator=(const PinnedMoment&) = delete;
  Timestamp timestamp() const { return timestamp_; }

 private:
  Db& db_;
  const Timestamp timestamp_;
};

}  // namespace wombat
