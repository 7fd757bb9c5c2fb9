#include "script_line.h"

#include "failure.h"

namespace wombat::cli {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

[[noreturn]] void fail_at(const std::string& place, const std::string& why, const std::string& advice = "") {
  throw Failure(ExitCode::kMalformedInput, place, why, advice);
}

}  // namespace

std::vector<ScriptWord> split_line(Bytes line, const std::string& place) {
  std::vector<ScriptWord> words;
  for (size_t i = 0; i < line.size();) {
    if (is_blank(line[i])) {
      ++i;
      continue;
    }
    if (line[i] == '#') break;
    ScriptWord word;
    while (i < line.size() && !is_blank(line[i])) {
      const char c = line[i++];
      if (c != '\'' && c != '"') {
        word.text.push_back(c);
        continue;
      }
      const size_t end = line.find(c, i);
      if (end == Bytes::npos) {
        fail_at(place, std::string("expected another ") + c + " before the end of the line",
                c == '\'' ? "write ' itself as \"'\"" : "write \" itself as '\"'");
      }
      word.text.append(line.substr(i, end - i));
      word.is_quoted = true;
      i = end + 1;
    }
    words.push_back(std::move(word));
  }
  return words;
}

ScriptArguments read_arguments(const std::vector<ScriptWord>& words, const std::vector<ScriptFlag>& flags,
                               const std::string& usage, const std::string& place) {
  ScriptArguments arguments;
  bool may_be_flag = true;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string& text = words[i].text;
    // What looks like a number is none, as on the command line.
    const bool is_flag = may_be_flag && !words[i].is_quoted && text.size() > 1 && text[0] == '-' &&
                         !(text[1] >= '0' && text[1] <= '9');
    if (!is_flag) {
      arguments.positionals.push_back(text);
      continue;
    }
    if (text == "--") {
      may_be_flag = false;
      continue;
    }
    const size_t sign = text.starts_with("--") ? text.find('=') : std::string::npos;
    const std::string name = text.substr(0, sign);
    const ScriptFlag* known = nullptr;
    for (const ScriptFlag& flag : flags) {
      if (name == flag.name || (flag.short_name != nullptr && name == flag.short_name)) known = &flag;
    }
    if (known == nullptr) {
      fail_at(place, "expected " + usage + ", found " + escaped(name),
              "put quotation marks around a word that begins with a hyphen");
    }
    if (arguments.has(known->name)) fail_at(place, std::string(known->name) + " was given twice");
    std::string value;
    if (sign != std::string::npos) {
      if (!known->has_value) fail_at(place, std::string(known->name) + " takes no value");
      value = text.substr(sign + 1);
    } else if (known->has_value) {
      if (++i == words.size()) fail_at(place, "expected a value behind " + std::string(known->name));
      value = words[i].text;
    }
    arguments.flags[known->name] = value;
  }
  return arguments;
}

}  // namespace wombat::cli
