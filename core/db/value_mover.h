/// What a flush or a compaction does with values in value files: passes pointers on, and writes those values again that
/// lie in files which are to go.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "compaction/merge_values.h"
#include "vlog/value_store.h"

namespace wombat {

class Db;
class Tree;

/// Numbers of value files that are to go.
using DyingFiles = std::set<uint64_t>;

/// One thread at a time. Lives until the tables that its pointers went to are in the tree, or have failed.
class ValueMover final : public MergeValues {
 public:
  ValueMover(Db& db, const Tree& tree, DyingFiles dying) : db_(db), tree_(tree), dying_(std::move(dying)) {}

  Status read(Bytes key, const ValuePointer& pointer, std::string* memory, Bytes* value) override;
  bool is_to_move(const ValuePointer& pointer) const override {
    return !dying_.empty() && dying_.contains(pointer.file);
  }
  Status move(Bytes key, ValuePointer* pointer) override;
  bool is_to_separate(Bytes value) const override;
  Status separate(Bytes key, Bytes value, ValuePointer* pointer) override;
  Status sync() override;

 private:
  Status append(Bytes key, Bytes value, ValuePointer* pointer);

  Db& db_;
  const Tree& tree_;
  const DyingFiles dying_;
  std::vector<ValueFilePtr> held_;  // files that were written to
  std::string memory_;
};

}  // namespace wombat
