/// The values of all options of one database. One thread at a time; the database keeps its own copy.
#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "db/option_table.h"

namespace wombat {

class Options {
 public:
  /// Default values.
  Options();
  /// kInvalidArgument naming the nearest preset.
  static Result<Options> preset(std::string_view name);

  /// kUnknownOption naming the nearest option.
  static Result<OptionId> find(std::string_view name);

  /// Values are checked against type, bounds, choices and what this build supports. On failure nothing
  /// changes.
  Status set(OptionId id, std::string_view text);
  Status set_integer(OptionId id, int64_t value);
  /// "name=value" separated by ';' or line ends, '#' begins a comment. All or nothing; messages carry the
  /// line.
  Status parse(std::string_view text);

  /// Bool as 0 or 1, choice as the index of its word, real in thousandths; 0 for text.
  int64_t integer(OptionId id) const { return values_[static_cast<size_t>(id)].integer; }
  bool flag(OptionId id) const { return integer(id) != 0; }
  double real(OptionId id) const { return static_cast<double>(integer(id)) / 1000.0; }
  std::string text(OptionId id) const;
  /// Whether it was given a value, be it the default one.
  bool is_set(OptionId id) const { return set_[static_cast<size_t>(id)]; }

 private:
  struct Value {
    int64_t integer = 0;
    std::string text;  // only for OptionType::kText
  };
  static Result<Value> parse_value(const OptionInfo& info, std::string_view text);
  static Status check_value(const OptionInfo& info, const Value& value);
  std::array<Value, kOptionCount> values_;
  std::bitset<kOptionCount> set_;
};

/// The element of `names` (with `count` entries) that differs least from `name`.
std::string_view nearest_name(std::string_view name, const char* const* names, size_t count);

/// True when this build has a feature that programs may ask for by name: a codec, or one of the reserved ones.
bool has_feature(std::string_view name);

/// Word `index` of "a|b|c"; empty when there are fewer.
std::string_view choice_word(std::string_view choices, size_t index);

}  // namespace wombat
