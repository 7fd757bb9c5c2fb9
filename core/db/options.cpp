#include "db/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "codec/codec.h"
#include "compaction/filter_rules.h"
#include "db/level_compression.h"

namespace wombat {

namespace {

const OptionInfo kOptionInfos[kOptionCount] = {
#define WOMBAT_X(id, name, type, default_value, minimum, maximum, choices, is_mutable, is_supported, help) \
  {name, OptionType::type, default_value, minimum, maximum, choices, is_mutable, is_supported, help},
    WOMBAT_OPTIONS(WOMBAT_X)
#undef WOMBAT_X
};

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Levenshtein distance.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// "block_size" stands in "table.block_size" as whole words, "able.size" in "memtable.size" does not.
bool contains_words(std::string_view text, std::string_view words) {
  for (size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
    if (at == 0 || text[at - 1] == '.' || text[at - 1] == '_') return true;
  }
  return false;
}

struct Unit {
  std::string_view name;
  int64_t bytes;
};
constexpr Unit kUnits[] = {{"", 1},
                           {"B", 1},
                           {"K", 1024},
                           {"KiB", 1024},
                           {"KB", 1000},
                           {"M", kMiB},
                           {"MiB", kMiB},
                           {"MB", 1000000},
                           {"G", kGiB},
                           {"GiB", kGiB},
                           {"GB", 1000000000},
                           {"T", kTiB},
                           {"TiB", kTiB},
                           {"TB", 1000000000000}};

std::optional<int64_t> parse_size(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit_name = trimmed(text.substr(static_cast<size_t>(end - text.data())));
  for (const Unit& unit : kUnits) {
    if (unit.name != unit_name) continue;
    if (number > INT64_MAX / unit.bytes) return std::nullopt;
    return number * unit.bytes;
  }
  return std::nullopt;
}

std::optional<int64_t> parse_whole(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int64_t> parse_thousandths(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(std::abs(number) < 1e12))
    return std::nullopt;
  return std::llround(number * 1000);
}

std::optional<int64_t> parse_bool(std::string_view text) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") return 1;
  if (text == "false" || text == "0" || text == "no" || text == "off") return 0;
  return std::nullopt;
}

std::optional<int64_t> parse_choice(std::string_view choices, std::string_view text) {
  for (size_t i = 0;; ++i) {
    const std::string_view word = choice_word(choices, i);
    if (word.empty()) return std::nullopt;
    if (word == text) return static_cast<int64_t>(i);
  }
}

std::string format_thousandths(int64_t value) {
  std::string text = std::to_string(value / 1000);
  if (value % 1000 != 0) {
    const std::string digits = std::to_string(1000 + std::abs(value % 1000)).substr(1);
    text += "." + digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return text;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string allowed_values(const OptionInfo& info) {
  switch (info.type) {
    case OptionType::kBool:
      return "true or false";
    case OptionType::kChoice:
      return "one of " + std::string(info.choices);
    case OptionType::kText:
      return "text";
    case OptionType::kReal:
      return "a number from " + format_thousandths(info.minimum) + " to " + format_thousandths(info.maximum);
    case OptionType::kSize:
      return "a size from " + std::to_string(info.minimum) + " to " + std::to_string(info.maximum) +
             " bytes, such as 64MiB";
    case OptionType::kInteger:
      return "a whole number from " + std::to_string(info.minimum) + " to " + std::to_string(info.maximum);
  }
  return "";
}

Status bad_value(const OptionInfo& info, std::string_view found) {
  return Status::invalid_argument("option " + std::string(info.name) + ": expected " + allowed_values(info) +
                                  ", found " + quoted(found));
}

/// What a user may want to know beyond that.
std::string why_reserved(const OptionInfo& info) {
  if (info.name != std::string_view("io.mmap")) return "";
  return ": a page of a mapped file that cannot be read would end the process, and mapping is no faster here";
}

/// Words of choices that are known but not built yet.
Status check_choice(const OptionInfo& info, std::string_view word) {
  const std::string_view name = info.name;
  if (name == "compression.codec" || name == "value_log.codec") {
    if (word == "auto") return Status::ok();
    const Result<CodecId> codec = codec_id_by_name(word);
    return codec ? Status::ok() : codec.status().with_context("option " + std::string(name));
  }
  const bool only_default = name == "cache.policy" || name == "checksum.kind" || name == "encryption.cipher";
  const bool is_reserved = name == "memtable.kind" && word == "hash";
  if (is_reserved || (only_default && word != info.default_value)) {
    return Status::unsupported("option " + std::string(name) + ": " + quoted(word) +
                               " is not in this version; use " + quoted(info.default_value));
  }
  return Status::ok();
}

struct Preset {
  const char* name;
  const char* text;
};
constexpr Preset kPresets[] = {
    {"default", ""},
    {"development", "log.level=debug; open.verify_tables=true; memtable.size=8MiB; cache.size=64MiB"},
    {"production", "wal.sync=always; io.max_open_files=4000"},
    {"high_performance",
     "wal.sync=os; memtable.size=128MiB; num_memtables=6; cache.size=1GiB; levels.base_size=8GiB; "
     "io.max_open_files=10000"},
    {"memory_optimized",
     "memtable.size=8MiB; num_memtables=2; cache.size=16MiB; io.max_open_files=100; table.size=16MiB; "
     "levels.base_size=512MiB"},
    {"durable",
     "wal.sync=always; checksum.verify_reads=true; open.verify_tables=true; checkpoint.interval_s=60"},
    {"write_heavy",
     "memtable.size=128MiB; num_memtables=8; compaction.min_compaction_files=8; compaction.max_sstables=40; "
     "compaction.stall_sstables=80; levels.base_size=16GiB"},
    {"read_heavy",
     "cache.size=1GiB; compaction.min_compaction_files=2; compaction.max_sstables=5; "
     "compaction.defer_unread=false; filter.bits_per_key=14; "
     "io.max_open_files=10000"},
};

}  // namespace

const OptionInfo& option_info(OptionId id) { return kOptionInfos[static_cast<size_t>(id)]; }

bool is_keyspace_option(OptionId id) {
  switch (id) {
#define WOMBAT_X(name) case OptionId::name:
    WOMBAT_KEYSPACE_OPTIONS(WOMBAT_X)
#undef WOMBAT_X
    return true;
    default:
      return false;
  }
}

bool has_feature(std::string_view name) {
  return name == "keyspaces" || name == "transactions" || (name != "none" && codec_id_by_name(name).is_ok());
}

std::string_view choice_word(std::string_view choices, size_t index) {
  for (;; --index) {
    const size_t end = choices.find('|');
    if (index == 0) return choices.substr(0, end);
    if (end == std::string_view::npos) return {};
    choices.remove_prefix(end + 1);
  }
}

std::string_view nearest_name(std::string_view name, const char* const* names, size_t count) {
  std::string_view best;
  size_t best_distance = SIZE_MAX;
  for (size_t i = 0; i < count; ++i) {
    const std::string_view candidate = names[i];
    size_t distance = 2 * edit_distance(name, candidate);
    if (name.size() >= 3 && contains_words(candidate, name)) distance = std::min<size_t>(distance, 1);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

Options::Options() {
  for (size_t i = 0; i < kOptionCount; ++i) {
    Result<Value> value = parse_value(kOptionInfos[i], kOptionInfos[i].default_value);
    if (value) values_[i] = std::move(value).value();
  }
}

Result<Options> Options::preset(std::string_view name) {
  for (const Preset& preset : kPresets) {
    if (name != preset.name) continue;
    Options options;
    WOMBAT_TRY(options.parse(preset.text));
    return options;
  }
  const char* names[std::size(kPresets)];
  for (size_t i = 0; i < std::size(kPresets); ++i) names[i] = kPresets[i].name;
  return Status::invalid_argument("no preset is named " + quoted(name) + "; the nearest is " +
                                  quoted(nearest_name(name, names, std::size(names))));
}

Result<OptionId> Options::find(std::string_view name) {
  const char* names[kOptionCount];
  for (size_t i = 0; i < kOptionCount; ++i) {
    if (name == kOptionInfos[i].name) return static_cast<OptionId>(i);
    names[i] = kOptionInfos[i].name;
  }
  return Status(Code::kUnknownOption, "no option is named " + quoted(name) + "; the nearest is " +
                                          quoted(nearest_name(name, names, kOptionCount)));
}

Result<Options::Value> Options::parse_value(const OptionInfo& info, std::string_view text) {
  Value value;
  std::optional<int64_t> number;
  switch (info.type) {
    case OptionType::kText:
      value.text = text;
      return value;
    case OptionType::kBool:
      number = parse_bool(text);
      break;
    case OptionType::kInteger:
      number = parse_whole(text);
      break;
    case OptionType::kSize:
      number = parse_size(text);
      break;
    case OptionType::kReal:
      number = parse_thousandths(text);
      break;
    case OptionType::kChoice:
      number = parse_choice(info.choices, text);
      break;
  }
  if (!number) return bad_value(info, text);
  value.integer = *number;
  return value;
}

Status Options::check_value(const OptionInfo& info, const Value& value) {
  if (info.name == std::string_view("compression.per_level")) {
    const Status parsed = parse_level_compressions(value.text).status();
    if (!parsed) return parsed.with_context("option compression.per_level");
  }
  const bool has_bounds = info.type != OptionType::kText && info.type != OptionType::kChoice;
  if (has_bounds && (value.integer < info.minimum || value.integer > info.maximum)) {
    return bad_value(info, info.type == OptionType::kReal ? format_thousandths(value.integer)
                                                          : std::to_string(value.integer));
  }
  // Less would leave no room to work in.
  if (info.name == std::string_view("space.max_amplification") && value.integer != 0 && value.integer < 1100)
    return Status::invalid_argument("option space.max_amplification: " + format_thousandths(value.integer) +
                                    " cannot be kept; the least is 1.1, and 0 means no ceiling");
  if (info.type == OptionType::kChoice) {
    const std::string_view word = choice_word(info.choices, static_cast<size_t>(value.integer));
    if (value.integer < 0 || word.empty()) return bad_value(info, std::to_string(value.integer));
    WOMBAT_TRY(check_choice(info, word));
  }
  if (!info.is_supported) {
    Result<Value> default_value = parse_value(info, info.default_value);
    WOMBAT_TRY(default_value.status());
    if (default_value->integer != value.integer || default_value->text != value.text) {
      return Status::unsupported("option " + std::string(info.name) +
                                 " is reserved: this version accepts only its default, " +
                                 quoted(info.default_value) + why_reserved(info));
    }
  }
  return Status::ok();
}

Status Options::set(OptionId id, std::string_view text) {
  const OptionInfo& info = option_info(id);
  WOMBAT_ASSIGN(Value value, parse_value(info, trimmed(text)));
  WOMBAT_TRY(check_value(info, value));
  if (id == OptionId::kCompactionFilterRules) {
    WOMBAT_TRY(FilterRules::parse(value.text).status().with_context("option compaction.filter_rules"));
    std::replace(value.text.begin(), value.text.end(), ';',
                 ',');  // in a list of options this would end the value
  }
  values_[static_cast<size_t>(id)] = std::move(value);
  set_.set(static_cast<size_t>(id));
  return Status::ok();
}

Status Options::set_integer(OptionId id, int64_t number) {
  const OptionInfo& info = option_info(id);
  if (info.type == OptionType::kText) return bad_value(info, std::to_string(number));
  Value value;
  value.integer = number;
  WOMBAT_TRY(check_value(info, value));
  values_[static_cast<size_t>(id)] = std::move(value);
  set_.set(static_cast<size_t>(id));
  return Status::ok();
}

Status Options::parse(std::string_view text) {
  Options changed = *this;
  for (size_t line_number = 1; !text.empty(); ++line_number) {
    const size_t line_end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, line_end);
    text.remove_prefix(std::min(line_end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    while (!line.empty()) {
      const size_t end = std::min(line.find(';'), line.size());
      const std::string_view setting = trimmed(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
      if (setting.empty()) continue;
      const std::string where = "line " + std::to_string(line_number);
      const size_t equals = setting.find('=');
      if (equals == std::string_view::npos) {
        return Status::invalid_argument(where + ": expected name=value, found " + quoted(setting));
      }
      const Result<OptionId> id = find(trimmed(setting.substr(0, equals)));
      if (!id) return id.status().with_context(where);
      const Status status = changed.set(id.value(), setting.substr(equals + 1));
      if (!status) return status.with_context(where);
    }
  }
  *this = std::move(changed);
  return Status::ok();
}

std::string Options::text(OptionId id) const {
  const OptionInfo& info = option_info(id);
  const Value& value = values_[static_cast<size_t>(id)];
  switch (info.type) {
    case OptionType::kText:
      return value.text;
    case OptionType::kBool:
      return value.integer != 0 ? "true" : "false";
    case OptionType::kReal:
      return format_thousandths(value.integer);
    case OptionType::kChoice:
      return std::string(choice_word(info.choices, static_cast<size_t>(value.integer)));
    case OptionType::kInteger:
    case OptionType::kSize:
      return std::to_string(value.integer);
  }
  return "";
}

}  // namespace wombat
