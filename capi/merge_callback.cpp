#include "merge_callback.h"

#include <cstring>

#include "kv/entry.h"

namespace wombat {

namespace {

/// What most values fit into without a second call.
constexpr size_t kFirstCapacity = 256;

}  // namespace

Status MergeCallback::apply(Bytes name, Bytes key, bool has_value, Bytes operand, std::string* value) const {
  const auto failed = [&](const std::string& what) {
    return Status(Code::kMergeFailed, "merge into key \"" + escape_bytes(key) + "\": operator \"" +
                                          escape_bytes(name) + "\" " + what);
  };
  const auto call = [&](std::string* buffer) {
    return function_(user_data_, key.data(), key.size(), has_value ? value->data() : nullptr, value->size(),
                     operand.data(), operand.size(), buffer->data(), buffer->size());
  };
  std::string result(kFirstCapacity + value->size(), '\0');
  int64_t size = call(&result);
  if (size > 0 && static_cast<uint64_t>(size) > result.size()) {
    if (static_cast<uint64_t>(size) > kValueSizeMax)
      return failed("makes a value of " + std::to_string(size) + " bytes");
    result.resize(static_cast<size_t>(size));
    size = call(&result);
  }
  if (size < 0) return failed("answered " + std::to_string(size));
  if (static_cast<uint64_t>(size) > result.size()) return failed("asks for more room each time");
  result.resize(static_cast<size_t>(size));
  *value = std::move(result);
  return Status::ok();
}

Status read_operator_name(const char* name, Bytes* bytes) {
  if (name == nullptr) return Status::invalid_argument("operator_name is NULL");
  *bytes = Bytes(name);
  if (bytes->empty() || bytes->size() > kMergeNameSizeMax) {
    return Status::invalid_argument("operator_name has " + std::to_string(bytes->size()) +
                                    " bytes; expected 1 to 255");
  }
  return Status::ok();
}

Status check_merge(const MergeOperators& operators, Bytes name, Bytes operand) {
  const MergeOperator* const found = operators.find(name);
  if (found != nullptr) return found->check_operand(operand);
  return Status::invalid_argument("merge operator \"" + escape_bytes(name) +
                                  "\" is not known; set it in the options of the database");
}

}  // namespace wombat
