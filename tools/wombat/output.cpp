#include "output.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "failure.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

[[noreturn]] void fail_output() {
  throw Failure(ExitCode::kIo, "writing standard output", std::strerror(errno),
                "make room or choose another place");
}

bool wants_colors(const Settings& settings, std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal != nullptr && std::strcmp(terminal, "dumb") == 0;
  return !settings.no_color && (no_color == nullptr || *no_color == '\0') && !is_dumb && is_terminal(stream);
}

std::string in_color(bool wanted, Color color, const std::string& text) {
  if (!wanted) return text;
  const char* code = "";
  switch (color) {
    case Color::kKey:
      code = "36";
      break;
    case Color::kGood:
      code = "32";
      break;
    case Color::kBad:
      code = "31";
      break;
    case Color::kDim:
      code = "2";
      break;
    case Color::kBold:
      code = "1";
      break;
  }
  return "\x1b[" + std::string(code) + "m" + text + "\x1b[0m";
}

}  // namespace

void write_out(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) fail_output();
}

void flush_out() {
  if (std::fflush(stdout) != 0) fail_output();
}

void note(const Settings& settings, const std::string& line) {
  if (!settings.quiet) std::fprintf(stderr, "%s\n", line.c_str());
}

std::string colored(const Settings& settings, Color color, const std::string& text) {
  return in_color(wants_colors(settings, stdout), color, text);
}

std::string colored_error(const Settings& settings, Color color, const std::string& text) {
  return in_color(wants_colors(settings, stderr), color, text);
}

std::string shown(const Settings& settings, Bytes bytes) {
  if (settings.encoding() == Encoding::kHex) return to_hex(bytes);
  if (settings.encoding() == Encoding::kEscaped) return escaped(bytes);
  if (!is_terminal(stdout) || is_plain_text(bytes)) return std::string(bytes);
  return escaped(bytes);
}

}  // namespace wombat::cli
