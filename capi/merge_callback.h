/// A merge operator of the program, behind a function of C.
#pragma once

#include "kv/merge_operator.h"
#include "wombat.h"

namespace wombat {

class MergeCallback final : public MergeOperator {
 public:
  MergeCallback(wombat_merge_function function, void* user_data)
      : function_(function), user_data_(user_data) {}
  Status apply(Bytes name, Bytes key, bool has_value, Bytes operand, std::string* value) const override;

 private:
  wombat_merge_function function_;
  void* user_data_;
};

/// The name of an operator as a C text. kInvalidArgument when it is NULL, empty or too long.
Status read_operator_name(const char* name, Bytes* bytes);
/// Operators are known by name, and built-in ones take the operand: else a read would be the first to tell.
Status check_merge(const MergeOperators& operators, Bytes name, Bytes operand);

}  // namespace wombat
