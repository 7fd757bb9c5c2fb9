#include "db/keyspace_options.h"

namespace wombat {

Result<std::string> keyspace_overrides(const Options& options) {
  std::string text;
  for (size_t i = 0; i < kOptionCount; ++i) {
    const auto id = static_cast<OptionId>(i);
    if (!options.is_set(id)) continue;
    if (!is_keyspace_option(id)) {
      return Status::invalid_argument("option " + std::string(option_info(id).name) +
                                      " belongs to the whole database: a keyspace cannot have its own value");
    }
    text += std::string(option_info(id).name) + "=" + options.text(id) + "\n";
  }
  return text;
}

Result<std::string> with_override(const std::string& overrides, OptionId id, std::string_view text) {
  Options options;
  WOMBAT_TRY(options.parse(overrides));
  WOMBAT_TRY(options.set(id, text));
  return keyspace_overrides(options);
}

}  // namespace wombat
