#include "stats_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "text.h"

namespace wombat::cli {

namespace {

using Json = nlohmann::ordered_json;

/// "name value"; sizes as people write them, "name 3.2 MiB".
std::string member_text(const std::string& name, const Json& value) {
  std::string label = name;
  for (char& letter : label)
    if (letter == '_') letter = ' ';
  const std::string end = "bytes";
  const bool is_size = label.size() >= end.size() && label.ends_with(end) && value.is_number();
  if (!is_size) return label + " " + (value.is_string() ? value.get<std::string>() : value.dump());
  label.resize(label.size() - end.size());
  return label + human_bytes(value.get<double>());
}

std::string object_line(const Json& object) {
  std::string line;
  for (const auto& [name, value] : object.items()) {
    if (value.is_null() || (value.is_string() && value.get<std::string>().empty())) continue;
    line += (line.empty() ? "" : ", ") + member_text(name, value);
  }
  return line + "\n";
}

std::string lines_of(const Json& value) {
  std::string lines;
  if (value.is_array()) {
    for (const Json& item : value) lines += object_line(item);
    return lines.empty() ? "none\n" : lines;
  }
  for (const auto& [name, items] : value.items()) {
    if (items.empty()) {
      lines += name + ": none\n";
      continue;
    }
    for (const Json& item : items) lines += name + ": " + object_line(item);
  }
  return lines;
}

}  // namespace

std::string spelled_out(const std::string& name, const std::string& value) {
  if (name != "compaction.levels" && name != "compaction.jobs") return value;
  const Json json = Json::parse(value, nullptr, false);
  return json.is_structured() ? lines_of(json) : value;
}

std::string with_spelled_out(const std::string& report) {
  std::string text;
  for (size_t at = 0; at < report.size();) {
    const size_t end = std::min(report.find('\n', at), report.size());
    const std::string line = report.substr(at, end - at);
    at = end + 1;
    const size_t name_at = line.find_first_not_of(' ');
    const size_t name_end = name_at == std::string::npos ? name_at : line.find(' ', name_at);
    const size_t value_at = name_end == std::string::npos ? name_end : line.find_first_not_of(' ', name_end);
    const std::string name = value_at == std::string::npos ? "" : line.substr(name_at, name_end - name_at);
    const std::string value = name.empty() ? "" : line.substr(value_at);
    const std::string spelled = spelled_out(name, value);
    if (spelled == value) {
      text += line + "\n";
      continue;
    }
    text += "  " + name + "\n";
    for (size_t i = 0; i < spelled.size();) {
      const size_t line_end = spelled.find('\n', i);
      text += "    " + spelled.substr(i, line_end - i) + "\n";
      i = line_end + 1;
    }
  }
  return text;
}

}  // namespace wombat::cli
