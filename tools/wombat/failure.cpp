#include "failure.h"

#include <utility>

namespace wombat::cli {

namespace {

std::string without_full_stop(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == ' ' || text.back() == '\n')) text.pop_back();
  return text;
}

std::string begin_small(std::string text) {
  const bool is_word = text.size() > 1 && text[1] >= 'a' && text[1] <= 'z';
  if (is_word && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

}  // namespace

Failure::Failure(ExitCode code, std::string what, std::string why, std::string advice) : code_(code) {
  text_ = std::move(what) + ": " + without_full_stop(std::move(why));
  if (!advice.empty()) text_ += "; " + without_full_stop(std::move(advice));
}

void fail(const std::string& what, const wombat_error& error) {
  std::string why = error.message;
  const std::string help = begin_small(wombat_status_help(error.status));
  if (why.empty()) why = wombat_status_name(error.status);
  // A message of the library that already says what to do needs no second advice.
  const bool has_advice = why.find("; ") != std::string::npos;
  throw Failure(exit_code_of(error.status), what, why, has_advice ? "" : help);
}

}  // namespace wombat::cli
