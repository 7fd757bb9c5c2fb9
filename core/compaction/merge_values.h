/// What a merge does with values that lie in value files. By itself it only passes their pointers on, and counts them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kv/value_pointer.h"
#include "version/version.h"

namespace wombat {

/// One thread at a time.
class MergeValues {
 public:
  virtual ~MergeValues() = default;
  /// Reads a value, for merges that are laid on it. See ValueReader.
  virtual Status read(Bytes key, const ValuePointer& pointer, std::string* memory, Bytes* value) = 0;
  /// Whether the value is to be written again, so that its file can go.
  virtual bool is_to_move(const ValuePointer& pointer) const = 0;
  /// Writes the value again; `*pointer` points there then.
  virtual Status move(Bytes key, ValuePointer* pointer) = 0;
  /// Whether a value that the merge has worked out belongs into a value file.
  virtual bool is_to_separate(Bytes value) const = 0;
  virtual Status separate(Bytes key, Bytes value, ValuePointer* pointer) = 0;
  /// Makes all that was written durable.
  virtual Status sync() = 0;
};

/// What the entries of one table have in value files.
class ValueUses {
 public:
  void add(const ValuePointer& pointer, uint64_t record_size) {
    ValueUse& use = uses_[pointer.file];
    use.file = pointer.file;
    ++use.count;
    use.bytes += record_size;
    use.end = std::max(use.end, pointer.offset + record_size);
  }
  /// Ascending by file; none are left.
  std::vector<ValueUse> take() {
    std::vector<ValueUse> all;
    for (const auto& [file, use] : uses_) all.push_back(use);
    uses_.clear();
    return all;
  }

 private:
  std::map<uint64_t, ValueUse> uses_;
};

}  // namespace wombat
