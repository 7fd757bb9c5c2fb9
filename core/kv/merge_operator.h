/// How a merge changes a value. A merge entry (Kind::kMerge) names its operator and carries the operand: name size u8 |
/// name | operand. What it comes to is found by a read, which applies the operands, oldest first, to the value below.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace wombat {

inline constexpr size_t kMergeNameSizeMax = 255;

/// Immutable; any thread.
class MergeOperator {
 public:
  virtual ~MergeOperator() = default;

  /// kInvalidArgument for an operand that no value takes.
  virtual Status check_operand(Bytes /*operand*/) const { return Status::ok(); }
  /// Changes `*value`; without `has_value` there is none yet, and it is empty. `name` is that of the entry. On
  /// kMergeFailed what became of `*value` is not said.
  virtual Status apply(Bytes name, Bytes key, bool has_value, Bytes operand, std::string* value) const = 0;
  /// Makes `*older` what does to any value, no value included, what it does and `newer` after it. False: it cannot,
  /// and `*older` is as it was.
  virtual bool combine(Bytes /*name*/, Bytes /*newer*/, std::string* /*older*/) const { return false; }
};

/// The operators of a database by name: the built-in ones, and those of the program.
class MergeOperators {
 public:
  using Own = std::map<std::string, std::shared_ptr<const MergeOperator>, std::less<>>;
  explicit MergeOperators(Own own = {}) : own_(std::move(own)) {}

  /// Null: not known. "append:SEP" is known for every SEP.
  const MergeOperator* find(Bytes name) const;

 private:
  Own own_;
};

const MergeOperators& builtin_merge_operators();
/// Whether a name is taken by an operator that every database has.
bool is_builtin_merge_operator(Bytes name);

/// The value of a merge entry. `name` has 1 to kMergeNameSizeMax bytes.
std::string encode_merge(Bytes name, Bytes operand);
/// False: damage.
bool decode_merge(Bytes value, Bytes* name, Bytes* operand);

}  // namespace wombat
