/// What a flush or a compaction does with values in value files: passes pointers on, and writes those values again that
/// lie in files which are to go, or that a recovery does not trust to be durable.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "compaction/merge_values.h"
#include "db/values_to_move.h"
#include "vlog/value_store.h"

namespace wombat {

class Db;
class Tree;

/// One thread at a time. Lives until the tables that its pointers went to are in the tree, or have failed.
class ValueMover final : public MergeValues {
 public:
  ValueMover(Db& db, const Tree& tree, ValuesToMove moved) : db_(db), tree_(tree), moved_(std::move(moved)) {}

  Status read(Bytes key, const ValuePointer& pointer, std::string* memory, Bytes* value) override;
  bool is_to_move(const ValuePointer& pointer) const override { return moved_.contains(pointer); }
  Status move(Bytes key, ValuePointer* pointer) override;
  bool is_to_separate(Bytes value) const override;
  Status separate(Bytes key, Bytes value, ValuePointer* pointer) override;
  Status sync() override;

 private:
  Status append(Bytes key, Bytes value, ValuePointer* pointer);

  Db& db_;
  const Tree& tree_;
  const ValuesToMove moved_;
  std::vector<ValueFilePtr> held_;  // files that were written to
  std::string memory_;
};

}  // namespace wombat
