/// How a command ends early: an exit code and the three parts of a message, "what: why; what to do".
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "exit_code.h"

namespace wombat::cli {

class Failure : public std::exception {
 public:
  /// `advice` may be empty.
  Failure(ExitCode code, std::string what, std::string why, std::string advice = "");

  /// The whole line.
  Failure(ExitCode code, std::string text) : code_(code), text_(std::move(text)) {}

  ExitCode code() const { return code_; }
  /// The whole line, without "wombat: " and without a line end.
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  ExitCode code_;
  std::string text_;
};

/// Throws what a call of the library answered; `what` names the thing that was tried.
[[noreturn]] void fail(const std::string& what, const wombat_error& error);

/// Throws when `status` is a failure. Normal outcomes (OK, not found, end, buffer too small) pass.
inline wombat_status check(wombat_status status, const wombat_error& error, const std::string& what) {
  if (status < 0) fail(what, error);
  return status;
}

}  // namespace wombat::cli
