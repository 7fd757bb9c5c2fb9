#include "kv/merge_operator.h"

#include <cmath>
#include <cstring>

#include "base/coding.h"
#include "kv/entry.h"

namespace wombat {

namespace {

Status failed(Bytes key, const std::string& what) {
  return Status(Code::kMergeFailed, "merge into key \"" + escape_bytes(key) + "\": " + what);
}

/// Numbers of eight bytes, little-endian.
template <typename Number, Number (*kJoin)(Number, Number), bool kIsAssociative>
class NumberOperator final : public MergeOperator {
 public:
  Status check_operand(Bytes operand) const override {
    if (operand.size() == sizeof(Number)) return Status::ok();
    return Status::invalid_argument("the operand has " + std::to_string(operand.size()) +
                                    " bytes; a number has 8");
  }
  Status apply(Bytes, Bytes key, bool has_value, Bytes operand, std::string* value) const override {
    if (operand.size() != sizeof(Number)) return failed(key, "the operand is not a number of 8 bytes");
    if (!has_value) {
      value->assign(operand);
      return Status::ok();
    }
    if (value->size() != sizeof(Number)) {
      return failed(key, "the value has " + std::to_string(value->size()) + " bytes and is no number of 8");
    }
    store(kJoin(load(*value), load(operand)), value);
    return Status::ok();
  }
  bool combine(Bytes, Bytes newer, std::string* older) const override {
    if (!kIsAssociative || older->size() != sizeof(Number) || newer.size() != sizeof(Number)) return false;
    store(kJoin(load(*older), load(newer)), older);
    return true;
  }

 private:
  static Number load(Bytes bytes) {
    const uint64_t bits = load_le<uint64_t>(bytes.data());
    Number number;
    std::memcpy(&number, &bits, sizeof number);
    return number;
  }
  static void store(Number number, std::string* to) {
    uint64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    to->resize(sizeof bits);
    store_le<uint64_t>(to->data(), bits);
  }
};

// Wraps around, as the processor does it.
int64_t add_integers(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t lesser_integer(int64_t a, int64_t b) { return b < a ? b : a; }
int64_t greater_integer(int64_t a, int64_t b) { return b > a ? b : a; }
double add_reals(double a, double b) { return a + b; }
// What is not a number gives way to what is one.
double lesser_real(double a, double b) { return std::isnan(a) || b < a ? b : a; }
double greater_real(double a, double b) { return std::isnan(a) || b > a ? b : a; }

/// Keeps the operand when it is less (or greater) than the value, bytewise.
template <bool kLeast>
class ExtremeBytes final : public MergeOperator {
 public:
  Status apply(Bytes, Bytes, bool has_value, Bytes operand, std::string* value) const override {
    if (!has_value || wins(operand, *value)) value->assign(operand);
    return Status::ok();
  }
  bool combine(Bytes, Bytes newer, std::string* older) const override {
    if (wins(newer, *older)) older->assign(newer);
    return true;
  }

 private:
  static bool wins(Bytes a, Bytes b) {
    const int order = compare_bytes(a, b);
    return kLeast ? order < 0 : order > 0;
  }
};

constexpr std::string_view kAppend = "append";

class Append final : public MergeOperator {
 public:
  Status apply(Bytes name, Bytes key, bool has_value, Bytes operand, std::string* value) const override {
    const Bytes separator = has_value ? separator_of(name) : Bytes();
    if (separator.size() + operand.size() > kValueSizeMax - value->size())
      return failed(key, "the value would be longer than 1073741823 bytes");
    value->append(separator).append(operand);
    return Status::ok();
  }
  bool combine(Bytes name, Bytes newer, std::string* older) const override {
    const Bytes separator = separator_of(name);
    if (older->size() + separator.size() + newer.size() > kCombinedSizeMax) return false;
    older->append(separator).append(newer);
    return true;
  }

 private:
  static constexpr size_t kCombinedSizeMax = size_t{64} << 20;
  static Bytes separator_of(Bytes name) {
    return name.size() > kAppend.size() ? name.substr(kAppend.size() + 1) : Bytes();
  }
};

/// The shorter one is as if zeros followed.
class BitOr final : public MergeOperator {
 public:
  Status apply(Bytes, Bytes, bool, Bytes operand, std::string* value) const override {
    if (value->size() < operand.size()) value->resize(operand.size());
    for (size_t i = 0; i < operand.size(); ++i)
      (*value)[i] =
          static_cast<char>(static_cast<unsigned char>((*value)[i]) | static_cast<unsigned char>(operand[i]));
    return Status::ok();
  }
  bool combine(Bytes name, Bytes newer, std::string* older) const override {
    return apply(name, Bytes(), true, newer, older).is_ok();
  }
};

class SetIfAbsent final : public MergeOperator {
 public:
  Status apply(Bytes, Bytes, bool has_value, Bytes operand, std::string* value) const override {
    if (!has_value) value->assign(operand);
    return Status::ok();
  }
  bool combine(Bytes, Bytes, std::string*) const override { return true; }
};

const MergeOperator* find_builtin(Bytes name) {
  static const NumberOperator<int64_t, add_integers, true> int64_add;
  static const NumberOperator<int64_t, lesser_integer, true> int64_min;
  static const NumberOperator<int64_t, greater_integer, true> int64_max;
  // Sums of reals depend on the order in which they are made: always that of the writes, on top of the value.
  static const NumberOperator<double, add_reals, false> double_add;
  static const NumberOperator<double, lesser_real, true> double_min;
  static const NumberOperator<double, greater_real, true> double_max;
  static const ExtremeBytes<true> bytes_min;
  static const ExtremeBytes<false> bytes_max;
  static const Append append;
  static const BitOr bit_or;
  static const SetIfAbsent set_if_absent;
  struct Named {
    std::string_view name;
    const MergeOperator* found;
  };
  static const Named kAll[] = {
      {"int64_add", &int64_add},   {"int64_min", &int64_min},         {"int64_max", &int64_max},
      {"double_add", &double_add}, {"double_min", &double_min},       {"double_max", &double_max},
      {"bytes_min", &bytes_min},   {"bytes_max", &bytes_max},         {"append", &append},
      {"bit_or", &bit_or},         {"set_if_absent", &set_if_absent},
  };
  for (const Named& named : kAll)
    if (name == named.name) return named.found;
  const bool has_separator = name.size() > kAppend.size() && name.substr(0, kAppend.size()) == kAppend &&
                             name[kAppend.size()] == ':';
  return has_separator ? &append : nullptr;
}

}  // namespace

const MergeOperator* MergeOperators::find(Bytes name) const {
  if (const MergeOperator* const builtin = find_builtin(name)) return builtin;
  const auto found = own_.find(std::string_view(name));
  return found == own_.end() ? nullptr : found->second.get();
}

const MergeOperators& builtin_merge_operators() {
  static const MergeOperators* const operators = new MergeOperators();
  return *operators;
}

bool is_builtin_merge_operator(Bytes name) { return find_builtin(name) != nullptr; }

std::string encode_merge(Bytes name, Bytes operand) {
  std::string value;
  value.reserve(1 + name.size() + operand.size());
  value.push_back(static_cast<char>(name.size()));
  return value.append(name).append(operand);
}

bool decode_merge(Bytes value, Bytes* name, Bytes* operand) {
  if (value.empty()) return false;
  const size_t name_size = static_cast<unsigned char>(value[0]);
  if (name_size == 0 || name_size > value.size() - 1) return false;
  *name = value.substr(1, name_size);
  *operand = value.substr(1 + name_size);
  return true;
}

}  // namespace wombat
