/// Command options: what can be set on a database.
#include <algorithm>
#include <memory>

#include "command_line.h"
#include "database.h"
#include "output.h"

namespace wombat::cli {

namespace {

struct Arguments {
  std::string name;
  bool markdown = false;
  bool names = false;
};

std::vector<wombat_option_info> all_options() {
  std::vector<wombat_option_info> infos(wombat_option_count());
  for (size_t i = 0; i < infos.size(); ++i) {
    infos[i].size = sizeof infos[i];
    wombat_error error;
    check(wombat_option_describe(i, &infos[i], &error), error, "options");
  }
  return infos;
}

const char* type_name(int32_t type) {
  switch (type) {
    case WOMBAT_OPTION_BOOL:
      return "bool";
    case WOMBAT_OPTION_INTEGER:
      return "integer";
    case WOMBAT_OPTION_SIZE:
      return "size";
    case WOMBAT_OPTION_CHOICE:
      return "choice";
    case WOMBAT_OPTION_REAL:
      return "real";
    default:
      return "text";
  }
}

/// A bound in the unit of the option: "4 KiB", "0.5", "12".
std::string bound(const wombat_option_info& info, int64_t number) {
  if (info.type == WOMBAT_OPTION_REAL) {
    std::string text = std::to_string(static_cast<double>(number) / 1000.0);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
  }
  if (info.type != WOMBAT_OPTION_SIZE || number == 0) return std::to_string(number);
  const char* units[] = {"", "KiB", "MiB", "GiB", "TiB", "PiB"};
  size_t unit = 0;
  while (number % 1024 == 0 && unit + 1 < sizeof units / sizeof *units) {
    number /= 1024;
    ++unit;
  }
  return std::to_string(number) + units[unit];
}

/// The value of an option as people write it.
std::string value_text(const wombat_options* options, const wombat_option_info& info) {
  int64_t number = 0;
  if (info.type == WOMBAT_OPTION_SIZE &&
      wombat_options_get_integer(options, info.name, &number, nullptr) == WOMBAT_OK) {
    return bound(info, number);
  }
  return option_value(options, info.name);
}

std::string allowed_values(const wombat_option_info& info) {
  switch (info.type) {
    case WOMBAT_OPTION_BOOL:
      return "true, false";
    case WOMBAT_OPTION_CHOICE: {
      std::string words;
      for (const char c : std::string(info.choices))
        words += c == '|' ? std::string(", ") : std::string(1, c);
      return words;
    }
    case WOMBAT_OPTION_TEXT:
      return "";
    default:
      if (info.maximum == INT64_MAX) return "from " + bound(info, info.minimum);
      return bound(info, info.minimum) + " to " + bound(info, info.maximum);
  }
}

std::string changeable(const wombat_option_info& info) {
  if (info.is_supported == 0) return "reserved";
  return std::string(info.is_mutable != 0 ? "any time" : "at open") +
         (info.is_per_keyspace != 0 ? ", per keyspace" : "");
}

std::string json_of(const wombat_option_info& info, const std::string& value) {
  const auto member = [](const char* name, const std::string& text) {
    return "\"" + std::string(name) + "\":" + text;
  };
  const bool has_bounds = info.type == WOMBAT_OPTION_INTEGER || info.type == WOMBAT_OPTION_SIZE ||
                          info.type == WOMBAT_OPTION_REAL;
  std::string text = "{" + member("name", json_string(info.name)) + "," +
                     member("type", json_string(type_name(info.type))) + "," +
                     member("default", json_string(info.default_value)) + "," +
                     member("value", json_string(value)) + ",";
  if (has_bounds) {
    text += member("minimum", std::to_string(info.minimum)) + "," +
            member("maximum", std::to_string(info.maximum)) + ",";
  }
  if (info.type == WOMBAT_OPTION_CHOICE) text += member("choices", json_string(info.choices)) + ",";
  return text + member("mutable", info.is_mutable != 0 ? "true" : "false") + "," +
         member("supported", info.is_supported != 0 ? "true" : "false") + "," +
         member("help", json_string(info.help)) + "}";
}

void print_one(const Settings& settings, const wombat_option_info& info, const std::string& value) {
  write_out(colored(settings, Color::kKey, info.name) + "\n  " + info.help + "\n");
  write_out("  type      " + std::string(type_name(info.type)) + "\n");
  if (const std::string allowed = allowed_values(info); !allowed.empty())
    write_out("  values    " + allowed + "\n");
  write_out("  default   " + std::string(info.default_value) + "\n");
  if (value != info.default_value) write_out("  value     " + value + "\n");
  write_out("  changes   " + changeable(info) + "\n");
}

void print_table(const Settings& settings, const std::vector<wombat_option_info>& infos,
                 const wombat_options* options) {
  size_t name_width = 0;
  size_t value_width = 0;
  for (const auto& info : infos) {
    name_width = std::max(name_width, std::string(info.name).size());
    value_width = std::max(value_width, value_text(options, info).size());
  }
  for (const auto& info : infos) {
    const std::string name = info.name;
    const std::string value = value_text(options, info);
    const bool is_changed = value != info.default_value;
    write_out(colored(settings, Color::kKey, name) + std::string(name_width + 2 - name.size(), ' ') +
              (is_changed ? colored(settings, Color::kBold, value) : value) +
              std::string(value_width + 2 - value.size(), ' ') + info.help +
              (info.is_supported != 0 ? "" : " (reserved)") + "\n");
  }
}

std::string markdown_cell(const std::string& text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

void print_markdown(const std::vector<wombat_option_info>& infos) {
  write_out(
      "| option | type | default | values | changes | meaning |\n| --- | --- | --- | --- | --- | --- |\n");
  for (const auto& info : infos) {
    const std::string standard = info.default_value;
    write_out("| `" + std::string(info.name) + "` | " + type_name(info.type) + " | " +
              (standard.empty() ? "" : "`" + markdown_cell(standard) + "`") + " | " +
              markdown_cell(allowed_values(info)) + " | " + changeable(info) + " | " +
              markdown_cell(info.help) + " |\n");
  }
}

[[noreturn]] void fail_unknown(const std::string& name) {
  // Asking the library for an unknown option makes it name the nearest one.
  const Settings plain;
  const OptionsPtr options = make_options(plain);
  option_value(options.get(), name);
  throw Failure(ExitCode::kUsage, "option " + escaped(name), "no such option", "see `wombat options`");
}

ExitCode list_options(const Arguments& arguments, const Settings& settings) {
  std::vector<wombat_option_info> infos = all_options();
  if (!arguments.name.empty()) {
    const auto is_other = [&](const wombat_option_info& info) { return arguments.name != info.name; };
    infos.erase(std::remove_if(infos.begin(), infos.end(), is_other), infos.end());
    if (infos.empty()) fail_unknown(arguments.name);
  }
  if (arguments.names) {
    for (const auto& info : infos) write_out(std::string(info.name) + "\n");
    return ExitCode::kOk;
  }
  if (arguments.markdown) {
    print_markdown(infos);
    return ExitCode::kOk;
  }
  const OptionsPtr options = make_options(settings);
  if (settings.json) {
    std::string separator = "[";
    for (const auto& info : infos) {
      write_out(separator + json_of(info, value_text(options.get(), info)));
      separator = ",\n ";
    }
    write_out("]\n");
  } else if (!arguments.name.empty()) {
    print_one(settings, infos.front(), value_text(options.get(), infos.front()));
  } else {
    print_table(settings, infos, options.get());
  }
  return ExitCode::kOk;
}

}  // namespace

void add_options_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  command_line
      .add("options", "Watching",
           "List the options of databases, with the values that --preset, --options-file and -o give")
      .positional("NAME", &arguments->name, "The option; nothing: all", false)
      .flag("--names", &arguments->names, "Only names, one a line")
      .flag("--markdown", &arguments->markdown, "The table of docs/configuration.md")
      .examples({"wombat options", "wombat options cache.size", "wombat options --preset write_heavy",
                 "wombat options --json"})
      .action([arguments](const Settings& settings) { return list_options(*arguments, settings); });
}

}  // namespace wombat::cli
