/// Operands of merges on one key, collected from the newest to the oldest, and what they come to.
#pragma once

#include <string>
#include <vector>

#include "kv/entry.h"
#include "kv/merge_operator.h"

namespace wombat {

/// One thread at a time. Keeps its memory from key to key.
class MergeFold {
 public:
  void clear() {
    bytes_.clear();
    operands_.clear();
  }
  bool empty() const { return operands_.empty(); }
  size_t count() const { return operands_.size(); }

  /// Copies the value of a merge entry that is older than those before. Throws std::bad_alloc.
  void add(Tag tag, Bytes merge_value);
  /// What the operands make of `base` (null: of no value). kUnsupported for an operator that is not known, kMergeFailed,
  /// kCorruption.
  Status finish(const MergeOperators& operators, Bytes key, const Bytes* base, std::string* value) const;
  /// Joins neighbours that need no base for it; each stays where the newer of them was.
  void combine(const MergeOperators& operators);

  /// From the newest, 0, on.
  Tag tag(size_t i) const { return operands_[i].tag; }
  Bytes merge_value(size_t i) const { return Bytes(bytes_).substr(operands_[i].offset, operands_[i].size); }

 private:
  struct Operand {
    Tag tag;
    size_t offset;
    size_t size;
  };
  std::string bytes_;
  std::vector<Operand> operands_;
};

}  // namespace wombat
