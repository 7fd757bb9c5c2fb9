#include "kv/merge_fold.h"

namespace wombat {

void MergeFold::add(Tag tag, Bytes merge_value) {
  const size_t offset = bytes_.size();
  bytes_.append(merge_value);
  operands_.push_back({tag, offset, merge_value.size()});
}

Status MergeFold::finish(const MergeOperators& operators, Bytes key, const Bytes* base,
                         std::string* value) const {
  value->clear();
  bool has_value = base != nullptr;
  if (has_value) value->assign(*base);
  for (size_t i = operands_.size(); i-- > 0; has_value = true) {
    Bytes name;
    Bytes operand;
    if (!decode_merge(merge_value(i), &name, &operand)) {
      return Status::corruption("key \"" + escape_bytes(key) + "\": a merge without an operator's name");
    }
    const MergeOperator* const found = operators.find(name);
    if (found == nullptr) {
      return Status::unsupported("key \"" + escape_bytes(key) + "\": merge operator \"" + escape_bytes(name) +
                                 "\" is not known; set it in the options of the database");
    }
    WOMBAT_TRY(found->apply(name, key, has_value, operand, value));
    if (value->size() > kValueSizeMax) {
      return Status(Code::kMergeFailed, "merge into key \"" + escape_bytes(key) +
                                            "\": the value would be longer than 1073741823 bytes");
    }
  }
  return Status::ok();
}

void MergeFold::combine(const MergeOperators& operators) {
  if (operands_.size() < 2) return;
  struct Joined {
    Tag tag;
    std::string name;
    std::string operand;
  };
  std::vector<Joined> all;
  // From the oldest on: a newer operand is laid on what the older ones came to.
  for (size_t i = operands_.size(); i-- > 0;) {
    Bytes name;
    Bytes operand;
    if (!decode_merge(merge_value(i), &name, &operand)) return;  // a read will say so
    if (!all.empty() && all.back().name == name) {
      const MergeOperator* const found = operators.find(name);
      if (found != nullptr && found->combine(name, operand, &all.back().operand)) {
        all.back().tag = operands_[i].tag;
        continue;
      }
    }
    all.push_back({operands_[i].tag, std::string(name), std::string(operand)});
  }
  if (all.size() == operands_.size()) return;
  clear();
  for (size_t i = all.size(); i-- > 0;) add(all[i].tag, encode_merge(all[i].name, all[i].operand));
}

}  // namespace wombat
